/**
 * Jobs: work asked of devices, and the signed orders that carry it. Owns the tables `job` and
 * `job_order`. It must not know how orders travel: the link takes them through `link`.
 */
import type { Platform } from '../../platform/services.ts';
import { JOB_STATES_FINAL, type JobState } from '@wardgrid/wire';
import { createJobOrders, type JobOrders } from './orders/service.ts';
import { createJobProgress, type JobProgressNotes } from './progress.ts';

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
}

/** Whether a job has ended: it never leaves such a state. */
export function isFinal(state: JobState): boolean {
  return JOB_STATES_FINAL.has(state);
}

export function createJobsFeature(platform: Platform): JobsFeature {
  return { link: { orders: createJobOrders(platform), progress: createJobProgress(platform) } };
}
