import type { Clock } from '@wardgrid/base';

/** What is found reaches the console within this time, full chunk or not. */
const FLUSH_MS = 2_000;

/** Collects items and hands them on in chunks. */
export interface Chunks<T> {
  readonly add: (item: T) => void;
  readonly flush: () => void;
  readonly count: () => number;
}

/** Chunks of at most `sizeMax` items, handed on when full or when the next item comes late. */
export function createChunks<T>(
  clock: Pick<Clock, 'monotonic'>,
  sizeMax: number,
  handOn: (items: T[]) => void,
): Chunks<T> {
  let items: T[] = [];
  let count = 0;
  let flushedAtMs = clock.monotonic();

  function flush(): void {
    flushedAtMs = clock.monotonic();
    if (items.length === 0) return;
    const full = items;
    items = [];
    handOn(full);
  }

  return {
    add(item) {
      items.push(item);
      count += 1;
      if (items.length >= sizeMax || clock.monotonic() - flushedAtMs >= FLUSH_MS) flush();
    },
    flush,
    count: () => count,
  };
}
