import { spawn } from 'node:child_process';
import type { Clock } from '@wardgrid/base';

/** How long a program of the system may take; `rpm -qa` on a slow disk needs some seconds. */
const COMMAND_TIMEOUT_MS = 20_000;
/** How much it may print: 20,000 packages at 200 bytes. */
const OUTPUT_BYTES_MAX = 4 * 1024 * 1024;

/** Only the system's own folders, and messages in the one language that parsers know. */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', SYSTEMD_COLORS: '0' };

/** What a program printed. */
export interface CommandOutput {
  readonly text: string;
  /** Whether it printed more than was kept, or was stopped for its time. */
  readonly isCut: boolean;
}

/** Runs a program by its full path with fixed arguments. */
export type CommandRunner = (
  argv: readonly [string, ...string[]],
  signal: AbortSignal,
) => Promise<CommandOutput | null>;

/** Bounds of a runner; the defaults are the agent's. */
export interface CommandBounds {
  readonly timeoutMs?: number;
  readonly outputBytesMax?: number;
}

/**
 * A runner without a shell, without input, with bounded time and output. Null when the program is
 * missing or ended with an error. @throws the signal's reason when aborted.
 */
export function createCommandRunner(clock: Clock, bounds: CommandBounds = {}): CommandRunner {
  const timeoutMs = bounds.timeoutMs ?? COMMAND_TIMEOUT_MS;
  const outputBytesMax = bounds.outputBytesMax ?? OUTPUT_BYTES_MAX;
  return async ([program, ...args], signal) => {
    signal.throwIfAborted();
    const child = spawn(program, args, {
      env: ENVIRONMENT,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'ignore'],
      signal,
      killSignal: 'SIGKILL',
    });
    let isCut = false;
    const stop = (): void => {
      isCut = true;
      child.kill('SIGKILL');
      // A grandchild may hold the pipe open; the output ends with the program.
      child.stdout.destroy();
    };
    const cancel = clock.after(timeoutMs, stop);
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      const kept = chunk.subarray(0, outputBytesMax - size);
      chunks.push(kept);
      size += kept.length;
      if (kept.length < chunk.length) stop();
    });
    const exitCode = await new Promise<number | null>((resolve) => {
      child.once('error', () => resolve(null));
      child.once('close', resolve);
    });
    cancel();
    signal.throwIfAborted();
    if (exitCode !== 0 && !isCut) return null;
    return { text: Buffer.concat(chunks).toString('utf8'), isCut };
  };
}
