import { compileGlob } from '../glob.ts';
import { fold } from '../fold.ts';
import { requiredTextsOf } from '../regex/index.ts';
import type { Test } from '../rule.ts';
import { valueTestOf, type ValueTest } from '../single-test.ts';

/** The number of a question about one field, shared by all rules that ask it. */
export type AtomId = number;

type TextTest = Extract<Test, { kind: 'text' }>;
type AskedTest = Exclude<Test, { kind: 'field' }>;

/** One question, and how it is answered. */
export type Atom =
  /** Found by the index of its field. */
  | { readonly kind: 'indexed'; readonly field: string; readonly test: Test }
  /** Asked only when a rule needs it; one of `before` stands in whatever matches. */
  | {
      readonly kind: 'asked';
      readonly field: string;
      readonly ask: ValueTest;
      readonly before: readonly AtomId[] | null;
    }
  | { readonly kind: 'present'; readonly field: string }
  | {
      readonly kind: 'compared';
      readonly field: string;
      readonly test: Extract<Test, { kind: 'field' }>;
    };

/** All questions of a matcher. */
export interface AtomTable {
  readonly atoms: readonly Atom[];
  readonly idOf: (field: string, test: Test) => AtomId;
}

/** An empty table. Equal questions get one number. */
export function createAtomTable(): AtomTable {
  const atoms: Atom[] = [];
  const ids = new Map<string, AtomId>();
  /** Questions that were looked up before, by themselves: making a key costs more. */
  const seen = new Map<Test, { readonly field: string; readonly id: AtomId }>();

  function idOf(field: string, test: Test): AtomId {
    const before = seen.get(test);
    if (before?.field === field) return before.id;
    const id = idByKey(field, test);
    seen.set(test, { field, id });
    return id;
  }

  function idByKey(field: string, test: Test): AtomId {
    const key = `${field}\n${keyOf(test)}`;
    const known = ids.get(key);
    if (known !== undefined) return known;
    const atom = atomOf(field, test);
    const id = atoms.push(atom) - 1;
    ids.set(key, id);
    return id;
  }

  /** Plain texts of which one must be there before an expensive question is asked. */
  function prefilter(field: string, texts: readonly string[]): readonly AtomId[] {
    return texts.map((text) => idOf(field, { kind: 'text', place: 'any', text, cased: false }));
  }

  function asked(field: string, test: AskedTest, texts: readonly string[] | null): Atom {
    const before = texts === null || texts.includes('') ? null : prefilter(field, texts);
    return { kind: 'asked', field, ask: valueTestOf(test), before };
  }

  function atomOf(field: string, test: Test): Atom {
    switch (test.kind) {
      case 'text':
        // The empty text stands in every value: an index has no place for it.
        if (test.text === '' && test.place !== 'whole') return asked(field, test, null);
        return { kind: 'indexed', field, test: test.cased ? test : folded(test) };
      case 'cidr':
        return { kind: 'indexed', field, test };
      case 'exists':
        return { kind: 'present', field };
      case 'field':
        return { kind: 'compared', field, test };
      case 'glob':
        return asked(field, test, longestOf(compileGlob(test.parts, test.cased).required));
      case 'regex':
        return asked(field, test, requiredTextsOf(test.pattern, test.flags));
      case 'number':
        return asked(field, test, null);
    }
  }

  return { atoms, idOf };
}

function folded(test: TextTest): TextTest {
  return { ...test, text: fold(test.text) };
}

function keyOf(test: Test): string {
  if (test.kind !== 'text') return JSON.stringify(test);
  return `${test.cased ? 'C' : 'c'}${test.place}:${test.cased ? test.text : fold(test.text)}`;
}

/** The longest text alone: it is found most seldom. */
function longestOf(texts: readonly string[]): readonly string[] | null {
  const [longest] = texts.toSorted((one, other) => other.length - one.length);
  return longest === undefined ? null : [longest];
}
