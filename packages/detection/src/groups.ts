/** Most groups of one machine: a spray from as many addresses is still seen. */
export const GROUPS_MAX = 10_000;

/** State by group, bounded: the group that was quiet longest makes room. */
export interface Groups<State> {
  /** The state of a group, made when there is none; it becomes the youngest. */
  readonly touch: (key: string) => State;
  /** The state of a group that is there. */
  readonly find: (key: string) => State | undefined;
  /** Throws groups out, those that were quiet longest first, until there is room or none is left. */
  readonly makeRoom: (hasRoom: () => boolean) => void;
  readonly size: () => number;
  readonly evicted: () => number;
  readonly entries: () => readonly (readonly [key: string, state: State])[];
  readonly load: (entries: readonly (readonly [key: string, state: State])[]) => void;
}

/** No groups. `make` gives the state of a new one, `onEvict` hears of every state that is thrown out. */
export function createGroups<State>(
  make: () => State,
  onEvict: (state: State) => void,
): Groups<State> {
  const states = new Map<string, State>();
  let evicted = 0;

  function makeRoom(hasRoom: () => boolean): void {
    for (const [key, state] of states) {
      if (hasRoom()) return;
      states.delete(key);
      evicted += 1;
      onEvict(state);
    }
  }

  return {
    makeRoom,
    touch(key) {
      const state = states.get(key) ?? make();
      states.delete(key);
      states.set(key, state);
      makeRoom(() => states.size <= GROUPS_MAX);
      return state;
    },
    find: (key) => states.get(key),
    size: () => states.size,
    evicted: () => evicted,
    entries: () => [...states],
    load(entries) {
      states.clear();
      for (const [key, state] of entries.slice(-GROUPS_MAX)) states.set(key, state);
    },
  };
}
