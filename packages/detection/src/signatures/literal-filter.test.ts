import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLiteralFilter } from './literal-filter.ts';

const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** What the filter promises, said in the plainest way. */
function mayMatch(rules: readonly (readonly (readonly string[])[])[], text: string): boolean {
  const folded = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return rules.some((sets) => sets.every((set) => set.some((one) => folded.includes(one))));
}

test('a rule may match when something of each of its sets is there, in any case and order', () => {
  const filter = createLiteralFilter([[['first', 'other'], ['second']], [['alone']]]);
  const answers = ['', 'first', 'SECOND first', 'other--second', 'Alone', 'secon', 'xalonex'];
  expect(answers.map((text) => filter?.mayMatch(bytesOf(text)))).toEqual([
    false,
    false,
    true,
    true,
    true,
    false,
    true,
  ]);
});

test('without a text that some rule needs, or with too short ones, there is no filter', () => {
  expect(createLiteralFilter([[['long enough']], []])).toBeNull();
  expect(createLiteralFilter([[['abc', 'long enough']]])).toBeNull();
});

test('the filter says no only where no rule can match', () => {
  const letter = fc.constantFrom('a', 'b', 'A', '1', '\0', '\xff');
  const low = fc.constantFrom('a', 'b', '1', '\0', '\xff');
  const literal = fc.string({ unit: low, minLength: 4, maxLength: 9 });
  const sets = fc.array(fc.array(literal, { minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 3,
  });
  const rules = fc.array(sets, { minLength: 1, maxLength: 6 });
  const text = fc.string({ unit: letter, maxLength: 60 });
  fc.assert(
    fc.property(rules, text, fc.nat(), (needed, filler, seed) => {
      const all = needed.flat(2);
      const planted = all[seed % all.length] ?? '';
      const filter = createLiteralFilter(needed);
      for (const tried of [filler, filler + planted, planted.toUpperCase() + filler + planted]) {
        const isPossible = mayMatch(needed, tried);
        const answer = filter?.mayMatch(bytesOf(tried));
        expect(answer === true || !isPossible).toBe(true);
      }
    }),
    { numRuns: 3_000 },
  );
});
