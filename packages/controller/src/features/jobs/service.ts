import {
  instantOf,
  instantOrNull,
  RESPONSE_JOB_KINDS,
  type DeviceId,
  type Job,
  type JobId,
  type JobTask,
  type ListQuery,
  type NewJob,
  type NewJobTask,
  type OrganizationId,
  type Page,
  type Selection,
  type TenantId,
} from '@wardgrid/wire';
import { covers, visibilityOf } from '../../platform/authorize.ts';
import type { Context } from '../../platform/context.ts';
import { ControllerError, notFound } from '../../platform/error.ts';
import { referenceOf } from '../../platform/person.ts';
import {
  listSettings,
  requireAllowed,
  transactAs,
  type Platform,
} from '../../platform/services.ts';
import type { JobDeps, JobDevice } from './deps.ts';
import { enqueue, requireRoom, type Assignment, type Refused, type Terms } from './enqueue.ts';
import { prepareAll, type Preparation } from './preparation.ts';
import { jobRepository, type JobRow, type NewJobRow } from './repository.ts';

interface NewJobs {
  readonly selection: Selection;
  readonly task: NewJobTask;
  readonly expiresInSeconds: number;
}

interface Batch {
  readonly batchId: string;
  readonly jobs: number;
  readonly refused: { readonly deviceId: DeviceId; readonly code: string }[];
}

/** Jobs, for people. */
export interface Jobs {
  readonly list: (context: Context, query: ListQuery) => Promise<Page<Job>>;
  readonly read: (context: Context, id: string) => Promise<Job>;
  readonly create: (context: Context, given: NewJob) => Promise<Job>;
  readonly createMany: (context: Context, given: NewJobs) => Promise<Batch>;
}

/** Devices of one bulk request. */
const BULK_MAX = 10_000;
/** Devices whose locks are held at once: their exchanges wait meanwhile. */
const BULK_PART = 500;
/** Parts under way at once: while one is on its way to the disk, the next is kept and a third signed. */
const BULK_LANES = 3;

export function createJobs(platform: Platform, deps: JobDeps): Jobs {
  async function read(context: Context, id: string): Promise<Job> {
    const access = { actor: context.actor, permission: 'jobs:read' } as const;
    return transactAs(platform, access, async (tx) => {
      const row = await jobRepository(tx).find(id);
      if (!row) throw notFound('job');
      return jobOf(row);
    });
  }

  return {
    read,
    list: (context, query) =>
      transactAs(platform, { actor: context.actor, permission: 'jobs:read' }, async (tx) => {
        const page = await jobRepository(tx).list(query, listSettings(platform));
        return { ...page, data: page.data.map((row) => jobOf(row)) };
      }),
    async create(context, given) {
      const made = await madeBefore(platform, context);
      if (made) return jobOf(made);
      const { task } = given;
      const device = await deviceFor(platform, deps, { context, id: given.deviceId, task });
      const prepared = await prepareAll(deps, { context, task, devices: [device] });
      const shared = termsOf(platform, context, { ...given, batchId: null });
      const terms = context.madeId === undefined ? shared : { ...shared, firstId: context.madeId };
      const { jobs, refused } = await make(platform, deps, { context, terms, prepared });
      const [job] = jobs;
      if (!job) throw refused[0]?.error ?? notFound('device');
      return read(context, job.id);
    },
    async createMany(context, given) {
      const { task } = given;
      const chosen = await devicesFor(platform, deps, { context, selection: given.selection });
      const devices = respondable(platform, context, { task, devices: chosen });
      const prepared = await prepareAll(deps, { context, task, devices });
      const batchId = platform.newId();
      const terms = termsOf(platform, context, { ...given, batchId });
      const { jobs, refused } = await make(platform, deps, { context, terms, prepared });
      return {
        batchId,
        jobs: jobs.length,
        refused: refused.map((one) => ({
          deviceId: one.deviceId as DeviceId,
          code: one.error.code,
        })),
      };
    },
  };
}

/** The job that this same request made before its controller died. */
async function madeBefore(platform: Platform, context: Context): Promise<JobRow | undefined> {
  const { actor, madeId } = context;
  if (madeId === undefined) return undefined;
  return transactAs(platform, { actor, permission: 'jobs:read' }, (tx) =>
    jobRepository(tx).find(madeId),
  );
}

async function deviceFor(
  platform: Platform,
  deps: JobDeps,
  given: { readonly context: Context; readonly id: string; readonly task: NewJobTask },
): Promise<JobDevice> {
  const { actor } = given.context;
  const device = await transactAs(platform, { actor, permission: 'devices:read' }, (tx) =>
    deps.devices.find(tx, given.id),
  );
  if (!device) throw notFound('device');
  requireAllowed(platform, { actor, permission: 'jobs:create', noun: 'device' }, device);
  if (RESPONSE_JOB_KINDS.has(given.task.kind)) {
    requireAllowed(platform, { actor, permission: 'devices:respond', noun: 'device' }, device);
  }
  return device;
}

/** Of the devices of a request, those on which the actor may order what changes a device. */
function respondable(
  platform: Platform,
  context: Context,
  { task, devices }: { readonly task: NewJobTask; readonly devices: readonly JobDevice[] },
): readonly JobDevice[] {
  if (!RESPONSE_JOB_KINDS.has(task.kind)) return devices;
  const nowMs = platform.clock.now();
  const visibility = visibilityOf(context.actor, 'devices:respond', nowMs);
  return devices.filter((device) => covers(visibility, device));
}

async function devicesFor(
  platform: Platform,
  deps: JobDeps,
  given: { readonly context: Context; readonly selection: Selection },
): Promise<readonly JobDevice[]> {
  const { actor } = given.context;
  const devices = await transactAs(platform, { actor, permission: 'jobs:create' }, (tx) =>
    deps.devices.select(tx, given.selection, BULK_MAX + 1),
  );
  if (devices.length <= BULK_MAX) return devices;
  throw new ControllerError('limit-reached', `at most ${BULK_MAX} devices in one request`);
}

function termsOf(
  platform: Platform,
  context: Context,
  given: { readonly expiresInSeconds: number; readonly batchId: string | null },
): Terms {
  const expiresAt = platform.clock.now() + given.expiresInSeconds * 1_000;
  return { batchId: given.batchId, createdBy: referenceOf(context.actor), expiresAt };
}

/**
 * Makes the jobs, part by part: a part holds its locks until its own commit, then its orders go down
 * the live connections.
 */
async function make(
  platform: Platform,
  deps: JobDeps,
  given: { readonly context: Context; readonly terms: Terms; readonly prepared: Preparation },
): Promise<{ readonly jobs: readonly NewJobRow[]; readonly refused: readonly Refused[] }> {
  const { terms, prepared } = given;
  const { actor } = given.context;
  const { database } = platform;
  const jobs: NewJobRow[] = [];
  const refused = [...prepared.refused];
  await database.transact({ kind: 'ingest' }, (tx) => requireRoom(tx, prepared.ready));
  const parts = partsOf(prepared.ready);
  async function workThrough(): Promise<void> {
    for (const part of parts) {
      const made = await database.transact({ kind: 'ingest', actor }, (tx) =>
        enqueue(tx, { platform, deps, terms }, part),
      );
      deps.live().hand(made.jobs.filter((job) => job.state === 'sent'));
      jobs.push(...made.jobs);
      refused.push(...made.refused);
    }
  }
  await Promise.all(Array.from({ length: BULK_LANES }, workThrough));
  return { jobs, refused };
}

/** One walk for all lanes; where one fails, it ends for the others too. */
function* partsOf(assignments: readonly Assignment[]): Generator<readonly Assignment[]> {
  for (let index = 0; index < assignments.length; index += BULK_PART) {
    yield assignments.slice(index, index + BULK_PART);
  }
}

function jobOf(row: JobRow): Job {
  return {
    id: row.id as JobId,
    tenantId: row.tenant_id as TenantId,
    organizationId: row.organization_id as OrganizationId,
    organizationName: row.organization_name,
    scope: row.scope,
    deviceId: row.device_id as DeviceId,
    deviceName: row.device_name,
    batchId: row.batch_id,
    task: { kind: row.kind, arguments: row.arguments } as JobTask,
    state: row.state,
    progress: row.progress,
    summary: row.summary,
    error:
      row.error_code === null ? null : { code: row.error_code, detail: row.error_detail ?? '' },
    isCancelRequested: row.is_cancel_requested,
    createdAt: instantOf(row.created_at),
    createdBy: row.created_by,
    sentAt: instantOrNull(row.sent_at),
    startedAt: instantOrNull(row.started_at),
    finishedAt: instantOrNull(row.finished_at),
    expiresAt: instantOf(row.expires_at),
  };
}
