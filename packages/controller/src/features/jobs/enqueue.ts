import { sealCommands } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import type { JobTask, Order, SignedEnvelope } from '@wardgrid/wire';
import { announceAll } from '../../platform/announce.ts';
import type { Transaction } from '../../platform/database.ts';
import { ControllerError } from '../../platform/error.ts';
import type { Platform } from '../../platform/services.ts';
import { TOPIC_IDS_MAX } from '../../topics.ts';
import type { JobDeps, JobDevice, LiveDevices, OrderNumber } from './deps.ts';
import { jobWriter, openJobRepository, type NewJobRow } from './repository.ts';

/** A device and what it is to do. */
export interface Assignment {
  readonly device: JobDevice;
  readonly task: JobTask;
}

/** What all jobs of one request share. */
export interface Terms {
  readonly batchId: string | null;
  readonly createdBy: string;
  readonly expiresAt: number;
  /** The id of the first job, when the request that makes it brings one. */
  readonly firstId?: string;
}

/** Open jobs of one device: more is no work, it is a mistake or an attack. */
export const OPEN_JOBS_PER_DEVICE_MAX = 100;
/** Open jobs of one tenant: a job for every device of a large one, some times over. */
export const OPEN_JOBS_PER_TENANT_MAX = 50_000;
/** Orders under one signature: a signature costs as much as six hashes, and each order carries the path. */
const SEAL_BATCH = 64;

/** Why a device got no job. */
export interface Refused {
  readonly deviceId: string;
  readonly error: ControllerError;
}

/**
 * Makes jobs and their signed orders, at most one a device, in the caller's transaction with the
 * workers' rights. Devices' numbers are taken first, under their locks, and kept until the commit, so
 * that orders become visible in the order of their numbers. The orders of jobs made as sent are the
 * caller's to hand over after the commit.
 */
export async function enqueue(
  tx: Transaction,
  given: { readonly platform: Platform; readonly deps: JobDeps; readonly terms: Terms },
  assignments: readonly Assignment[],
): Promise<{ readonly jobs: readonly NewJobRow[]; readonly refused: readonly Refused[] }> {
  const { platform, deps, terms } = given;
  const deviceIds = assignments.map(({ device }) => device.id);
  const taken = await deps.devices.takeOrderNumbers(tx, deviceIds);
  const numbers = new Map(taken.map((number) => [number.deviceId, number]));
  const full = await openJobRepository(tx).fullOf(taken, OPEN_JOBS_PER_DEVICE_MAX);
  const refused: Refused[] = [];
  const orders: { number: OrderNumber; task: JobTask }[] = [];
  for (const { device, task } of assignments) {
    const number = numbers.get(device.id);
    const error = refusalOf(number, full.has(device.id));
    if (error) refused.push({ deviceId: device.id, error });
    else if (number) orders.push({ number, task });
  }
  const jobs = await seal(platform, { terms, live: deps.live() }, orders);
  if (jobs.length > 0) {
    await jobWriter(tx).insert(jobs);
    await tell(tx, { platform, liveId: deps.live().id }, jobs);
  }
  return { jobs, refused };
}

/** Tells the controllers that hold live connections, and the consoles. */
async function tell(
  tx: Transaction,
  { platform, liveId }: { readonly platform: Platform; readonly liveId: string },
  jobs: readonly NewJobRow[],
): Promise<void> {
  const devicesIn = (state: NewJobRow['state']): string[] =>
    jobs.filter((job) => job.state === state).map((job) => job.deviceId);
  await announceOrders(tx, devicesIn('queued'));
  await announceOrders(tx, devicesIn('sent'), liveId);
  await announceAll(tx, { noun: 'jobs', verb: 'created', nowMs: platform.clock.now() }, jobs);
}

/** Says that orders wait for devices, in messages that fit, and which connections hand them over. */
export async function announceOrders(
  tx: Transaction,
  deviceIds: readonly string[],
  handedBy: string | null = null,
): Promise<void> {
  for (let index = 0; index < deviceIds.length; index += TOPIC_IDS_MAX) {
    await tx.publish({
      topic: 'orders.waiting',
      deviceIds: deviceIds.slice(index, index + TOPIC_IDS_MAX),
      handedBy,
    });
  }
}

/** The bound of open jobs, before the first is made. @throws ControllerError `limit-reached`. */
export async function requireRoom(
  tx: Transaction,
  assignments: readonly Assignment[],
): Promise<void> {
  const wanted = Map.groupBy(assignments, ({ device }) => device.tenantId);
  for (const [tenantId, { length: count }] of wanted) {
    const open = await openJobRepository(tx).openOfTenant(tenantId);
    if (open + count <= OPEN_JOBS_PER_TENANT_MAX) continue;
    throw new ControllerError(
      'limit-reached',
      `at most ${OPEN_JOBS_PER_TENANT_MAX} open jobs in a tenant; ${open} are open`,
    );
  }
}

function refusalOf(number: OrderNumber | undefined, isFull: boolean): ControllerError | undefined {
  if (!number) return new ControllerError('not-found', 'no such device');
  if (!isFull) return undefined;
  return new ControllerError(
    'limit-reached',
    `at most ${OPEN_JOBS_PER_DEVICE_MAX} open jobs on a device`,
  );
}

/** Signs the orders with their tenants' keys, many under one signature. */
async function seal(
  platform: Platform,
  { terms, live }: { readonly terms: Terms; readonly live: LiveDevices },
  orders: readonly { readonly number: OrderNumber; readonly task: JobTask }[],
): Promise<NewJobRow[]> {
  const createdAt = platform.clock.now();
  const { firstId, ...shared } = terms;
  const jobs = orders.map(({ number, task }, index) => ({
    id: index === 0 && firstId !== undefined ? firstId : platform.newId(),
    ...number,
    task,
    state: live.holds(number.deviceId) ? ('sent' as const) : ('queued' as const),
    createdAt,
    ...shared,
  }));
  const sealed: NewJobRow[] = [];
  for (const [tenantId, ofTenant] of Map.groupBy(jobs, (job) => job.tenantId)) {
    for (let index = 0; index < ofTenant.length; index += SEAL_BATCH) {
      const part = ofTenant.slice(index, index + SEAL_BATCH);
      const payloads = part.map((job) => orderOf(job));
      sealed.push(...withEnvelopes(part, await sealOrders(platform, tenantId, payloads)));
    }
  }
  return sealed;
}

/** Each job with its envelope; both come in one order. */
function withEnvelopes(
  jobs: readonly Omit<NewJobRow, 'envelope'>[],
  envelopes: readonly SignedEnvelope[],
): NewJobRow[] {
  return jobs.flatMap((job, index) => {
    const envelope = envelopes[index];
    return envelope ? [{ ...job, envelope: JSON.stringify(envelope) }] : [];
  });
}

/** Signs orders of one tenant. */
export async function sealOrders(
  platform: Platform,
  tenantId: string,
  orders: readonly Order[],
): Promise<SignedEnvelope[]> {
  return sealCommands(systemCryptography, await platform.keys.commander(tenantId), orders);
}

function orderOf(job: Omit<NewJobRow, 'envelope'>): Order {
  return {
    type: 'order',
    id: job.id,
    tenantId: job.tenantId,
    deviceId: job.deviceId,
    sequence: job.sequence,
    issuedAt: job.createdAt,
    expiresAt: job.expiresAt,
    task: job.task,
  };
}
