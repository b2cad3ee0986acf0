/* The invariants of synchronisation under everything that can go wrong, by seeds: the same seed
   brings the same story. A seed that ever failed is kept. */
import { expect, test } from 'vitest';
import { plantedFaults } from './sync/plants.ts';
import { Violation } from './sync/oracle.ts';
import { USUAL, type Plant, type Story, type Torment } from './sync/story.ts';
import { World } from './sync/world.ts';

const STEPS = 120;
/** New seeds of a run; more come with every run. */
const SEEDS = 120;
/** Seeds that a planted fault has to show itself in. */
const PLANT_SEEDS_MAX = 60;
/** Seeds that once failed: orphans of a moved controller, streams of a wiped one, relays of a restored. */
const KEPT_SEEDS = [96, 119, 123, 148, 1031, 1035, 1046, 1052, 1055, 1113, 2038, 2146];

function live(seed: number, torment: Torment = USUAL, plant?: Plant): Story {
  const world = new World(seed, torment, plant);
  for (let step = 0; step < STEPS; step += 1) world.step();
  world.heal();
  return world.story;
}

/** Lives through worlds; says which seed failed and how. */
function liveAll(seeds: readonly number[], torment: Torment = USUAL): Story {
  const stories = seeds.map((seed) => {
    try {
      return live(seed, torment);
    } catch (error) {
      throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
    }
  });
  const names = Object.keys(stories[0] ?? {}) as (keyof Story)[];
  const sums = names.map((name) => [name, stories.reduce((sum, story) => sum + story[name], 0)]);
  return Object.fromEntries(sums) as Story;
}

const seedsFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => first + index);

test('seeds that once failed', () => {
  expect(liveAll(KEPT_SEEDS).decided).toBeGreaterThan(0);
}, 60_000);

test('all controllers converge whatever happens on the way', () => {
  const story = liveAll(seedsFrom(10_000, SEEDS));
  process.stdout.write(`convergence: ${JSON.stringify(story)}\n`);
  // A fault that never happens would prove nothing.
  for (const [name, count] of Object.entries(story))
    expect([name, count > 0]).toEqual([name, true]);
}, 240_000);

test.each([
  'noise',
  'restores',
  'wipes',
  'copies',
  'cloudRestores',
  'moves',
  'collection',
] as const)(
  'much of one fault: %s',
  (kind) => {
    const none = Object.fromEntries(Object.keys(USUAL).map((name) => [name, 0]));
    const torment: Torment = { ...(none as unknown as Torment), cuts: 1, skew: 1, [kind]: 6 };
    expect(liveAll(seedsFrom(50_000, 8), torment).decided).toBeGreaterThan(0);
  },
  120_000,
);

test('the same seed brings the same story', () => {
  expect(live(77)).toEqual(live(77));
});

test.each(plantedFaults)(
  'the oracle notices: $name',
  ({ noticedBy, plant }) => {
    const noticed = seedsFrom(1, PLANT_SEEDS_MAX).some((seed) => {
      try {
        live(seed, USUAL, plant);
        return false;
      } catch (error) {
        if (!(error instanceof Violation)) throw error;
        return noticedBy.includes(error.invariant);
      }
    });
    expect(noticed).toBe(true);
  },
  120_000,
);
