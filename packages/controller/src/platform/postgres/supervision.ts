import { backoffMs, codeOf, messageOf, type Backoff, type Clock, type Log } from '@wardgrid/base';
import { systemRandom } from '@wardgrid/base/system';
import type { Postmaster, ServerExit } from './postmaster.ts';

/** A server process that is started again when it ends by itself. */
export interface Supervision {
  /** The present server process. */
  readonly pid: () => number;
  /** Ends the server for good; resolves when it has ended. Call once. */
  readonly stop: () => Promise<void>;
}

/** From a blink, as nothing works without the database, to half a minute, as it may never. */
const RESTART_BACKOFF: Backoff = { baseMs: 100, maxMs: 30_000 };

/** A server that ran this long was well: the next failure starts the backoff anew. */
const STEADY_MS = 60_000;

/** Starts the server and keeps it running. @throws what the first start throws. */
export async function supervise(options: {
  readonly start: (signal: AbortSignal) => Promise<Postmaster>;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onExit?: (exit: ServerExit) => void;
  readonly onRestart?: () => void;
}): Promise<Supervision> {
  const { start, clock, log } = options;
  const stopping = new AbortController();
  let current = await start(options.signal);
  let startedMs = clock.monotonic();
  let failureCount = 0;

  async function watch(): Promise<void> {
    for (;;) {
      const exit = await current.exited;
      if (stopping.signal.aborted) return;
      log.error('database ended by itself', { code: exit.code, signal: exit.signal });
      options.onExit?.(exit);
      if (clock.monotonic() - startedMs > STEADY_MS) failureCount = 0;
      while (!(await restart())) failureCount += 1;
      log.info('database restarted', { pid: current.pid });
      options.onRestart?.();
    }
  }

  /** One try after its wait; throws only when stopping. */
  async function restart(): Promise<boolean> {
    await clock.sleep(backoffMs(RESTART_BACKOFF, failureCount, systemRandom), stopping.signal);
    try {
      const started = await start(stopping.signal);
      current = started;
    } catch (error) {
      stopping.signal.throwIfAborted();
      const code = codeOf(error) ?? 'unknown';
      log.error('database cannot restart', { failureCount, code, message: messageOf(error) });
      return false;
    }
    startedMs = clock.monotonic();
    // Counted until it proves steady: a server that dies soon after its start must not spin.
    failureCount += 1;
    return true;
  }

  const watching = watch().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error;
  });
  return {
    pid: () => current.pid,
    async stop() {
      stopping.abort();
      await current.stop();
      await watching;
      // A restart that was already under way may have finished in between.
      await current.stop();
    },
  };
}
