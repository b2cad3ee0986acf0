import type { Program, State } from './program.ts';
import { RegexFault, type Assertion } from './syntax.ts';
import { newWork, spend, type Work } from '../work.ts';
import { hasUnit, LINE_ENDS, WORDS, type UnitSet } from './unit-set.ts';

/* Search by a deterministic automaton that is made while it is needed (RE2's way). A known step costs one
   look-up; an unknown one costs at most the number of states, and is paid from a budget. So no text and no
   expression takes more than its budget. */

/** Most kept steps of one expression (256 KB); when there are more, all are forgotten and made anew. */
const KEPT_STEPS_MAX = 65_536;
/** Most classes of characters that one expression may tell apart. */
const CLASSES_MAX = 2_048;
/** Longest text that is searched; events hold no longer ones. */
const TEXT_LENGTH_MAX = 65_536;

const UNMADE = -1;
const MATCHED = -2;

/** What stood before a place; assertions look at it. */
const Before = { start: 0, word: 1, lineEnd: 2, other: 3 } as const;

interface Kept {
  readonly states: readonly number[];
  readonly before: number;
  /** By class of the next unit, the last for the end of the text. */
  readonly steps: Int32Array;
}

/** A searcher of one expression. */
export interface RegexSearch {
  /** Whether the text holds a match; undefined when the work would exceed what one search may take. */
  readonly find: (text: string, work?: Work) => boolean | undefined;
}

/** A searcher of a program. @throws RegexFault `regex-too-large`. */
export function createRegexSearch(program: Program): RegexSearch {
  const searcher = new Searcher(program);
  return {
    find: (text, work = newWork()) => spend(work, (share) => searcher.find(text, share)),
  };
}

class Searcher {
  readonly #program: Program;
  readonly #classes: Classes;
  readonly #isMember: (state: number, unitClass: number) => boolean;
  readonly #hasAssertions: boolean;
  readonly #keptMax: number;
  /** By state: the number of the step that visited it last. */
  readonly #visitedAt: Uint32Array;
  #visit = 0;
  #kept: Kept[] = [];
  #byKey = new Map<string, number>();

  constructor(program: Program) {
    this.#program = program;
    this.#classes = createClasses(program);
    this.#isMember = createMembership(program, this.#classes);
    this.#hasAssertions = program.states.some(({ kind }) => kind === 'assert');
    this.#keptMax = Math.floor(KEPT_STEPS_MAX / (this.#classes.count + 1));
    this.#visitedAt = new Uint32Array(program.states.length);
  }

  find(text: string, work: Work): boolean | undefined {
    // Known steps are cheap, and there may be a thousand texts.
    work.left -= text.length >> 3;
    const end = Math.min(text.length, TEXT_LENGTH_MAX);
    let current = this.#keep([], Before.start);
    for (let at = 0; at <= end; at += 1) {
      const unitClass = at < end ? this.#classes.of(text.charCodeAt(at)) : this.#classes.count;
      let step = this.#kept[current]?.steps[unitClass] ?? UNMADE;
      if (step === UNMADE) step = this.#take(current, unitClass, work);
      if (work.left < 0) return undefined;
      if (step === MATCHED) return true;
      current = step;
    }
    return text.length > TEXT_LENGTH_MAX ? undefined : false;
  }

  /** Makes the step of a kept state over a class, and keeps it. */
  #take(current: number, unitClass: number, work: Work): number {
    let from = this.#kept[current];
    if (!from) return MATCHED;
    const next = this.#follow(from, unitClass, work);
    if (this.#kept.length >= this.#keptMax) {
      this.#kept = [];
      this.#byKey = new Map();
      from = this.#kept[this.#keep(from.states, from.before)] ?? from;
    }
    const before = this.#hasAssertions ? this.#classes.beforeOf(unitClass) : Before.other;
    const step = next === null ? MATCHED : this.#keep(next, before);
    from.steps[unitClass] = step;
    return step;
  }

  /** The states after a unit of a class, the end of the text being the last class; null: a match. */
  #follow(from: Kept, unitClass: number, work: Work): readonly number[] | null {
    this.#visit += 1;
    const stack = [...from.states, this.#program.start];
    const next: number[] = [];
    work.left -= STEP_WORK;
    while (stack.length > 0) {
      const at = stack.pop() ?? 0;
      if (this.#visitedAt[at] === this.#visit) continue;
      this.#visitedAt[at] = this.#visit;
      work.left -= 1;
      const state = this.#program.states[at] ?? MATCH;
      if (state.kind === 'match') return null;
      if (state.kind === 'split') stack.push(state.next, state.other);
      else if (state.kind === 'set') {
        if (this.#isMember(at, unitClass)) next.push(state.next);
      } else if (holds(state.assertion, from.before, this.#classes.afterOf(unitClass))) {
        stack.push(state.next);
      }
    }
    return [...new Set(next)].toSorted((one, other) => one - other);
  }

  #keep(states: readonly number[], before: number): number {
    const key = `${before}:${states.join(',')}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const steps = new Int32Array(this.#classes.count + 1).fill(UNMADE);
    const number = this.#kept.push({ states, before, steps }) - 1;
    this.#byKey.set(key, number);
    return number;
  }
}

/** What a step costs beside the states it visits. */
const STEP_WORK = 16;

const MATCH: State = { kind: 'match' };

/** What follows a place, as assertions see it. */
interface After {
  readonly isEnd: boolean;
  readonly isWord: boolean;
  readonly isLineEnd: boolean;
}

function holds(assertion: Assertion, before: number, after: After): boolean {
  switch (assertion) {
    case 'start':
      return before === Before.start;
    case 'end':
      return after.isEnd;
    case 'line-start':
      return before === Before.start || before === Before.lineEnd;
    case 'line-end':
      return after.isEnd || after.isLineEnd;
    case 'word':
      return (before === Before.word) !== after.isWord;
    case 'no-word':
      return (before === Before.word) === after.isWord;
  }
}

/** Units that no expression tells apart are one class. */
interface Classes {
  readonly count: number;
  readonly of: (unit: number) => number;
  readonly firstOf: (unitClass: number) => number;
  readonly afterOf: (unitClass: number) => After;
  readonly beforeOf: (unitClass: number) => number;
}

const ASCII_COUNT = 128;

function createClasses(program: Program): Classes {
  const bounds = boundsOf(program);
  const ascii = Uint16Array.from({ length: ASCII_COUNT }, (_, unit) => classBySearch(bounds, unit));
  const afters = bounds.map((unit) => ({
    isEnd: false,
    isWord: hasUnit(WORDS, unit),
    isLineEnd: hasUnit(LINE_ENDS, unit),
  }));
  const end: After = { isEnd: true, isWord: false, isLineEnd: false };
  const beforeOf = (unitClass: number): number => {
    const after = afters[unitClass] ?? end;
    if (after.isWord) return Before.word;
    return after.isLineEnd ? Before.lineEnd : Before.other;
  };
  return {
    count: bounds.length,
    of: (unit) => (unit < ASCII_COUNT ? (ascii[unit] ?? 0) : classBySearch(bounds, unit)),
    firstOf: (unitClass) => bounds[unitClass] ?? 0,
    afterOf: (unitClass) => afters[unitClass] ?? end,
    beforeOf,
  };
}

/** Where a class begins: wherever a set of the program or of an assertion begins or ends. */
function boundsOf(program: Program): readonly number[] {
  const bounds = new Set([0]);
  const add = (set: UnitSet): void => {
    for (let at = 0; at < set.length; at += 2) {
      bounds.add(set[at] ?? 0);
      bounds.add((set[at + 1] ?? 0) + 1);
    }
  };
  for (const state of program.states) {
    if (state.kind === 'set') add(state.set);
    if (state.kind === 'assert') {
      add(WORDS);
      add(LINE_ENDS);
    }
  }
  if (bounds.size > CLASSES_MAX) {
    throw new RegexFault('regex-too-large', 0, `tells more than ${CLASSES_MAX} classes apart`);
  }
  return [...bounds].filter((bound) => bound <= 0xffff).toSorted((one, other) => one - other);
}

function classBySearch(bounds: readonly number[], unit: number): number {
  let low = 0;
  let high = bounds.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((bounds[middle] ?? 0) <= unit) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Whether the set of a state has a class. Equal sets share one row. */
function createMembership(
  program: Program,
  classes: Classes,
): (state: number, unitClass: number) => boolean {
  const rows = new Map<string, Uint8Array>();
  const none = new Uint8Array(classes.count + 1);
  const rowOf = program.states.map((state) => {
    if (state.kind !== 'set') return none;
    const key = state.set.join(',');
    const row =
      rows.get(key) ??
      Uint8Array.from({ length: classes.count + 1 }, (_, unitClass) =>
        Number(unitClass < classes.count && hasUnit(state.set, classes.firstOf(unitClass))),
      );
    rows.set(key, row);
    return row;
  });
  return (state, unitClass) => rowOf[state]?.[unitClass] === 1;
}
