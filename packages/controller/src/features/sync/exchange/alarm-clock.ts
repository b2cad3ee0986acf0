import type { Clock } from '@wardgrid/base';

/** A wait that can be cut short; for one sleeper. */
export interface AlarmClock {
  /** Resolves after `delayMs`, or when the earliest ring is due, or when aborted. */
  readonly wait: (delayMs: number, signal: AbortSignal) => Promise<void>;
  /** Makes the wait end within this time; also the next one, when nobody waits now. */
  readonly ring: (withinMs: number) => void;
  /** Forgets a ring that nobody waited for. */
  readonly reset: () => void;
}

export function createAlarmClock(clock: Clock): AlarmClock {
  let ringAt: number | null = null;
  let waken: (() => void) | null = null;
  return {
    async wait(delayMs, signal) {
      const endAt = clock.monotonic() + delayMs;
      while (!signal.aborted) {
        const leftMs = Math.min(endAt, ringAt ?? endAt) - clock.monotonic();
        if (leftMs <= 0) break;
        const turn = new AbortController();
        waken = () => turn.abort();
        await clock.sleep(leftMs, AbortSignal.any([signal, turn.signal])).catch(() => undefined);
      }
      waken = null;
      ringAt = null;
    },
    ring(withinMs) {
      const at = clock.monotonic() + withinMs;
      if (ringAt !== null && ringAt <= at) return;
      ringAt = at;
      waken?.();
    },
    reset() {
      ringAt = null;
    },
  };
}
