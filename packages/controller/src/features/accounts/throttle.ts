/** How much longer each further failure makes the next attempt wait. Never for ever. */
export interface Throttle {
  /** Failures without a wait: people mistype. */
  readonly freeCount: number;
  readonly baseMs: number;
  readonly maxMs: number;
  /** Without a failure for this long, all is forgotten. */
  readonly forgetMs: number;
}

/**
 * Anybody can fail a sign-in with somebody else's e-mail address, so this wait is short: it stops
 * guessing (three thousand tries a day) and lets the owner in between. One attacker's address is
 * blocked long before.
 */
export const PASSWORD_THROTTLE: Throttle = {
  freeCount: 5,
  baseMs: 1_000,
  maxMs: 30_000,
  forgetMs: 3_600_000,
};

/** Only who knows the password reaches the second factor, so this wait may hurt: six digits are few. */
export const CODE_THROTTLE: Throttle = {
  freeCount: 5,
  baseMs: 5_000,
  maxMs: 900_000,
  forgetMs: 86_400_000,
};

/** How long after failure number `failedCount` the next attempt waits, in milliseconds. */
export function waitMsOf(throttle: Throttle, failedCount: number): number {
  if (failedCount < throttle.freeCount) return 0;
  return Math.min(throttle.maxMs, throttle.baseMs * 2 ** (failedCount - throttle.freeCount));
}

/** When failures by one client address become a block, and for how long. */
export const ADDRESS_FAILURES_MAX = 10;
export const ADDRESS_WINDOW_MS = 600_000;
const BLOCK_BASE_MS = 900_000;
/** A day: addresses change hands. */
const BLOCK_MAX_MS = 86_400_000;

/** How long block number `strikeCount` of an address lasts, in milliseconds: each twice the last. */
export function blockMsOf(strikeCount: number): number {
  return Math.min(BLOCK_MAX_MS, BLOCK_BASE_MS * 2 ** Math.max(0, Math.min(30, strikeCount - 1)));
}

/** Counts failures by client network, in memory: each controller for itself. */
export interface FailureCounter {
  /** Counts a failure; true when the network has just had too many. */
  readonly count: (network: string, nowMs: number) => boolean;
}

/** Networks remembered at once; beyond it the oldest are forgotten. */
const NETWORKS_MAX = 50_000;

export function createFailureCounter(): FailureCounter {
  const windows = new Map<string, { readonly startMs: number; count: number }>();
  return {
    count(network, nowMs) {
      const known = windows.get(network);
      const isOld = known === undefined || nowMs - known.startMs >= ADDRESS_WINDOW_MS;
      const window = isOld ? { startMs: nowMs, count: 0 } : known;
      window.count += 1;
      windows.delete(network);
      if (window.count >= ADDRESS_FAILURES_MAX) return true;
      if (windows.size >= NETWORKS_MAX) windows.delete(windows.keys().next().value ?? '');
      windows.set(network, window);
      return false;
    },
  };
}
