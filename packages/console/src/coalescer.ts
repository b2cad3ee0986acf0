import type { Clock } from '@wardgrid/base';

/** Collects keys and hands them over together, at most once an interval. */
export interface Coalescer {
  readonly add: (key: string) => void;
  readonly close: () => void;
}

/** A coalescer: the first key goes at once, what comes within `intervalMs` goes together after it. */
export function createCoalescer(options: {
  readonly clock: Pick<Clock, 'after'>;
  readonly intervalMs: number;
  /** Most distinct keys kept; beyond it everything is stale anyway. */
  readonly keysMax: number;
  readonly flush: (keys: ReadonlySet<string>) => void;
}): Coalescer {
  let waiting = new Set<string>();
  let cancel: (() => void) | undefined;

  function due(): void {
    cancel = undefined;
    if (waiting.size === 0) return;
    flush();
  }

  function flush(): void {
    const keys = waiting;
    waiting = new Set();
    cancel = options.clock.after(options.intervalMs, due);
    options.flush(keys);
  }

  return {
    add(key) {
      if (waiting.size < options.keysMax) waiting.add(key);
      if (!cancel) flush();
    },
    close() {
      cancel?.();
      waiting.clear();
    },
  };
}
