import { sql } from 'kysely';
import { quarantineFields, type ListQuery, type Page, type QuarantineEntry } from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';
import { listRows, type ListSettings, type ListSource } from '../../platform/list.ts';
import { shownText, storableJson } from '../../platform/stored-text.ts';
import type { ToldFile } from './deps.ts';

export interface QuarantineRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly organization_id: string;
  readonly organization_name: string;
  readonly scope: string;
  readonly device_id: string;
  readonly device_name: string;
  readonly state: QuarantineEntry['state'];
  readonly path: string;
  readonly size_bytes: number;
  readonly sha256: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly finding_id: string | null;
  readonly rule: string | null;
  readonly note: string | null;
  readonly sealed_at: number;
  readonly changed_at: number;
  readonly job_id: string | null;
  readonly ordered_by: string | null;
  readonly order_reason: string | null;
}

/** An entry that was stored, as consoles are told of it. */
export interface StoredEntry {
  readonly id: string;
  readonly tenantId: string;
  readonly scope: string;
  readonly isNew: boolean;
}

/** Longest path of an entry: Linux's PATH_MAX, and room for what is made visible. */
const PATH_SHOWN_MAX = 8_192;

const source: Omit<ListSource, 'where'> = {
  noun: 'quarantine',
  fields: quarantineFields,
  columns: {
    path: { value: sql`q.path`, type: 'text' },
    state: { value: sql`q.state`, type: 'text' },
    sha256: { value: sql`q.sha256`, type: 'text' },
    rule: { value: sql`coalesce(q.rule, '')`, type: 'text' },
    device: { value: sql`coalesce(d.name, '')`, type: 'text' },
    deviceId: { value: sql`q.device_id::text`, type: 'text' },
    organization: { value: sql`coalesce(o.name, '')`, type: 'text' },
    sizeBytes: { value: sql`q.size_bytes`, type: 'float8' },
    sealedAt: { value: sql`q.sealed_at`, type: 'timestamptz' },
    changedAt: { value: sql`q.changed_at`, type: 'timestamptz' },
  },
  from: sql`from quarantine_entry q left join device d on d.id = q.device_id
    left join organization o on o.id = q.organization_id`,
  select: sql`q.id, q.tenant_id, q.organization_id, coalesce(o.name, '') as organization_name, q.scope::text as scope,
    q.device_id, coalesce(d.name, '') as device_name, q.state, q.path, q.size_bytes, q.sha256, q.mode, q.uid, q.gid,
    q.finding_id, q.rule, q.note, q.sealed_at, q.changed_at, q.job_id,
    person_of(q.ordered_by, q.scope) as ordered_by, q.order_reason`,
  id: sql`q.id`,
  words: [sql`q.path`, sql`q.sha256`],
  defaultSort: '-sealedAt',
};

/** Quarantine for people. */
export function quarantineRepository(tx: Transaction) {
  return {
    list: (query: ListQuery, settings: ListSettings): Promise<Page<QuarantineRow>> =>
      listRows<QuarantineRow>(tx, { ...source, where: tx.visible('q') }, { query, settings }),
    find: (id: string): Promise<QuarantineRow | undefined> =>
      tx.row(
        sql<QuarantineRow>`select ${source.select} ${source.from} where q.id = ${id} and ${tx.visible('q')}`,
      ),
  };
}

/** Quarantine as devices tell it, with the workers' rights. */
export function quarantineStore(tx: Transaction) {
  return {
    /**
     * Stores what devices say, each of its own files alone. An older telling of a file that comes late
     * changes nothing. Beyond the bound of a device, no file that is new is stored.
     */
    upsert: (
      told: readonly ToldFile[],
      given: { readonly nowMs: number; readonly countMax: number },
    ): Promise<StoredEntry[]> =>
      tx.rows(sql<StoredEntry>`
        insert into quarantine_entry as q (id, tenant_id, organization_id, scope, device_id, state, path, size_bytes,
          sha256, mode, uid, gid, finding_id, rule, note, sealed_at, changed_at)
        select distinct on (r.id) r.id, r.tenant_id, r.organization_id, r.scope::ltree, r.device_id, r.state, r.path, r.size_bytes,
          r.sha256, r.mode, r.uid, r.gid, r.finding_id, r.rule, r.note, r.sealed_at, r.changed_at
        from jsonb_to_recordset(${storableJson(told.map((one) => recordOf(one, given.nowMs)))}::jsonb) as r (id uuid,
          tenant_id uuid, organization_id uuid, scope text, device_id uuid, state text, path text, size_bytes bigint,
          sha256 text, mode bigint, uid bigint, gid bigint, finding_id uuid, rule text, note text, sealed_at timestamptz,
          changed_at timestamptz)
        left join quarantine_entry k on k.id = r.id
        where k.id is not null
          or (select count(*) from quarantine_entry x where x.device_id = r.device_id) < ${given.countMax}
        order by r.id, k.device_id is not distinct from r.device_id desc
        on conflict (id) do update set state = excluded.state, path = excluded.path, note = excluded.note,
          changed_at = excluded.changed_at
        where q.device_id = excluded.device_id and q.changed_at <= excluded.changed_at
        returning q.id, q.tenant_id as "tenantId", q.scope::text as scope, q.xmax = 0 as "isNew"`),
    noteOrder: (
      id: string,
      order: { readonly jobId: string; readonly by: string; readonly reason: string },
    ): Promise<number> =>
      tx.run(sql`update quarantine_entry set job_id = ${order.jobId}, ordered_by = ${order.by},
        order_reason = ${order.reason} where id = ${id}`),
  };
}

function recordOf({ device, thing }: ToldFile, nowMs: number) {
  const past = (epochMs: number): string => new Date(Math.min(epochMs, nowMs)).toISOString();
  return {
    id: thing.id,
    tenant_id: device.tenantId,
    organization_id: device.organizationId,
    scope: device.scope,
    device_id: device.deviceId,
    state: thing.state,
    path: shownText(thing.path, PATH_SHOWN_MAX),
    size_bytes: thing.sizeBytes,
    sha256: thing.sha256,
    mode: thing.mode,
    uid: thing.uid,
    gid: thing.gid,
    finding_id: thing.findingId,
    rule: thing.rule === null ? null : shownText(thing.rule, 200),
    note: thing.note === null ? null : shownText(thing.note, 500),
    sealed_at: past(thing.sealedAt),
    changed_at: past(thing.changedAt),
  };
}
