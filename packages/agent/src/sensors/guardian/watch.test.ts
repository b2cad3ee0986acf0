import { expect, test } from 'vitest';
import { createWatch, type Look } from './watch.ts';

const LIMITS = { lookMs: 250, stallMs: 2_000 };

/** The ends of looks at the given times, each with a state and a beat. */
function watch(looks: readonly Partial<Look>[]): (string | null)[] {
  const look = createWatch(LIMITS);
  return looks.map((given, index) =>
    look({ atMs: index * LIMITS.lookMs, state: 'S', beat: index, ...given }),
  );
}

test('an agent that beats is fine, whatever it does', () => {
  expect(watch([{}, { state: 'R' }, { state: 'D' }, { state: null }])).toEqual([
    null,
    null,
    null,
    null,
  ]);
});

test('a stopped agent is ended at the second look, one that goes on is not', () => {
  expect(watch([{}, { state: 'T' }, { state: 'T' }])).toEqual([null, null, 'stopped']);
  expect(watch([{}, { state: 'T' }, {}, { state: 't' }])).toEqual([null, null, null, null]);
});

test('an agent that is silent for too long is ended', () => {
  const looks = Array.from({ length: 9 }, () => ({ beat: 1 }));
  expect(watch(looks)).toEqual([...Array.from({ length: 8 }, () => null), 'stalled']);
});

test('time in which the guardian itself was held up does not count', () => {
  const look = createWatch(LIMITS);
  const ends = [0, 250, 500, 60_000, 60_250, 60_500].map((atMs) =>
    look({ atMs, state: 'S', beat: 1 }),
  );
  expect(ends).toEqual([null, null, null, null, null, null]);
  const late = createWatch(LIMITS);
  expect([0, 30_000, 60_000].map((atMs) => late({ atMs, state: 'T', beat: 1 }))).toEqual([
    null,
    null,
    null,
  ]);
});
