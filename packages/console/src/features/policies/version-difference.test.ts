import { expect, test } from 'vitest';
import type { Exclusion } from '@wardgrid/wire';
import { differenceOf, isSame, type PolicyContent } from './version-difference.ts';

const content = (given: Partial<PolicyContent>): PolicyContent => ({
  name: 'Careful',
  fields: {},
  locks: [],
  ...given,
});

const exclusion = (value: string): Exclusion => ({
  id: '01890000-0000-7000-8000-000000000000',
  kind: 'path',
  value,
  reason: 'builds',
  expiresAt: null,
});

test('versions that say the same differ in nothing, in whatever order a lock was set', () => {
  const one = content({ fields: { mode: 'strict' }, locks: ['mode', 'canaries'] });
  const other = content({ fields: { mode: 'strict' }, locks: ['canaries', 'mode'] });
  expect(isSame(differenceOf(one, other))).toBe(true);
});

test('a field that begins, ends or changes to be decided is told with both values', () => {
  const before = content({ fields: { mode: 'detect', confidenceMin: 70 } });
  const after = content({ fields: { mode: 'strict', canaries: false } });
  const { fields } = differenceOf(before, after);
  expect(fields.map((one) => [one.field, one.before, one.after])).toEqual([
    ['mode', 'detect', 'strict'],
    ['confidenceMin', 70, undefined],
    ['canaries', undefined, false],
  ]);
});

test('to end processes never is a decision, not the lack of one', () => {
  const decided = content({ fields: { killFrom: null } });
  expect(differenceOf(content({}), decided).fields).toHaveLength(1);
  expect(differenceOf(decided, content({})).fields).toHaveLength(1);
});

test('of lists, what came and what went is told', () => {
  const before = content({
    fields: { exclusions: [exclusion('/srv/a'), exclusion('/srv/b')], strictPaths: ['/home'] },
  });
  const after = content({
    fields: { exclusions: [exclusion('/srv/b'), exclusion('/srv/c')], strictPaths: ['/home'] },
  });
  const { fields } = differenceOf(before, after);
  expect(fields).toHaveLength(1);
  expect(fields[0]?.added).toEqual(['Path /srv/c (builds, for ever)']);
  expect(fields[0]?.removed).toEqual(['Path /srv/a (builds, for ever)']);
});

test('names and locks are told as well', () => {
  const difference = differenceOf(
    content({ locks: ['mode'] }),
    content({ name: 'Strict', locks: ['canaries'] }),
  );
  expect(difference.name).toEqual({ before: 'Careful', after: 'Strict' });
  expect([difference.locked, difference.unlocked]).toEqual([['canaries'], ['mode']]);
});
