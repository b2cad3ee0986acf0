import { sql } from 'kysely';
import type { LicenceState, Severity, SignedEnvelope } from '@wardgrid/wire';
import { Severity as SeverityWord } from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';
import { listRows, type ListSettings, type ListSource } from '../../platform/list.ts';
import {
  groupFields,
  organizationFields,
  tenantFields,
  type ListQuery,
  type Page,
  type ScopeCounts,
} from '@wardgrid/wire';

/** A node of the scope tree, as other features need it. */
export interface ScopeNode {
  readonly id: string;
  readonly tenantId: string;
  readonly scope: string;
  readonly name: string;
}

interface CountColumns {
  readonly devices: number;
  readonly online: number;
  readonly open_findings: number;
  readonly open_incidents: number;
  readonly worst_severity: number | null;
}

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

export interface LicenceRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly scope: string;
  readonly envelope: SignedEnvelope;
  readonly features: string[];
  readonly seats: number;
  readonly seats_used: number;
  readonly is_suspended: boolean;
  readonly valid_from: number;
  readonly valid_until: number;
  readonly grace_days: number;
  readonly issued_at: number;
}

export interface OrganizationRow extends CountColumns {
  readonly id: string;
  readonly tenant_id: string;
  readonly tenant_name: string;
  readonly name: string;
  readonly scope: string;
  readonly created_at: number;
  readonly groups: number;
}

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

/** The wire shape of aggregates. */
export function countsOf(row: CountColumns): ScopeCounts {
  return {
    devices: row.devices,
    online: row.online,
    openFindings: row.open_findings,
    openIncidents: row.open_incidents,
    worstSeverity: row.worst_severity === null ? null : severityOf(row.worst_severity),
  };
}

function severityOf(rank: number): Severity | null {
  return SeverityWord.options[rank] ?? null;
}

const COUNTS = sql`c.devices, c.online, c.open_findings, c.open_incidents, c.worst_severity`;

/** Where a licence stands is computed from these by `licenceStateAt`, never stored. */
export type { LicenceState };

/** The scope tree's rows inside one transaction. */
export function tenantRepository(tx: Transaction) {
  const tenants: Omit<ListSource, 'where'> = {
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
    from: sql`from tenant t left join licence l on l.tenant_id = t.id and l.is_current
      cross join lateral scope_counts(array[t.scope]) c`,
    select: sql`t.id, t.scope::text as scope, t.name, t.is_support_access_on, t.is_suspended, t.seats_used, t.created_at,
      l.seats, l.valid_from, l.valid_until, l.grace_days,
      (select count(*) from organization o where o.tenant_id = t.id) as organizations, ${COUNTS}`,
    id: sql`t.id`,
    words: [sql`t.name`],
    defaultSort: 'name',
  };
  const organizations: Omit<ListSource, 'where'> = {
    noun: 'organizations',
    fields: organizationFields,
    columns: {
      name: { value: sql`o.name`, type: 'text' },
      tenant: { value: sql`t.name`, type: 'text' },
      createdAt: { value: sql`o.created_at`, type: 'timestamptz' },
    },
    from: sql`from organization o join tenant t on t.id = o.tenant_id cross join lateral scope_counts(array[o.scope]) c`,
    select: sql`o.id, o.tenant_id, t.name as tenant_name, o.name, o.scope::text as scope, o.created_at,
      (select count(*) from device_group g where g.organization_id = o.id) as groups, ${COUNTS}`,
    id: sql`o.id`,
    words: [sql`o.name`, sql`t.name`],
    defaultSort: 'name',
  };
  const groups: Omit<ListSource, 'where'> = {
    noun: 'groups',
    fields: groupFields,
    columns: {
      name: { value: sql`g.name`, type: 'text' },
      organization: { value: sql`o.name`, type: 'text' },
      organizationId: { value: sql`g.organization_id::text`, type: 'text' },
      createdAt: { value: sql`g.created_at`, type: 'timestamptz' },
    },
    from: sql`from device_group g join organization o on o.id = g.organization_id cross join lateral scope_counts(array[g.scope]) c`,
    select: sql`g.id, g.tenant_id, g.organization_id, o.name as organization_name, g.parent_id, g.name, g.scope::text as scope,
      g.created_at, ${COUNTS}`,
    id: sql`g.id`,
    words: [sql`g.name`, sql`o.name`],
    defaultSort: 'name',
  };

  return {
    listTenants: (query: ListQuery, settings: ListSettings): Promise<Page<TenantRow>> =>
      listRows<TenantRow>(tx, { ...tenants, where: tx.visible('t') }, { query, settings }),
    findTenant: (id: string) =>
      tx.row(
        sql<TenantRow>`select ${tenants.select} ${tenants.from} where t.id = ${id} and ${tx.visible('t')}`,
      ),
    insertTenant: (row: { id: string; scope: string; name: string; publicKey: string }) =>
      tx.run(
        sql`insert into tenant (id, scope, name, public_key) values (${row.id}, ${row.scope}::ltree, ${row.name}, ${row.publicKey})`,
      ),
    updateTenant: (
      id: string,
      change: { name?: string; isSupportAccessOn?: boolean; isSuspended?: boolean },
    ) =>
      tx.run(sql`update tenant t set name = coalesce(${change.name ?? null}, name),
        is_support_access_on = coalesce(${change.isSupportAccessOn ?? null}, is_support_access_on),
        is_suspended = coalesce(${change.isSuspended ?? null}, is_suspended), version = version + 1
        where id = ${id} and ${tx.visible('t')}`),
    deleteTenant: (id: string) =>
      tx.run(sql`delete from tenant t where id = ${id} and ${tx.visible('t')}`),
    countOrganizations: async (tenantId: string) =>
      (
        await tx.row(
          sql<{
            count: number;
          }>`select count(*) as count from organization where tenant_id = ${tenantId}`,
        )
      )?.count ?? 0,

    findLicence: (tenantId: string) =>
      tx.row(sql<LicenceRow>`select l.id, l.tenant_id, l.scope::text as scope, l.envelope, l.features, l.seats, t.seats_used,
        t.is_suspended, l.valid_from, l.valid_until, l.grace_days, l.issued_at
        from licence l join tenant t on t.id = l.tenant_id where l.tenant_id = ${tenantId} and l.is_current and ${tx.visible('l')}`),
    async replaceLicence(row: Omit<LicenceRow, 'seats_used' | 'is_suspended'>) {
      await tx.run(
        sql`update licence l set is_current = false where tenant_id = ${row.tenant_id} and is_current and ${tx.visible('l')}`,
      );
      await tx.run(sql`insert into licence (id, tenant_id, scope, envelope, features, seats, valid_from, valid_until, grace_days, issued_at)
        values (${row.id}, ${row.tenant_id}, ${row.scope}::ltree, ${JSON.stringify(row.envelope)}::jsonb, ${row.features}, ${row.seats},
          ${new Date(row.valid_from)}, ${new Date(row.valid_until)}, ${row.grace_days}, ${new Date(row.issued_at)})`);
    },
    deleteLicences: (tenantId: string) =>
      tx.run(sql`delete from licence l where tenant_id = ${tenantId} and ${tx.visible('l')}`),

    listOrganizations: (query: ListQuery, settings: ListSettings): Promise<Page<OrganizationRow>> =>
      listRows<OrganizationRow>(
        tx,
        { ...organizations, where: tx.visible('o') },
        { query, settings },
      ),
    findOrganization: (id: string) =>
      tx.row(
        sql<OrganizationRow>`select ${organizations.select} ${organizations.from} where o.id = ${id} and ${tx.visible('o')}`,
      ),
    insertOrganization: (row: { id: string; tenantId: string; scope: string; name: string }) =>
      tx.run(
        sql`insert into organization (id, tenant_id, scope, name) values (${row.id}, ${row.tenantId}, ${row.scope}::ltree, ${row.name})`,
      ),
    renameOrganization: (id: string, name: string) =>
      tx.run(
        sql`update organization o set name = ${name}, version = version + 1 where id = ${id} and ${tx.visible('o')}`,
      ),
    deleteOrganization: (id: string) =>
      tx.run(sql`delete from organization o where id = ${id} and ${tx.visible('o')}`),
    /** Whether anything still lives below a scope, however deep. */
    async isEmptyBelow(scope: string) {
      const row = await tx.row(sql<{
        devices: number;
        groups: number;
        accounts: number;
      }>`select c.devices,
        (select count(*) from device_group g where g.scope <@ ${scope}::ltree and g.scope <> ${scope}::ltree) as groups,
        (select count(*) from account a where a.scope <@ ${scope}::ltree) as accounts
        from scope_counts(array[${scope}::ltree]) c`);
      return (row?.devices ?? 0) + (row?.groups ?? 0) + (row?.accounts ?? 0) === 0;
    },

    listGroups: (query: ListQuery, settings: ListSettings): Promise<Page<GroupRow>> =>
      listRows<GroupRow>(tx, { ...groups, where: tx.visible('g') }, { query, settings }),
    findGroup: (id: string) =>
      tx.row(
        sql<GroupRow>`select ${groups.select} ${groups.from} where g.id = ${id} and ${tx.visible('g')}`,
      ),
    insertGroup: (row: {
      id: string;
      tenantId: string;
      organizationId: string;
      parentId: string | null;
      scope: string;
      name: string;
    }) =>
      tx.run(sql`insert into device_group (id, tenant_id, organization_id, parent_id, scope, name)
        values (${row.id}, ${row.tenantId}, ${row.organizationId}, ${row.parentId}, ${row.scope}::ltree, ${row.name})`),
    updateGroup: (id: string, change: { name?: string }) =>
      tx.run(sql`update device_group g set name = coalesce(${change.name ?? null}, name), version = version + 1
        where id = ${id} and ${tx.visible('g')}`),
    deleteGroup: (id: string) =>
      tx.run(sql`delete from device_group g where id = ${id} and ${tx.visible('g')}`),
    deepestBelow: async (scope: string) =>
      (
        await tx.row(
          sql<{
            depth: number;
          }>`select max(nlevel(scope)) as depth from device_group where scope <@ ${scope}::ltree`,
        )
      )?.depth ?? 0,
    setGroupParent: (id: string, parentId: string | null) =>
      tx.run(
        sql`update device_group g set parent_id = ${parentId}, version = version + 1 where id = ${id} and ${tx.visible('g')}`,
      ),
  };
}

/** A node by its scope path, if the transaction may see it. */
export async function findNode(tx: Transaction, scope: string): Promise<ScopeNode | undefined> {
  return tx.row(sql<ScopeNode>`
    select id, tenant_id as "tenantId", scope::text as scope, name from (
      select id, tenant_id, scope, name from tenant
      union all select id, tenant_id, scope, name from organization
      union all select id, tenant_id, scope, name from device_group
    ) n where n.scope = ${scope}::ltree and ${tx.visible('n')}`);
}

/** The name of a scope's node, for showing to somebody who belongs there. */
export async function nameOfScope(tx: Transaction, scope: string): Promise<string> {
  if (scope === '') return 'Platform';
  const node = await tx.row(sql<{ name: string }>`
    select name from tenant where scope = ${scope}::ltree
    union all select name from organization where scope = ${scope}::ltree
    union all select name from device_group where scope = ${scope}::ltree`);
  return node?.name ?? '';
}

/** Moves a scope's whole subtree, in every table that carries scopes. Runs with the workers' rights. */
export async function moveSubtree(
  tx: Transaction,
  fromScope: string,
  toScope: string,
): Promise<void> {
  const tables = [
    'device_group',
    'device',
    'device_presence',
    'device_inventory',
    'enrolment_key',
    'job',
    'discovery_network',
    'discovery_asset',
    'discovery_port',
    'finding',
    'incident',
    'incident_device',
  ];
  for (const table of tables) {
    await tx.run(sql`update ${sql.table(table)} set scope = ${toScope}::ltree || case
        when scope = ${fromScope}::ltree then ''::ltree else subpath(scope, nlevel(${fromScope}::ltree)) end
      where scope <@ ${fromScope}::ltree`);
  }
}
