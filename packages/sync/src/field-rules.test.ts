import { expect, test } from 'vitest';
import type { Json } from '@wardgrid/base';
import { mergeField, type FieldOutcome } from './field-rules.ts';
import { hlcOf } from './hlc.ts';
import type { Op } from './op.ts';
import type { FieldRule } from './registry.ts';
import type { Field } from './row.ts';

interface Write {
  readonly value: Json;
  /** What its author had seen; nothing, unless told. */
  readonly seen?: number;
  readonly ms?: number;
  readonly stream?: string;
  readonly q?: number;
}

/** What comes of writes that are decided one after the other, as 1, 2, 3 … */
function decideAll(rule: FieldRule, writes: readonly Write[]): readonly FieldOutcome[] {
  let current: Field | undefined;
  return writes.map(({ value, seen = 0, ms = 1_000, stream, q }, index) => {
    const op: Op = {
      opId: `op${index}`,
      stream: stream ?? `n${index}/1/ctl`,
      q: q ?? 1,
      hlc: hlcOf(ms),
      kind: 'patch',
      type: 'thing',
      id: 'x',
      home: null,
      fields: {},
      seen,
      by: 'someone',
      schemaVersion: 1,
    };
    const outcome = mergeField(current, { op, rule, value, g: index + 1 });
    current = outcome.field ?? current;
    return outcome;
  });
}

/** The value in the end. */
function valueOf(rule: FieldRule, writes: readonly Write[]): Json | undefined {
  return decideAll(rule, writes).findLast(({ field }) => field)?.field?.value;
}

const SET: FieldRule = { merge: 'set' };
const EXCEPTIONS: FieldRule = { merge: 'set', removalWins: true };
const PHASED: FieldRule = {
  merge: 'state-machine',
  phases: [['issued'], ['running'], ['done', 'failed']],
};

test('members of a set are added and removed each for itself', () => {
  const writes = [
    { value: ['a', 'b'] },
    { value: { add: ['c'] } },
    { value: { remove: ['a'] }, seen: 2 },
  ];
  expect(valueOf(SET, writes)).toEqual(['b', 'c']);
});

test('of adding and removing the same without having seen it, adding wins', () => {
  const again = [
    { value: ['a'] },
    { value: { remove: ['a'] }, seen: 1 },
    { value: { add: ['a'] }, seen: 1 },
  ];
  expect(valueOf(SET, again)).toEqual(['a']);
  const outcomes = decideAll(SET, [{ value: ['a'] }, { value: { remove: ['a'] } }]);
  expect(outcomes[1]).toMatchObject({ field: null, loser: { value: { remove: ['a'] } } });
});

test('of exceptions from protection removing wins, until somebody saw it', () => {
  const removed = { value: { remove: ['a'] }, seen: 1 };
  const add = { add: ['a'] };
  const unseen = decideAll(EXCEPTIONS, [{ value: ['a'] }, removed, { value: add, seen: 1 }]);
  expect(unseen[1]?.field?.value).toEqual([]);
  expect(unseen[2]).toMatchObject({ field: null, loser: { value: add } });
  expect(valueOf(EXCEPTIONS, [{ value: ['a'] }, removed, { value: add, seen: 2 }])).toEqual(['a']);
  // Also what nobody here had heard of yet is out for whoever did not see that.
  expect(valueOf(EXCEPTIONS, [{ value: { remove: ['z'] } }, { value: { add: ['z'] } }])).toEqual(
    [],
  );
});

test('a list of what shall be in a set leaves in what its author had not seen', () => {
  const writes = [{ value: ['a'] }, { value: { add: ['b'] } }, { value: ['c'], seen: 1 }];
  expect(valueOf(SET, writes)).toEqual(['b', 'c']);
});

test('members may be anything, also what looks like a name of JavaScript', () => {
  const value: Json = ['__proto__', { path: '/a' }, 7, 'constructor'];
  expect(valueOf(SET, [{ value }, { value: { add: ['__proto__'] } }])).toHaveLength(4);
  expect(valueOf(SET, [{ value: 'no list' }, { value: null }, { value: { add: 3 } }])).toEqual([]);
});

test('of a set a bounded number of removals is remembered, and no member forgotten for them', () => {
  const many = Array.from({ length: 3_000 }, (_, index) => index);
  const [, { field } = {}] = decideAll(SET, [{ value: many }, { value: ['kept'], seen: 1 }]);
  expect(field?.value).toEqual(['kept']);
  expect(Object.keys(field?.members ?? {}).length).toBe(2_000);
});

test('phases go on, whoever saw what, and of two ends the first stays', () => {
  expect(valueOf(PHASED, [{ value: 'running' }, { value: 'issued', ms: 9_000 }])).toBe('running');
  expect(
    valueOf(PHASED, [
      { value: 'issued', ms: 9_000 },
      { value: 'done', ms: 1 },
    ]),
  ).toBe('done');
  const ends = decideAll(PHASED, [{ value: 'done' }, { value: 'failed', seen: 1 }]);
  expect(ends[1]).toMatchObject({ field: null, loser: { value: 'failed' } });
});

test('a phase is set back by who saw it, where that is allowed', () => {
  const back = { value: 'issued', seen: 1 };
  expect(valueOf(PHASED, [{ value: 'done' }, back])).toBe('done');
  const reopening = { ...PHASED, canReopen: true };
  expect(valueOf(reopening, [{ value: 'done' }, back])).toBe('issued');
  expect(valueOf(reopening, [{ value: 'done' }, { ...back, seen: 0 }])).toBe('done');
});

test('a phase of a newer version gives way to who saw it alone', () => {
  expect(valueOf(PHASED, [{ value: 'paused' }, { value: 'done' }])).toBe('paused');
  expect(valueOf(PHASED, [{ value: 'paused' }, { value: 'done', seen: 1 }])).toBe('done');
  expect(valueOf(PHASED, [{ value: 'issued' }, { value: 'paused' }])).toBe('issued');
});

test('what one writer tells holds in the order of its stream, however its clock jumps', () => {
  const rule: FieldRule = { merge: 'single-writer' };
  const own = (q: number, value: Json, ms: number): Write => ({ value, ms, stream: 'd/1/ctl', q });
  expect(valueOf(rule, [own(1, 'old', 9_000), own(2, 'new', 1)])).toBe('new');
  expect(valueOf(rule, [own(2, 'new', 1), own(1, 'late', 9_000)])).toBe('new');
});

test('a list only grows, each item once, up to its bound', () => {
  const rule: FieldRule = { merge: 'append-only' };
  expect(valueOf(rule, [{ value: ['a'] }, { value: 'b' }, { value: ['c', 'd'] }])).toEqual([
    'a',
    'b',
    'c',
    'd',
  ]);
  const full = Array.from({ length: 1_000 }, () => 'x');
  const [, over] = decideAll(rule, [{ value: full }, { value: ['y'] }]);
  expect(over).toMatchObject({ field: null, loser: { value: ['y'] } });
});

test('of two versions of a document that did not see each other the other is kept', () => {
  const rule: FieldRule = { merge: 'document' };
  const [left, right] = [{ mode: 1 }, { mode: 2 }];
  const late = decideAll(rule, [{ value: left }, { value: right, ms: 2_000 }]);
  expect(late[1]).toMatchObject({ field: { value: right }, loser: { value: left, by: { q: 1 } } });
  const early = decideAll(rule, [{ value: left }, { value: right, ms: 1 }]);
  expect(early[1]).toMatchObject({ field: null, loser: { value: right } });
  const seen = decideAll(rule, [{ value: left }, { value: right, seen: 1 }]);
  expect(seen[1]?.loser).toBeNull();
  const same = decideAll(rule, [{ value: left }, { value: { mode: 1 }, ms: 1 }]);
  expect(same[1]?.loser).toBeNull();
});

test('what is no number does not spoil a counter', () => {
  const writes = [{ value: 2 }, { value: 'many' }, { value: null }, { value: 3 }];
  expect(valueOf({ merge: 'counter' }, writes)).toBe(5);
});
