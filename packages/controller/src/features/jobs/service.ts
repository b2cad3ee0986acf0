import {
  instantOf,
  instantOrNull,
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
import type { Context } from '../../platform/context.ts';
import { ControllerError, notFound } from '../../platform/error.ts';
import {
  listSettings,
  requireAllowed,
  transactAs,
  type Platform,
} from '../../platform/services.ts';
import type { JobDeps, JobDevice, PreparedTask } from './deps.ts';
import { enqueue, type Assignment, type Refused, type Terms } from './enqueue.ts';
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

export function createJobs(platform: Platform, deps: JobDeps): Jobs {
  async function read(context: Context, id: string): Promise<Job> {
    const access = { actor: context.actor, permission: 'jobs:read' } as const;
    return transactAs(platform, access, async (tx) => {
      const row = await jobRepository(tx).find(id);
      if (!row) throw notFound('job');
      return jobOf(row);
    });
  }

  async function deviceFor(context: Context, id: string): Promise<JobDevice> {
    const access = { actor: context.actor, permission: 'devices:read' } as const;
    const device = await transactAs(platform, access, (tx) => deps.devices.find(tx, id));
    if (!device) throw notFound('device');
    requireAllowed(
      platform,
      { actor: context.actor, permission: 'jobs:create', noun: 'device' },
      device,
    );
    return device;
  }

  function make(
    terms: Terms,
    assignments: readonly Assignment[],
  ): Promise<{ readonly jobs: readonly NewJobRow[]; readonly refused: readonly Refused[] }> {
    return platform.database.transact({ kind: 'ingest' }, (tx) =>
      enqueue(tx, { platform, deps, terms }, assignments),
    );
  }

  function termsOf(context: Context, expiresInSeconds: number, batchId: string | null): Terms {
    const expiresAt = platform.clock.now() + expiresInSeconds * 1_000;
    return { batchId, createdBy: context.actor.email, expiresAt };
  }

  return {
    read,
    list: (context, query) =>
      transactAs(platform, { actor: context.actor, permission: 'jobs:read' }, async (tx) => {
        const page = await jobRepository(tx).list(query, listSettings(platform));
        return { ...page, data: page.data.map((row) => jobOf(row)) };
      }),
    async create(context, given) {
      const device = await deviceFor(context, given.deviceId);
      const [prepared] = await prepareAll(deps, context, { task: given.task, devices: [device] });
      if (!prepared) throw notFound('device');
      if (prepared.kind === 'refused') throw prepared.error;
      const terms = termsOf(context, given.expiresInSeconds, null);
      const { jobs, refused } = await make(terms, [{ device, task: prepared.task }]);
      const [job] = jobs;
      if (!job) throw refused[0]?.error ?? notFound('device');
      return read(context, job.id);
    },
    async createMany(context, given) {
      const access = { actor: context.actor, permission: 'jobs:create' } as const;
      const devices = await transactAs(platform, access, (tx) =>
        deps.devices.select(tx, given.selection, BULK_MAX + 1),
      );
      if (devices.length > BULK_MAX) {
        throw new ControllerError('limit-reached', `at most ${BULK_MAX} devices in one request`);
      }
      const batchId = platform.newId();
      const terms = termsOf(context, given.expiresInSeconds, batchId);
      const { ready, refused } = split(
        devices,
        await prepareAll(deps, context, { task: given.task, devices }),
      );
      let jobs = 0;
      for (let index = 0; index < ready.length; index += BULK_PART) {
        const part = await make(terms, ready.slice(index, index + BULK_PART));
        jobs += part.jobs.length;
        refused.push(...part.refused);
      }
      return {
        batchId,
        jobs,
        refused: refused.map((one) => ({
          deviceId: one.deviceId as DeviceId,
          code: one.error.code,
        })),
      };
    },
  };
}

/** An inventory needs nothing but its sections; what touches networks is for others to judge. */
async function prepareAll(
  deps: JobDeps,
  context: Context,
  request: { readonly task: NewJobTask; readonly devices: readonly JobDevice[] },
): Promise<readonly PreparedTask[]> {
  const { task, devices } = request;
  if (task.kind !== 'inventory') return deps.prepare(context, { task, devices });
  const { sections } = task;
  return devices.map(() => ({
    kind: 'ready',
    task: { kind: 'inventory', arguments: { sections } },
  }));
}

function split(
  devices: readonly JobDevice[],
  prepared: readonly PreparedTask[],
): { readonly ready: Assignment[]; readonly refused: Refused[] } {
  const ready: Assignment[] = [];
  const refused: Refused[] = [];
  for (const [index, device] of devices.entries()) {
    const one = prepared[index];
    if (one?.kind === 'ready') ready.push({ device, task: one.task });
    else refused.push({ deviceId: device.id, error: one?.error ?? notFound('device') });
  }
  return { ready, refused };
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
