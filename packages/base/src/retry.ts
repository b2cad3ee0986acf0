import type { Random } from './random.ts';

/** How long to wait before a retry: exponential with full jitter, so that many clients spread out. */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** The wait before attempt number `attempt` (0 is the first retry), in milliseconds, at least `baseMs / 2`. */
export function backoffMs(
  backoff: Backoff,
  attempt: number,
  random: Pick<Random, 'fraction'>,
): number {
  const ceilingMs = Math.min(backoff.maxMs, backoff.baseMs * 2 ** Math.min(attempt, 30));
  return backoff.baseMs / 2 + random.fraction() * Math.max(0, ceilingMs - backoff.baseMs / 2);
}
