import { expect, test } from 'vitest';
import { beginningsOf } from './beginnings.ts';

const hexOf = (condition: string): readonly string[] | null =>
  beginningsOf(`rule r { strings: $a = "x" condition: ${condition} }`)?.map((bytes) =>
    bytes.toString('hex'),
  ) ?? null;

test.each([
  ['uint16be(0) == 0x2321 and $a', ['2321']],
  ['$a and uint32(0) == 0x464c457f and filesize < 1MB', ['7f454c46']],
  ['uint8(0)==0x7F and $a', ['7f']],
  ['(uint32(0) == 0x464c457f or uint16(0) == 0x5a4d) and $a', ['7f454c46', '4d5a']],
  ['uint16(0) == 23117', ['4d5a']],
])('%s asks for a beginning', (condition, beginnings) => {
  expect(hexOf(condition)).toEqual(beginnings);
});

test.each([
  '$a',
  '$a or uint16be(0) == 0x2321',
  'not uint16be(0) == 0x2321 and $a',
  'uint16be(0) != 0x2321 and $a',
  'uint16be(2) == 0x2321 and $a',
  'uint16be(0) == 0x2321 + 1 and $a',
  'uint16be(0) & 0xff00 == 0x2300 and $a',
  '(uint16be(0) == 0x2321 or $a) and $a',
  '(uint16be(0) == 0x2321) or ($a)',
  '(uint16be(0) == 0x2321 or uint8(0) == 1) == false and $a',
  'not (uint16be(0) == 0x2321) and $a',
  'uint8(0) == 0x2321 and $a',
  'for all i in (1..2) : (uint8(i) == 1) and $a',
  'int16(0) == 0x2321 and $a',
])('%s may match what begins in any way', (condition) => {
  expect(hexOf(condition)).toBeNull();
});
