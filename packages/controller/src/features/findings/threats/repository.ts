import { sql, type RawBuilder } from 'kysely';
import type { DeviceFinding } from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';
import { storableJson } from '../../../platform/stored-text.ts';
import type { Observable } from './observables.ts';
import type { ThreatRow } from './rows.ts';
import { WEIGHT_BY_RANK } from './weight.ts';

/** What is known of a finding that a device tells again. */
export interface KnownThreat {
  readonly id: string;
  readonly deviceId: string;
  readonly count: number;
  readonly state: 'open' | 'resolved' | 'ignored';
  readonly incidentId: string | null;
  /** Whether somebody closed the incident it belonged to. */
  readonly isIncidentClosed: boolean;
}

/** How much a device has told. */
export interface Told {
  readonly deviceId: string;
  /** New findings lately. */
  readonly recent: number;
  /** Findings that are open. */
  readonly open: number;
}

/** Where a finding looks for its like. */
export interface Neighbourhood {
  readonly tenantId: string;
  readonly organizationId: string;
  readonly deviceId: string;
  readonly observables: readonly Observable[];
  /** What is shared counts since then. */
  readonly sharedSince: number;
  /** On one device what happened since then belongs together, shared or not. */
  readonly nearSince: number;
}

/** An open incident that a finding belongs to. */
export interface OpenThreat {
  readonly id: string;
  readonly scope: string;
}

const RANKED = sql.join(WEIGHT_BY_RANK.map((weight) => sql.lit(weight)));
const WEIGHT = sql`((array[${RANKED}])[f.severity + 1] * coalesce(f.confidence, 0) / 100.0)`;

/** Findings of engines, with the workers' rights. */
export function threatRepository(tx: Transaction) {
  return {
    known: (ids: readonly string[]): Promise<KnownThreat[]> =>
      tx.rows(sql<KnownThreat>`select f.id, coalesce(f.device_id::text, '') as "deviceId", f.count, f.state,
          f.incident_id as "incidentId", coalesce(i.state = 'closed', false) as "isIncidentClosed"
        from finding f left join incident i on i.id = f.incident_id where f.id = any (${ids}::uuid[])`),

    toldOf: (deviceIds: readonly string[], since: number): Promise<Told[]> =>
      tx.rows(sql<Told>`select g.id as "deviceId",
          (select count(*) from finding f where f.device_id = g.id and f.category = 'threat'
            and f.stored_at > ${new Date(since)}) as recent,
          (select count(*) from finding f where f.device_id = g.id and f.category = 'threat' and f.state = 'open') as open
        from unnest(${deviceIds}::uuid[]) as g (id)`),

    upsert: (rows: readonly ThreatRow[], at: number) => tx.rows(upsertOf(rows, at)),

    /** Notes which exception hides each finding. */
    hide: (exceptions: ReadonlyMap<string, string>): Promise<number> =>
      tx.run(sql`update finding f set exception_id = g.exception_id
        from unnest(${[...exceptions.keys()]}::uuid[], ${[...exceptions.values()]}::uuid[]) as g (id, exception_id)
        where f.id = g.id`),

    keepDetections: (
      rows: readonly { readonly row: ThreatRow; readonly finding: DeviceFinding }[],
    ): Promise<number> =>
      tx.run(sql`
        insert into finding_detection (finding_id, tenant_id, device_id, scope, content)
        select r.finding_id, r.tenant_id, r.device_id, r.scope::ltree, r.content
        from jsonb_to_recordset(${storableJson(
          rows.map(({ row, finding }) => ({
            finding_id: row.id,
            tenant_id: row.tenant_id,
            device_id: row.device_id,
            scope: row.scope,
            content: finding,
          })),
        )}::jsonb) as r (finding_id uuid, tenant_id uuid, device_id uuid, scope text, content jsonb)
        order by r.finding_id
        on conflict (finding_id) do update set content = excluded.content`),

    keepObservables: (
      row: ThreatRow,
      observables: readonly Observable[],
      at: number,
    ): Promise<number> =>
      tx.run(sql`
        insert into finding_observable (finding_id, kind, value, tenant_id, device_id, seen_at)
        select ${row.id}, o.kind, o.value, ${row.tenant_id}, ${row.device_id}, ${new Date(at)}
        from unnest(${observables.map(({ kind }) => kind)}::text[], ${observables.map(({ value }) => value)}::text[])
          as o (kind, value)
        on conflict (finding_id, kind, value) do update set seen_at = excluded.seen_at`),
  };
}

/** Stores findings: new, or told again by the same device. Ignored stays ignored. */
function upsertOf(rows: readonly ThreatRow[], at: number): RawBuilder<{ readonly id: string }> {
  return sql<{ id: string }>`
        insert into finding as f (id, tenant_id, organization_id, scope, rule, dedupe_key, title, severity, state,
          category, engine, confidence, techniques, count, action, device_id, subject, evidence, remedy,
          first_seen_at, last_seen_at, stored_at)
        select r.id, r.tenant_id, r.organization_id, r.scope::ltree, r.rule, r.dedupe_key, r.title, r.severity, 'open',
          'threat', r.engine, r.confidence, r.techniques, r.count, r.action, r.device_id, r.subject, r.evidence, r.remedy,
          r.first_seen_at, r.last_seen_at, ${new Date(at)}
        from jsonb_to_recordset(${storableJson(rows)}::jsonb) as r (id uuid, tenant_id uuid, organization_id uuid,
          scope text, rule text, dedupe_key text, title text, severity smallint, engine text, confidence smallint,
          techniques text[], count bigint, action jsonb, device_id uuid, subject text, evidence jsonb, remedy text,
          first_seen_at timestamptz, last_seen_at timestamptz)
        order by r.id
        on conflict (id) do update set
          count = greatest(f.count, excluded.count), last_seen_at = greatest(f.last_seen_at, excluded.last_seen_at),
          severity = greatest(f.severity, excluded.severity), action = coalesce(excluded.action, f.action),
          state = case when f.state = 'resolved' and excluded.count > f.count then 'open' else f.state end,
          reopened = f.reopened + case when f.state = 'resolved' and excluded.count > f.count then 1 else 0 end,
          resolved_at = case when f.state = 'resolved' and excluded.count > f.count then null else f.resolved_at end
        where f.device_id = excluded.device_id and f.category = 'threat'
        returning f.id`;
}

/** How findings find together, with the workers' rights. */
export function correlationRepository(tx: Transaction) {
  return {
    /** One at a time in an organization, so that two exchanges do not open two incidents about one thing. */
    lockOrganization: (organizationId: string): Promise<number> =>
      tx.run(sql`select pg_advisory_xact_lock(hashtext(${`threats ${organizationId}`}))`),

    /** The oldest open incident with which a finding shares something. */
    incidentFor: (near: Neighbourhood): Promise<OpenThreat | undefined> =>
      tx.row(sql<OpenThreat>`
        select i.id, i.scope::text as scope from incident i
        where i.tenant_id = ${near.tenantId} and i.organization_id = ${near.organizationId} and i.kind = 'threat'
          and i.state <> 'closed' and (
            exists (
              select from finding_observable o join finding f on f.id = o.finding_id
              join unnest(${near.observables.map(({ kind }) => kind)}::text[],
                ${near.observables.map(({ value }) => value)}::text[]) as g (kind, value)
                on g.kind = o.kind and g.value = o.value
              where f.incident_id = i.id and o.tenant_id = ${near.tenantId} and o.seen_at > ${new Date(near.sharedSince)}
                and (o.kind in ('sha256', 'address') or o.device_id = ${near.deviceId}))
            or exists (
              select from finding f where f.incident_id = i.id and f.device_id = ${near.deviceId}
                and f.last_seen_at > ${new Date(near.nearSince)}))
        order by i.opened_at, i.id limit 1`),

    /** Weak signals of a device that belong to no incident: the heaviest of each rule. */
    weakOf: (
      deviceId: string,
      since: number,
    ): Promise<{ readonly id: string; readonly weight: number }[]> =>
      tx.rows(sql<{ id: string; weight: number }>`
        select distinct on (f.rule) f.id, ${WEIGHT}::float8 as weight from finding f
        where f.device_id = ${deviceId} and f.category = 'threat' and f.state = 'open' and f.incident_id is null
          and f.exception_id is null and f.last_seen_at > ${new Date(since)}
        order by f.rule, weight desc, f.id`),

    attach: (ids: readonly string[], incidentId: string): Promise<number> =>
      tx.run(
        sql`update finding f set incident_id = ${incidentId} where f.id = any (${ids}::uuid[])`,
      ),
  };
}
