import { sql } from 'kysely';
import {
  jobFields,
  type Job,
  type JobKind,
  type JobProgress,
  type JobState,
  type JobTask,
  type ListQuery,
  type Page,
} from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';
import { plainArray } from '../../platform/plain-array.ts';
import { listRows, type ListSettings, type ListSource } from '../../platform/list.ts';
import type { ChangedJob } from './orders/repository.ts';
import { SERVED_ELSEWHERE } from './served-elsewhere-repository.ts';

export interface JobRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly organization_id: string;
  readonly organization_name: string;
  readonly scope: string;
  readonly device_id: string;
  readonly device_name: string;
  readonly batch_id: string | null;
  readonly kind: JobKind;
  readonly arguments: unknown;
  readonly state: JobState;
  readonly progress: JobProgress | null;
  readonly summary: Job['summary'];
  readonly error_code: string | null;
  readonly error_detail: string | null;
  readonly is_cancel_requested: boolean;
  readonly created_at: number;
  readonly created_by: string;
  readonly sent_at: number | null;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly expires_at: number;
}

/** A job to be made, with the order that carries it. */
export interface NewJobRow {
  readonly id: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly scope: string;
  readonly deviceId: string;
  readonly batchId: string | null;
  readonly task: JobTask;
  /** A job is made as sent when its order goes down a live connection right after the commit. */
  readonly state: 'queued' | 'sent';
  readonly createdAt: number;
  readonly createdBy: string;
  readonly expiresAt: number;
  readonly sequence: number;
  /** Signed, as text. */
  readonly envelope: string;
}

const jobs: Omit<ListSource, 'where'> = {
  noun: 'jobs',
  fields: jobFields,
  columns: {
    kind: { value: sql`j.kind`, type: 'text' },
    state: { value: sql`j.state`, type: 'text' },
    device: { value: sql`coalesce(d.name, '')`, type: 'text' },
    deviceId: { value: sql`j.device_id::text`, type: 'text' },
    batchId: { value: sql`coalesce(j.batch_id::text, '')`, type: 'text' },
    organization: { value: sql`coalesce(o.name, '')`, type: 'text' },
    createdBy: { value: sql`person_of(j.created_by, j.scope)`, type: 'text' },
    createdAt: { value: sql`j.created_at`, type: 'timestamptz' },
    finishedAt: {
      value: sql`coalesce(j.finished_at, 'epoch'::timestamptz)`,
      type: 'timestamptz',
    },
  },
  from: sql`from job j left join device d on d.id = j.device_id left join organization o on o.id = j.organization_id`,
  select: sql`j.id, j.tenant_id, j.organization_id, coalesce(o.name, '') as organization_name, j.scope::text as scope, j.device_id,
    coalesce(d.name, '') as device_name, j.batch_id, j.kind, j.arguments, j.state, j.progress, j.summary, j.error_code, j.error_detail,
    j.is_cancel_requested, j.created_at, person_of(j.created_by, j.scope) as created_by, j.sent_at, j.started_at, j.finished_at, j.expires_at`,
  id: sql`j.id`,
  words: [sql`d.name`, sql`j.kind`, sql`person_of(j.created_by, j.scope)`],
  defaultSort: '-createdAt',
};

/** Jobs as people see them. */
export function jobRepository(tx: Transaction) {
  return {
    list: (query: ListQuery, settings: ListSettings): Promise<Page<JobRow>> =>
      listRows<JobRow>(tx, { ...jobs, where: tx.visible('j') }, { query, settings }),
    find: (id: string) =>
      tx.row(
        sql<JobRow>`select ${jobs.select} ${jobs.from} where j.id = ${id} and ${tx.visible('j')}`,
      ),
  };
}

/** Open jobs against their bounds, with the workers' rights. */
export function openJobRepository(tx: Transaction) {
  return {
    /** Devices that have reached their bound of open jobs: a look-up each, whatever the statistics say. */
    fullOf: async (
      devices: readonly { readonly tenantId: string; readonly deviceId: string }[],
      openMax: number,
    ): Promise<ReadonlySet<string>> => {
      const rows = await tx.rows(
        sql<{ deviceId: string }>`select g.device_id as "deviceId"
        from unnest(${plainArray(devices.map((device) => device.tenantId))}::uuid[],
          ${plainArray(devices.map((device) => device.deviceId))}::uuid[]) as g (tenant_id, device_id)
        where exists (select from job j where j.tenant_id = g.tenant_id and j.device_id = g.device_id
          and j.finished_at is null offset ${openMax - 1})`,
        'jobs-full',
      );
      return new Set(rows.map((row) => row.deviceId));
    },
    openOfTenant: async (tenantId: string) =>
      (
        await tx.row(
          sql<{
            open: number;
          }>`select count(*) as open from job where tenant_id = ${tenantId} and finished_at is null`,
        )
      )?.open ?? 0,
  };
}

/** Making, cancelling and ending jobs, with the workers' rights. */
export function jobWriter(tx: Transaction) {
  return {
    insert: (rows: readonly NewJobRow[]) => insertJobs(tx, rows),
    insertCancel: (
      row: Pick<NewJobRow, 'id' | 'deviceId' | 'tenantId' | 'sequence' | 'envelope' | 'expiresAt'>,
    ) =>
      tx.run(sql`insert into job_order (device_id, sequence, tenant_id, job_id, is_cancel, envelope, expires_at)
        values (${row.deviceId}, ${row.sequence}, ${row.tenantId}, ${row.id}, true, ${row.envelope}::json, ${new Date(row.expiresAt)})`),
    requestCancel: (id: string) =>
      tx.run(
        sql`update job set is_cancel_requested = true where id = ${id} and finished_at is null and not is_cancel_requested`,
      ),
    /** Ends a job that no device has heard of. */
    cancelQueued: (id: string, at: number): Promise<ChangedJob | undefined> =>
      tx.row(sql<ChangedJob>`update job j set state = 'cancelled', is_cancel_requested = true, finished_at = ${new Date(at)}
        where j.id = ${id} and j.state = 'queued' and not ${SERVED_ELSEWHERE} returning j.id, j.tenant_id as "tenantId", j.scope::text as scope`),
    removeOrders: (jobIds: readonly string[]) =>
      tx.run(sql`delete from job_order where job_id = any (${jobIds}::uuid[])`),
    /**
     * Ends jobs whose time is over. A running one gets `runningMs` more: it was in time when it began;
     * and one whose device another controller serves `elsewhereMs`: that one says how it ended.
     */
    expire: (
      given: {
        readonly nowMs: number;
        readonly waitingMs: number;
        readonly runningMs: number;
        readonly elsewhereMs: number;
      },
      limit: number,
    ): Promise<ChangedJob[]> =>
      tx.rows(sql<ChangedJob>`update job j set state = 'expired', finished_at = ${new Date(given.nowMs)}, error_code = 'expired',
          error_detail = 'it did not end in time', progress = null
        where j.id in (select j.id from job j where j.finished_at is null
          and (j.expires_at < ${new Date(given.nowMs - given.runningMs)}
            or j.state <> 'running' and j.expires_at < ${new Date(given.nowMs - given.waitingMs)})
          and (j.expires_at < ${new Date(given.nowMs - given.elsewhereMs)} or not ${SERVED_ELSEWHERE})
          order by j.expires_at limit ${limit} for update skip locked)
        returning j.id, j.tenant_id as "tenantId", j.scope::text as scope`),
    removeEnded: (before: number, limit: number) =>
      tx.run(
        sql`delete from job where id in (select id from job where finished_at < ${new Date(before)} order by finished_at limit ${limit})`,
      ),
    removeStaleOrders: (before: number) =>
      tx.run(sql`delete from job_order where expires_at < ${new Date(before)}`),
    /** Whether this controller is the one that sweeps, until the transaction ends. */
    isLeader: async (key: number) =>
      (
        await tx.row(
          sql<{ isLeader: boolean }>`select pg_try_advisory_xact_lock(${key}) as "isLeader"`,
        )
      )?.isLeader === true,
  };
}

async function insertJobs(tx: Transaction, rows: readonly NewJobRow[]): Promise<void> {
  const column = (field: Exclude<keyof NewJobRow, 'task' | 'createdBy' | 'envelope'>): string =>
    plainArray(rows.map((row) => row[field]));
  await tx.run(
    sql`insert into job (id, tenant_id, organization_id, scope, device_id, batch_id, kind, arguments, state,
      created_at, created_by, sent_at, expires_at)
    select id, tenant_id, organization_id, scope, device_id, batch_id, kind, arguments::jsonb, state,
      to_timestamp(created_at / 1000.0), created_by,
      case when state = 'sent' then to_timestamp(created_at / 1000.0) end, to_timestamp(expires_at / 1000.0)
    from unnest(${column('id')}::uuid[], ${column('tenantId')}::uuid[], ${column('organizationId')}::uuid[],
      ${column('scope')}::ltree[], ${column('deviceId')}::uuid[], ${column('batchId')}::uuid[],
      ${rows.map((row) => row.task.kind)}::text[], ${rows.map((row) => JSON.stringify(row.task.arguments))}::text[],
      ${column('state')}::text[], ${column('createdAt')}::int8[], ${rows.map((row) => row.createdBy)}::text[],
      ${column('expiresAt')}::int8[])
      as g (id, tenant_id, organization_id, scope, device_id, batch_id, kind, arguments, state, created_at, created_by, expires_at)`,
    'jobs-insert',
  );
  await tx.run(
    sql`insert into job_order (device_id, sequence, tenant_id, job_id, envelope, expires_at)
    select device_id, sequence, tenant_id, job_id, envelope::json, to_timestamp(expires_at / 1000.0)
    from unnest(${column('deviceId')}::uuid[], ${column('sequence')}::int8[], ${column('tenantId')}::uuid[],
      ${column('id')}::uuid[], ${rows.map((row) => row.envelope)}::text[], ${column('expiresAt')}::int8[])
      as g (device_id, sequence, tenant_id, job_id, envelope, expires_at)`,
    'job-orders-insert',
  );
}
