import { JobTask, type Order } from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';
import type { Platform } from '../../../platform/services.ts';
import { CANCEL_LIFE_MS } from '../cancel.ts';
import type { JobDeps } from '../deps.ts';
import { announceOrders, sealOrders } from '../enqueue.ts';
import { jobWriter } from '../repository.ts';
import { arrivedJobRepository, type ArrivedJob } from './repository.ts';

/** An order to be made for a job of another controller. */
interface Wanted {
  readonly job: ArrivedJob;
  readonly task: Order['task'];
  readonly expiresAt: number;
}

/**
 * Jobs came from other controllers, or are to be cancelled, in the transaction that brought them: this
 * controller makes the orders for devices that talk to it. A device does a job once, however many
 * controllers order it, since all orders bear the job's own name.
 */
export async function jobsArrived(
  tx: Transaction,
  { platform, deps }: { readonly platform: Platform; readonly deps: JobDeps },
  ids: readonly string[],
): Promise<void> {
  const nowMs = platform.clock.now();
  const wanted: Wanted[] = [];
  for (const job of await arrivedJobRepository(tx).open(ids)) {
    if (job.isCancelRequested) wanted.push(...(await cancellingOf(tx, job, nowMs)));
    else wanted.push(...beginningOf(platform, job, nowMs));
  }
  if (wanted.length > 0) await order(tx, { platform, deps }, wanted);
}

/** What nobody has handed over yet is ordered here. */
function beginningOf(platform: Platform, job: ArrivedJob, nowMs: number): Wanted[] {
  if (job.state !== 'queued' || job.hasOrder || job.expiresAt <= nowMs) return [];
  const task = JobTask.safeParse({ kind: job.kind, arguments: job.arguments });
  if (!task.success) {
    platform.log.warn('a job of another controller is not understood', { jobId: job.id });
    return [];
  }
  return [{ job, task: task.data, expiresAt: job.expiresAt }];
}

/** What its device has not heard of ends at once; else the device is told. */
async function cancellingOf(tx: Transaction, job: ArrivedJob, nowMs: number): Promise<Wanted[]> {
  if (job.hasCancelOrder || job.isElsewhere) return [];
  if (job.state === 'queued') {
    await jobWriter(tx).cancelQueued(job.id, nowMs);
    await jobWriter(tx).removeOrders([job.id]);
    return [];
  }
  const expiresAt = Math.max(job.expiresAt, nowMs + CANCEL_LIFE_MS);
  return [{ job, task: { kind: 'cancel', arguments: { jobId: job.id } }, expiresAt }];
}

async function order(
  tx: Transaction,
  { platform, deps }: { readonly platform: Platform; readonly deps: JobDeps },
  wanted: readonly Wanted[],
): Promise<void> {
  // One number a device at a time: of several jobs for one device the others follow in turns.
  let rest = wanted;
  while (rest.length > 0) {
    const turn = new Map(rest.map((one) => [one.job.deviceId, one]));
    await orderOnce(tx, { platform, deps }, turn);
    rest = rest.filter((one) => turn.get(one.job.deviceId) !== one);
  }
}

async function orderOnce(
  tx: Transaction,
  { platform, deps }: { readonly platform: Platform; readonly deps: JobDeps },
  turn: ReadonlyMap<string, Wanted>,
): Promise<void> {
  const numbers = await deps.devices.takeOrderNumbers(tx, [...turn.keys()]);
  const issuedAt = platform.clock.now();
  for (const [tenantId, ofTenant] of Map.groupBy(numbers, (number) => number.tenantId)) {
    const orders = ofTenant.flatMap(({ deviceId, sequence }): Order[] => {
      const one = turn.get(deviceId);
      if (!one) return [];
      const { job, task, expiresAt } = one;
      return [
        { type: 'order', id: job.id, tenantId, deviceId, sequence, issuedAt, expiresAt, task },
      ];
    });
    const envelopes = await sealOrders(platform, tenantId, orders);
    await arrivedJobRepository(tx).insertOrders(
      orders.flatMap((one, index) => {
        const envelope = envelopes[index];
        if (!envelope) return [];
        const isCancel = one.task.kind === 'cancel';
        return [{ ...one, isCancel, envelope: JSON.stringify(envelope) }];
      }),
    );
  }
  await announceOrders(
    tx,
    numbers.map(({ deviceId }) => deviceId),
  );
}
