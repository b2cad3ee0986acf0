import fc from 'fast-check';
import { expect, test } from 'vitest';
import { requireBelow } from './through.ts';

interface Place {
  readonly scope: string;
  readonly layer: number;
}

const place = fc.record({
  scope: fc
    .array(fc.constantFrom('a', 'b', 'a1'), { maxLength: 4 })
    .map((labels) => labels.join('.')),
  layer: fc.integer({ min: 1, max: 4 }),
});

function isBelow(caller: Place, own: Place): boolean {
  try {
    requireBelow(own, caller);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'node-unknown' });
    return false;
  }
}

test('who serves less, or the same deeper down, stands below', () => {
  const own = { scope: 't.o', layer: 1 };
  expect(isBelow({ scope: 't.o.g', layer: 2 }, own)).toBe(true);
  expect(isBelow({ scope: 't.o', layer: 2 }, own)).toBe(true);
  expect(isBelow({ scope: 't.o', layer: 1 }, own)).toBe(false);
  expect(isBelow({ scope: 't.o2.g', layer: 2 }, own)).toBe(false);
  expect(isBelow({ scope: 't', layer: 3 }, own)).toBe(false);
});

test('what is handed on goes round in no circle, whatever each believes to stand above it', () => {
  fc.assert(
    fc.property(fc.array(place, { minLength: 1, maxLength: 6 }), (circle) => {
      const isRound = circle.every((own, index) => isBelow(circle.at(index - 1) ?? own, own));
      expect(isRound).toBe(false);
    }),
  );
});

test('the cloud hands on nothing', () => {
  expect(() => requireBelow(null, { scope: 't.o', layer: 1 })).toThrow(
    expect.objectContaining({ code: 'upstream-unreachable' }),
  );
});
