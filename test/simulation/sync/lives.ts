import type { Task } from './crowd.ts';
import { live } from './life.ts';
import { LIARS, plantedFaults } from './plants.ts';
import type { Story } from './story.ts';
import { tell } from './tales.ts';

/** Lives through one seed of a task: a told story, or a random world. @throws Violation */
export function storyOf(seed: number, { torment, plant, liar, tale }: Task): Story {
  if (tale !== undefined) return tell(tale, seed);
  const lie = LIARS.find(({ name }) => name === liar);
  if (liar !== undefined && !lie) throw new Error(`no liar '${liar}'`);
  if (lie) return live(seed, { torment, plant: { response: lie.tells, isDoubted: true } });
  const planted = plantedFaults.find(({ name }) => name === plant);
  if (plant !== undefined && !planted) throw new Error(`no fault '${plant}'`);
  return live(seed, { torment: torment ?? planted?.torment, plant: planted?.plant });
}
