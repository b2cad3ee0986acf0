import { sql } from 'kysely';
import { Severity, type ScopeCounts } from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';

/** A node of the scope tree, as other features need it. */
export interface ScopeNode {
  readonly id: string;
  readonly tenantId: string;
  readonly scope: string;
  readonly name: string;
}

/** What every list of nodes carries about everything below. */
export interface CountColumns {
  readonly devices: number;
  readonly online: number;
  readonly open_findings: number;
  readonly open_incidents: number;
  readonly worst_severity: number | null;
}

/** The columns of `CountColumns`, where `c` is a row of `scope_counts`. */
export const COUNTS = sql`c.devices, c.online, c.open_findings, c.open_incidents, c.worst_severity`;

/** The wire shape of aggregates. */
export function countsOf(row: CountColumns): ScopeCounts {
  return {
    devices: row.devices,
    online: row.online,
    openFindings: row.open_findings,
    openIncidents: row.open_incidents,
    worstSeverity:
      row.worst_severity === null ? null : (Severity.options[row.worst_severity] ?? null),
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

/** Whether nothing lives below a scope, however deep, whether or not the caller may look there. */
export async function isEmptyBelow(tx: Transaction, scope: string): Promise<boolean> {
  const row = await tx.row(
    sql<{ is_empty: boolean }>`select scope_is_empty(${scope}::ltree) as is_empty`,
  );
  return row?.is_empty ?? false;
}

/** Every table that carries scopes below an organization. */
const SCOPED_TABLES = [
  'device_group',
  'device',
  'device_presence',
  'device_inventory',
  'enrolment_key',
  'account',
  'account_role',
  'job',
  'discovery_network',
  'discovery_asset',
  'discovery_port',
  'finding',
  'finding_detection',
  'incident',
  'incident_device',
  'policy',
  'policy_version',
  'rule_switch',
  'rule_exception',
  'device_protection',
  'quarantine_entry',
  'device_event',
] as const;

/**
 * Moves a scope's whole subtree, in every table that carries scopes. Runs with the workers' rights.
 * Returns the accounts that moved along: what is cached of them is wrong from now on.
 */
export async function moveSubtree(
  tx: Transaction,
  fromScope: string,
  toScope: string,
): Promise<readonly string[]> {
  for (const table of SCOPED_TABLES) {
    await tx.run(sql`update ${sql.table(table)} set scope = ${toScope}::ltree || case
        when scope = ${fromScope}::ltree then ''::ltree else subpath(scope, nlevel(${fromScope}::ltree)) end
      where scope <@ ${fromScope}::ltree`);
  }
  // Other policies hold there.
  await tx.run(sql`update device_link l set is_settings_due = true from device d
    where d.id = l.device_id and d.scope <@ ${toScope}::ltree`);
  const moved = await tx.rows(sql<{ id: string }>`
    select id from account where scope <@ ${toScope}::ltree
    union select account_id from account_role where scope <@ ${toScope}::ltree`);
  return moved.map((row) => row.id);
}

/** Revokes the enrolment keys of a node that goes away: they would enrol into nowhere. */
export async function revokeKeysOf(tx: Transaction, scope: string): Promise<void> {
  await tx.run(sql`update enrolment_key k set revoked_at = now()
    where k.scope = ${scope}::ltree and k.revoked_at is null and ${tx.visible('k')}`);
}
