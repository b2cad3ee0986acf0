import { fold } from '../fold.ts';
import { present } from '@wardgrid/base';
import type { Test } from '../rule.ts';
import type { AtomId } from './atoms.ts';
import { createAutomaton } from './automaton.ts';
import { createNetworkTree } from './networks.ts';

type TextTest = Extract<Test, { kind: 'text' }>;

/** Answers all plain questions about one field at once. */
export interface FieldIndex {
  /** Calls back for every question that one value of the field answers with yes. */
  readonly look: (value: string) => void;
}

type OnAtom = (atom: AtomId) => void;

interface IndexedTest {
  readonly atom: AtomId;
  readonly test: Test;
}

interface IndexedText {
  readonly atom: AtomId;
  readonly test: TextTest;
}

/**
 * The index of the plain questions about a field: parts of values in an automaton, whole values there as
 * well or, when they are many, in a hash table, addresses in a tree.
 */
export function createFieldIndex(tests: readonly IndexedTest[], onAtom: OnAtom): FieldIndex {
  const texts = tests.flatMap(({ atom, test }) => (test.kind === 'text' ? [{ atom, test }] : []));
  const looks = [
    ...textLooks(
      texts.filter(({ test }) => !test.cased),
      onAtom,
    ),
    ...textLooks(
      texts.filter(({ test }) => test.cased),
      onAtom,
    ),
    ...networkLooks(tests, onAtom),
  ];
  const [only] = looks;
  if (looks.length === 1 && only) return { look: only };
  return {
    look(value) {
      for (const look of looks) look(value);
    },
  };
}

type Look = FieldIndex['look'];

/** Most whole values that are looked for in the pass over the text; more, as lists of hashes, are not. */
const WHOLE_IN_PASS_MAX = 1_000;

function textLooks(texts: readonly IndexedText[], onAtom: OnAtom): readonly Look[] {
  const whole = texts.filter(({ test }) => test.place === 'whole');
  const parts = texts.filter(({ test }) => test.place !== 'whole' && test.text !== '');
  const isInPass = parts.length > 0 && whole.length <= WHOLE_IN_PASS_MAX;
  // An automaton has no place for the empty text.
  const passed = isInPass ? whole.filter(({ test }) => test.text !== '') : [];
  const hashed = whole.filter((one) => !passed.includes(one));
  return [
    ...(parts.length > 0 ? [passLook([...parts, ...passed], onAtom)] : []),
    ...(hashed.length > 0 ? [hashLook(hashed, onAtom)] : []),
  ];
}

function passLook(texts: readonly IndexedText[], onAtom: OnAtom): Look {
  const literals = texts.map(({ test }, entry) => ({ text: test.text, entry }));
  const automaton = createAutomaton(literals, texts[0]?.test.cased ?? false);
  const entries = texts.map(({ atom, test }) => ({
    atom,
    length: test.text.length,
    isAtStart: test.place === 'start' || test.place === 'whole',
    isAtEnd: test.place === 'end' || test.place === 'whole',
  }));
  let valueLength = 0;
  const onHit = (entryId: number, end: number): void => {
    const entry = present(entries[entryId], 'an entry of the automaton');
    if (entry.isAtStart && end !== entry.length) return;
    if (entry.isAtEnd && end !== valueLength) return;
    onAtom(entry.atom);
  };
  return (value) => {
    valueLength = value.length;
    automaton.scan(value, onHit);
  };
}

function hashLook(texts: readonly IndexedText[], onAtom: OnAtom): Look {
  const isCased = texts[0]?.test.cased ?? false;
  const atoms = new Map(texts.map(({ atom, test }) => [test.text, atom]));
  const lengths = new Set(texts.map(({ test }) => test.text.length));
  return (value) => {
    // Most values have a length that no text has: they need not be folded.
    if (!lengths.has(value.length)) return;
    const atom = atoms.get(isCased ? value : fold(value));
    if (atom !== undefined) onAtom(atom);
  };
}

function networkLooks(tests: readonly IndexedTest[], onAtom: OnAtom): readonly Look[] {
  const networks = tests.flatMap(({ atom, test }) =>
    test.kind === 'cidr' ? [{ atom, test }] : [],
  );
  if (networks.length === 0) return [];
  const tree = createNetworkTree();
  for (const { atom, test } of networks) tree.add(test.network, atom);
  return [(value) => tree.find(value, onAtom)];
}
