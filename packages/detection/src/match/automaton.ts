import { caseVariants } from '../regex/unit-set.ts';
import { createTrie, type Trie } from './trie.ts';

/* Aho–Corasick over UTF-16 units: all literals of a field in one pass over its text. States are numbered
   by depth; the first ones have a whole row of steps (a look-up a unit), deeper ones only their own
   children in one hash table, and fall back to a shorter suffix. So memory stays near the literals. */

/** Cells of whole rows in one automaton: 4 MB. Texts are nearly always in shallow states. */
const DENSE_CELLS_MAX = 1_048_576;

/** Called for a literal that ends before the offset `end`. */
export type OnHit = (entry: number, end: number) => void;

/** Finds literals in texts. */
export interface Automaton {
  readonly scan: (text: string, onHit: OnHit) => void;
}

/** A literal that is looked for, and the number it is told by. */
export interface Literal {
  readonly text: string;
  readonly entry: number;
}

/** The automaton of literals; without `cased`, they are folded and so are texts while they are read. */
export function createAutomaton(literals: readonly Literal[], cased: boolean): Automaton {
  const alphabet = createAlphabet(literals, cased);
  const trie = createTrie();
  for (const { text, entry } of literals) {
    trie.add(
      Array.from({ length: text.length }, (_, at) => classOf(alphabet, text.charCodeAt(at))),
      entry,
    );
  }
  return scannerOf(buildTables(trie, alphabet.width), alphabet);
}

/** Classes of units; 0 is every unit that stands in no literal. */
interface Alphabet {
  readonly ascii: Uint16Array;
  readonly others: ReadonlyMap<number, number>;
  readonly width: number;
}

const ASCII_COUNT = 128;

function createAlphabet(literals: readonly Literal[], cased: boolean): Alphabet {
  const classes = new Map<number, number>();
  for (const { text } of literals) {
    for (let at = 0; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      if (!classes.has(unit)) classes.set(unit, classes.size + 1);
    }
  }
  const width = classes.size + 1;
  if (!cased) {
    for (const [unit, unitClass] of Array.from(classes)) {
      for (const variant of caseVariants().get(unit) ?? []) classes.set(variant, unitClass);
    }
  }
  const ascii = Uint16Array.from({ length: ASCII_COUNT }, (_, unit) => classes.get(unit) ?? 0);
  return { ascii, others: classes, width };
}

function classOf({ ascii, others }: Alphabet, unit: number): number {
  return unit < ASCII_COUNT ? (ascii[unit] ?? 0) : (others.get(unit) ?? 0);
}

interface Tables {
  readonly width: number;
  /** How many states have a whole row in `dense`. */
  readonly denseCount: number;
  readonly dense: Int32Array;
  readonly sparse: SparseSteps;
  readonly fail: Int32Array;
  /** 1 where the state or a suffix of it ends a literal. */
  readonly isHit: Uint8Array;
  /** The longest proper suffix that ends a literal, or 0. */
  readonly nextHit: Int32Array;
  readonly entries: readonly (readonly number[])[];
}

function buildTables(trie: Trie, width: number): Tables {
  const order = breadthFirst(trie);
  const count = order.states.length;
  const denseCount = Math.min(count, Math.max(1, Math.floor(DENSE_CELLS_MAX / width)));
  const tables: Tables = {
    width,
    denseCount,
    dense: new Int32Array(denseCount * width),
    sparse: createSparseSteps(count - denseCount),
    fail: new Int32Array(count),
    isHit: new Uint8Array(count),
    nextHit: new Int32Array(count),
    entries: order.states.map((state) => trie.entriesOf(state)),
  };
  for (let state = 0; state < count; state += 1) {
    const failing = tables.fail[state] ?? 0;
    fillHits(tables, state, failing);
    if (state > 0 && state < denseCount) {
      tables.dense.copyWithin(state * width, failing * width, (failing + 1) * width);
    }
    // Children of the root fall back to the root, which they have yet to be entered in.
    const fallbacks: (readonly [child: number, unitClass: number])[] = [];
    trie.children(order.states[state] ?? 0, (unitClass, oldChild) => {
      const child = order.numberOf[oldChild] ?? 0;
      tables.fail[child] = state === 0 ? 0 : step(tables, failing, unitClass);
      fallbacks.push([child, unitClass]);
    });
    for (const [child, unitClass] of fallbacks) {
      if (state < denseCount) tables.dense[state * width + unitClass] = child;
      else tables.sparse.set(state * width + unitClass, child);
    }
  }
  return tables;
}

function fillHits(tables: Tables, state: number, failing: number): void {
  const isFailingHit = (tables.entries[failing]?.length ?? 0) > 0;
  tables.nextHit[state] = isFailingHit ? failing : (tables.nextHit[failing] ?? 0);
  const hasOwn = (tables.entries[state]?.length ?? 0) > 0;
  tables.isHit[state] = Number(hasOwn || tables.nextHit[state] !== 0);
}

interface Order {
  /** States of the tree by their new number. */
  readonly states: readonly number[];
  /** New numbers by state of the tree. */
  readonly numberOf: Int32Array;
}

function breadthFirst(trie: Trie): Order {
  const states = [0];
  const numberOf = new Int32Array(trie.size());
  for (let at = 0; at < states.length; at += 1) {
    trie.children(states[at] ?? 0, (_, child) => {
      numberOf[child] = states.push(child) - 1;
    });
  }
  return { states, numberOf };
}

function step(tables: Tables, from: number, unitClass: number): number {
  let state = from;
  while (state >= tables.denseCount) {
    const child = tables.sparse.get(state * tables.width + unitClass);
    if (child !== 0) return child;
    state = tables.fail[state] ?? 0;
  }
  return tables.dense[state * tables.width + unitClass] ?? 0;
}

function scannerOf(tables: Tables, alphabet: Alphabet): Automaton {
  const isAllDense = tables.denseCount === tables.fail.length;
  return isAllDense ? rowScanner(tables, alphabet) : mixedScanner(tables, alphabet);
}

/** Tells all literals that end in a state. */
function tell(tables: Tables, state: number, given: { onHit: OnHit; end: number }): void {
  for (let hit = state; hit !== 0; hit = tables.nextHit[hit] ?? 0) {
    for (const entry of tables.entries[hit] ?? []) given.onHit(entry, given.end);
  }
}

/**
 * Every state has a row: a step is one look-up, its sign tells whether literals end there. The steps
 * are written over the states, which nobody needs any more: they are most of a megabyte.
 */
function rowScanner(tables: Tables, { ascii, others }: Alphabet): Automaton {
  const { width, isHit, dense: rows } = tables;
  for (let cell = 0; cell < rows.length; cell += 1) {
    const state = rows[cell] ?? 0;
    rows[cell] = isHit[state] === 1 ? ~(state * width) : state * width;
  }
  return {
    scan(text, onHit) {
      let row = 0;
      for (let at = 0; at < text.length; at += 1) {
        const unit = text.charCodeAt(at);
        const unitClass = unit < ASCII_COUNT ? (ascii[unit] ?? 0) : (others.get(unit) ?? 0);
        row = rows[row + unitClass] ?? 0;
        if (row >= 0) continue;
        row = ~row;
        tell(tables, row / width, { onHit, end: at + 1 });
      }
    },
  };
}

function mixedScanner(tables: Tables, { ascii, others }: Alphabet): Automaton {
  const { dense, denseCount, width, isHit } = tables;
  return {
    scan(text, onHit) {
      let state = 0;
      for (let at = 0; at < text.length; at += 1) {
        const unit = text.charCodeAt(at);
        const unitClass = unit < ASCII_COUNT ? (ascii[unit] ?? 0) : (others.get(unit) ?? 0);
        state =
          state < denseCount
            ? (dense[state * width + unitClass] ?? 0)
            : step(tables, state, unitClass);
        if (isHit[state] === 1) tell(tables, state, { onHit, end: at + 1 });
      }
    },
  };
}

interface SparseSteps {
  readonly set: (key: number, child: number) => void;
  /** 0 when there is none: no child is the root. */
  readonly get: (key: number) => number;
}

/** A hash table of steps with open addressing, sized for `count` of them. */
function createSparseSteps(count: number): SparseSteps {
  // One step leads to each state; those of the last dense row are entered here too.
  const bits = Math.max(4, Math.ceil(Math.log2((count + 1) * 2)));
  const keys = new Float64Array(2 ** bits).fill(-1);
  const children = new Int32Array(2 ** bits);
  const mask = 2 ** bits - 1;
  const placeOf = (key: number): number => {
    let place = Math.imul(key | 0, 0x9e3779b1) >>> (32 - bits);
    while (keys[place] !== -1 && keys[place] !== key) place = (place + 1) & mask;
    return place;
  };
  return {
    set(key, child) {
      const place = placeOf(key);
      keys[place] = key;
      children[place] = child;
    },
    get: (key) => children[placeOf(key)] ?? 0,
  };
}
