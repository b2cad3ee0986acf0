import {
  instantOf,
  instantOrNull,
  type Device,
  type DeviceId,
  type GroupId,
  type InventoryBody,
  type InventorySection,
  type ListQuery,
  type OrganizationId,
  type Page,
  type TenantId,
} from '@wardgrid/wire';
import type { Context } from '../../platform/context.ts';
import { notFound } from '../../platform/error.ts';
import { listSettings, transactAs, type Platform } from '../../platform/services.ts';
import { inventoryRepository } from './inventory/repository.ts';
import { deviceRepository, type DeviceRow } from './repository.ts';

/** The newest inventory of one section. */
interface Inventory {
  readonly collectedAt: string;
  readonly receivedAt: string;
  readonly content: InventoryBody;
}

/** Looking at devices, for people. */
export interface Devices {
  readonly list: (context: Context, query: ListQuery) => Promise<Page<Device>>;
  readonly read: (context: Context, id: string) => Promise<Device>;
  readonly inventory: (
    context: Context,
    id: string,
    section: InventorySection,
  ) => Promise<Inventory>;
}

export function createDevices(platform: Platform): Devices {
  const accessOf = (context: Context) =>
    ({ actor: context.actor, permission: 'devices:read' }) as const;
  return {
    list: (context, query) =>
      transactAs(platform, accessOf(context), async (tx) => {
        const page = await deviceRepository(tx).list(query, listSettings(platform));
        return { ...page, data: page.data.map((row) => deviceOf(row)) };
      }),
    read: (context, id) =>
      transactAs(platform, accessOf(context), async (tx) => {
        const row = await deviceRepository(tx).find(id);
        if (!row) throw notFound('device');
        return deviceOf(row);
      }),
    inventory: (context, id, section) =>
      transactAs(platform, accessOf(context), async (tx) => {
        const row = await inventoryRepository(tx).find(id, section);
        if (!row) throw notFound('inventory');
        return {
          collectedAt: instantOf(row.collected_at),
          receivedAt: instantOf(row.received_at),
          content: row.content,
        };
      }),
  };
}

function deviceOf(row: DeviceRow): Device {
  return {
    id: row.id as DeviceId,
    ...(row.ref === null ? {} : { ref: row.ref }),
    tenantId: row.tenant_id as TenantId,
    tenantName: row.tenant_name,
    organizationId: row.organization_id as OrganizationId,
    organizationName: row.organization_name,
    groupId: row.group_id as GroupId | null,
    groupName: row.group_name,
    scope: row.scope,
    name: row.name,
    hostname: row.hostname,
    status: row.status,
    away:
      row.away_since === null
        ? null
        : { since: instantOf(row.away_since), controllerName: row.away_name },
    isConnected: row.is_connected,
    osFamily: row.os_family,
    osName: row.os_name,
    osVersion: row.os_version,
    architecture: row.architecture,
    agentVersion: row.agent_version,
    localIp: row.local_ip,
    primaryCidr: row.primary_cidr,
    gatewayIp: row.gateway_ip,
    gatewayMac: row.gateway_mac,
    macAddress: row.mac_address,
    publicIp: row.public_ip,
    cpuPercent: row.cpu_percent,
    memoryUsedBytes: row.memory_used_bytes,
    memoryTotalBytes: row.memory_total_bytes,
    diskUsedBytes: row.disk_used_bytes,
    diskTotalBytes: row.disk_total_bytes,
    bootedAt: instantOrNull(row.booted_at),
    clockOffsetMs: row.clock_offset_ms,
    droppedRecords: row.dropped_records,
    tags: row.tags,
    enrolledAt: instantOf(row.enrolled_at),
    lastSeenAt: instantOrNull(row.last_seen_at),
    splitFromId: row.split_from_id as DeviceId | null,
    openFindings: row.open_findings,
    isGrace: row.is_grace,
    protection: row.protection,
  };
}
