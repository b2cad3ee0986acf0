import { JOB_STATES_FINAL, type Order } from '@wardgrid/wire';
import { announceAll } from '../../platform/announce.ts';
import type { Context } from '../../platform/context.ts';
import type { Transaction } from '../../platform/database.ts';
import { ControllerError, notFound } from '../../platform/error.ts';
import { requireAllowed, transactAs, type Platform } from '../../platform/services.ts';
import type { JobDeps } from './deps.ts';
import { announceOrders, sealOrders } from './enqueue.ts';
import { jobStateRepository } from './orders/repository.ts';
import { jobRepository, jobWriter, type JobRow } from './repository.ts';

/** A job may run on past the time until which it could begin; so long its cancelling is worth telling. */
export const CANCEL_LIFE_MS = 86_400_000;

/**
 * Cancels a job: at once when no device has heard of it, else by an order to the device, whose answer
 * ends the job.
 */
export async function cancelJob(
  platform: Platform,
  deps: JobDeps,
  given: { readonly context: Context; readonly id: string },
): Promise<void> {
  const { actor } = given.context;
  const row = await transactAs(platform, { actor, permission: 'jobs:read' }, (tx) =>
    jobRepository(tx).find(given.id),
  );
  if (!row) throw notFound('job');
  requireAllowed(
    platform,
    { actor, permission: 'jobs:cancel', noun: 'job' },
    { tenantId: row.tenant_id, scope: row.scope },
  );
  const isDone = await platform.database.transact({ kind: 'ingest', actor }, (tx) =>
    cancelUnheard(tx, platform, row.id),
  );
  if (isDone) return;
  await platform.database.transact({ kind: 'ingest', actor }, (tx) =>
    orderCancel(tx, { platform, deps }, row),
  );
}

async function cancelUnheard(tx: Transaction, platform: Platform, id: string): Promise<boolean> {
  const nowMs = platform.clock.now();
  const cancelled = await jobWriter(tx).cancelQueued(id, nowMs);
  if (!cancelled) return false;
  await jobWriter(tx).removeOrders([id]);
  await announceAll(tx, { noun: 'jobs', verb: 'changed', nowMs }, [cancelled]);
  return true;
}

/** The device's lock comes before the job's, as everywhere. */
async function orderCancel(
  tx: Transaction,
  { platform, deps }: { readonly platform: Platform; readonly deps: JobDeps },
  row: JobRow,
): Promise<void> {
  const [number] = await deps.devices.takeOrderNumbers(tx, [row.device_id]);
  const [job] = await jobStateRepository(tx).lock([row.id]);
  if (!number || !job || JOB_STATES_FINAL.has(job.state))
    throw new ControllerError('job-final', 'it has ended');
  if ((await jobWriter(tx).requestCancel(row.id)) === 0) return;
  const nowMs = platform.clock.now();
  const order: Order = {
    type: 'order',
    id: row.id,
    tenantId: row.tenant_id,
    deviceId: row.device_id,
    sequence: number.sequence,
    issuedAt: nowMs,
    expiresAt: Math.max(row.expires_at, nowMs + CANCEL_LIFE_MS),
    task: { kind: 'cancel', arguments: { jobId: row.id } },
  };
  const [envelope] = await sealOrders(platform, row.tenant_id, [order]);
  if (!envelope) return;
  await jobWriter(tx).insertCancel({ ...order, envelope: JSON.stringify(envelope) });
  await announceOrders(tx, [row.device_id]);
  const changed = { id: row.id, tenantId: row.tenant_id, scope: row.scope };
  await announceAll(tx, { noun: 'jobs', verb: 'changed', nowMs }, [changed]);
}
