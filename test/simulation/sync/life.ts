import { createSeededRandom } from '@wardgrid/base';
import { createChance } from './chance.ts';
import { USUAL, type Plant, type Story, type Torment } from './story.ts';
import { World } from './world.ts';

/** How a world is to be lived through. */
export interface LifePlan {
  /** Absent: by the seed, now all faults at their usual rate, now a few of them much more often. */
  readonly torment?: Torment | undefined;
  readonly plant?: Plant | undefined;
}

/** Steps of the shortest life, and how much longer others are. */
const STEPS_MIN = 80;
const STEPS_MORE = 40;

/** Lives through the world of a seed. @throws Violation */
export function live(seed: number, { torment, plant }: LifePlan = {}): Story {
  const world = new World(seed, torment ?? tormentOf(seed), plant);
  const steps = STEPS_MIN + STEPS_MORE * (seed % 4);
  for (let step = 0; step < steps; step += 1) world.step();
  world.heal();
  return world.story;
}

/** How often a fault happens in a world that is not like the others, against how often it does usually. */
const WEIGHTS = [0, 0, 1, 1, 2, 6];

/** Three of four worlds have faults of their own choice: what only follows from many of one shows there. */
function tormentOf(seed: number): Torment {
  if (seed % 4 === 0) return USUAL;
  const chance = createChance(createSeededRandom(seed + 0x5eed));
  const weights = Object.keys(USUAL).map((kind) => [kind, chance.pick(WEIGHTS)]);
  return Object.fromEntries(weights);
}
