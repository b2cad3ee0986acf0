import { fold } from '../fold.ts';
import { present } from '@wardgrid/base';
import type { Test } from '../rule.ts';
import type { AtomId } from './atoms.ts';
import { createAutomaton, type Automaton } from './automaton.ts';
import { createNetworkTree, type NetworkTree } from './networks.ts';

type TextTest = Extract<Test, { kind: 'text' }>;

/** Answers all plain questions about one field at once. */
export interface FieldIndex {
  /** Calls back for every question that one value of the field answers with yes. */
  readonly look: (value: string, onAtom: (atom: AtomId) => void) => void;
}

interface Entry {
  readonly atom: AtomId;
  readonly place: TextTest['place'];
  readonly length: number;
}

/** Whole values in a hash table, parts of values in an automaton, addresses in a tree. */
interface Half {
  readonly automaton: Automaton | null;
  readonly entries: readonly Entry[];
  readonly whole: ReadonlyMap<string, AtomId>;
}

/** The index of the plain questions about a field. */
export function createFieldIndex(
  tests: readonly { readonly atom: AtomId; readonly test: Test }[],
): FieldIndex {
  const texts = tests.flatMap(({ atom, test }) => (test.kind === 'text' ? [{ atom, test }] : []));
  const folded = halfOf(
    texts.filter(({ test }) => !test.cased),
    false,
  );
  const cased = halfOf(
    texts.filter(({ test }) => test.cased),
    true,
  );
  const networks = networksOf(tests);
  return {
    look(value, onAtom) {
      lookInHalf(folded, value, onAtom);
      if (folded.whole.size > 0) lookWhole(folded, fold(value), onAtom);
      lookInHalf(cased, value, onAtom);
      if (cased.whole.size > 0) lookWhole(cased, value, onAtom);
      networks?.find(value, onAtom);
    },
  };
}

function networksOf(
  tests: readonly { readonly atom: AtomId; readonly test: Test }[],
): NetworkTree | null {
  let tree: NetworkTree | null = null;
  for (const { atom, test } of tests) {
    if (test.kind !== 'cidr') continue;
    tree ??= createNetworkTree();
    tree.add(test.network, atom);
  }
  return tree;
}

function halfOf(
  tests: readonly { readonly atom: AtomId; readonly test: TextTest }[],
  cased: boolean,
): Half {
  const whole = new Map<string, AtomId>();
  const entries: Entry[] = [];
  const literals: string[] = [];
  for (const { atom, test } of tests) {
    if (test.place === 'whole') whole.set(test.text, atom);
    else {
      entries.push({ atom, place: test.place, length: test.text.length });
      literals.push(test.text);
    }
  }
  if (entries.length === 0) return { automaton: null, entries, whole };
  const automaton = createAutomaton(
    literals.map((text, entry) => ({ text, entry })),
    cased,
  );
  return { automaton, entries, whole };
}

function lookWhole(half: Half, value: string, onAtom: (atom: AtomId) => void): void {
  const atom = half.whole.get(value);
  if (atom !== undefined) onAtom(atom);
}

function lookInHalf(half: Half, value: string, onAtom: (atom: AtomId) => void): void {
  half.automaton?.scan(value, (entryId, end) => {
    const entry = present(half.entries[entryId], 'an entry of the automaton');
    const isAtPlace =
      entry.place === 'any' ||
      (entry.place === 'start' ? end === entry.length : end === value.length);
    if (isAtPlace) onAtom(entry.atom);
  });
}
