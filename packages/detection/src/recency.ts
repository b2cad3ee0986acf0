/* The clock of a device can be set. What happened "later" than now by more than a span happened before
   the clock was set back: it neither counts nor silences, or a clock set forward for a moment would
   silence rules for good. */

/** Whether a moment lies within a span of now, before or (by a clock that was set a little) after. */
export function isRecent(at: number, now: number, spanMs: number): boolean {
  return Math.abs(now - at) <= spanMs;
}

/** Whether a group that fired is still silent: for one span after it, however the clock was set since. */
export function isSilent(silentUntil: number, now: number, spanMs: number): boolean {
  return now < silentUntil && silentUntil - now <= spanMs;
}
