/** The four times of an exchange: sent, come, answered, back. */
export interface FourTimes {
  /** By the clock of who asked. */
  readonly t0: number;
  /** By the clock of who answered. */
  readonly t1: number;
  readonly t2: number;
  /** By the clock of who asked. */
  readonly t3: number;
}

/** How far the own clock is ahead of the other's, and the most that this can be wrong. */
export interface ClockReading {
  readonly offsetMs: number;
  readonly errorMs: number;
}

/**
 * The offset as RFC 5905 section 8 computes it, negated: ours minus theirs. It is wrong by half of the
 * time that the messages were on their way at most, however unlike the two ways are.
 */
export function readClock({ t0, t1, t2, t3 }: FourTimes): ClockReading {
  return {
    offsetMs: -((t1 - t0 + (t2 - t3)) / 2),
    errorMs: Math.max(0, (t3 - t0 - (t2 - t1)) / 2),
  };
}

/** A clock this far from its upstream's is told of. */
export const CLOCK_SKEW_MS_MAX = 60_000;
