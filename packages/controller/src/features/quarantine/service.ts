import {
  instantOf,
  type DeviceId,
  type Job,
  type ListQuery,
  type NewJobTask,
  type OrganizationId,
  type Page,
  type QuarantineEntry,
  type TenantId,
} from '@wardgrid/wire';
import type { Context } from '../../platform/context.ts';
import { ControllerError, notFound } from '../../platform/error.ts';
import { referenceOf } from '../../platform/person.ts';
import {
  listSettings,
  requireAllowed,
  transactAs,
  type Platform,
} from '../../platform/services.ts';
import type { QuarantineDeps } from './deps.ts';
import { quarantineRepository, quarantineStore, type QuarantineRow } from './repository.ts';

/** An order waits this long for its device. */
const EXPIRES_IN_SECONDS = 7 * 86_400;

/** Files in quarantine, for people. */
export function createQuarantine(platform: Platform, deps: QuarantineDeps) {
  const access = (context: Context) =>
    ({ actor: context.actor, permission: 'quarantine:read' }) as const;

  async function order(
    context: Context,
    row: QuarantineRow,
    { task, reason }: { readonly task: NewJobTask; readonly reason: string },
  ): Promise<Job> {
    const { actor } = context;
    const deviceId = row.device_id as DeviceId;
    const job = await deps.order(context, {
      deviceId,
      task,
      expiresInSeconds: EXPIRES_IN_SECONDS,
    });
    await platform.database.transact({ kind: 'ingest', actor }, (tx) =>
      quarantineStore(tx).noteOrder(row.id, { jobId: job.id, by: referenceOf(actor), reason }),
    );
    return job;
  }

  return {
    list: (context: Context, query: ListQuery): Promise<Page<QuarantineEntry>> =>
      transactAs(platform, access(context), async (tx) => {
        const page = await quarantineRepository(tx).list(query, listSettings(platform));
        return { ...page, data: page.data.map((row) => entryOf(row)) };
      }),
    read: (context: Context, id: string): Promise<QuarantineEntry> =>
      transactAs(platform, access(context), async (tx) => {
        const row = await quarantineRepository(tx).find(id);
        if (!row) throw notFound('file in quarantine');
        return entryOf(row);
      }),
    async restore(
      context: Context,
      id: string,
      given: { readonly exceptionDays: number | null; readonly reason: string },
    ): Promise<Job> {
      const { exceptionDays, reason } = given;
      const row = await sealedFor(platform, context, id);
      const task = { kind: 'restore', entryId: row.id, exceptionDays } as const;
      return order(context, row, { task, reason });
    },
    async purge(context: Context, id: string, reason: string): Promise<Job> {
      const row = await sealedFor(platform, context, id);
      return order(context, row, { task: { kind: 'purge', entryId: row.id }, reason });
    },
  };
}

/** Whoever may respond on devices may see them, and what is sealed there. */
async function sealedFor(platform: Platform, context: Context, id: string): Promise<QuarantineRow> {
  const { actor } = context;
  const row = await transactAs(platform, { actor, permission: 'devices:read' }, (tx) =>
    quarantineRepository(tx).find(id),
  );
  if (!row) throw notFound('file in quarantine');
  requireAllowed(
    platform,
    { actor, permission: 'devices:respond', noun: 'file in quarantine' },
    { tenantId: row.tenant_id, scope: row.scope },
  );
  if (row.state === 'sealed') return row;
  throw new ControllerError('quarantine-not-sealed', `the file is ${row.state}`);
}

function entryOf(row: QuarantineRow): QuarantineEntry {
  return {
    id: row.id,
    tenantId: row.tenant_id as TenantId,
    organizationId: row.organization_id as OrganizationId,
    organizationName: row.organization_name,
    scope: row.scope,
    deviceId: row.device_id as DeviceId,
    deviceName: row.device_name,
    state: row.state,
    path: row.path,
    sizeBytes: row.size_bytes,
    sha256: row.sha256,
    mode: row.mode,
    uid: row.uid,
    gid: row.gid,
    findingId: row.finding_id,
    rule: row.rule,
    note: row.note,
    sealedAt: instantOf(row.sealed_at),
    changedAt: instantOf(row.changed_at),
    jobId: row.job_id,
    orderedBy: row.ordered_by,
    orderReason: row.order_reason,
  };
}
