import { expect, test } from 'vitest';
import {
  fieldWords,
  isEqual,
  linesOf,
  nounWords,
  reasonWords,
  valueText,
} from './conflict-words.ts';

test('what has a word is said by it, what has none as it is called', () => {
  expect([fieldWords('name'), fieldWords('changed_by'), fieldWords('is_odd')]).toEqual([
    'Name',
    'Changed by',
    'is odd',
  ]);
  expect(nounWords('organizations')).toBe('Organization');
  expect(nounWords('unheard-of')).toBe('unheard-of');
  expect(reasonWords('unheard-of')).toBe('unheard-of');
});

test('documents are written line by line, plain values as they are', () => {
  expect(valueText({ mode: 'strict' })).toBe('{\n  "mode": "strict"\n}');
  expect([valueText('a'), valueText(3), valueText(null), valueText(true)]).toEqual([
    'a',
    '3',
    '–',
    'On',
  ]);
});

test('of two documents the lines are marked that only one has', () => {
  const lines = linesOf({ mode: 'strict', canaries: true }, { mode: 'detect', canaries: true });
  expect(lines.filter(({ isOwn }) => isOwn).map(({ text }) => text.trim())).toEqual([
    '"mode": "strict",',
  ]);
});

test('the order of keys makes no difference', () => {
  expect(isEqual({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
  expect(isEqual({ a: 1 }, { a: 2 })).toBe(false);
});
