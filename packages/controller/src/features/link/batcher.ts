import type { Clock } from '@wardgrid/base';
import { ControllerError } from '../../platform/error.ts';

/** Collects single requests into batches, so that many share one statement and one commit. */
export interface Batcher<Item, Verdict> {
  /** Resolves with the item's own verdict. @throws ControllerError `unavailable` when too much waits. */
  readonly add: (item: Item) => Promise<Verdict>;
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
  const line = createLine<Waiting<Item, Verdict>>();
  let batches = 0;
  let cancelTimer: (() => void) | undefined;

  function schedule(): void {
    if (line.size() === 0 || batches >= options.batchesMax) return;
    if (line.size() >= options.sizeMax) flush();
    else cancelTimer ??= options.clock.after(options.waitMs, flush);
  }

  function flush(): void {
    cancelTimer?.();
    cancelTimer = undefined;
    if (batches >= options.batchesMax) return;
    const batch = line.take(options.sizeMax);
    if (batch.length === 0) return;
    batches += 1;
    void runBatch(batch);
    schedule();
  }

  async function runBatch(batch: readonly Waiting<Item, Verdict>[]): Promise<void> {
    try {
      const verdicts = await options.run(batch.map((entry) => entry.item));
      for (const [index, entry] of batch.entries()) entry.resolve(verdicts[index] as Verdict);
    } catch (error) {
      for (const entry of batch) entry.reject(error);
    } finally {
      line.release(batch);
      batches -= 1;
      schedule();
    }
  }

  return {
    add(item) {
      if (line.size() >= options.queueMax) return Promise.reject(overloaded());
      return new Promise((resolve, reject) => {
        line.push({ item, key: options.keyOf(item), resolve, reject });
        schedule();
      });
    },
  };
}

/** A line in which an entry waits while another of its key is under way. */
function createLine<Entry extends { readonly key: string }>() {
  let waiting: Entry[] = [];
  const busy = new Set<string>();
  return {
    size: (): number => waiting.length,
    push: (entry: Entry): void => void waiting.push(entry),
    /** The oldest entries that may go, at most `count`. */
    take(count: number): Entry[] {
      const taken: Entry[] = [];
      const rest: Entry[] = [];
      for (const entry of waiting) {
        if (taken.length >= count || busy.has(entry.key)) rest.push(entry);
        else {
          busy.add(entry.key);
          taken.push(entry);
        }
      }
      waiting = rest;
      return taken;
    },
    release(entries: readonly Entry[]): void {
      for (const entry of entries) busy.delete(entry.key);
    },
  };
}
