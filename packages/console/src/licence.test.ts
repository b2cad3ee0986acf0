import { expect, test } from 'vitest';
import { rungOf } from './licence.ts';

const NOW = Date.UTC(2026, 10, 28);
const inDays = (days: number): string => new Date(NOW + days * 86_400_000).toISOString();

test.each([
  [31, null],
  [30, 30],
  [8, 30],
  [7, 7],
  [2, 7],
  [1, 1],
  [0.2, 1],
])('with %d days left the rung is %s', (days, rung) => {
  expect(rungOf({ state: 'active', validUntil: inDays(days) }, NOW)?.rung ?? null).toBe(rung);
});

test.each(['grace', 'expired', 'suspended', 'missing'] as const)('%s is over', (state) => {
  expect(rungOf({ state, validUntil: inDays(200) }, NOW)?.isOver).toBe(true);
});
