/** Most groups of one machine: a spray from as many addresses is still seen. */
export const GROUPS_MAX = 10_000;

/** State by group, bounded: the group that was quiet longest makes room. */
export interface Groups<State> {
  /** The state of a group, made when there is none; it becomes the youngest. */
  readonly touch: (key: string) => State;
  readonly forget: (key: string) => void;
  /** Throws the group out that was quiet longest; its state, when there was one. */
  readonly evict: () => State | undefined;
  readonly size: () => number;
  readonly evicted: () => number;
  readonly entries: () => readonly (readonly [key: string, state: State])[];
  readonly load: (entries: readonly (readonly [key: string, state: State])[]) => void;
}

/** No groups. `make` gives the state of a new one. */
export function createGroups<State>(make: () => State): Groups<State> {
  const states = new Map<string, State>();
  let evicted = 0;

  function evict(): State | undefined {
    const [oldest] = states;
    if (!oldest) return undefined;
    states.delete(oldest[0]);
    evicted += 1;
    return oldest[1];
  }

  return {
    evict,
    touch(key) {
      const state = states.get(key) ?? make();
      states.delete(key);
      states.set(key, state);
      if (states.size > GROUPS_MAX) evict();
      return state;
    },
    forget: (key) => void states.delete(key),
    size: () => states.size,
    evicted: () => evicted,
    entries: () => [...states],
    load(entries) {
      states.clear();
      for (const [key, state] of entries.slice(-GROUPS_MAX)) states.set(key, state);
    },
  };
}
