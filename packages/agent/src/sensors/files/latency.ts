import { CELLS, LATENCY_BUCKETS } from './shared-state.ts';

/** Buckets a doubling: a value read back is at most 19 % off. */
const BUCKETS_PER_DOUBLING = 4;

/** Counts how long a held process waited. Any thread. */
export function recordLatency(cells: Int32Array, waitedUs: number): void {
  const bucket = Math.floor(Math.log2(Math.max(1, waitedUs)) * BUCKETS_PER_DOUBLING);
  Atomics.add(cells, CELLS.latency + Math.min(LATENCY_BUCKETS - 1, bucket), 1);
}

/** The waiting time that a share of all held processes stayed below, or null when none was held. */
export function latencyQuantileUs(cells: Int32Array, share: number): number | null {
  const counts = Array.from({ length: LATENCY_BUCKETS }, (_, bucket) =>
    Atomics.load(cells, CELLS.latency + bucket),
  );
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let rest = total * share;
  const bucket = counts.findIndex((count) => (rest -= count) <= 0);
  return Math.round(2 ** ((bucket + 1) / BUCKETS_PER_DOUBLING));
}
