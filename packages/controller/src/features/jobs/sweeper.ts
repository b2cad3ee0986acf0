import { messageOf } from '@wardgrid/base';
import { announceAll } from '../../platform/announce.ts';
import type { Platform } from '../../platform/services.ts';
import { jobWriter } from './repository.ts';

/** How often jobs are looked at whose time is over. */
const SWEEP_INTERVAL_MS = 10_000;
/** What a device did in the last moment may still be on its way. */
const WAITING_GRACE_MS = 60_000;
/** A job that began in time may take a day more. */
const RUNNING_GRACE_MS = 86_400_000;
/** A controller may be cut off for weeks, and its devices go on working for it. */
const ELSEWHERE_GRACE_MS = 30 * 86_400_000;
/** Ended jobs are kept for so long. */
const RETENTION_MS = 90 * 86_400_000;
/** Rows in one sweep: none holds its locks for long, the next comes soon. */
const SWEEP_MAX = 1_000;
/** One controller sweeps: the key of a PostgreSQL advisory lock. */
const LOCK_KEY = 7_236_452;

/** Ends jobs whose time is over and removes old ones, once. Returns how many ended. */
export function sweepJobs(platform: Platform): Promise<number> {
  return platform.database.transact({ kind: 'ingest' }, async (tx) => {
    const jobs = jobWriter(tx);
    if (!(await jobs.isLeader(LOCK_KEY))) return 0;
    const nowMs = platform.clock.now();
    const graces = {
      nowMs,
      waitingMs: WAITING_GRACE_MS,
      runningMs: RUNNING_GRACE_MS,
      elsewhereMs: ELSEWHERE_GRACE_MS,
    };
    const expired = await jobs.expire(graces, SWEEP_MAX);
    if (expired.length > 0) await jobs.removeOrders(expired.map((job) => job.id));
    await announceAll(tx, { noun: 'jobs', verb: 'changed', nowMs }, expired);
    await jobs.removeEnded(nowMs - RETENTION_MS, SWEEP_MAX);
    await jobs.removeStaleOrders(nowMs - RUNNING_GRACE_MS);
    return expired.length;
  });
}

/** Sweeps until aborted. */
export async function keepJobsSwept(platform: Platform, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sweepJobs(platform).catch((error: unknown) =>
      platform.log.warn('jobs were not swept', { reason: messageOf(error) }),
    );
    await platform.clock.sleep(SWEEP_INTERVAL_MS, signal).catch(() => undefined);
  }
}
