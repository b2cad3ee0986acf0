import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  HLC_ZERO,
  hlcAfter,
  hlcClamp,
  hlcObserve,
  hlcOf,
  hlcTick,
  msOf,
  SKEW_MS_MAX,
} from './hlc.ts';

const wallMs = fc.integer({ min: 0, max: 4_102_444_800_000 });

test('text order is time order', () => {
  const moment = fc.tuple(wallMs, fc.integer({ min: 0, max: 0xffff }));
  fc.assert(
    fc.property(moment, moment, ([leftMs, left], [rightMs, right]) => {
      const isEarlier = leftMs < rightMs || (leftMs === rightMs && left < right);
      expect(hlcOf(leftMs, left) < hlcOf(rightMs, right)).toBe(isEarlier);
    }),
  );
});

test('what is written later is later, whatever the wall clock does', () => {
  fc.assert(
    fc.property(fc.array(wallMs, { minLength: 2, maxLength: 30 }), (walls) => {
      let last = HLC_ZERO;
      for (const wall of walls) {
        const next = hlcTick(last, wall);
        expect(next > last).toBe(true);
        last = next;
      }
    }),
  );
});

test('a counter that overflows moves on in time', () => {
  expect(hlcAfter(hlcOf(1_000, 0xffff))).toBe(hlcOf(1_001));
});

test('a wrong clock moves one’s own no further ahead than a minute, and none is refused', () => {
  const remote = hlcOf(10_000_000_000);
  const seen = hlcObserve(hlcOf(500), remote, 1_000);
  expect(msOf(seen)).toBe(1_000 + SKEW_MS_MAX);
  expect(hlcClamp(hlcOf(900), 1_000)).toBe(hlcOf(900));
  expect(hlcObserve(hlcOf(5_000), hlcOf(900), 1_000)).toBe(hlcOf(5_000));
});
