import { sql } from 'kysely';
import type { Transaction } from '../../../platform/database.ts';

/** An asset that turned out to be a device, or no longer is one. */
export interface AssignedAsset {
  readonly id: string;
  readonly deviceId: string | null;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly scope: string;
}

/** A device and the network it is on. */
export interface PlacedDevice {
  readonly tenantId: string;
  readonly organizationId: string;
  readonly scope: string;
  readonly cidr: string | null;
  readonly gatewayMac: string | null;
}

const ASSIGNED = sql`a.id, a.device_id as "deviceId", a.tenant_id as "tenantId",
  a.organization_id as "organizationId", a.scope::text as scope`;

/** Which assets are managed devices, in a transaction with the workers' rights. */
export function managedRepository(tx: Transaction) {
  return {
    places: (deviceIds: readonly string[]): Promise<PlacedDevice[]> =>
      tx.rows(sql<PlacedDevice>`
        select d.tenant_id as "tenantId", d.organization_id as "organizationId", d.scope::text as scope,
          d.primary_cidr::text as cidr, d.gateway_mac as "gatewayMac"
        from device d where d.id = any (${deviceIds}::uuid[]) and d.state = 'active'`),

    /** Networks that active devices at or below a scope are on; of those of one place and network one. */
    placesBelow: (scope: string): Promise<PlacedDevice[]> =>
      tx.rows(sql<PlacedDevice>`
        select distinct d.tenant_id as "tenantId", d.organization_id as "organizationId", d.scope::text as scope,
          d.primary_cidr::text as cidr, d.gateway_mac as "gatewayMac"
        from device d where d.scope <@ ${scope}::ltree and d.state = 'active' and d.primary_cidr is not null`),

    /** Unmanaged assets that are one of these devices by hardware address, or by address and name. */
    assign: (deviceIds: readonly string[]): Promise<AssignedAsset[]> =>
      tx.rows(sql<AssignedAsset>`
        update discovery_asset a set device_id = d.id
        from device d join discovery_network n on n.organization_id = d.organization_id and n.scope @> d.scope
        where d.id = any (${deviceIds}::uuid[]) and d.state = 'active' and n.id = a.network_id and a.device_id is null and (
          a.mac = d.mac_address or (a.mac is null and a.ip = d.local_ip and n.cidr = d.primary_cidr
            and n.gateway_mac is not distinct from d.gateway_mac
            and lower(split_part(a.name, '.', 1)) = lower(split_part(d.hostname, '.', 1))))
        returning ${ASSIGNED}`),

    release: (deviceIds: readonly string[]): Promise<AssignedAsset[]> =>
      tx.rows(sql<AssignedAsset>`update discovery_asset a set device_id = null
        where a.device_id = any (${deviceIds}::uuid[]) returning ${ASSIGNED}`),

    /** Those of these devices that do not lie where their asset is seen any more. */
    outOfSight: async (deviceIds: readonly string[]): Promise<string[]> =>
      (
        await tx.rows(sql<{
          id: string;
        }>`select distinct d.id from device d join discovery_asset a on a.device_id = d.id
          where d.id = any (${deviceIds}::uuid[]) and not d.scope <@ a.scope`)
      ).map(({ id }) => id),
  };
}
