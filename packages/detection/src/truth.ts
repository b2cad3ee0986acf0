/** Kleene's three values: a rule that hangs on a field nobody could read is `Unknown`, not `No`. */
export const No = 0;
export const Yes = 1;
export const Unknown = 2;
export type Truth = typeof No | typeof Yes | typeof Unknown;

/** The opposite; the opposite of unknown is unknown. */
export function opposite(truth: Truth): Truth {
  if (truth === Unknown) return Unknown;
  return truth === Yes ? No : Yes;
}

/** Whether at least so many of the counted hold: certainly, certainly not, or perhaps. */
export function atLeast(least: number, yes: number, unknown: number): Truth {
  if (yes >= least) return Yes;
  return yes + unknown >= least ? Unknown : No;
}
