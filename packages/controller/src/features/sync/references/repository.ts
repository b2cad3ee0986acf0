import { sql, type RawBuilder } from 'kysely';
import { idMappingFields, type ListQuery, type Page } from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';
import { listRows, type ListSettings, type ListSource } from '../../../platform/list.ts';
import { NOUN_OF } from '../nouns.ts';
import type { SyncType } from '../types/index.ts';

export interface ReferenceRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly scope: string;
  readonly type: string;
  readonly given: string;
  readonly row_id: string;
  readonly provisional_ref: string | null;
  readonly ref: string | null;
  readonly is_merged: boolean;
  readonly at: number;
}

const NOUN = sql`case f.type ${sql.join(
  Object.entries(NOUN_OF).map(
    ([type, { noun }]) => sql`when ${sql.lit(type)} then ${sql.lit(noun)}`,
  ),
  sql` `,
)} else f.type end`;

const source: Omit<ListSource, 'where'> = {
  noun: 'id-mappings',
  fields: idMappingFields,
  columns: {
    at: { value: sql`f.at`, type: 'timestamptz' },
    noun: { value: NOUN, type: 'text' },
    given: { value: sql`f.given`, type: 'text' },
    entityId: { value: sql`f.row_id`, type: 'text' },
    ref: { value: sql`coalesce(f.ref, '')`, type: 'text' },
    provisionalRef: { value: sql`coalesce(f.provisional_ref, '')`, type: 'text' },
  },
  from: sql`from sync_reference f`,
  select: sql`f.id, f.tenant_id, f.scope::text as scope, f.type, f.given, f.row_id, f.provisional_ref, f.ref, f.is_merged, f.at`,
  id: sql`f.id`,
  words: [sql`f.ref`, sql`f.provisional_ref`, sql`f.given`],
  defaultSort: '-at',
};

/** Ids and references that became others, for people. */
export function referenceRepository(tx: Transaction) {
  return {
    list: (query: ListQuery, settings: ListSettings): Promise<Page<ReferenceRow>> =>
      listRows<ReferenceRow>(tx, { ...source, where: tx.visible('f') }, { query, settings }),
  };
}

/** A thing and what it is called. */
interface GivenName {
  readonly id: string;
  readonly ref: string;
}

function named(names: readonly GivenName[]): RawBuilder<unknown> {
  return sql`unnest(${names.map(({ id }) => id)}::uuid[], ${names.map(({ ref }) => ref)}::text[]) as x (id, ref)`;
}

/** The names that people use, with the rights of the exchange. */
export function referenceStore(tx: Transaction) {
  return {
    /** Gives rows the references that the cloud gave them. */
    note: (type: SyncType, limit: number): Promise<number> =>
      tx.run(sql`with given as (
          update ${sql.table(type.name)} t set ref = r.ref
          from sync_row r where r.tenant_id = t.tenant_id and r.row_id = t.id::text and r.ref is not null
            and t.id in (select id from ${sql.table(type.name)} where (ref is null or ref like '~%')
              and tenant_id in (select tenant_id from sync_tenant) limit ${limit})
          returning t.tenant_id, t.id, t.ref
        ) select count(*) from given`),
    /** Gives rows these names. */
    give: (type: SyncType, names: readonly GivenName[]): Promise<number> =>
      tx.run(
        sql`update ${sql.table(type.name)} t set ref = x.ref from ${named(names)}
          where t.id = x.id and t.ref is distinct from x.ref`,
        `sync references give ${type.name}`,
      ),
    /** Notes names that others take the place of, so that whoever has the old one still finds the thing. */
    noteReplaced: (type: SyncType, names: readonly GivenName[]): Promise<number> =>
      tx.run(
        sql`insert into sync_reference (tenant_id, scope, type, row_id, given, provisional_ref, ref)
          select t.tenant_id, t.scope, ${type.name}, t.id::text, t.ref, t.ref, x.ref
          from ${named(names)} join ${sql.table(type.name)} t on t.id = x.id
          where t.ref not like '~%' and t.ref <> x.ref on conflict do nothing`,
        `sync references replaced ${type.name}`,
      ),
    /** What was provisional and is no longer. */
    settle: (type: SyncType): Promise<number> =>
      tx.run(sql`update sync_reference f set ref = t.ref from ${sql.table(type.name)} t
        where f.type = ${type.name} and f.ref is null and t.id::text = f.row_id and t.tenant_id = f.tenant_id
          and t.ref is not null and t.ref not like '~%'`),
    /** Names for rows that the cloud has not heard of: counted, never by time, so that none comes twice. */
    makeProvisional: (type: SyncType, code: string, limit: number): Promise<number> =>
      tx.run(sql`with fresh as (
          select t.id, t.tenant_id, t.scope, row_number() over (partition by t.tenant_id order by t.id) as place
          from ${sql.table(type.name)} t join sync_tenant s on s.tenant_id = t.tenant_id
          where t.ref is null limit ${limit}
        ), made as (
          insert into sync_reference (tenant_id, scope, type, row_id, given, provisional_ref)
          select f.tenant_id, f.scope, ${type.name}, f.id::text, f.id::text,
            ${`~${code}-`}::text || lpad(n.number, greatest(4, length(n.number)), '0')
          from fresh f cross join lateral (select (f.place + count(*))::text as number from sync_reference k
            where k.tenant_id = f.tenant_id and k.provisional_ref is not null) n
          on conflict do nothing returning row_id, provisional_ref
        )
        update ${sql.table(type.name)} t set ref = m.provisional_ref from made m where t.id = m.row_id::uuid`),
    /** Ids that turned out to be another's. */
    noteMerged: (limit: number): Promise<number> =>
      tx.run(sql`insert into sync_reference (tenant_id, scope, type, row_id, given, is_merged)
        select a.tenant_id, a.scope, r.type, a.to_id, a.from_id, true
        from sync_alias a join sync_row r on r.tenant_id = a.tenant_id and r.row_id = a.to_id
        where not exists (select from sync_reference k where k.tenant_id = a.tenant_id and k.given = a.from_id) limit ${limit}
        on conflict do nothing`),
  };
}
