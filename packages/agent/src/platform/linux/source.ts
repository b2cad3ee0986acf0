import type { Clock } from '@wardgrid/base';
import type { CommandRunner } from './command.ts';

/** What every reader of this platform is given. */
export interface LinuxSource {
  /** The folder that stands for the root of the machine, ending in a slash; `/` but in tests. */
  readonly rootPath: string;
  readonly clock: Clock;
  /** Runs a program of the system; null when it is missing, fails or is too slow. */
  readonly run: CommandRunner;
}

/** How long a reader may work before it lets the rest of the agent have a turn, in milliseconds. */
const SLICE_MS = 5;
/** How long it then pauses: no more than a third of one processor is ever taken. */
const PAUSE_MS = 10;

/** A function to await between pieces of work: it pauses when the slice is used up. */
export function createThrottle(clock: Clock, signal: AbortSignal): () => Promise<void> {
  let startedAt = clock.monotonic();
  return async () => {
    signal.throwIfAborted();
    if (clock.monotonic() - startedAt < SLICE_MS) return;
    await clock.sleep(PAUSE_MS, signal);
    startedAt = clock.monotonic();
  };
}
