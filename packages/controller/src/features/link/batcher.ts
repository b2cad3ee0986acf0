import type { Clock } from '@wardgrid/base';
import { ControllerError } from '../../platform/error.ts';

/** Collects single requests into batches, so that many share one statement and one commit. */
export interface Batcher<Item, Verdict> {
  /** Resolves with the item's own verdict. @throws ControllerError `unavailable` when too much waits. */
  readonly add: (item: Item) => Promise<Verdict>;
  /** How many wait or are under way. */
  readonly size: () => number;
}

export interface BatcherOptions<Item, Verdict> {
  readonly clock: Pick<Clock, 'after'>;
  /** Most items in one batch. */
  readonly sizeMax: number;
  /** Longest time an item waits for others. */
  readonly waitMs: number;
  /** Batches under way at once. */
  readonly batchesMax: number;
  /** Items that may wait; more are sent away. */
  readonly queueMax: number;
  /** Items of one key are never under way together. */
  readonly keyOf: (item: Item) => string;
  /** The verdicts in the order of the items. */
  readonly run: (items: readonly Item[]) => Promise<readonly Verdict[]>;
}

interface Waiting<Item, Verdict> {
  readonly item: Item;
  readonly key: string;
  readonly resolve: (verdict: Verdict) => void;
  readonly reject: (error: unknown) => void;
}

/** Seconds after which somebody sent away may come back. */
const RETRY_AFTER_SECONDS = 2;

function overloaded(): ControllerError {
  return new ControllerError('unavailable', 'too much waits; come back later', {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}

export function createBatcher<Item, Verdict>(
  options: BatcherOptions<Item, Verdict>,
): Batcher<Item, Verdict> {
  let waiting: Waiting<Item, Verdict>[] = [];
  const busy = new Set<string>();
  let batches = 0;
  let underWay = 0;
  let cancelTimer: (() => void) | undefined;

  function schedule(): void {
    if (waiting.length === 0 || batches >= options.batchesMax) return;
    if (waiting.length >= options.sizeMax) {
      flush();
      return;
    }
    cancelTimer ??= options.clock.after(options.waitMs, flush);
  }

  function flush(): void {
    cancelTimer?.();
    cancelTimer = undefined;
    if (batches >= options.batchesMax) return;
    const batch = take();
    if (batch.length === 0) return;
    batches += 1;
    underWay += batch.length;
    void runBatch(batch);
    schedule();
  }

  /** The oldest items of which none shares its key with another under way. */
  function take(): Waiting<Item, Verdict>[] {
    const batch: Waiting<Item, Verdict>[] = [];
    const rest: Waiting<Item, Verdict>[] = [];
    for (const entry of waiting) {
      if (batch.length >= options.sizeMax || busy.has(entry.key)) rest.push(entry);
      else {
        busy.add(entry.key);
        batch.push(entry);
      }
    }
    waiting = rest;
    return batch;
  }

  async function runBatch(batch: readonly Waiting<Item, Verdict>[]): Promise<void> {
    try {
      const verdicts = await options.run(batch.map((entry) => entry.item));
      for (const [index, entry] of batch.entries()) entry.resolve(verdicts[index] as Verdict);
    } catch (error) {
      for (const entry of batch) entry.reject(error);
    } finally {
      for (const entry of batch) busy.delete(entry.key);
      batches -= 1;
      underWay -= batch.length;
      schedule();
    }
  }

  return {
    add(item) {
      if (waiting.length >= options.queueMax) return Promise.reject(overloaded());
      return new Promise((resolve, reject) => {
        waiting.push({ item, key: options.keyOf(item), resolve, reject });
        schedule();
      });
    },
    size: () => waiting.length + underWay,
  };
}
