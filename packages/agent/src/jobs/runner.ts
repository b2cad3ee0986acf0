import { codeOf, messageOf, type Clock, type Log } from '@wardgrid/base';
import type { ExchangeRequest, JobProgress, JobTask, Order, RecordBody } from '@wardgrid/wire';
import type { AgentStore } from '../store/index.ts';
import {
  JobError,
  type JobContext,
  type JobFinished,
  type JobHandler,
  type JobHandlers,
  type JobResult,
} from './job.ts';

/** Longest a job may run: a scan has its own, shorter limit; this one ends what hangs. */
const JOB_MS_MAX = 4 * 3_600_000;
/** How soon a write that the disk refused is tried again. */
const WRITE_RETRY_MS = 5_000;

/** What the runner needs. */
export interface RunnerOptions {
  readonly store: AgentStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly handlers: JobHandlers;
  /** A record waits to be sent. */
  readonly onRecord: () => void;
}

/** Runs taken orders: scans one after the other, what is quick beside them. */
export interface Runner {
  /** Works until aborted. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** Works off what is there now; resolves when nothing is left or when aborted. */
  readonly drain: (signal: AbortSignal) => Promise<void>;
  /** Says that orders were taken, and which running jobs a cancel named. */
  readonly notice: (cancelledJobIds: readonly string[]) => void;
  readonly progress: () => ExchangeRequest['progress'];
  readonly isBusy: () => boolean;
  /** Whether an order waits to be run. */
  readonly hasWork: () => boolean;
}

/** Jobs of one lane run one after the other, those of different lanes beside each other. */
const LANES = ['scan', 'malware', 'light'] as const;
type Lane = (typeof LANES)[number];

interface RunningJob {
  readonly jobId: string;
  readonly cancel: AbortController;
  progress: JobProgress | null;
}

/** A runner. Jobs that were running when the agent died are reported as failed when it is made. */
export function createRunner(options: RunnerOptions): Runner {
  const running = new Map<string, RunningJob>();
  let wake: (() => void)[] = [];
  const unkept = endInterrupted(options);

  function next(lane: Lane): Order | undefined {
    return options.store.jobsIn('taken').find((order) => laneOf(order) === lane);
  }

  async function work(lane: Lane, signal: AbortSignal): Promise<void> {
    for (let order = next(lane); order && !signal.aborted; order = next(lane)) {
      await runJob(options, running, { order, signal });
    }
  }

  async function workOn(lane: Lane, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await work(lane, signal);
      if (!signal.aborted && !next(lane)) await noticed(signal);
    }
  }

  async function keepAll(signal: AbortSignal): Promise<void> {
    for (const body of unkept) await finish(options, body, signal);
  }

  function noticed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        signal.removeEventListener('abort', end);
        resolve();
      };
      wake.push(end);
      signal.addEventListener('abort', end, { once: true });
    });
  }

  return {
    async run(signal) {
      await Promise.all([keepAll(signal), ...LANES.map((lane) => workOn(lane, signal))]);
    },
    async drain(signal) {
      await Promise.all([keepAll(signal), ...LANES.map((lane) => work(lane, signal))]);
    },
    notice(cancelledJobIds) {
      for (const jobId of cancelledJobIds) running.get(jobId)?.cancel.abort(new CancelError());
      const waiting = wake;
      wake = [];
      for (const resolve of waiting) resolve();
    },
    progress: () =>
      [...running.values()].flatMap(({ jobId, progress }) =>
        progress ? [{ jobId, progress }] : [],
      ),
    isBusy: () => running.size > 0,
    hasWork: () => options.store.jobsIn('taken').length > 0,
  };
}

/** The reason of a signal that a cancel order aborted. */
class CancelError extends Error {
  override readonly name = 'CancelError';
}

/** The reason of a signal that the time limit aborted. */
class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError';
}

function laneOf({ task }: Order): Lane {
  if (task.kind === 'malware-scan') return 'malware';
  return task.kind === 'discovery' || task.kind === 'port-scan' ? 'scan' : 'light';
}

/**
 * What ran when the agent died may have done anything: it is said to have failed, and not repeated.
 * Returns what the disk would not keep, to be tried again.
 */
function endInterrupted({ store, clock, onRecord }: RunnerOptions): readonly JobFinished[] {
  const error = new JobError('agent-restarted', 'the agent was restarted while the job ran');
  const bodies = store.jobsIn('started').map(({ id }) => failedBody(id, error));
  return bodies.filter((body) => {
    const isKept = store.finishJob(body.jobId, { at: clock.now(), body });
    if (isKept) onRecord();
    return !isKept;
  });
}

async function runJob(
  options: RunnerOptions,
  running: Map<string, RunningJob>,
  given: { readonly order: Order; readonly signal: AbortSignal },
): Promise<void> {
  const { order, signal } = given;
  const { clock, store, onRecord } = options;
  const jobId = order.id;
  if (clock.now() > order.expiresAt) {
    await finish(options, finishedBody(jobId, 'expired', EMPTY), signal);
    return;
  }
  if (!store.startJob(jobId, { at: clock.now(), body: { kind: 'job-started', jobId } })) {
    // Either a cancel was first, and it is no longer taken; or the disk is full, and it waits.
    await clock.sleep(WRITE_RETRY_MS, signal).catch(() => undefined);
    return;
  }
  const job: RunningJob = { jobId, cancel: new AbortController(), progress: null };
  running.set(jobId, job);
  onRecord();
  try {
    const body = await handle(options, job, given);
    // The end of the agent is no end of the job: the next start reports it as interrupted.
    if (!signal.aborted) await finish(options, body, signal);
  } finally {
    running.delete(jobId);
  }
}

async function handle(
  options: RunnerOptions,
  job: RunningJob,
  { order, signal }: { readonly order: Order; readonly signal: AbortSignal },
): Promise<RecordBody> {
  const { clock, log, onRecord, store } = options;
  const { jobId, cancel } = job;
  const stopTimer = clock.after(JOB_MS_MAX, () => cancel.abort(new TimeLimitError()));
  const context: JobContext = {
    order,
    clock,
    signal: AbortSignal.any([signal, cancel.signal]),
    emit(body) {
      const isKept = store.append([{ at: clock.now(), body }]);
      onRecord();
      return isKept;
    },
    progress: (progress) => void (job.progress = progress),
  };
  try {
    const result = await dispatch(options.handlers, context);
    return endedBody(jobId, cancel.signal, result);
  } catch (error) {
    if (cancel.signal.aborted) return endedBody(jobId, cancel.signal, EMPTY);
    log.warn('job failed', { jobId, kind: order.task.kind, reason: messageOf(error) });
    return failedBody(jobId, error);
  } finally {
    stopTimer();
  }
}

function dispatch(handlers: JobHandlers, context: JobContext): Promise<JobResult> {
  const { task } = context.order;
  if (task.kind === 'cancel') throw new JobError('job-kind-unsupported', 'a cancel is no job');
  // Each handler takes the task of its own kind, which the type of the table says and a look-up loses.
  const handler = handlers[task.kind] as JobHandler<JobTask['kind']> | undefined;
  if (handler) return handler(task, context);
  throw new JobError('job-kind-unsupported', `this device cannot do '${task.kind}'`);
}

const EMPTY: JobResult = { summary: {}, coverage: null };

function endedBody(jobId: string, cancel: AbortSignal, result: JobResult): RecordBody {
  if (!cancel.aborted) return finishedBody(jobId, 'succeeded', result);
  if (cancel.reason instanceof CancelError) return finishedBody(jobId, 'cancelled', result);
  const error = { code: 'job-timeout', detail: 'the job ran too long and was ended' };
  return { ...finishedBody(jobId, 'failed', result), error };
}

function finishedBody(
  jobId: string,
  outcome: JobFinished['outcome'],
  { summary, coverage }: JobResult,
): JobFinished {
  return { kind: 'job-finished', jobId, outcome, error: null, summary, coverage };
}

function failedBody(jobId: string, error: unknown): JobFinished {
  const code = error instanceof JobError ? error.code : (codeOf(error) ?? 'internal');
  const detail = messageOf(error).slice(0, 1_000);
  return { ...finishedBody(jobId, 'failed', EMPTY), error: { code: code.slice(0, 60), detail } };
}

/** Ends a job, however long the disk refuses to keep it. */
async function finish(
  { store, clock, onRecord }: RunnerOptions,
  body: RecordBody,
  signal: AbortSignal,
): Promise<void> {
  const { jobId } = body as JobFinished;
  while (!store.finishJob(jobId, { at: clock.now(), body })) {
    if (signal.aborted) return;
    await clock.sleep(WRITE_RETRY_MS, signal).catch(() => undefined);
  }
  onRecord();
}
