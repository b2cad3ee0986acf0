import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fold } from '../fold.ts';
import { compileRegex, RegexFault } from './index.ts';

const piece: fc.Arbitrary<string> = fc.letrec<{ piece: string }>((tie) => ({
  piece: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(
      'a',
      'b',
      'C',
      '.',
      '\\d',
      '\\w',
      '\\s',
      '\\W',
      '[ab]',
      '[^a-c]',
      '[a-zA-Z_-]',
      '\\.',
      '-',
      '^',
      '$',
      '\\b',
      '\\B',
      ' ',
      '\\x41',
      '\\n',
      '[\\d.]',
      '{',
      '}',
      ']',
    ),
    fc.tuple(tie('piece'), tie('piece')).map(([one, other]) => one + other),
    fc.tuple(tie('piece'), tie('piece')).map(([one, other]) => `(?:${one}|${other})`),
    fc
      .tuple(
        tie('piece'),
        fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{0,2}', '{2,}', '*?', '+?'),
      )
      .map(([one, times]) => `(${one})${times}`),
  ),
})).piece;

const text = fc
  .array(
    fc.constantFrom('a', 'b', 'C', 'c', '1', '.', '-', ' ', '\n', '_', 'A', 'é', '{', '}', ']'),
    {
      maxLength: 12,
    },
  )
  .map((letters) => letters.join(''));

describe('the search', () => {
  test('finds what the RegExp of the language finds, for random expressions and texts', () => {
    let found = 0;
    fc.assert(
      fc.property(
        piece,
        fc.constantFrom('', 'i', 'm', 's', 'is', 'im', 'ims'),
        fc.array(text, { minLength: 5, maxLength: 10 }),
        (pattern, flags, texts) => {
          const ours = compileRegex(pattern, flags);
          const theirs = new RegExp(pattern, flags);
          for (const one of texts) {
            const expected = theirs.test(one);
            expect([pattern, flags, one, ours.find(one)]).toEqual([pattern, flags, one, expected]);
            found += Number(expected);
            const { required } = ours;
            if (!expected || required === null) continue;
            expect(required.some((needed) => fold(one).includes(needed))).toBe(true);
          }
        },
      ),
      { numRuns: 4_000 },
    );
    expect(found).toBeGreaterThan(2_000);
  }, 60_000);

  test.each([
    ['(a+)+$', 'a'.repeat(30_000) + 'b'],
    ['(a|a)*c', 'a'.repeat(30_000)],
    ['(.*)*=(.*)*;', 'x='.repeat(15_000)],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(32_000)],
    ['(x+x+)+y', 'x'.repeat(32_000)],
    ['[ab]*a[ab]{12}c', 'ab'.repeat(16_000)],
    ['(?:a?){300}a{300}$', 'a'.repeat(599)],
  ])('%s takes its budget at most on hostile text', (pattern, hostile) => {
    const regex = compileRegex(pattern, '');
    const startedAt = performance.now();
    regex.find(hostile);
    // The budget is of work, not of time; this only tells linear from exponential.
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  test('says that it does not know when its budget is used up', () => {
    const regex = compileRegex('(?:a|b)*a(?:a|b){900}c', '');
    const hostile = Array.from({ length: 32_000 }, (_, at) => 'ab'[(at * 7 + (at >> 3)) % 2]).join(
      '',
    );
    expect(regex.find(hostile)).toBeUndefined();
  });

  test('reads lone surrogates and texts beyond ASCII', () => {
    expect(compileRegex('^\\ud800.$', '').find('\ud800x')).toBe(true);
    expect(compileRegex('ÉTÉ', 'i').find('un été')).toBe(true);
    expect(compileRegex('[^é]', '').find('é')).toBe(false);
  });

  test('inline flags count for the rest of their group', () => {
    expect(compileRegex('(?i)abc', '').find('xABC')).toBe(true);
    expect(compileRegex('a(?i:b)c', '').find('aBc')).toBe(true);
    expect(compileRegex('a(?i:b)c', '').find('aBC')).toBe(false);
    expect(compileRegex('(?s)a.b', '').find('a\nb')).toBe(true);
    expect(compileRegex('(?m)^b$', '').find('a\nb\nc')).toBe(true);
  });
});

describe('a pattern is refused', () => {
  test.each([
    ['(?=a)', 'regex-unsupported'],
    ['(?<!a)b', 'regex-unsupported'],
    ['(a)\\1', 'regex-unsupported'],
    ['a++', 'regex-unsupported'],
    ['(?>a)', 'regex-unsupported'],
    ['\\p{L}', 'regex-unsupported'],
    ['(a', 'regex-invalid'],
    ['a)', 'regex-invalid'],
    ['[a', 'regex-invalid'],
    ['*a', 'regex-invalid'],
    ['a{3,1}', 'regex-invalid'],
    ['[b-a]', 'regex-invalid'],
    ['a\\', 'regex-invalid'],
    ['a{5000}', 'regex-too-large'],
    ['(((a{1000}){1000}){1000}){1000}', 'regex-too-large'],
    ['(((){1000}){1000}){1000}', 'regex-too-large'],
    ['('.repeat(200) + ')'.repeat(200), 'regex-too-large'],
    ['a'.repeat(5_000), 'regex-too-large'],
  ])('%.40s', (pattern, code) => {
    expect(codeOfRefusal(pattern)).toBe(code);
  });
});

function codeOfRefusal(pattern: string): string | undefined {
  try {
    compileRegex(pattern, '');
    return undefined;
  } catch (error) {
    return error instanceof RegexFault ? error.code : 'another error';
  }
}
