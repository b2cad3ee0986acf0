import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFakeClock, createSeededRandom, type Clock } from '@wardgrid/base';
import { systemNewId } from '@wardgrid/base/system';
import { readConfig } from './config.ts';
import { main } from './main.ts';
import type { Machine, Sink } from './machine.ts';

/** How a run in a test ended, and what it wrote. */
export interface Run {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a test may decide of its machine. */
export interface FakeMachineOptions {
  /** Columns of the terminal; absent: a pipe. */
  readonly columns?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Hears how long each wait was asked to be; waits end at once. */
  readonly onSleep?: (delayMs: number) => void;
}

/** A machine of a test: its own folder, no waiting, everything written kept. */
export interface FakeMachine {
  readonly folder: string;
  readonly run: (argv: readonly string[], options?: FakeMachineOptions) => Promise<Run>;
}

/** A machine on which command lines are run one after the other. */
export function createFakeMachine(environment: Readonly<Record<string, string>> = {}): FakeMachine {
  const folder = mkdtempSync(join(tmpdir(), 'wardgrid-cli-'));
  return {
    folder,
    async run(argv, options = {}) {
      const stdout: string[] = [];
      const stderr: string[] = [];
      const machine: Machine = {
        clock: hastyClock(options.onSleep),
        random: createSeededRandom(1),
        newId: systemNewId,
        config: readConfig({
          XDG_CONFIG_HOME: join(folder, 'config'),
          WARDGRID_DATA: join(folder, 'data'),
          ...environment,
          ...options.environment,
        }),
        hostname: 'desk',
        stdout: sinkOf(stdout, options.columns),
        stderr: sinkOf(stderr, options.columns),
        signal: options.signal ?? new AbortController().signal,
      };
      const exitCode = await main(argv, machine);
      return { exitCode, stdout: stdout.join(''), stderr: stderr.join('') };
    },
  };
}

function sinkOf(written: string[], columns: number | undefined): Sink {
  return {
    write: (text) => void written.push(text),
    isTerminal: columns !== undefined,
    columns: () => columns,
  };
}

/** A clock on which every wait is over at once, and time has passed. */
function hastyClock(onSleep: FakeMachineOptions['onSleep']): Clock {
  const clock = createFakeClock();
  return {
    ...clock,
    async sleep(delayMs, signal) {
      signal?.throwIfAborted();
      onSleep?.(delayMs);
      await clock.advance(delayMs);
    },
  };
}
