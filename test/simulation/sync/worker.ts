/**
 * A thread that lives through worlds. It may do so with an engine from which rules were taken out: the
 * engine is loaded after its text was changed, so that nothing of it knows that it can be.
 */
import { registerHooks, type ModuleSource } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { Finding, Report, Task } from './crowd.ts';
import { mutated, type Mutation } from './mutation.ts';

const task = workerData as Task;

function mutateEngine(mutations: readonly Mutation[]): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const mine = mutations.filter(({ file }) => url.endsWith(`/packages/sync/src/${file}`));
      if (mine.length === 0) return loaded;
      return { ...loaded, source: mine.reduce(mutated, textOf(loaded.source)) };
    },
  });
}

function textOf(source: ModuleSource | null | undefined): string {
  return typeof source === 'string' ? source : new TextDecoder().decode(source ?? undefined);
}

async function liveAll(): Promise<Report> {
  mutateEngine(task.mutations ?? []);
  const { sumOf } = await import('./crowd.ts');
  const { Violation } = await import('./violation.ts');
  const { storyOf } = await import('./lives.ts');
  const stories = [];
  const findings: Finding[] = [];
  for (const seed of task.seeds) {
    if (findings.some(({ invariant }) => invariant === task.until)) break;
    try {
      stories.push(storyOf(seed, task));
    } catch (error) {
      if (!(error instanceof Violation)) throw new Error(`seed ${seed}`, { cause: error });
      findings.push({ seed, invariant: error.invariant, text: error.message });
    }
  }
  return { story: sumOf(stories), findings, lived: stories.length };
}

const report = await liveAll();
parentPort?.postMessage(report, []);
