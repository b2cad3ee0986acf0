import { sql, type RawBuilder } from 'kysely';
import type { ScopeTarget } from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';

/** A node of the scope tree, or a device, at which something holds. */
export interface TargetPlace {
  readonly tenantId: string;
  readonly organizationId: string | null;
  /** Null of a device: it may leave its group, and what holds for it does not go with that. */
  readonly groupId: string | null;
  readonly deviceId: string | null;
  /** Of the node; of a device, where it lies. */
  readonly scope: string;
  readonly name: string;
}

/** The place of a target, when the transaction may see it. */
export async function findTarget(
  tx: Transaction,
  { kind, id }: ScopeTarget,
): Promise<TargetPlace | undefined> {
  return tx.row(SELECTS[kind](tx, id));
}

const SELECTS: Readonly<
  Record<ScopeTarget['kind'], (tx: Transaction, id: string) => RawBuilder<TargetPlace>>
> = {
  tenant: (tx, id) =>
    sql<TargetPlace>`select t.id as "tenantId", null::uuid as "organizationId", null::uuid as "groupId",
      null::uuid as "deviceId", t.scope::text as scope, t.name from tenant t where t.id = ${id} and ${tx.visible('t')}`,
  organization: (tx, id) =>
    sql<TargetPlace>`select o.tenant_id as "tenantId", o.id as "organizationId", null::uuid as "groupId",
      null::uuid as "deviceId", o.scope::text as scope, o.name from organization o where o.id = ${id} and ${tx.visible('o')}`,
  group: (tx, id) =>
    sql<TargetPlace>`select g.tenant_id as "tenantId", g.organization_id as "organizationId", g.id as "groupId",
      null::uuid as "deviceId", g.scope::text as scope, g.name from device_group g where g.id = ${id} and ${tx.visible('g')}`,
  device: (tx, id) =>
    sql<TargetPlace>`select d.tenant_id as "tenantId", d.organization_id as "organizationId", null::uuid as "groupId",
      d.id as "deviceId", d.scope::text as scope, d.name from device d
      where d.id = ${id} and d.state = 'active' and ${tx.visible('d')}`,
};

/** The kind of a target by the columns of whatever holds there, `p` being its alias. */
export const targetKind = sql`case when p.device_id is not null then 'device' when p.group_id is not null then 'group'
  when p.organization_id is not null then 'organization' else 'tenant' end`;

/** The partners that name a target, and its name. */
export const targetJoins = sql`left join tenant t on t.id = p.tenant_id left join organization o on o.id = p.organization_id
  left join device_group g on g.id = p.group_id left join device d on d.id = p.device_id`;
export const targetName = sql`coalesce(case when p.device_id is not null then d.name when p.group_id is not null then g.name
  when p.organization_id is not null then o.name else t.name end, '')`;
export const targetId = sql`coalesce(p.device_id, p.group_id, p.organization_id, p.tenant_id)`;
