import { sql } from 'kysely';
import type { Transaction } from '../../../platform/database.ts';

/** Where a device is moved to. */
export interface Place {
  readonly organizationId: string;
  readonly groupId: string | null;
  readonly tenantId: string;
  readonly scope: string;
}

/** Most tags on a device, as in the contract. */
const TAGS_MAX = 20;

/** Changes that a person makes to devices that the transaction may see. */
export function managementRepository(tx: Transaction) {
  return {
    change: (id: string, change: { readonly name?: string; readonly tags?: readonly string[] }) =>
      tx.run(sql`update device d set name = coalesce(${change.name ?? null}, d.name),
          is_named = d.is_named or ${change.name !== undefined}, tags = coalesce(${change.tags ? [...new Set(change.tags)] : null}::text[], d.tags)
        where d.id = ${id} and ${tx.visible('d')}`),
    changeTags: (
      ids: readonly string[],
      change: { readonly add: readonly string[]; readonly remove: readonly string[] },
    ) =>
      tx.run(sql`update device d set tags = (
          select coalesce((array_agg(distinct tag order by tag))[1:${sql.lit(TAGS_MAX)}], '{}') from unnest(d.tags || ${change.add}::text[]) as tag
          where tag <> all (${change.remove}::text[]))
        where d.id = any (${ids}::uuid[]) and ${tx.visible('d')}`),
    /** An organization that the transaction may see, or a group of one, whether or not it sees that. */
    place: (organizationId: string, groupId: string | null) =>
      tx.row(sql<Place>`select o.id as "organizationId", g.id as "groupId", o.tenant_id as "tenantId",
          coalesce(g.scope, o.scope)::text as scope
        from organization o left join device_group g on g.id = ${groupId}::uuid and g.organization_id = o.id and ${tx.visible('g')}
        where o.id = ${organizationId} and (g.id is not null or ${tx.visible('o')})`),
  };
}

/** What carries the scope of its device, and no organization. */
const DEVICE_TABLES = [
  'device_presence',
  'device_inventory',
  'device_protection',
  'device_event',
  'finding_detection',
  'incident_device',
] as const;

/** What carries the organization of its device as well. */
const PLACED_TABLES = [
  'job',
  'finding',
  'quarantine_entry',
  'policy',
  'rule_switch',
  'rule_exception',
] as const;

/** Changes that touch more than a person may write: with the workers' rights, after the person's were checked. */
export function relocationRepository(tx: Transaction) {
  return {
    /** Moves devices of the place's own tenant, and with them whatever carries their scope; which. */
    async move(ids: readonly string[], place: Place): Promise<string[]> {
      const rows = await tx.rows(sql<{
        id: string;
      }>`update device d set organization_id = ${place.organizationId},
            group_id = ${place.groupId}, scope = ${place.scope}::ltree
          from (select id from device where id = any (${ids}::uuid[]) order by id for update) o
          where d.id = o.id and d.tenant_id = ${place.tenantId} and d.state = 'active'
          returning d.id`);
      const moved = rows.map((row) => row.id);
      for (const table of DEVICE_TABLES) {
        await tx.run(
          sql`update ${sql.table(table)} set scope = ${place.scope}::ltree where device_id = any (${moved}::uuid[])`,
        );
      }
      for (const table of PLACED_TABLES) {
        // What was found of it as a machine of a network lies where the network does.
        const own = table === 'finding' ? sql`and asset_id is null` : sql``;
        await tx.run(sql`update ${sql.table(table)} set scope = ${place.scope}::ltree, organization_id = ${place.organizationId}
          where device_id = any (${moved}::uuid[]) ${own}`);
      }
      await tx.run(sql`update policy_version v set scope = ${place.scope}::ltree from policy p
        where p.id = v.policy_id and p.device_id = any (${moved}::uuid[])`);
      // Other policies hold where they are now.
      await tx.run(
        sql`update device_link set is_settings_due = true where device_id = any (${moved}::uuid[])`,
      );
      return moved;
    },
    /** Retires a device: its key opens nothing any more and its seat is free. False when it was retired before. */
    async retire(id: string, at: number): Promise<boolean> {
      const row = await tx.row(sql<{
        tenantId: string;
      }>`update device set state = 'retired', retired_at = ${new Date(at)}
        where id = ${id} and state = 'active' returning tenant_id as "tenantId"`);
      if (!row) return false;
      await tx.run(sql`delete from device_link where device_id = ${id}`);
      await tx.run(
        sql`update device_presence set status = 'offline', connected_until = null, heard_status = null, away_since = null where device_id = ${id}`,
      );
      await tx.run(
        sql`update tenant set seats_used = greatest(0, seats_used - 1) where id = ${row.tenantId}`,
      );
      return true;
    },
  };
}
