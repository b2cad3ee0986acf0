import type { Task } from './crowd.ts';
import { live } from './life.ts';
import { plantedFaults } from './plants.ts';
import type { Story } from './story.ts';
import { tell } from './tales.ts';

/** Lives through one seed of a task: a told story, or a random world. @throws Violation */
export function storyOf(seed: number, { torment, plant, tale }: Task): Story {
  if (tale !== undefined) return tell(tale, seed);
  const planted = plantedFaults.find(({ name }) => name === plant);
  if (plant !== undefined && !planted) throw new Error(`no fault '${plant}'`);
  return live(seed, { torment: torment ?? planted?.torment, plant: planted?.plant });
}
