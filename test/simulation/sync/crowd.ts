/** Lives through many worlds, in as many threads as there are cores. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Mutation } from './mutation.ts';
import type { Story, Torment } from './story.ts';

/** What a thread is given to do. */
export interface Task {
  readonly seeds: readonly number[];
  readonly torment?: Torment;
  /** A fault by its name in `plants.ts`. */
  readonly plant?: string;
  /** A lie that relays tell all the time, by its name in `plants.ts`: nobody may be harmed. */
  readonly liar?: string;
  /** A told story by its name in `tales/`, instead of a random world. */
  readonly tale?: string;
  /** Changes to the engine's own text. */
  readonly mutations?: readonly Mutation[];
  /** Lives on until this invariant was broken, whatever else is; absent: through all seeds. */
  readonly until?: string;
}

/** A seed in which an invariant was broken. */
export interface Finding {
  readonly seed: number;
  readonly invariant: string;
  readonly text: string;
}

/** What became of a task. */
export interface Report {
  readonly story: Story;
  readonly findings: readonly Finding[];
  readonly lived: number;
}

const WORKER = new URL('worker.ts', import.meta.url);

/** Does a task in a thread of its own. */
export function live(task: Task): Promise<Report> {
  const { promise, resolve, reject } = Promise.withResolvers<Report>();
  const worker = new Worker(WORKER, { workerData: task, execArgv: [] });
  worker.once('message', resolve);
  worker.once('error', reject);
  worker.once('exit', (code) => reject(new Error(`the thread ended with ${code}`)));
  return promise;
}

/** Threads at a time: more than two would take the cores of other tests. */
const THREADS_MAX = 2;

/** Does a task in several threads, each with a part of the seeds. */
export async function liveInCrowd(task: Task): Promise<Report> {
  const threads = Math.min(THREADS_MAX, availableParallelism());
  const parts = Array.from({ length: threads }, (_, thread) =>
    task.seeds.filter((_, index) => index % threads === thread),
  );
  const reports = await Promise.all(parts.map((seeds) => live({ ...task, seeds })));
  return {
    story: sumOf(reports.map(({ story }) => story)),
    findings: reports.flatMap(({ findings }) => findings),
    lived: reports.reduce((sum, { lived }) => sum + lived, 0),
  };
}

/** All stories in one. */
export function sumOf(stories: readonly Story[]): Story {
  const names = Object.keys(stories[0] ?? {}) as (keyof Story)[];
  const sums = names.map((name) => [name, stories.reduce((sum, story) => sum + story[name], 0)]);
  return Object.fromEntries(sums) as Story;
}
