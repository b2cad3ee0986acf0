import { sql } from 'kysely';
import { organizationFields, type ListQuery, type Page } from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';
import { listRows, type ListSettings, type ListSource } from '../../platform/list.ts';
import { COUNTS, type CountColumns } from './node-repository.ts';

export interface OrganizationRow extends CountColumns {
  readonly id: string;
  readonly tenant_id: string;
  readonly tenant_name: string;
  readonly name: string;
  readonly scope: string;
  readonly created_at: number;
  readonly groups: number;
}

interface NewOrganizationRow {
  readonly id: string;
  readonly tenantId: string;
  readonly scope: string;
  readonly name: string;
}

const ORGANIZATIONS: Omit<ListSource, 'where'> = {
  noun: 'organizations',
  fields: organizationFields,
  columns: {
    name: { value: sql`o.name`, type: 'text' },
    tenant: { value: sql`t.name`, type: 'text' },
    createdAt: { value: sql`o.created_at`, type: 'timestamptz' },
  },
  from: sql`from organization o join tenant t on t.id = o.tenant_id
    cross join lateral scope_counts(array[o.scope]) c`,
  select: sql`o.id, o.tenant_id, t.name as tenant_name, o.name, o.scope::text as scope,
    o.created_at, (select count(*) from device_group g where g.organization_id = o.id) as groups,
    ${COUNTS}`,
  id: sql`o.id`,
  words: [sql`o.name`, sql`t.name`],
  defaultSort: 'name',
};

/** The rows of organizations inside one transaction. */
export function organizationRepository(tx: Transaction) {
  return {
    list: (query: ListQuery, settings: ListSettings): Promise<Page<OrganizationRow>> =>
      listRows<OrganizationRow>(
        tx,
        { ...ORGANIZATIONS, where: tx.visible('o') },
        { query, settings },
      ),
    find: (id: string) =>
      tx.row(
        sql<OrganizationRow>`select ${ORGANIZATIONS.select} ${ORGANIZATIONS.from}
          where o.id = ${id} and ${tx.visible('o')}`,
      ),
    insert: (row: NewOrganizationRow) =>
      tx.run(sql`insert into organization (id, tenant_id, scope, name)
        values (${row.id}, ${row.tenantId}, ${row.scope}::ltree, ${row.name})`),
    rename: (id: string, name: string) =>
      tx.run(sql`update organization o set name = ${name}, version = version + 1
        where id = ${id} and ${tx.visible('o')}`),
    delete: (id: string) =>
      tx.run(sql`delete from organization o where id = ${id} and ${tx.visible('o')}`),
  };
}
