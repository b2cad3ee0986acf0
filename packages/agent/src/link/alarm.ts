import type { Clock } from '@wardgrid/base';

/** A wait that can be cut short. */
export interface Alarm {
  /** Resolves after `delayMs`, or `withinMs` after the first ring. Rejects when aborted. */
  readonly wait: (delayMs: number, signal: AbortSignal) => Promise<void>;
  /** Makes the wait end within this time; also the next one, when nobody waits now. */
  readonly ring: (withinMs: number) => void;
  /** Forgets a ring that nobody waited for. */
  readonly reset: () => void;
}

/** An alarm for one sleeper. */
export function createAlarm(clock: Clock): Alarm {
  let rungAtMs: number | undefined;
  let shorten: (() => void) | undefined;

  return {
    async wait(delayMs, signal) {
      const startMs = clock.monotonic();
      const dueMs = (): number => Math.min(startMs + delayMs, rungAtMs ?? Number.MAX_VALUE);
      try {
        while (dueMs() > clock.monotonic()) {
          const turn = new AbortController();
          shorten = () => turn.abort();
          await clock
            .sleep(dueMs() - clock.monotonic(), AbortSignal.any([signal, turn.signal]))
            .catch((error: unknown) => {
              if (signal.aborted) throw error;
            });
        }
      } finally {
        shorten = undefined;
      }
      signal.throwIfAborted();
      rungAtMs = undefined;
    },
    ring(withinMs) {
      const atMs = clock.monotonic() + withinMs;
      if (rungAtMs !== undefined && rungAtMs <= atMs) return;
      rungAtMs = atMs;
      shorten?.();
    },
    reset: () => void (rungAtMs = undefined),
  };
}
