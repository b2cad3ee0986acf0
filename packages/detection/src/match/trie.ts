/** Most states of one automaton: 4 million characters of literals. */
const STATES_MAX = 4_000_000;

/** The tree of literals that an automaton is made from; state 0 is the root. */
export interface Trie {
  readonly add: (classes: readonly number[], entry: number) => void;
  /** Number of states. */
  readonly size: () => number;
  /** Calls back for every child of a state. */
  readonly children: (state: number, each: (unitClass: number, child: number) => void) => void;
  readonly entriesOf: (state: number) => readonly number[];
}

/** An empty tree. Children are lists in flat arrays: a map a state would take ten times the memory. */
export function createTrie(): Trie {
  const firstChild: number[] = [0];
  const nextSibling: number[] = [0];
  const classOf: number[] = [0];
  const entries = new Map<number, number[]>();

  function childOf(state: number, unitClass: number): number {
    let child = firstChild[state] ?? 0;
    while (child !== 0 && classOf[child] !== unitClass) child = nextSibling[child] ?? 0;
    return child;
  }

  function append(state: number, unitClass: number): number {
    if (firstChild.length >= STATES_MAX) throw new RangeError('too many literals');
    const child = firstChild.push(0) - 1;
    nextSibling.push(firstChild[state] ?? 0);
    classOf.push(unitClass);
    firstChild[state] = child;
    return child;
  }

  return {
    add(classes, entry) {
      let state = 0;
      for (const unitClass of classes) {
        state = childOf(state, unitClass) || append(state, unitClass);
      }
      const here = entries.get(state);
      if (here) here.push(entry);
      else entries.set(state, [entry]);
    },
    size: () => firstChild.length,
    children(state, each) {
      let child = firstChild[state] ?? 0;
      while (child !== 0) {
        each(classOf[child] ?? 0, child);
        child = nextSibling[child] ?? 0;
      }
    },
    entriesOf: (state) => entries.get(state) ?? [],
  };
}
