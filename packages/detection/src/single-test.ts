import { containsIp, parseCidr } from '@wardgrid/base';
import { datePartOf } from './date-part.ts';
import type { FieldValue } from './fields.ts';
import { fold } from './fold.ts';
import { compileGlob } from './glob.ts';
import { compileOrUnknown, type RegexSearch } from './regex/index.ts';
import type { Place, Test } from './rule.ts';
import { No, Unknown, Yes, type Truth } from './truth.ts';
import { newWork, type Work } from './work.ts';

/** A test made ready for one value at a time. Unknown when it would take more work than is left. */
export type ValueTest = (value: string, work: Work) => Truth;

type TestOf<Kind extends Test['kind']> = Extract<Test, { kind: Kind }>;

/** Makes a test ready. Comparisons of two fields are no test of one value. */
export function valueTestOf(test: Exclude<Test, TestOf<'field'>>): ValueTest {
  switch (test.kind) {
    case 'text':
      return textTest(test);
    case 'glob': {
      const glob = compileGlob(test.parts, test.cased);
      return (value, work) => truthOf(glob.matches(value, work));
    }
    case 'regex': {
      // Compiled at the first use: most are never asked, for want of a text that must be there.
      let regex: RegexSearch | undefined;
      return (value, work) => {
        regex ??= compileOrUnknown(test.pattern, test.flags);
        return truthOf(regex.find(value, work));
      };
    }
    case 'cidr': {
      const network = parseCidr(test.network);
      return (value) => (network && containsIp(network, value) ? Yes : No);
    }
    case 'number':
      return numberTest(test);
    case 'exists':
      return () => Yes;
  }
}

function truthOf(answer: boolean | undefined): Truth {
  if (answer === undefined) return Unknown;
  return answer ? Yes : No;
}

function textTest(test: TestOf<'text'>): ValueTest {
  if (test.cased) return (value) => (standsAt(value, test.text, test.place) ? Yes : No);
  const text = fold(test.text);
  return (value) => (standsAt(fold(value), text, test.place) ? Yes : No);
}

function standsAt(value: string, text: string, place: Place): boolean {
  switch (place) {
    case 'whole':
      return value === text;
    case 'start':
      return value.startsWith(text);
    case 'end':
      return value.endsWith(text);
    case 'any':
      return value.includes(text);
  }
}

function numberTest(test: TestOf<'number'>): ValueTest {
  return (value) => {
    const number = test.part === null ? numberOf(value) : datePartOf(value, test.part);
    switch (test.compare) {
      case 'lt':
        return number < test.value ? Yes : No;
      case 'lte':
        return number <= test.value ? Yes : No;
      case 'gt':
        return number > test.value ? Yes : No;
      case 'gte':
        return number >= test.value ? Yes : No;
      case 'eq':
        return number === test.value ? Yes : No;
    }
  };
}

function numberOf(value: string): number {
  return value.trim() === '' ? Number.NaN : Number(value);
}

/** Whether a test holds for a field: for one of its values, when it has several. */
export function anyValue(test: ValueTest, value: FieldValue, work: Work = newWork()): Truth {
  if (value === undefined) return No;
  if (typeof value === 'string') return test(value, work);
  let result: Truth = No;
  for (const one of value) {
    const truth = test(one, work);
    if (truth === Yes) return Yes;
    if (truth === Unknown) result = Unknown;
  }
  return result;
}

/** Whether one of the values of a field stands in one of another's. */
export function compareFields(test: TestOf<'field'>, left: FieldValue, right: FieldValue): Truth {
  const change = test.cased ? (text: string) => text : fold;
  const texts = listOf(right).map((text) => change(text));
  const isFound = listOf(left).some((value) => {
    const changed = change(value);
    return texts.some((text) => standsAt(changed, text, test.place));
  });
  return isFound ? Yes : No;
}

/** The values of a field as a list. */
export function listOf(value: FieldValue): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}
