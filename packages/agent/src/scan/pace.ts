/** A token bucket over a monotonic time in milliseconds: how much may be sent now. */
export interface Pace {
  /** Takes up to `count` tokens; returns how many it got. */
  readonly take: (count: number, nowMs: number) => number;
}

/** Ten milliseconds' worth may go at once: a timer is no finer, and switches buffer that much. */
const BURST_MS = 10;

/** A pace of `perSecond`, with bursts of at most ten milliseconds' worth. */
export function createPace(perSecond: number, startMs: number): Pace {
  const burst = Math.max(1, (perSecond * BURST_MS) / 1000);
  let tokens = burst;
  let filledAtMs = startMs;
  return {
    take(count, nowMs) {
      tokens = Math.min(burst, tokens + ((nowMs - filledAtMs) * perSecond) / 1000);
      filledAtMs = nowMs;
      const taken = Math.min(count, Math.floor(tokens));
      tokens -= taken;
      return taken;
    },
  };
}
