import { expect, test } from 'vitest';
import type { YaraEngine } from './engine.ts';
import { openLibyara } from './libyara.ts';
import { sizeBoundOf } from './size-bound.ts';
import { compileTiers, setFor } from './tiers.ts';

const rule = (condition: string, name = 'r'): string =>
  `rule ${name} { strings: $a = "filesize < 1KB" condition: ${condition} }`;

test.each([
  { condition: '$a and filesize < 200KB', bound: 204_800 },
  { condition: 'filesize<2MB and ($a or true)', bound: 2_097_152 },
  { condition: '$a and filesize <= 10 and filesize < 1MB', bound: 11 },
  { condition: 'for any of them : ($ at 0) and filesize < 1KB', bound: 1_024 },
  { condition: '$a or filesize < 200KB', bound: Number.POSITIVE_INFINITY },
  { condition: '$a and (true or filesize < 200KB)', bound: Number.POSITIVE_INFINITY },
  { condition: '$a and not filesize < 200KB', bound: Number.POSITIVE_INFINITY },
  { condition: '$a and filesize < 200KB * 2', bound: Number.POSITIVE_INFINITY },
  { condition: '$a and filesize > 200KB', bound: Number.POSITIVE_INFINITY },
  { condition: '$a', bound: Number.POSITIVE_INFINITY },
])('the bound of "$condition"', ({ condition, bound }) => {
  expect(sizeBoundOf(rule(condition))).toBe(bound);
});

test('large files are tried with what can match them, and find the same', () => {
  const engine = openLibyara() as YaraEngine;
  const text = [
    'import "math"',
    rule('$a and filesize < 1MB', 'small'),
    rule('$a and filesize < 2KB', 'tiny'),
    `private ${rule('$a and filesize < 1MB', 'base')}`,
    rule('$a and not base', 'names_a_small_one'),
    rule('$a and math.entropy(0, 10) >= 0', 'any_size'),
    rule('filesize < 1KB', 'other'),
    rule('filesize < 2KB', 'another'),
  ].join('\n');
  const tiers = compileTiers(engine, [{ name: 'x', text }]);
  const large = Buffer.concat([Buffer.alloc(2_000_000), Buffer.from('filesize < 1KB')]);
  const find = (set: typeof tiers.compiled): readonly string[] => {
    const outcome = set?.scan(large, 5_000);
    return outcome?.kind === 'done' ? outcome.matches.map((match) => match.rule) : ['stopped'];
  };
  expect(tiers.large).not.toBeNull();
  expect(find(tiers.large)).toEqual(['names_a_small_one', 'any_size']);
  expect(find(tiers.large)).toEqual(find(tiers.compiled));
  tiers.large?.close();
  tiers.compiled?.close();
});

test('files are tried with what can match how they begin, and find the same', () => {
  const engine = openLibyara() as YaraEngine;
  const text = [
    rule('$a and uint16be(0) == 0x2321', 'script'),
    rule('$a and (uint32(0) == 0x464c457f or uint16(0) == 0x5a4d)', 'program'),
    `private ${rule('#a >= 0 and uint16be(0) == 0x2321', 'base')}`,
    rule('$a and not base', 'names_a_script'),
    rule('$a', 'any_file'),
    rule('#a >= 0 and uint16be(0) == 0x2321', 'only_script'),
  ].join('\n');
  const tiers = compileTiers(engine, [{ name: 'x', text }]);
  const find = (set: typeof tiers.compiled, bytes: Buffer): readonly string[] => {
    const outcome = set?.scan(bytes, 5_000);
    return outcome?.kind === 'done' ? outcome.matches.map((match) => match.rule) : ['stopped'];
  };
  expect(tiers.plain).not.toBeNull();
  for (const [head, isPlain] of [
    ['#!/bin/sh', false],
    ['MZ', false],
    ['\x7fELF', false],
    ['#', true],
    ['\x7fEL', true],
    ['', true],
    [' #!', true],
  ] as const) {
    const bytes = Buffer.from(`${head} filesize < 1KB`, 'latin1');
    expect(setFor(tiers, bytes) === tiers.plain, head).toBe(isPlain);
    expect(find(setFor(tiers, bytes), bytes), head).toEqual(find(tiers.compiled, bytes));
  }
  expect(tiers.rules.size).toBe(6);
  expect(setFor(tiers, Buffer.from('nothing that any rule needs'))).toBeNull();
  expect(setFor(tiers, Buffer.alloc(0))).toBeNull();
  tiers.plain?.close();
  tiers.compiled?.close();
});

test('one set serves both when nearly all rules are about any size', () => {
  const engine = openLibyara() as YaraEngine;
  const tiers = compileTiers(engine, [{ name: 'x', text: rule('$a') }]);
  expect([tiers.large, tiers.plain]).toEqual([null, null]);
  tiers.compiled?.close();
});
