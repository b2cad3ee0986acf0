/**
 * Jobs: work asked of devices, and the signed orders that carry it. Owns the tables `job` and
 * `job_order`. It must not know how orders travel: the link takes them through `link`.
 */
import { JOB_STATES_FINAL, type JobState } from '@wardgrid/wire';
import { announceAll } from '../../platform/announce.ts';
import type { Transaction } from '../../platform/database.ts';
import type { Platform } from '../../platform/services.ts';
import { jobsArrived } from './arrivals/arrive.ts';
import { cancelJob } from './cancel.ts';
import type { JobDeps } from './deps.ts';
import { jobStateRepository, orderRepository } from './orders/repository.ts';
import { createJobOrders, type JobOrders } from './orders/service.ts';
import { createJobProgress, type JobProgressNotes } from './progress.ts';
import { mountJobRoutes } from './routes.ts';
import { createJobs, type Jobs } from './service.ts';
import { keepJobsSwept } from './sweeper.ts';

export type {
  JobDeps,
  JobDevice,
  LiveDevices,
  NetworkTask,
  OrderNumber,
  PreparedTask,
  ReadyOrder,
} from './deps.ts';
export { sweepJobs } from './sweeper.ts';

export type { JobEnd, LinkedJob } from './orders/repository.ts';
export { endOf, type HandedOrders, type JobOrders } from './orders/service.ts';

/** What the link asks of jobs. */
export interface JobLinkDoor {
  readonly orders: JobOrders;
  readonly progress: JobProgressNotes;
}

/** What other features may ask. */
export interface JobsFeature {
  readonly link: JobLinkDoor;
  /** Orders a job with the rights of a person. */
  readonly order: Jobs['create'];
  /** Ends the open jobs of retired devices. */
  readonly endOfRetired: (tx: Transaction, deviceIds: readonly string[]) => Promise<void>;
  /** Jobs came from other controllers, or are to be cancelled. */
  readonly arrived: (tx: Transaction, ids: readonly string[]) => Promise<void>;
  /** Ends jobs whose time is over, until aborted. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

/** Whether a job has ended: it never leaves such a state. */
export function isFinal(state: JobState): boolean {
  return JOB_STATES_FINAL.has(state);
}

export function createJobsFeature(platform: Platform, deps: JobDeps): JobsFeature {
  const jobs = createJobs(platform, deps);
  mountJobRoutes(platform.http, {
    ...jobs,
    async cancel(context, id) {
      await cancelJob(platform, deps, { context, id });
      return jobs.read(context, id);
    },
  });
  return {
    order: jobs.create,
    link: { orders: createJobOrders(platform), progress: createJobProgress(platform) },
    async endOfRetired(tx, deviceIds) {
      const nowMs = platform.clock.now();
      const ended = await jobStateRepository(tx).cancelOf(deviceIds, nowMs);
      await orderRepository(tx).removeOf(deviceIds);
      await announceAll(tx, { noun: 'jobs', verb: 'changed', nowMs }, ended);
    },
    arrived: (tx, ids) => jobsArrived(tx, { platform, deps }, ids),
    start: (signal) => keepJobsSwept(platform, signal),
  };
}
