import { backoffMs, type Backoff, type Random } from '@wardgrid/base';
import { ProblemError } from '@wardgrid/wire';

/** After a failure: quick at first, then rare, so that ten thousand agents let a controller start. */
const RETRY: Backoff = { baseMs: 1_000, maxMs: 120_000 };
/** An agent that is too old, or that no controller knows, changes only by a person's hand. */
const HOPELESS_MS = 15 * 60_000;
/** The longest a controller may ask to wait. */
const RETRY_AFTER_MS_MAX = 3_600_000;
/** Exchanges of many devices must not fall into step: a tenth either way. */
const JITTER_SHARE = 0.1;
/** Never more often than this on a controller's word, and never less often than once a day. */
const EXCHANGE_MS_MIN = 200;
const EXCHANGE_MS_MAX = 86_400_000;

const HOPELESS_CODES: ReadonlySet<string> = new Set([
  'protocol-unsupported',
  'device-assertion-invalid',
  'licence-expired',
  'licence-suspended',
  'licence-missing',
  'licence-seats-exhausted',
]);

/** The wait until the next exchange, with jitter. */
export function jitteredMs(delayMs: number, random: Pick<Random, 'fraction'>): number {
  const bounded = Math.min(EXCHANGE_MS_MAX, Math.max(EXCHANGE_MS_MIN, delayMs));
  return bounded * (1 - JITTER_SHARE + 2 * JITTER_SHARE * random.fraction());
}

/** The wait after failure number `attempt` (from 0) of a controller that others stand behind. */
export function retryMs(attempt: number, random: Pick<Random, 'fraction'>): number {
  return backoffMs(RETRY, attempt, random);
}

/** The wait after failure number `attempt` (from 0), as the error and the controller suggest. */
export function waitAfterMs(
  error: unknown,
  attempt: number,
  random: Pick<Random, 'fraction'>,
): number {
  if (error instanceof ProblemError && HOPELESS_CODES.has(error.code)) {
    return jitteredMs(HOPELESS_MS, random);
  }
  const waitMs = retryMs(attempt, random);
  if (!(error instanceof ProblemError) || error.retryAfterSeconds === null) return waitMs;
  const askedMs = Math.min(RETRY_AFTER_MS_MAX, Math.max(0, error.retryAfterSeconds * 1_000));
  // A little later than asked, each by its own: all were told the same second.
  return Math.max(waitMs, askedMs * (1 + JITTER_SHARE * random.fraction()));
}
