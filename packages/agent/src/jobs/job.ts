import { WardgridError, type Clock } from '@wardgrid/base';
import type { JobProgress, JobTask, Order, RecordBody } from '@wardgrid/wire';

/** Why a job failed; told to the controller. */
export type JobErrorCode =
  | 'agent-restarted'
  | 'network-mismatch'
  | 'network-too-large'
  | 'ports-invalid'
  | 'job-timeout'
  | 'output-too-large'
  | 'scan-failed'
  | 'inventory-failed'
  | 'job-kind-unsupported'
  | 'file-missing'
  | 'file-changed'
  | 'file-stays'
  | 'process-gone'
  | 'process-protected'
  | 'kill-failed'
  | 'internal';

/** A job that cannot be done. */
export class JobError extends WardgridError<JobErrorCode> {}

export type JobFinished = Extract<RecordBody, { kind: 'job-finished' }>;

/** How a job's work ended, when it did not throw. */
export interface JobResult {
  readonly summary: JobFinished['summary'];
  readonly coverage: JobFinished['coverage'];
}

/** What a handler works with. */
export interface JobContext {
  readonly order: Order;
  /** Aborted by a cancel, the time limit or the end of the agent. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Hands a part of the result on; false when it was dropped for want of room. */
  readonly emit: (body: RecordBody) => boolean;
  readonly progress: (progress: JobProgress) => void;
}

/** Does one kind of job. Aborted, it returns what it has. @throws JobError */
export type JobHandler<Kind extends JobTask['kind']> = (
  task: Extract<JobTask, { kind: Kind }>,
  context: JobContext,
) => Promise<JobResult>;

/** One handler a kind; a kind without one cannot be done on this device. */
export type JobHandlers = { readonly [Kind in JobTask['kind']]?: JobHandler<Kind> };
