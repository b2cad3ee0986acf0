/**
 * People who ask for jobs all the while: each request with a key of its own, repeated until it is
 * answered, whatever falls down meanwhile; some jobs are cancelled.
 */
import type { Random } from '@wardgrid/base';
import { systemClock, systemNewId } from '@wardgrid/base/system';
import { jobRoutes, ProblemError, type Call, type DeviceId, type JobId } from '@wardgrid/wire';

/** One request and what came of it. */
export interface Asked {
  /** Its number: no other request has a job live for so many minutes. */
  readonly minutes: number;
  /** The job it was answered with; undefined when it was refused. */
  readonly jobId: JobId | undefined;
  /** Whether a cancelling was acknowledged. */
  readonly isCancelled: boolean;
}

/** People at work. */
export interface Work {
  readonly acknowledged: () => number;
  /** Answers that no crash explains. */
  readonly surprises: readonly string[];
  /** Asks for nothing new. */
  readonly rest: () => Promise<void>;
  /** Resolves when every request has its answer; those without one by then are surprises. */
  readonly finish: (withinMs: number) => Promise<Asked[]>;
}

/** Longer than any test, so that no job expires. */
const MINUTES_MIN = 60;
const PAUSE_MS_MIN = 100;
const PAUSE_MS_MAX = 700;
const RETRY_MS = 400;
const CANCEL_SHARE = 0.2;
/** Requests under way at once; beyond it people wait. */
const UNDER_WAY_MAX = 60;

/** What says no more than that something is away, or busy, for the moment. */
const PASSING: ReadonlySet<string> = new Set(['unavailable', 'idempotency-in-flight']);
/** Answers that make no job and end a request. */
const REFUSED: ReadonlySet<string> = new Set(['limit-reached', 'job-final']);

/** Sets people to work. */
export function startWork(call: Call, deviceId: DeviceId, random: Random): Work {
  const over = new AbortController();
  const underWay = new Set<Promise<void>>();
  const asked: Asked[] = [];
  const surprises: string[] = [];
  const asking = new AbortController();
  let minutes = MINUTES_MIN;

  /** The answer, or undefined when there is none in time or it is a refusal. */
  async function insist<T>(what: string, ask: () => Promise<T>): Promise<T | undefined> {
    while (!over.signal.aborted) {
      try {
        return await ask();
      } catch (error) {
        const code = error instanceof ProblemError ? error.code : 'unreachable';
        if (REFUSED.has(code)) return undefined;
        if (code !== 'unreachable' && !PASSING.has(code))
          surprises.push(`${what}: ${String(error)} (${code})`);
        await systemClock.sleep(RETRY_MS, over.signal).catch(() => undefined);
      }
    }
    surprises.push(`${what} was never answered`);
    return undefined;
  }

  async function ask(given: {
    readonly minutes: number;
    readonly isToCancel: boolean;
    readonly hasMuch: boolean;
  }) {
    const headers = { 'idempotency-key': `crash-${systemNewId()}` };
    const sections = given.hasMuch ? (['software', 'services'] as const) : (['system'] as const);
    const body = {
      deviceId,
      task: { kind: 'inventory' as const, sections: [...sections] },
      expiresInSeconds: given.minutes * 60,
    };
    const signal = over.signal;
    const job = await insist('a job', () => call(jobRoutes.create, { body, headers, signal }));
    const cancelled =
      job && given.isToCancel
        ? await insist('a cancel', () => call(jobRoutes.cancel, { params: { id: job.id }, signal }))
        : undefined;
    asked.push({ minutes: given.minutes, jobId: job?.id, isCancelled: cancelled !== undefined });
  }

  async function goOn(): Promise<void> {
    while (!asking.signal.aborted) {
      minutes += 1;
      const isToCancel = random.fraction() < CANCEL_SHARE;
      const doing = ask({ minutes, isToCancel, hasMuch: random.fraction() < 0.3 });
      underWay.add(doing);
      void doing.finally(() => underWay.delete(doing));
      const pauseMs = PAUSE_MS_MIN + random.fraction() * (PAUSE_MS_MAX - PAUSE_MS_MIN);
      await systemClock.sleep(pauseMs);
      while (!asking.signal.aborted && underWay.size >= UNDER_WAY_MAX)
        await systemClock.sleep(RETRY_MS);
    }
  }

  const going = goOn();
  return {
    acknowledged: () => asked.filter(({ jobId }) => jobId !== undefined).length,
    surprises,
    async rest() {
      asking.abort();
      await going;
    },
    async finish(withinMs) {
      const cancel = systemClock.after(withinMs, () => over.abort());
      await Promise.all(underWay);
      cancel();
      return asked;
    },
  };
}
