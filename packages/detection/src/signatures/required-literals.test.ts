import { expect, test } from 'vitest';
import { tokensOf } from './lexer.ts';
import { requiredLiteralsOf, type RequiredLiterals } from './required-literals.ts';
import { sectionStart } from './rule-text.ts';

function literalsOf(strings: string, condition: string): RequiredLiterals {
  const text = `rule r { strings: ${strings} condition: ${condition} }`;
  const tokens = [...tokensOf(text)];
  const start = sectionStart(
    tokens.map((token) => token.text),
    'condition',
  );
  return requiredLiteralsOf(text, tokens.slice(start, -1));
}

test.each([
  { strings: '$a = "Plain TEXT"', literals: ['plain text'] },
  { strings: '$a = "text" wide', literals: ['t\0e\0x\0t'] },
  { strings: '$a = "text" ascii wide nocase', literals: ['text', 't\0e\0x\0t'] },
  { strings: '$a = "text" xor', literals: null },
  { strings: '$a = "text" base64', literals: null },
  { strings: '$a = "abc"', literals: null },
  { strings: '$a = "a\\x01\\"\\\\b"', literals: ['a\x01"\\b'] },
  { strings: '$a = { 41 42 43 64 [2-4] 00 }', literals: ['abcd'] },
  { strings: '$a = { 41 42 ?3 44 45 46 47 }', literals: ['defg'] },
  { strings: '$a = { 41424344 ( 31 | 32 33 ) ?? }', literals: ['abcd1', 'abcd23'] },
  { strings: '$a = { ~41 42 43 44 45 }', literals: ['bcde'] },
  { strings: '$a = { 41 42 43 4? 45 }', literals: null },
  { strings: '$a = /ab(cd|ef)gh/', literals: ['abcdgh', 'abefgh'] },
  { strings: '$a = /ab+cdef?gh/', literals: ['cdegh', 'cdefgh'] },
  { strings: '$a = /word[0-9]word2\\/x/i', literals: ['word2/x'] },
  { strings: '$a = /[pP]ass[wW]ord\\s*=/', literals: ['password'] },
  { strings: '$a = /(long enough|tiny\\d)x*/', literals: ['long enough', 'tiny'] },
  { strings: '$a = /(long enough|no)x*/', literals: null },
  { strings: '$a = /(abcd)*efg/', literals: null },
  { strings: '$a = /(abcd){2}/', literals: ['abcdabcd'] },
  { strings: '$a = /(abcd){2,3}e/', literals: ['abcdabcd'] },
  { strings: '$a = /(abcd){0,3}e/', literals: null },
  { strings: '$a = /abcde{0}/', literals: ['abcde', 'abcd'] },
  { strings: '$a = /\\bword\\b|other/', literals: ['word', 'other'] },
  { strings: '$a = /[]x]word/', literals: [']word', 'xword'] },
  { strings: '$a = /[^x]word.[a-f]/', literals: ['word'] },
  { strings: '$a = /wo\\x72\\x44\\.\\$\\{/', literals: ['word.${'] },
])('a string $strings needs $literals', ({ strings, literals }) => {
  const [found = null] = literalsOf(strings, '$a');
  expect(found === null || literals === null ? found : [...found].toSorted()).toEqual(
    literals?.toSorted() ?? null,
  );
});

const STRINGS = '$a = "aaaa" $b = "bbbb" $c1 = "cccc" $c2 = "dddd" $s = "xy"';

test.each([
  { condition: '$a and $b', sets: ['aaaa', 'bbbb'] },
  { condition: '$a or $b', sets: ['aaaa|bbbb'] },
  { condition: '$a or $s', sets: [] },
  { condition: '($a and filesize < 2KB) or ($b and $s)', sets: ['aaaa|bbbb'] },
  { condition: '$a or filesize < 10', sets: [] },
  { condition: 'not $a and $b', sets: ['bbbb'] },
  { condition: 'not ($a or $b)', sets: [] },
  { condition: 'any of ($c*)', sets: ['cccc|dddd'] },
  { condition: '2 of ($a, $c*) in (0..100)', sets: ['aaaa|cccc|dddd'] },
  { condition: 'all of ($c*, $s)', sets: ['cccc', 'dddd'] },
  { condition: 'any of them', sets: [] },
  { condition: 'none of ($a)', sets: [] },
  { condition: '0 of ($a)', sets: [] },
  { condition: '50% of ($a, $b)', sets: [] },
  { condition: '#a > 0', sets: ['aaaa'] },
  { condition: '#a >= 3', sets: ['aaaa'] },
  { condition: '#a >= 0', sets: [] },
  { condition: '#a == 0', sets: [] },
  { condition: '#a < 3', sets: [] },
  { condition: '$a at 0 and $b in (0..9)', sets: ['aaaa', 'bbbb'] },
  { condition: 'for any of ($c*) : ( @ > 3 and $ ) and $a', sets: ['aaaa'] },
  { condition: 'for all i in (1..#a) : ( $b )', sets: [] },
  { condition: 'true', sets: [] },
  { condition: 'other_rule and $a', sets: ['aaaa'] },
  { condition: '($a) and (($b))', sets: ['aaaa', 'bbbb'] },
  { condition: '($a) or ($b)', sets: ['aaaa|bbbb'] },
])('the condition "$condition" needs $sets', ({ condition, sets }) => {
  const found = literalsOf(STRINGS, condition).map((set) => set.join('|'));
  expect(found.toSorted()).toEqual(sets.toSorted());
});
