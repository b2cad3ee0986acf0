import { sql } from 'kysely';
import type { Json } from '@wardgrid/base';
import {
  conflictFields,
  type ConflictKind,
  type ConflictState,
  type ListQuery,
  type Page,
} from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';
import { listRows, type ListSettings, type ListSource } from '../../../platform/list.ts';
import { NOUN_OF } from '../nouns.ts';

export interface ConflictRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly scope: string;
  readonly at: number;
  readonly kind: ConflictKind;
  readonly reason: string;
  readonly type: string;
  readonly row_id: string;
  readonly entity_name: string | null;
  readonly is_live: boolean;
  readonly controller_id: string;
  readonly controller_name: string | null;
  readonly op_kind: string;
  readonly changed_by: string;
  readonly lost: Readonly<Record<string, Json>>;
  readonly kept: Readonly<Record<string, Json>>;
  /** Both with people told as the reader may know them. */
  readonly lost_told: Readonly<Record<string, Json>>;
  readonly kept_told: Readonly<Record<string, Json>>;
  readonly state: ConflictState;
  readonly resolved_at: number | null;
  readonly resolved_by: string | null;
}

/** What things are called, by type: of those without a name, what tells them apart. */
const NAMES: Readonly<Record<string, string>> = {
  tenant: 'name',
  controller: 'name',
  organization: 'name',
  device_group: 'name',
  account: 'email',
  enrolment_key: 'name',
  device: 'name',
  discovery_network: 'cidr',
  discovery_asset: 'ip',
  policy: 'name',
  rule_switch: 'rule_id',
  rule_exception: 'reason',
  rule_set: 'name',
  finding: 'title',
  incident: 'title',
  quarantine_entry: 'path',
  job: 'kind',
};

/** The thing itself, if the reader sees it; each look-up is by the key of one table. */
const ENTITY = sql`left join lateral (${sql.join(
  Object.entries(NAMES).map(
    ([type, column]) =>
      sql`select ${sql.ref(`t.${column}`)}::text as name from ${sql.table(type)} t
        where c.type = ${sql.lit(type)} and t.id = case when c.type = ${sql.lit(type)} then c.row_id::uuid end`,
  ),
  sql` union all `,
)} limit 1) e on true`;

const NOUN = sql`case c.type ${sql.join(
  Object.entries(NOUN_OF).map(
    ([type, { noun }]) => sql`when ${sql.lit(type)} then ${sql.lit(noun)}`,
  ),
  sql` `,
)} else c.type end`;

/** The controller that wrote it; the cloud goes by the tenant's id on the chain. */
const NODE = sql`case c.node when 'cloud' then c.tenant_id else c.node::uuid end`;

const source: Omit<ListSource, 'where'> = {
  noun: 'conflicts',
  fields: conflictFields,
  columns: {
    at: { value: sql`c.at`, type: 'timestamptz' },
    kind: { value: sql`c.kind`, type: 'text' },
    reason: { value: sql`c.reason`, type: 'text' },
    noun: { value: NOUN, type: 'text' },
    state: { value: sql`c.state`, type: 'text' },
    controllerId: { value: sql`(${NODE})::text`, type: 'text' },
    entityId: { value: sql`c.row_id`, type: 'text' },
    changedBy: { value: sql`person_of(c.changed_by, c.scope)`, type: 'text' },
  },
  from: sql`from sync_conflict c ${ENTITY} left join controller n on n.id = ${NODE}`,
  select: sql`c.id, c.tenant_id, c.scope::text as scope, c.at, c.kind, c.reason, c.type, c.row_id, e.name as entity_name,
    e.name is not null as is_live, ${NODE} as controller_id, n.name as controller_name, c.op_kind,
    person_of(c.changed_by, c.scope) as changed_by, c.lost,
    c.kept, people_in(c.lost, c.scope) as lost_told, people_in(c.kept, c.scope) as kept_told, c.state, c.resolved_at,
    person_of(c.resolved_by, c.scope) as resolved_by`,
  id: sql`c.id`,
  words: [sql`e.name`, sql`person_of(c.changed_by, c.scope)`],
  defaultSort: '-at',
};

/** Changes that did not come to stand, for people. */
export function conflictRepository(tx: Transaction) {
  return {
    list: (query: ListQuery, settings: ListSettings): Promise<Page<ConflictRow>> =>
      listRows<ConflictRow>(tx, { ...source, where: tx.visible('c') }, { query, settings }),
    find: (id: string): Promise<ConflictRow | undefined> =>
      tx.row(
        sql<ConflictRow>`select ${source.select} ${source.from} where c.id = ${id} and ${tx.visible('c')}`,
      ),
    /** 0 when somebody else was faster. */
    resolve: (
      id: string,
      given: { readonly state: ConflictState; readonly at: number; readonly by: string },
    ): Promise<number> =>
      tx.run(sql`update sync_conflict set state = ${given.state}, resolved_at = ${new Date(given.at)}, resolved_by = ${given.by}
        where id = ${id} and state = 'open'`),
  };
}

/** Name of a version that was not in force. */
const LOST_MARK = ' (lost)';
/** Characters that are left of the name for it: of the 120 that a name may have. */
const LOST_NAME_MAX = 110;

/**
 * Keeps what lost of policies as versions of them, each once: behind the one in force, which then is
 * the newest again. How many.
 */
export function keepLostPolicies(tx: Transaction, limit: number): Promise<number> {
  return tx.run(sql`with lost as (
      select distinct on (c.row_id) c.id, p.id as policy_id, p.version, c.lost from sync_conflict c
      join policy p on p.id = case when c.type = 'policy' then c.row_id::uuid end
      where c.type = 'policy' and c.kept_version is null and c.state = 'open' and c.lost ? 'fields' and c.lost ? 'name'
      order by c.row_id, c.at limit ${limit}
    ), noted as (
      update sync_conflict c set kept_version = l.version + 1 from lost l where c.id = l.id
    ), raised as (
      update policy p set version = l.version + 2 from lost l where p.id = l.policy_id
      returning p.id, p.version, p.tenant_id, p.scope, p.name, p.fields, p.locks, p.changed_at, p.changed_by
    ), versions as (
      select r.id, r.version - 1 as version, r.tenant_id, r.scope, left(l.lost ->> 'name', ${LOST_NAME_MAX}) || ${LOST_MARK} as name,
        l.lost -> 'fields' as fields, array(select jsonb_array_elements_text(coalesce(l.lost -> 'locks', '[]'))) as locks,
        coalesce((l.lost ->> 'changed_at')::timestamptz, r.changed_at) as changed_at, coalesce(l.lost ->> 'changed_by', '') as changed_by
      from raised r join lost l on l.policy_id = r.id
      union all select * from raised
    )
    insert into policy_version (policy_id, version, tenant_id, scope, name, fields, locks, changed_at, changed_by)
    select * from versions on conflict do nothing`);
}
