import type { Random } from '@wardgrid/base';

/** Chance in the words of a simulation. */
export interface Chance {
  readonly below: (limit: number) => number;
  readonly pick: <Item>(items: readonly Item[]) => Item;
  readonly happens: (probability: number) => boolean;
  readonly name: () => string;
}

/** Chance from a seeded source: the same seed brings the same story. */
export function createChance(random: Random): Chance {
  const below = (limit: number): number => Math.floor(random.fraction() * limit);
  return {
    below,
    pick(items) {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
    happens: (probability) => random.fraction() < probability,
    name: () => below(2 ** 32).toString(36),
  };
}
