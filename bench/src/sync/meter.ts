import { usageOf } from '../process-usage.ts';
import { collectGarbage } from './collector.ts';

/** What something took. */
export interface Took {
  readonly seconds: number;
  /** Of this process, and of the database's below it. */
  readonly cpuSeconds: number;
  /** How far the resident memory of this process rose above where it was. */
  readonly rssBytes: number;
}

const SAMPLE_MS = 50;

/** Measures time, CPU and memory of some work. */
export async function metered(work: () => Promise<void>): Promise<Took> {
  collectGarbage();
  const rssBefore = process.memoryUsage.rss();
  let rssMax = rssBefore;
  const timer = setInterval(() => {
    rssMax = Math.max(rssMax, process.memoryUsage.rss());
  }, SAMPLE_MS);
  const before = usageOf(process.pid);
  const startedAt = performance.now();
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const after = usageOf(process.pid);
  return {
    seconds,
    cpuSeconds:
      after.ownSeconds + after.childrenSeconds - before.ownSeconds - before.childrenSeconds,
    rssBytes: rssMax - rssBefore,
  };
}
