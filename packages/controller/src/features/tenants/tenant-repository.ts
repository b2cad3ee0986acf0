import { sql } from 'kysely';
import { tenantFields, type ListQuery, type Page } from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';
import { listRows, type ListSettings, type ListSource } from '../../platform/list.ts';
import { LICENCE_OF_TENANT } from './licence-repository.ts';
import { COUNTS, type CountColumns } from './node-repository.ts';

export interface TenantRow extends CountColumns {
  readonly id: string;
  readonly scope: string;
  readonly name: string;
  readonly is_support_access_on: boolean;
  readonly is_suspended: boolean;
  readonly seats_used: number;
  readonly created_at: number;
  readonly seats: number | null;
  readonly valid_from: number | null;
  readonly valid_until: number | null;
  readonly grace_days: number | null;
  readonly organizations: number;
}

/** What may change in a tenant. */
export interface TenantChange {
  readonly name?: string;
  readonly isSupportAccessOn?: boolean;
  readonly isSuspended?: boolean;
}

interface NewTenantRow {
  readonly id: string;
  readonly scope: string;
  readonly name: string;
  readonly publicKey: string;
}

const TENANTS: Omit<ListSource, 'where'> = {
  noun: 'tenants',
  fields: tenantFields,
  columns: {
    name: { value: sql`t.name`, type: 'text' },
    createdAt: { value: sql`t.created_at`, type: 'timestamptz' },
    suspended: { value: sql`t.is_suspended`, type: 'bool' },
    licenceValidUntil: {
      value: sql`coalesce(l.valid_until, 'epoch'::timestamptz)`,
      type: 'timestamptz',
    },
    seatsUsed: { value: sql`t.seats_used`, type: 'int' },
  },
  from: sql`from tenant t ${LICENCE_OF_TENANT}
    cross join lateral scope_counts(array[t.scope]) c`,
  select: sql`t.id, t.scope::text as scope, t.name, t.is_support_access_on, t.is_suspended,
    t.seats_used, t.created_at, l.seats, l.valid_from, l.valid_until, l.grace_days,
    (select count(*) from organization o where o.tenant_id = t.id) as organizations, ${COUNTS}`,
  id: sql`t.id`,
  words: [sql`t.name`],
  defaultSort: 'name',
};

/** The rows of tenants inside one transaction. */
export function tenantRepository(tx: Transaction) {
  return {
    list: (query: ListQuery, settings: ListSettings): Promise<Page<TenantRow>> =>
      listRows<TenantRow>(tx, { ...TENANTS, where: tx.visible('t') }, { query, settings }),
    find: (id: string) =>
      tx.row(
        sql<TenantRow>`select ${TENANTS.select} ${TENANTS.from}
          where t.id = ${id} and ${tx.visible('t')}`,
      ),
    publicKeyOf: async (id: string): Promise<string | undefined> => {
      const row = await tx.row(
        sql<{
          key: string;
        }>`select t.public_key as key from tenant t where t.id = ${id} and ${tx.visible('t')}`,
      );
      return row?.key;
    },
    insert: (row: NewTenantRow) =>
      tx.run(sql`insert into tenant (id, scope, name, public_key)
        values (${row.id}, ${row.scope}::ltree, ${row.name}, ${row.publicKey})`),
    update: (id: string, change: TenantChange) =>
      tx.run(sql`update tenant t set name = coalesce(${change.name ?? null}, name),
        is_support_access_on = coalesce(${change.isSupportAccessOn ?? null}, is_support_access_on),
        is_suspended = coalesce(${change.isSuspended ?? null}, is_suspended), version = version + 1
        where id = ${id} and ${tx.visible('t')}`),
    delete: (id: string) =>
      tx.run(sql`delete from tenant t where id = ${id} and ${tx.visible('t')}`),
    async countOrganizations(tenantId: string): Promise<number> {
      const row = await tx.row(
        sql<{ count: number }>`select count(*) as count from organization
          where tenant_id = ${tenantId}`,
      );
      return row?.count ?? 0;
    },
  };
}
