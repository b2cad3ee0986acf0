/** Time and waiting. Everything that tells time or waits takes one, so that a test can own time. */
export interface Clock {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Milliseconds from an arbitrary start that never goes back: for measuring and deadlines. */
  readonly monotonic: () => number;
  /** Resolves after `delayMs`; rejects with the signal's reason when aborted. */
  readonly sleep: (delayMs: number, signal?: AbortSignal) => Promise<void>;
  /** Runs `task` once after `delayMs` unless the returned function is called first. */
  readonly after: (delayMs: number, task: () => void) => () => void;
}

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly task: () => void;
}

/** A clock that stands still until told to move. Keeps the contract of `Clock`, checked by its suite. */
export interface FakeClock extends Clock {
  /** Moves time by `byMs`, running what falls due in order, letting promises settle in between. */
  readonly advance: (byMs: number) => Promise<void>;
}

/** A fake clock starting at `startMs` (epoch milliseconds). */
export function createFakeClock(startMs = 1_700_000_000_000): FakeClock {
  let nowMs = startMs;
  let order = 0;
  const timers = new Set<Timer>();

  function after(delayMs: number, task: () => void): () => void {
    const timer: Timer = { dueMs: nowMs + Math.max(0, delayMs), order: order++, task };
    timers.add(timer);
    return () => timers.delete(timer);
  }

  function next(untilMs: number): Timer | undefined {
    return [...timers]
      .filter((timer) => timer.dueMs <= untilMs)
      .toSorted((left, right) => left.dueMs - right.dueMs || left.order - right.order)[0];
  }

  async function advance(byMs: number): Promise<void> {
    const untilMs = nowMs + byMs;
    await settle();
    for (let timer = next(untilMs); timer; timer = next(untilMs)) {
      timers.delete(timer);
      nowMs = Math.max(nowMs, timer.dueMs);
      timer.task();
      await settle();
    }
    nowMs = untilMs;
  }

  return {
    now: () => nowMs,
    monotonic: () => nowMs - startMs,
    after,
    sleep: (delayMs, signal) => sleepWith(after, delayMs, signal),
    advance,
  };
}

/** The `sleep` of any clock, made from its `after`. */
export function sleepWith(
  after: Clock['after'],
  delayMs: number,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(reasonOf(signal));
      return;
    }
    const abort = (): void => {
      cancel();
      reject(reasonOf(signal));
    };
    const cancel = after(delayMs, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    signal?.addEventListener('abort', abort, { once: true });
  });
}

function reasonOf(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error('aborted');
}

/** Microtask turns that a chain of promises in a test may need before it waits for time again. */
const SETTLE_TURNS = 20;

async function settle(): Promise<void> {
  for (let turn = 0; turn < SETTLE_TURNS; turn += 1) await Promise.resolve();
}
