import { expect, test } from 'vitest';
import { isHarmful, widened } from './rollout.ts';

const ring = (given: {
  readonly running: number;
  readonly troubled: number;
  readonly outside: number;
}) => ({
  devices: 200,
  inRing: 100,
  running: given.running,
  runningTroubled: given.troubled,
  outsideTroubled: given.outside,
});

test.each([
  ['nobody runs it yet', { running: 0, troubled: 0, outside: 50 }, false],
  ['a tenth is in trouble', { running: 50, troubled: 5, outside: 0 }, false],
  ['more than a tenth is, and nobody outside', { running: 50, troubled: 6, outside: 0 }, true],
  ['as many outside are', { running: 50, troubled: 20, outside: 40 }, false],
  ['half as many outside are', { running: 50, troubled: 20, outside: 20 }, true],
  ['the first device is', { running: 1, troubled: 1, outside: 0 }, true],
])('when %s', (_, given, harms) => {
  expect(isHarmful(ring(given))).toBe(harms);
});

test('with all devices in the ring there is nobody to compare with', () => {
  const all = { devices: 10, inRing: 10, running: 10, runningTroubled: 5, outsideTroubled: 0 };
  expect(isHarmful(all)).toBe(true);
});

test('a ring widens, is halted, goes on, and ends with all', () => {
  const before = { fields: { mode: 'detect' }, locks: [] } as const;
  const rollout = { from: 3, percent: 5, startedAt: 0, halt: null, before } as const;
  const halted = widened(rollout, 0);
  expect(halted).toEqual({ ...rollout, percent: 0, halt: 'person' });
  expect(halted && widened(halted, 25)).toEqual({ ...rollout, percent: 25 });
  expect(widened(rollout, 100)).toBeNull();
});
