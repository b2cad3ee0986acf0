import { expect, test } from 'vitest';
import {
  ADDRESS_FAILURES_MAX,
  ADDRESS_WINDOW_MS,
  blockMsOf,
  CODE_THROTTLE,
  createFailureCounter,
  PASSWORD_THROTTLE,
  waitMsOf,
} from './throttle.ts';

test('waits begin after the free failures, double, and never grow beyond their bound', () => {
  const waits = Array.from({ length: 12 }, (_, failed) => waitMsOf(PASSWORD_THROTTLE, failed));
  expect(waits).toEqual([0, 0, 0, 0, 0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  expect(waitMsOf(PASSWORD_THROTTLE, 1e6)).toBe(30_000);
  expect(waitMsOf(CODE_THROTTLE, 1e6)).toBe(900_000);
});

test('blocks double from a quarter of an hour to a day', () => {
  expect([1, 2, 3, 4].map((strikes) => blockMsOf(strikes) / 60_000)).toEqual([15, 30, 60, 120]);
  expect(blockMsOf(1e6)).toBe(86_400_000);
});

test('a network fails too often within the window, not beyond it, and is counted anew after', () => {
  const counter = createFailureCounter();
  const times = (count: number, nowMs: number): boolean[] =>
    Array.from({ length: count }, () => counter.count('a', nowMs));
  expect(times(ADDRESS_FAILURES_MAX - 1, 0)).not.toContain(true);
  expect(counter.count('b', 0)).toBe(false);
  expect(counter.count('a', ADDRESS_WINDOW_MS)).toBe(false);
  expect(times(ADDRESS_FAILURES_MAX - 1, ADDRESS_WINDOW_MS).at(-1)).toBe(true);
  expect(counter.count('a', ADDRESS_WINDOW_MS)).toBe(false);
});
