import { sql, type RawBuilder } from 'kysely';
import {
  findingFields,
  Severity,
  type DeviceFinding,
  type Finding,
  type ListQuery,
  type Page,
} from '@wardgrid/wire';
import type { Changed } from '../../platform/announce.ts';
import type { Transaction } from '../../platform/database.ts';
import { listRows, type ListSettings, type ListSource } from '../../platform/list.ts';
import type { EvidenceFacts, Observation } from './judge.ts';

export interface FindingRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly organization_id: string;
  readonly organization_name: string;
  readonly scope: string;
  readonly rule: string;
  readonly title: string;
  readonly severity: number;
  readonly state: Finding['state'];
  readonly device_id: string | null;
  readonly asset_id: string | null;
  readonly subject: string;
  readonly evidence: EvidenceFacts;
  readonly remedy: string;
  readonly first_seen_at: number;
  readonly last_seen_at: number;
  readonly resolved_at: number | null;
  readonly reopened: number;
  readonly note: string | null;
  readonly category: Finding['category'];
  readonly engine: Finding['engine'];
  readonly confidence: number | null;
  readonly techniques: string[];
  readonly count: number;
  readonly action: Finding['action'];
  readonly incident_id: string | null;
  readonly exception_id: string | null;
  readonly device_name: string | null;
}

/** Where findings are put: the organization of the network that was scanned. */
export interface FindingPlace {
  readonly tenantId: string;
  readonly organizationId: string;
  readonly scope: string;
}

/** A machine's port that a scan looked at; 0 is the machine as a whole. */
export interface ExaminedPort {
  readonly assetId: string;
  readonly port: number;
}

/** A finding that is open about a machine's port. */
export interface OpenFinding extends ExaminedPort {
  readonly id: string;
  readonly dedupeKey: string;
}

/** What a batch did to the list of findings. */
export interface FindingChange {
  readonly id: string;
  readonly verb: 'created' | 'changed';
}

export interface NewFinding extends Observation {
  readonly id: string;
}

const columns: ListSource['columns'] = {
  category: { value: sql`f.category`, type: 'text' },
  engine: { value: sql`coalesce(f.engine, '')`, type: 'text' },
  confidence: { value: sql`coalesce(f.confidence, 0)`, type: 'int' },
  technique: {
    value: sql`f.techniques`,
    type: 'text',
    matches: (value) =>
      sql<boolean>`exists (select from unnest(f.techniques) as t where t = ${value.toUpperCase()} or t like ${value.toUpperCase()} || '.%')`,
  },
  count: { value: sql`f.count`, type: 'float8' },
  device: { value: sql`coalesce(d.name, '')`, type: 'text' },
  incidentId: { value: sql`coalesce(f.incident_id::text, '')`, type: 'text' },
  hidden: { value: sql`(f.exception_id is not null)`, type: 'bool' },
  title: { value: sql`f.title`, type: 'text' },
  rule: { value: sql`f.rule`, type: 'text' },
  severity: { value: sql`f.severity`, type: 'int', matches: hasSeverity },
  state: { value: sql`f.state`, type: 'text' },
  subject: { value: sql`f.subject`, type: 'text' },
  organization: { value: sql`o.name`, type: 'text' },
  deviceId: { value: sql`f.device_id::text`, type: 'text' },
  assetId: { value: sql`f.asset_id::text`, type: 'text' },
  firstSeenAt: { value: sql`f.first_seen_at`, type: 'timestamptz' },
  lastSeenAt: { value: sql`f.last_seen_at`, type: 'timestamptz' },
  reopened: { value: sql`f.reopened`, type: 'int' },
};

const SELECT = sql`f.id, f.tenant_id, f.organization_id, o.name as organization_name, f.scope::text as scope, f.rule,
    f.title, f.severity, f.state, f.device_id, f.asset_id, f.subject, f.evidence, f.remedy, f.first_seen_at,
    f.last_seen_at, f.resolved_at, f.reopened, f.note, f.category, f.engine, f.confidence, f.techniques, f.count,
    f.action, f.incident_id, f.exception_id, d.name as device_name`;

function sourceOf(tx: Transaction): Omit<ListSource, 'where'> {
  return {
    noun: 'findings',
    fields: findingFields,
    columns,
    // A scan's finding lies where its network does, which need not be where the device lies.
    from: sql`from finding f join organization o on o.id = f.organization_id
      left join device d on d.id = f.device_id and ${tx.visible('d')}`,
    select: SELECT,
    id: sql`f.id`,
    words: [sql`f.title`, sql`f.subject`],
    defaultSort: '-lastSeenAt',
  };
}

/** Severities are stored by rank and asked for by word. */
function hasSeverity(word: string): RawBuilder<boolean> {
  return sql<boolean>`f.severity = ${Severity.options.findIndex((option) => option === word)}`;
}

/** The findings inside one transaction. */
export function findingRepository(tx: Transaction) {
  const source = sourceOf(tx);
  return {
    list: (query: ListQuery, settings: ListSettings): Promise<Page<FindingRow>> =>
      listRows<FindingRow>(tx, { ...source, where: tx.visible('f') }, { query, settings }),
    find: (id: string): Promise<FindingRow | undefined> =>
      tx.row(
        sql<FindingRow>`select ${source.select} ${source.from} where f.id = ${id} and ${tx.visible('f')}`,
      ),
    detection: (id: string) =>
      tx.row(
        sql<{
          content: DeviceFinding;
        }>`select c.content from finding_detection c where c.finding_id = ${id} and ${tx.visible('c')}`,
      ),
    update: (
      id: string,
      change: {
        readonly state: Finding['state'];
        readonly note: string | null;
        readonly at: number;
      },
    ): Promise<number> =>
      tx.run(sql`update finding f set state = ${change.state}, note = ${change.note},
        resolved_at = case when ${change.state} = 'resolved' then coalesce(f.resolved_at, ${new Date(change.at)}::timestamptz) end
        where f.id = ${id} and ${tx.visible('f')}`),
  };
}

/** What scans make of the findings, in a transaction with the workers' rights. */
export function findingStore(tx: Transaction) {
  return {
    /** Which of these findings are resolved: seeing them again opens them again. */
    resolvedOf: async (tenantId: string, keys: readonly string[]): Promise<Set<string>> => {
      const rows = await tx.rows(sql<{ id: string }>`select id from finding f
        where f.tenant_id = ${tenantId} and f.dedupe_key = any (${keys}::text[]) and f.state = 'resolved'`);
      return new Set(rows.map(({ id }) => id));
    },

    /** Stores what was observed: new, seen again, or back after it was resolved. Ignored stays ignored. */
    upsert: (
      place: FindingPlace,
      found: readonly NewFinding[],
      at: number,
    ): Promise<{ readonly id: string; readonly isNew: boolean }[]> =>
      tx.rows(sql<{ id: string; isNew: boolean }>`
        insert into finding as f (id, tenant_id, organization_id, scope, rule, dedupe_key, title, severity, state,
          device_id, asset_id, port, subject, evidence, remedy, first_seen_at, last_seen_at)
        select r.id, ${place.tenantId}, ${place.organizationId}, ${place.scope}::ltree, r.rule, r.dedupe_key, r.title,
          r.severity, 'open', r.device_id, r.asset_id, r.port, r.subject, r.evidence, r.remedy,
          ${new Date(at)}, ${new Date(at)}
        from jsonb_to_recordset(${JSON.stringify(found.map((one) => recordOf(one)))}::jsonb) as r (
          id uuid, dedupe_key text, rule text, title text, severity smallint, remedy text, asset_id uuid,
          device_id uuid, port int, subject text, evidence jsonb)
        order by r.dedupe_key
        on conflict (tenant_id, dedupe_key) do update set
          title = excluded.title, severity = excluded.severity, device_id = excluded.device_id,
          subject = excluded.subject, evidence = excluded.evidence, remedy = excluded.remedy,
          last_seen_at = excluded.last_seen_at, resolved_at = null,
          reopened = f.reopened + (f.state = 'resolved')::int,
          state = case when f.state = 'ignored' then 'ignored' else 'open' end
        returning f.id, f.xmax = 0 as "isNew"`),

    /** What is open about machines. */
    openOf: (tenantId: string, assetIds: readonly string[]): Promise<OpenFinding[]> =>
      tx.rows(sql<OpenFinding>`
        select f.id, f.asset_id as "assetId", f.port, f.dedupe_key as "dedupeKey" from finding f
        where f.asset_id = any (${assetIds}::uuid[]) and f.tenant_id = ${tenantId} and f.state = 'open'`),

    /** What is open of an incident. */
    openOfIncident: (incidentId: string): Promise<Changed[]> =>
      tx.rows(sql<Changed>`select f.id, f.tenant_id as "tenantId", f.scope::text as scope from finding f
        where f.incident_id = ${incidentId} and f.state = 'open'`),

    resolve: (ids: readonly string[], at: number): Promise<number> =>
      tx.run(sql`update finding f set state = 'resolved', resolved_at = ${new Date(at)}
        where f.id = any (${ids}::uuid[]) and f.state = 'open'`),

    /** Tells the findings of machines which device they are, or that they are none any more. */
    assign: (assetIds: readonly string[], deviceId: string | null): Promise<number> =>
      tx.run(sql`update finding f set device_id = ${deviceId}::uuid
        where f.asset_id = any (${assetIds}::uuid[]) and f.device_id is distinct from ${deviceId}::uuid`),
  };
}

/** What makes two observations the same finding. */
export function dedupeKeyOf({
  assetId,
  rule,
  port,
}: Pick<Observation, 'assetId' | 'rule' | 'port'>): string {
  return `asset:${assetId}:${rule}:${port}`;
}

function recordOf(finding: NewFinding) {
  return {
    id: finding.id,
    dedupe_key: dedupeKeyOf(finding),
    rule: finding.rule,
    title: finding.title,
    severity: Severity.options.indexOf(finding.severity),
    remedy: finding.remedy,
    asset_id: finding.assetId,
    device_id: finding.deviceId,
    port: finding.port,
    subject: finding.subject,
    evidence: finding.evidence,
  };
}
