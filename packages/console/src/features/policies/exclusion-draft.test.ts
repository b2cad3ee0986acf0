import { Exclusion } from '@wardgrid/wire';
import { expect, test } from 'vitest';
import { daysOf, EMPTY_DRAFT, exclusionOf } from './exclusion-draft.ts';

const NOW = 1_764_000_000_000;
const ID = '019a0000-0000-7000-8000-000000000000';
const COMPLETE = { ...EMPTY_DRAFT, value: '/srv/build/**', reason: 'builds' };

test.each([
  ['', null],
  [' 30 ', 30],
  ['1', 1],
  ['3650', 3_650],
])('%j are %j days', (text, days) => {
  expect(daysOf(text)).toBe(days);
});

test.each(['0', '-1', '3651', '99999999999', '1e300', 'Infinity', 'NaN', '1.5', '0x10', 'soon'])(
  '%j is no number of days, and no exclusion comes of it',
  (days) => {
    expect(daysOf(days)).toBeUndefined();
    expect(exclusionOf({ ...COMPLETE, days }, NOW)).toBeUndefined();
  },
);

test('what is complete is an exclusion that the wire takes and a page can show', () => {
  const exclusion = exclusionOf({ ...COMPLETE, days: '3650' }, NOW);
  expect(Exclusion.safeParse({ ...exclusion, id: ID }).success).toBe(true);
  expect(new Date(exclusion?.expiresAt ?? Number.NaN).toISOString()).toMatch(/^\d{4}-/);
  expect(exclusionOf({ ...COMPLETE, days: '' }, NOW)?.expiresAt).toBeNull();
});

test('a hash that is none and an empty reason are not complete', () => {
  expect(exclusionOf({ ...COMPLETE, kind: 'hash', value: 'abc' }, NOW)).toBeUndefined();
  expect(exclusionOf({ ...COMPLETE, reason: ' ' }, NOW)).toBeUndefined();
});
