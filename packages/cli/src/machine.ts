import { hostname } from 'node:os';
import type { Clock, NewId, Random } from '@wardgrid/base';
import { systemClock, systemNewId, systemRandom } from '@wardgrid/base/system';
import { readConfig, type Config } from './config.ts';
import { CliError, ExitCode } from './errors.ts';

/** Where text goes. */
export interface Sink {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  /** Columns of the terminal now; undefined in a pipe. */
  readonly columns: () => number | undefined;
}

/** All that a command may touch of the machine. */
export interface Machine {
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: NewId;
  readonly config: Config;
  readonly hostname: string;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** The machine we run on. A second Ctrl-C ends the program at once. */
export function systemMachine(): Machine {
  const interrupted = new AbortController();
  process.on('SIGINT', () => {
    if (interrupted.signal.aborted) process.exit(ExitCode.interrupted);
    interrupted.abort(new CliError('interrupted', 'interrupted'));
  });
  return {
    clock: systemClock,
    random: systemRandom,
    newId: systemNewId,
    config: readConfig(),
    hostname: hostname(),
    stdout: sinkOf(process.stdout),
    stderr: sinkOf(process.stderr),
    signal: interrupted.signal,
  };
}

function sinkOf(stream: NodeJS.WriteStream): Sink {
  // Whoever read the pipe has seen enough (`| head`): nothing is left to do.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? ExitCode.ok : ExitCode.error);
  });
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY,
    columns: () => (stream.isTTY ? stream.columns : undefined),
  };
}
