import { sql } from 'kysely';
import { groupFields, type ListQuery, type Page } from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';
import { listRows, type ListSettings, type ListSource } from '../../platform/list.ts';
import { COUNTS, type CountColumns } from './node-repository.ts';

export interface GroupRow extends CountColumns {
  readonly id: string;
  readonly tenant_id: string;
  readonly organization_id: string;
  readonly organization_name: string;
  readonly parent_id: string | null;
  readonly name: string;
  readonly scope: string;
  readonly created_at: number;
}

interface NewGroupRow {
  readonly id: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly parentId: string | null;
  readonly scope: string;
  readonly name: string;
}

const GROUPS: Omit<ListSource, 'where'> = {
  noun: 'groups',
  fields: groupFields,
  columns: {
    name: { value: sql`g.name`, type: 'text' },
    organization: { value: sql`o.name`, type: 'text' },
    organizationId: { value: sql`g.organization_id::text`, type: 'text' },
    createdAt: { value: sql`g.created_at`, type: 'timestamptz' },
  },
  from: sql`from device_group g join organization o on o.id = g.organization_id
    cross join lateral scope_counts(array[g.scope]) c`,
  select: sql`g.id, g.tenant_id, g.organization_id, o.name as organization_name, g.parent_id,
    g.name, g.scope::text as scope, g.created_at, ${COUNTS}`,
  id: sql`g.id`,
  words: [sql`g.name`, sql`o.name`],
  defaultSort: 'name',
};

/** The rows of groups inside one transaction. */
export function groupRepository(tx: Transaction) {
  return {
    list: (query: ListQuery, settings: ListSettings): Promise<Page<GroupRow>> =>
      listRows<GroupRow>(tx, { ...GROUPS, where: tx.visible('g') }, { query, settings }),
    find: (id: string) =>
      tx.row(
        sql<GroupRow>`select ${GROUPS.select} ${GROUPS.from}
          where g.id = ${id} and ${tx.visible('g')}`,
      ),
    insert: (row: NewGroupRow) =>
      tx.run(sql`insert into device_group (id, tenant_id, organization_id, parent_id, scope, name)
        values (${row.id}, ${row.tenantId}, ${row.organizationId}, ${row.parentId},
          ${row.scope}::ltree, ${row.name})`),
    rename: (id: string, name: string) =>
      tx.run(sql`update device_group g set name = ${name}, version = version + 1
        where id = ${id} and ${tx.visible('g')}`),
    setParent: (id: string, parentId: string | null) =>
      tx.run(sql`update device_group g set parent_id = ${parentId}, version = version + 1
        where id = ${id} and ${tx.visible('g')}`),
    delete: (id: string) =>
      tx.run(sql`delete from device_group g where id = ${id} and ${tx.visible('g')}`),
    /** Keeps moves inside one organization apart: two at once could make a cycle. */
    lockOrganization: (organizationId: string) =>
      tx.rows(sql`select from organization where id = ${organizationId} for update`),
    /** How many levels the deepest group at or below a scope has. */
    async deepestBelow(scope: string): Promise<number> {
      const row = await tx.row(
        sql<{ depth: number | null }>`select max(nlevel(scope)) as depth from device_group
          where scope <@ ${scope}::ltree`,
      );
      return row?.depth ?? 0;
    },
  };
}
