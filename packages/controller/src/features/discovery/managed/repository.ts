import { sql } from 'kysely';
import type { Transaction } from '../../../platform/database.ts';

/** A device as it says it is on a network. */
export interface SeenDevice {
  readonly deviceId: string;
  readonly organizationId: string;
  readonly hostname: string;
  readonly macAddress: string | null;
  readonly localIp: string | null;
  readonly primaryCidr: string | null;
  readonly gatewayMac: string | null;
}

/** An asset that turned out to be a device. */
export interface AssignedAsset {
  readonly id: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly scope: string;
}

/** Which assets are managed devices, in a transaction with the workers' rights. */
export function managedRepository(tx: Transaction) {
  return {
    /** Unmanaged assets that are this device by hardware address, or by address and name on its network. */
    assign: (device: SeenDevice): Promise<AssignedAsset[]> =>
      tx.rows(sql<AssignedAsset>`
        update discovery_asset a set device_id = ${device.deviceId}
        from discovery_network n
        where n.id = a.network_id and n.organization_id = ${device.organizationId}
          and a.device_id is null and (
            a.mac = ${device.macAddress} or (a.mac is null and a.ip = ${device.localIp}::inet and n.cidr = ${device.primaryCidr}::cidr
              and n.gateway_mac is not distinct from ${device.gatewayMac}::text
              and lower(split_part(a.name, '.', 1)) = lower(split_part(${device.hostname}, '.', 1))))
        returning a.id, a.tenant_id as "tenantId", a.organization_id as "organizationId", a.scope::text as scope`),

    release: (deviceIds: readonly string[]): Promise<AssignedAsset[]> =>
      tx.rows(sql<AssignedAsset>`update discovery_asset a set device_id = null
        where a.device_id = any (${deviceIds}::uuid[])
        returning a.id, a.tenant_id as "tenantId", a.organization_id as "organizationId", a.scope::text as scope`),
  };
}
