import type { Clock } from '@wardgrid/base';
import { ControllerError } from './error.ts';

/** Limits how often one caller may ask. In memory: each controller counts for itself. */
export interface RateLimiter {
  /** Counts a request. @throws ControllerError `rate-limited`. */
  readonly take: (key: string) => void;
}

interface Window {
  startMs: number;
  count: number;
}

const WINDOW_MS = 60_000;
/** Callers that are remembered at once; beyond it the oldest are forgotten. */
const KEYS_MAX = 50_000;

/** A limiter of `perMinute` requests a key in fixed windows of a minute. */
export function createRateLimiter(clock: Pick<Clock, 'now'>, perMinute: number): RateLimiter {
  const windows = new Map<string, Window>();
  return {
    take(key) {
      const nowMs = clock.now();
      const window = windows.get(key);
      if (!window || nowMs - window.startMs >= WINDOW_MS) {
        windows.delete(key);
        if (windows.size >= KEYS_MAX) windows.delete(windows.keys().next().value ?? '');
        windows.set(key, { startMs: nowMs, count: 1 });
        return;
      }
      window.count += 1;
      if (window.count <= perMinute) return;
      const waitSeconds = Math.ceil((window.startMs + WINDOW_MS - nowMs) / 1_000);
      throw new ControllerError('rate-limited', `more than ${perMinute} requests a minute`, {
        retryAfterSeconds: waitSeconds,
      });
    },
  };
}
