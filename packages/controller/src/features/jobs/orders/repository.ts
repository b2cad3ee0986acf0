import { sql } from 'kysely';
import type { Job, JobKind, JobState } from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';

/** A job as the link knows it, locked. */
export interface LinkedJob {
  readonly id: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly scope: string;
  readonly deviceId: string;
  readonly kind: JobKind;
  readonly arguments: unknown;
  readonly state: JobState;
}

/** An order that waits for its device, with the envelope as text. */
export interface WaitingOrder {
  readonly deviceId: string;
  readonly sequence: number;
  readonly jobId: string;
  readonly isCancel: boolean;
  readonly envelope: string;
}

/** How a job ended. */
export interface JobEnd {
  readonly id: string;
  readonly state: 'succeeded' | 'failed' | 'expired' | 'cancelled';
  readonly summary: Job['summary'];
  readonly error: { readonly code: string; readonly detail: string } | null;
}

/** A job that changed, for telling consoles. */
export interface ChangedJob {
  readonly id: string;
  readonly tenantId: string;
  readonly scope: string;
}

const CHANGED = sql`j.id, j.tenant_id as "tenantId", j.scope::text as scope`;
const OPEN = sql`j.finished_at is null`;

/** Orders that wait for their devices, with the workers' rights. */
export function orderRepository(tx: Transaction) {
  return {
    /** Orders behind a number, for many devices, each at most `limit`, in order. */
    waiting: (
      askers: readonly { readonly deviceId: string; readonly after: number }[],
      given: { readonly limit: number; readonly nowMs: number },
    ): Promise<WaitingOrder[]> =>
      tx.rows(
        sql<WaitingOrder>`select g.device_id as "deviceId", o.sequence, o.job_id as "jobId", o.is_cancel as "isCancel",
          o.envelope::text as envelope
        from unnest(${askers.map((asker) => asker.deviceId)}::uuid[], ${askers.map((asker) => asker.after)}::int8[]) as g (device_id, after)
        cross join lateral (select sequence, job_id, is_cancel, envelope from job_order o
          where o.device_id = g.device_id and o.sequence > g.after and o.expires_at > ${new Date(given.nowMs)}
          order by o.sequence limit ${given.limit}) o
        order by g.device_id, o.sequence`,
        'orders-waiting',
      ),
    /** Removes orders that are safe on their devices' disks. */
    remove: (acknowledged: readonly { readonly deviceId: string; readonly order: number }[]) =>
      tx.run(
        sql`delete from job_order o using unnest(${acknowledged.map((row) => row.deviceId)}::uuid[],
          ${acknowledged.map((row) => row.order)}::int8[]) as g (device_id, upto)
        where o.device_id = g.device_id and o.sequence <= g.upto`,
      ),
    removeOf: (deviceIds: readonly string[]) =>
      tx.run(sql`delete from job_order where device_id = any (${deviceIds}::uuid[])`),
  };
}

/** The states of jobs, with the workers' rights. A final state is never left. */
export function jobStateRepository(tx: Transaction) {
  return {
    /**
     * Counts jobs as sent and says which of them have not ended: only those may be handed over. The
     * row's lock decides between a hand-over and a cancelling at the same moment.
     */
    markSent: (
      jobIds: readonly string[],
      at: number,
    ): Promise<(ChangedJob & { readonly isNew: boolean })[]> =>
      tx.rows(
        sql<
          ChangedJob & { isNew: boolean }
        >`update job j set state = case when j.state = 'queued' then 'sent' else j.state end,
          sent_at = coalesce(j.sent_at, ${new Date(at)})
        where j.id = any (${jobIds}::uuid[]) and ${OPEN}
        returning ${CHANGED}, j.sent_at = ${new Date(at)} as "isNew"`,
      ),
    /** Locks jobs in one order, whoever they belong to: the caller checks. */
    lock: (ids: readonly string[]): Promise<LinkedJob[]> =>
      tx.rows(
        sql<LinkedJob>`select id, tenant_id as "tenantId", organization_id as "organizationId", scope::text as scope,
          device_id as "deviceId", kind, arguments, state
        from job where id = any (${ids}::uuid[]) order by id for update`,
      ),
    start: (ids: readonly string[], at: number): Promise<ChangedJob[]> =>
      tx.rows(
        sql<ChangedJob>`update job j set state = 'running', started_at = ${new Date(at)}, sent_at = coalesce(sent_at, ${new Date(at)})
        where j.id = any (${ids}::uuid[]) and j.state in ('queued', 'sent') returning ${CHANGED}`,
      ),
    /** Ends whatever is open on devices that are no more. */
    cancelOf: (deviceIds: readonly string[], at: number): Promise<ChangedJob[]> =>
      tx.rows(
        sql<ChangedJob>`update job j set state = 'cancelled', finished_at = ${new Date(at)}, error_code = 'device-retired',
          error_detail = 'the device was retired', progress = null
        where j.device_id = any (${deviceIds}::uuid[]) and ${OPEN} returning ${CHANGED}`,
      ),
    /** Ends jobs that have not ended yet: a final state is never left. */
    finish: (ends: readonly JobEnd[], at: number): Promise<ChangedJob[]> =>
      tx.rows(
        sql<ChangedJob>`update job j set state = g.state, finished_at = ${new Date(at)}, summary = g.summary::jsonb,
          error_code = g.error_code, error_detail = g.error_detail, progress = null
        from unnest(${ends.map((end) => end.id)}::uuid[], ${ends.map((end) => end.state)}::text[],
          ${ends.map((end) => (end.summary === null ? null : JSON.stringify(end.summary)))}::text[],
          ${ends.map((end) => end.error?.code ?? null)}::text[], ${ends.map((end) => end.error?.detail ?? null)}::text[])
          as g (id, state, summary, error_code, error_detail)
        where j.id = g.id and ${OPEN} returning ${CHANGED}`,
      ),
    /** Notes how running jobs get on. A device speaks only of its own. */
    progress: (
      rows: readonly { readonly jobId: string; readonly deviceId: string; readonly text: string }[],
    ): Promise<(ChangedJob & { readonly progress: unknown })[]> =>
      tx.rows(
        sql<ChangedJob & { progress: unknown }>`update job j set progress = g.progress::jsonb
        from unnest(${rows.map((row) => row.jobId)}::uuid[], ${rows.map((row) => row.deviceId)}::uuid[],
          ${rows.map((row) => row.text)}::text[]) as g (id, device_id, progress)
        where j.id = g.id and j.device_id = g.device_id and ${OPEN} returning ${CHANGED}, j.progress`,
      ),
  };
}
