import { sql, type RawBuilder } from 'kysely';
import { incidentFields, Severity, type ListQuery, type Page } from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';
import { listRows, type ListSettings, type ListSource } from '../../platform/list.ts';
import { entryOf, TIMELINE_MAX } from './shapes.ts';
import type { IncidentRow, NewIncident, OpenedIncident } from './shapes.ts';

/** Devices shown with an incident; the wire says so too. */
const DEVICES_SHOWN_MAX = 200;

/** The timeline with people told as the reader may know them. */
const TIMELINE = sql`(select coalesce(jsonb_agg(people_in(e, i.scope) order by n), '[]')
  from jsonb_array_elements(i.timeline) with ordinality as t (e, n))`;

function sourceOf(tx: Transaction): Omit<ListSource, 'where'> {
  return {
    noun: 'incidents',
    fields: incidentFields,
    columns: {
      ref: { value: sql`coalesce(i.ref, '')`, type: 'text' },
      title: { value: sql`i.title`, type: 'text' },
      kind: { value: sql`i.kind`, type: 'text' },
      severity: { value: sql`i.severity`, type: 'int', matches: hasSeverity },
      state: { value: sql`i.state`, type: 'text' },
      organization: { value: sql`o.name`, type: 'text' },
      openedAt: { value: sql`i.opened_at`, type: 'timestamptz' },
    },
    from: sql`from incident i join organization o on o.id = i.organization_id`,
    select: sql`i.id, i.ref, i.tenant_id, i.organization_id, o.name as organization_name, i.scope::text as scope, i.kind,
      i.title, i.severity, i.state, i.opened_at, i.closed_at, person_of(i.closed_by, i.scope) as closed_by, ${TIMELINE} as timeline,
      (select count(*) from incident_device x where x.incident_id = i.id and ${tx.visible('x')}) as device_count,
      (select count(*) from finding f where f.incident_id = i.id and ${tx.visible('f')}) as finding_count,
      (select coalesce(array_agg(distinct t order by t), '{}') from finding f, unnest(f.techniques) as t
        where f.incident_id = i.id and ${tx.visible('f')}) as techniques,
      (select coalesce(jsonb_agg(jsonb_build_object('id', shown.id, 'name', shown.name)), '[]') from (
        select d.id, d.name from incident_device x join device d on d.id = x.device_id
        where x.incident_id = i.id and ${tx.visible('x')} and ${tx.visible('d')}
        order by d.name, d.id limit ${DEVICES_SHOWN_MAX}) shown) as devices`,
    id: sql`i.id`,
    words: [sql`i.title`, sql`i.ref`],
    defaultSort: '-openedAt',
  };
}

/** The incidents inside one transaction. */
export function incidentRepository(tx: Transaction) {
  const source = sourceOf(tx);
  return {
    list: (query: ListQuery, settings: ListSettings): Promise<Page<IncidentRow>> =>
      listRows<IncidentRow>(tx, { ...source, where: tx.visible('i') }, { query, settings }),
    find: (id: string): Promise<IncidentRow | undefined> =>
      tx.row(
        sql<IncidentRow>`select ${source.select} ${source.from} where i.id = ${id} and ${tx.visible('i')}`,
      ),
    update: (
      id: string,
      change: Pick<IncidentRow, 'state' | 'closed_by'> & {
        readonly text: string;
        readonly by: string;
        readonly at: number;
      },
    ): Promise<number> =>
      tx.run(sql`update incident i set state = ${change.state}, closed_by = ${change.closed_by},
        closed_at = case when ${change.state} = 'closed' then ${new Date(change.at)}::timestamptz end,
        timeline = ${withEntry(change.text, change.at, change.by)}
        where i.id = ${id} and ${tx.visible('i')}`),
  };
}

/** Opens incidents, in a transaction with the workers' rights. */
export function incidentOpener(tx: Transaction) {
  return { openRow, openMany, addDevices, extend };

  /** Opens an incident, or joins the one that is open for the same cause. */
  async function openRow(incident: NewIncident): Promise<OpenedIncident> {
    const [opened] = await openMany([incident]);
    if (!opened) throw new Error('an incident was neither opened nor joined');
    return opened;
  }

  /** As `openRow`, for many that have causes of their own. */
  async function openMany(incidents: readonly NewIncident[]): Promise<OpenedIncident[]> {
    return tx.rows(sql<OpenedIncident>`
      insert into incident as i (id, tenant_id, organization_id, scope, kind, dedupe_key, title, severity, state,
        opened_at, timeline)
      select r.id, r.tenant_id, r.organization_id, r.scope::ltree, r.kind, r.dedupe_key, r.title, r.severity, 'open',
        r.opened_at, r.timeline
      from jsonb_to_recordset(${JSON.stringify(incidents.map((one) => recordOf(one)))}::jsonb) as r (
        id uuid, tenant_id uuid, organization_id uuid, scope text, kind text, dedupe_key text, title text,
        severity smallint, opened_at timestamptz, timeline jsonb)
      order by r.tenant_id, r.dedupe_key
      on conflict (tenant_id, dedupe_key) where state <> 'closed' do update set
        severity = greatest(i.severity, excluded.severity),
        timeline = case when i.timeline -> -1 ->> 'text' = excluded.timeline -> 0 ->> 'text' then i.timeline
          else ${bounded} || excluded.timeline end
      returning i.id, i.dedupe_key as "dedupeKey", i.tenant_id as "tenantId", i.scope::text as scope,
        i.xmax = 0 as "isNew"`);
  }

  /** Adds devices to incidents; those that are in already stay as they are. */
  async function addDevices(
    pairs: readonly { readonly incidentId: string; readonly deviceId: string }[],
  ): Promise<void> {
    await tx.run(sql`
      insert into incident_device (incident_id, device_id, tenant_id, scope)
      select p.incident_id, d.id, d.tenant_id, d.scope
      from unnest(${pairs.map(({ incidentId }) => incidentId)}::uuid[],
        ${pairs.map(({ deviceId }) => deviceId)}::uuid[]) as p (incident_id, device_id)
      join device d on d.id = p.device_id
      order by p.incident_id, d.id
      on conflict do nothing`);
  }

  /** Adds an entry to an incident, which becomes at least this grave and holds this scope. */
  async function extend(
    id: string,
    given: {
      readonly scope: string;
      readonly severity: number;
      readonly text: string;
      readonly at: number;
    },
  ): Promise<Pick<OpenedIncident, 'tenantId' | 'scope'> | undefined> {
    const entry = entryOf(given.text, given.at).text;
    return tx.row(sql<Pick<OpenedIncident, 'tenantId' | 'scope'>>`update incident i set
        scope = case when ${given.scope}::ltree <@ i.scope then i.scope
          else coalesce(lca(i.scope || 'x', ${given.scope}::ltree || 'x'), i.scope) end,
        severity = greatest(i.severity, ${given.severity}),
        timeline = case when i.timeline -> -1 ->> 'text' = ${entry} then i.timeline else ${withEntry(entry, given.at)} end
      where i.id = ${id} returning i.tenant_id as "tenantId", i.scope::text as scope`);
  }
}

/** The timeline with room for one more: the first entry says how it began and always stays. */
const bounded = sql`(case when jsonb_array_length(i.timeline) >= ${TIMELINE_MAX} then i.timeline - 1 else i.timeline end)`;

/** The timeline of `incident i` with an entry added. */
export function withEntry(text: string, at: number, by?: string): RawBuilder<unknown> {
  return sql`${bounded} || ${JSON.stringify([entryOf(text, at, by)])}::jsonb`;
}

function hasSeverity(word: string): RawBuilder<boolean> {
  return sql<boolean>`i.severity = ${Severity.options.findIndex((option) => option === word)}`;
}

function recordOf(incident: NewIncident) {
  return {
    id: incident.id,
    tenant_id: incident.tenantId,
    organization_id: incident.organizationId,
    scope: incident.scope,
    kind: incident.kind,
    dedupe_key: incident.dedupeKey,
    title: incident.title,
    severity: Severity.options.indexOf(incident.severity),
    opened_at: new Date(incident.at).toISOString(),
    timeline: [entryOf(incident.note, incident.at)],
  };
}
