import { expect, test } from 'vitest';
import { createChainTime } from './chain-time.ts';

const YEAR_MS = 365 * 86_400_000;
const TRUE_MS = 1_800_000_000_000;

/** A clock that somebody set wrong, and the true time that it should show. */
function wrongBy(offsetMs: number) {
  const shown = { offsetMs, trueMs: TRUE_MS };
  const time = createChainTime({ now: () => shown.trueMs + shown.offsetMs });
  return { shown, time };
}

test.each([YEAR_MS, -YEAR_MS])('a clock that is %d ms off is put right', (offsetMs) => {
  const { shown, time } = wrongBy(offsetMs);
  expect(time.now()).toBe(TRUE_MS + offsetMs);
  time.correct(offsetMs);
  expect(time.now()).toBe(TRUE_MS);
  shown.trueMs += 30 * 86_400_000;
  expect(time.now()).toBe(shown.trueMs);
});

test.each([YEAR_MS, -YEAR_MS])('whoever sets it right is believed (%d ms)', (offsetMs) => {
  const { shown, time } = wrongBy(offsetMs);
  time.correct(offsetMs);
  shown.trueMs += 3_600_000;
  shown.offsetMs = 0;
  expect(time.now()).toBe(shown.trueMs);
  shown.trueMs += 3_600_000;
  expect(time.now()).toBe(shown.trueMs);
});

test.each([YEAR_MS, -YEAR_MS])('what was measured holds over a restart (%d ms)', (offsetMs) => {
  const measured = { offsetMs, latestMs: TRUE_MS };
  const same = wrongBy(offsetMs);
  same.shown.trueMs += 86_400_000;
  same.time.recall(measured);
  expect(same.time.now()).toBe(same.shown.trueMs);
  const mended = wrongBy(0);
  mended.shown.trueMs += 86_400_000;
  mended.time.recall(measured);
  expect(mended.time.now()).toBe(mended.shown.trueMs);
});

test('a moment is a whole number, whatever was measured', () => {
  const { time } = wrongBy(YEAR_MS);
  time.correct(YEAR_MS + 0.5);
  expect(Number.isInteger(time.now())).toBe(true);
});

test('a clock that is nearly right is left alone', () => {
  const { time } = wrongBy(20_000);
  time.correct(20_000);
  expect(time.now()).toBe(TRUE_MS + 20_000);
  time.correct(YEAR_MS);
  time.correct(0);
  expect(time.now()).toBe(TRUE_MS + 20_000);
});
