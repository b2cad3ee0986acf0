import { expect, test } from 'vitest';
import { latencyQuantileUs, recordLatency } from './latency.ts';
import { createSharedState } from './shared-state.ts';

test('quantiles are those of the waits, at most a fifth too high', () => {
  const { cells } = createSharedState();
  expect(latencyQuantileUs(cells, 0.5)).toBeNull();
  for (let waitedUs = 1; waitedUs <= 1_000; waitedUs += 1) recordLatency(cells, waitedUs);
  recordLatency(cells, 3_000_000_000);
  for (const [share, expected] of [
    [0.5, 500],
    [0.99, 991],
  ] as const) {
    const found = latencyQuantileUs(cells, share) ?? 0;
    expect(found).toBeGreaterThanOrEqual(expected);
    expect(found).toBeLessThanOrEqual(expected * 1.2);
  }
});
