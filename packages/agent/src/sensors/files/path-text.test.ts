import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { pathText } from './path-text.ts';

test.each([
  ['/srv/ordinary näme', '/srv/ordinary näme'],
  ['/a\nb', '/a\\u{a}b'],
  ['/a\u202eb', '/a\\u{202e}b'],
])('%j is told as %s', (path, told) => {
  expect(pathText(Buffer.from(path))).toBe(told);
});

test('bytes that are no UTF-8 are told as bytes, characters beside them as characters', () => {
  const bytes = Buffer.concat([Buffer.from('/ä'), Buffer.from([0xff, 0xc3]), Buffer.from('€')]);
  expect(pathText(bytes)).toBe('/ä\\xff\\xc3€');
});

test('whatever the bytes, the text is bounded, well-formed and holds no control character', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5_000 }), (bytes) => {
      const told = pathText(bytes);
      expect(told.length).toBeLessThanOrEqual(4_096);
      expect(told.isWellFormed()).toBe(true);
      expect(told).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
    }),
  );
});
