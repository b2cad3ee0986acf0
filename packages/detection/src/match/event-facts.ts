import type { DeviceEvent } from '@wardgrid/wire';
import { isMissing, readerOf, type FieldReader, type FieldValue } from '../fields.ts';
import { anyValue, compareFields } from '../single-test.ts';
import { No, Unknown, Yes, type Truth } from '../truth.ts';
import { newWork, type Work } from '../work.ts';
import { createAtomTable, type Atom, type AtomId, type AtomTable } from './atoms.ts';
import { createFieldIndex, type FieldIndex } from './field-index.ts';

/** What is known of one field of the event under way. Marks are numbers of events. */
export interface View {
  readonly field: string;
  readonly reader: FieldReader;
  index: FieldIndex | null;
  /** The question whether it is there, when somebody asks. */
  presence: AtomId | null;
  /** Rules whose witness stands here: when the field is missing, all must be asked. */
  readonly watchers: Set<number>;
  seenAt: number;
  value: FieldValue;
  isMissing: boolean;
}

/** All that rules ask of events of one class, and the answers for the event under way. */
export interface EventFacts {
  readonly table: AtomTable;
  readonly views: Map<string, View>;
  /** By atom: the rules it is a witness of. */
  readonly triggers: (number[] | undefined)[];
  /** Called when a witness of a rule answers yes; may be called again for the same rule. */
  propose: (rule: number) => void;
  event: DeviceEvent | null;
  /** What costly questions about this event may still spend, all rules together. */
  work: Work;
  /** The number of the event under way. What bears it holds for this event. */
  mark: number;
  yesAt: Uint32Array;
  askedAt: Uint32Array;
  answers: Uint8Array;
  readonly onAtom: (atom: AtomId) => void;
}

/** Facts without questions. */
export function createEventFacts(): EventFacts {
  const facts: EventFacts = {
    table: createAtomTable(),
    views: new Map(),
    triggers: [],
    propose: () => undefined,
    event: null,
    work: newWork(),
    mark: 0,
    yesAt: new Uint32Array(0),
    askedAt: new Uint32Array(0),
    answers: new Uint8Array(0),
    onAtom: (atom) => sayYes(facts, atom),
  };
  return facts;
}

/** The view of a field. */
export function viewOf(facts: EventFacts, field: string): View {
  const known = facts.views.get(field);
  if (known) return known;
  const view: View = {
    field,
    reader: readerOf(field),
    index: null,
    presence: null,
    watchers: new Set(),
    seenAt: 0,
    value: undefined,
    isMissing: false,
  };
  facts.views.set(field, view);
  return view;
}

/** Makes an atom a witness of a rule. */
export function watch(facts: EventFacts, atom: AtomId, rule: number): void {
  viewOf(facts, facts.table.atoms[atom]?.field ?? '').watchers.add(rule);
  const rules = (facts.triggers[atom] ??= []);
  rules.push(rule);
}

/** Builds the indexes; no question may be added after. */
export function buildIndexes(facts: EventFacts): void {
  const { atoms } = facts.table;
  facts.yesAt = new Uint32Array(atoms.length);
  facts.askedAt = new Uint32Array(atoms.length);
  facts.answers = new Uint8Array(atoms.length);
  const byField = Map.groupBy(atoms.entries(), ([, atom]) => atom.field);
  for (const [field, own] of byField) {
    const view = viewOf(facts, field);
    const tests = own.flatMap(([id, atom]) =>
      atom.kind === 'indexed' ? [{ atom: id, test: atom.test }] : [],
    );
    view.index = tests.length > 0 ? createFieldIndex(tests, facts.onAtom) : null;
    view.presence = own.find(([, atom]) => atom.kind === 'present')?.[0] ?? null;
  }
}

/** Marks are 32-bit: before they run out, all are wiped. */
const MARK_MAX = 0xffff_fffe;

/** Begins an event: nothing is known of it. True when marks began anew, for others that keep them. */
export function beginEvent(facts: EventFacts, event: DeviceEvent): boolean {
  facts.event = event;
  facts.work = newWork();
  facts.mark += 1;
  if (facts.mark < MARK_MAX) return false;
  facts.yesAt.fill(0);
  facts.askedAt.fill(0);
  for (const view of facts.views.values()) view.seenAt = 0;
  facts.mark = 1;
  return true;
}

/** Reads a field and answers all its plain questions. */
export function look(facts: EventFacts, view: View): void {
  if (!facts.event || view.seenAt === facts.mark) return;
  view.seenAt = facts.mark;
  view.value = view.reader.read(facts.event);
  view.isMissing = isMissing(facts.event, view.field, view.reader);
  if (view.value === undefined) return;
  if (view.presence !== null) sayYes(facts, view.presence);
  if (!view.index) return;
  if (typeof view.value === 'string') view.index.look(view.value);
  else for (const value of view.value) view.index.look(value);
}

function sayYes(facts: EventFacts, atom: AtomId): void {
  if (facts.yesAt[atom] === facts.mark) return;
  facts.yesAt[atom] = facts.mark;
  const rules = facts.triggers[atom];
  if (rules) for (const rule of rules) facts.propose(rule);
}

/** The answer to one question; a costly one is asked at most once an event. */
export function truthOf(facts: EventFacts, id: AtomId, view: View): Truth {
  look(facts, view);
  if (facts.yesAt[id] === facts.mark) return Yes;
  const atom = facts.table.atoms[id];
  if (atom?.kind !== 'asked' && atom?.kind !== 'compared') return view.isMissing ? Unknown : No;
  if (facts.askedAt[id] !== facts.mark) {
    facts.askedAt[id] = facts.mark;
    facts.answers[id] = atom.kind === 'asked' ? ask(facts, atom, view) : compare(facts, atom, view);
  }
  return facts.answers[id] as Truth;
}

function ask(facts: EventFacts, atom: Extract<Atom, { kind: 'asked' }>, view: View): Truth {
  const isHopeless = atom.before?.every((one) => facts.yesAt[one] !== facts.mark) === true;
  const truth = isHopeless ? No : anyValue(atom.ask, view.value, facts.work);
  return truth === No && view.isMissing ? Unknown : truth;
}

function compare(facts: EventFacts, atom: Extract<Atom, { kind: 'compared' }>, view: View): Truth {
  const other = viewOf(facts, atom.test.field);
  look(facts, other);
  if (compareFields(atom.test, view.value, other.value) === Yes) return Yes;
  // What is absent equals nothing, whatever the other field may hold.
  return view.isMissing || (view.value !== undefined && other.isMissing) ? Unknown : No;
}
