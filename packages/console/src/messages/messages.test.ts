import { expect, test } from 'vitest';
import { de } from './de.ts';
import { en } from './en.ts';
import { format, pseudo, pseudoCatalogue, type Message } from './translate.ts';

function namesOf(message: Message): readonly string[] {
  const texts = typeof message === 'string' ? [message] : [message.one, message.other];
  return [...new Set(texts.flatMap((text) => text.match(/\{\w+\}/g) ?? []))].toSorted();
}

test('every language has the same keys', () => {
  expect(Object.keys(de).toSorted()).toEqual(Object.keys(en).toSorted());
});

test('every message takes the same values in every language', () => {
  const german = new Map<string, Message>(Object.entries(de));
  for (const [key, message] of Object.entries(en)) {
    const translated = german.get(key);
    expect(translated === undefined ? [] : namesOf(translated), key).toEqual(namesOf(message));
  }
});

test('plural forms follow the language, and numbers are written as its people do', () => {
  const message = { one: '{count} row', other: '{count} rows' };
  expect(format(message, 'en', { count: 1 })).toBe('1 row');
  expect(format(message, 'en', { count: 12_000 })).toBe('12,000 rows');
  expect(format(message, 'de', { count: 12_000 })).toBe('12.000 rows');
});

test('a value is put in as it is, even when it looks like a name in braces', () => {
  expect(format('{name} and {other}', 'en', { name: '{other}', other: 'b' })).toBe('{other} and b');
});

test('the pseudo language leaves names in braces alone and shows where a text ends', () => {
  expect(pseudo('Scan {name}')).toMatch(/^⟦.*\{name\}·+⟧$/);
  const made = pseudoCatalogue(en);
  expect(Object.keys(made)).toEqual(Object.keys(en));
  expect(made['list.rows'].other).toContain('{count}');
});
