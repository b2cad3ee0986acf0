import { expect, test } from 'vitest';
import * as fc from 'fast-check';
import { csvCell, csvLine } from './csv.ts';

test('a cell that begins like a formula becomes text', () => {
  expect(csvCell('=cmd|calc')).toBe(`"'=cmd|calc"`);
  expect(csvCell('+1+1')).toBe(`"'+1+1"`);
  expect(csvCell('@SUM(A1)')).toBe(`"'@SUM(A1)"`);
  expect(csvCell('\t=1')).toBe(`"'\t=1"`);
  expect(csvCell('  -2+3')).toBe(`"'  -2+3"`);
});

test('plain numbers stay numbers, negative ones too', () => {
  expect(csvCell('-12.5')).toBe('-12.5');
  expect(csvCell('7')).toBe('7');
});

test('quotes, commas and line breaks are quoted by RFC 4180', () => {
  expect(csvLine(['a "b"', 'c,d', 'e\nf', 'g'])).toBe('"a ""b""","c,d","e\nf",g\r\n');
});

test('no cell begins with a character that starts a formula, whatever it holds', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const bare = csvCell(text).replace(/^"/, '');
      expect(/^-?\d+(?:\.\d+)?$/.test(text) || !/^\s*[=+\-@]/.test(bare)).toBe(true);
    }),
  );
});
