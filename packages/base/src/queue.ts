/** A first-in first-out queue with a bound: it refuses what does not fit and counts what it refused. */
export interface BoundedQueue<T> {
  readonly size: number;
  /** How many items were refused since the queue was made. */
  readonly droppedCount: number;
  /** Adds an item; false (and counted) when the queue is full. */
  readonly push: (item: T) => boolean;
  /** Removes and returns up to `count` items from the front. */
  readonly take: (count: number) => T[];
}

/** A queue of at most `sizeMax` items. */
export function createBoundedQueue<T>(sizeMax: number): BoundedQueue<T> {
  let items: T[] = [];
  let droppedCount = 0;
  return {
    get size() {
      return items.length;
    },
    get droppedCount() {
      return droppedCount;
    },
    push(item) {
      if (items.length >= sizeMax) {
        droppedCount += 1;
        return false;
      }
      items.push(item);
      return true;
    },
    take(count) {
      const taken = items.slice(0, count);
      items = items.slice(count);
      return taken;
    },
  };
}
