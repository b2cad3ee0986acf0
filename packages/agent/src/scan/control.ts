import type { Clock } from '@wardgrid/base';
import type { ScanEnd } from './shapes.ts';

/** The end of a scan by order or by time, as one signal. */
export interface Stop {
  readonly signal: AbortSignal;
  /** How the scan stands now. */
  readonly end: () => ScanEnd;
  /** Gives back timer and listener. */
  readonly release: () => void;
}

/** A stop that fires with the caller's signal or at the deadline, whichever is first. */
export function createStop(clock: Clock, signal: AbortSignal, deadlineMs: number): Stop {
  const controller = new AbortController();
  let end: ScanEnd = 'finished';
  const stop = (kind: ScanEnd) => (): void => {
    if (controller.signal.aborted) return;
    end = kind;
    controller.abort(new Error(`scan ${kind}`));
  };
  const cancelled = stop('cancelled');
  const stopTimer = clock.after(deadlineMs, stop('deadline'));
  if (signal.aborted) cancelled();
  else signal.addEventListener('abort', cancelled, { once: true });
  return {
    signal: controller.signal,
    end: () => end,
    release() {
      stopTimer();
      signal.removeEventListener('abort', cancelled);
    },
  };
}

/** Sleeps unless stopped; false when stopped. */
export async function napUnlessStopped(
  clock: Clock,
  delayMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  if (signal.aborted) return false;
  try {
    await clock.sleep(delayMs, signal);
    return true;
  } catch {
    return false;
  }
}

/** What runs at most `workersMax` at a time. */
export interface Crew<T> {
  readonly items: Iterable<T>;
  readonly workersMax: number;
  readonly signal: AbortSignal;
}

/** Runs `work` on every item, a bounded number at a time, and takes no new item once stopped. */
export async function forEachBounded<T>(
  crew: Crew<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = crew.items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    while (!crew.signal.aborted) {
      const next = iterator.next();
      if (next.done === true) return;
      await work(next.value);
    }
  };
  await Promise.all(Array.from({ length: crew.workersMax }, worker));
}
