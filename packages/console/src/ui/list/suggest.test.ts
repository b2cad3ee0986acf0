import { expect, test } from 'vitest';
import { deviceFields } from '@wardgrid/wire';
import { suggestionsOf } from './suggest.ts';

function labels(text: string, caret = text.length): readonly string[] {
  return suggestionsOf(text, caret, deviceFields).map(({ label }) => label);
}

test('a word suggests fields, those that begin with it first', () => {
  expect(labels('os')).toEqual(['os:', 'osFamily:', 'hostname:']);
});

test('a field suggests what it can be, and a comma suggests another value', () => {
  expect(labels('status:')).toEqual([
    'status:online',
    'status:offline',
    'status:overdue',
    'status:unknown',
  ]);
  expect(labels('status:online,of')).toEqual(['status:online,offline']);
  expect(labels('lastSeenAt:')).toContain('lastSeenAt:>7d');
});

test('taking a value ends the word with a space; taking a field goes on after its colon', () => {
  expect(suggestionsOf('-sta', 4, deviceFields)[0]).toEqual({
    filter: '-status:',
    caret: 8,
    label: '-status:',
  });
  expect(suggestionsOf('status:onl', 10, deviceFields)[0]?.filter).toBe('status:online ');
});

test('only the word at the caret is completed', () => {
  const [first] = suggestionsOf('sta tag:vip', 3, deviceFields);
  expect(first?.filter).toBe('status: tag:vip');
});

test('a space inside quotes does not end a word', () => {
  expect(labels('os:"Windows st')).toEqual([]);
});

test('unknown fields and names of the prototype suggest nothing', () => {
  expect(labels('constructor:')).toEqual([]);
  expect(labels('nothing:a')).toEqual([]);
});
