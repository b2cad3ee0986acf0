import { createHistogram } from '../histogram.ts';

/** What a sensor counts for its health. */
export interface Tally {
  /** Events told, and how long each was under way; null where nobody can know. */
  readonly told: (count: number, delayMs: number | null) => void;
  readonly events: () => number;
  readonly p50Us: () => number | null;
  readonly p99Us: () => number | null;
}

/** Counts from zero. */
export function createTally(): Tally {
  const histogram = createHistogram();
  let events = 0;
  const quantile = (name: 'p50' | 'p99'): number | null => {
    const quantiles = histogram.quantiles();
    return quantiles.count === 0 ? null : Math.round(quantiles[name] * 1_000);
  };
  return {
    told(count, delayMs) {
      events += count;
      if (delayMs !== null) histogram.add(Math.max(0, delayMs));
    },
    events: () => events,
    p50Us: () => quantile('p50'),
    p99Us: () => quantile('p99'),
  };
}
