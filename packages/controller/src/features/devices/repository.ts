import { sql, type RawBuilder } from 'kysely';
import {
  deviceFields,
  type DeviceStatus,
  type ListQuery,
  type Page,
  type ProtectionState,
  type Selection,
} from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';
import { filterOf, listRows, type ListSettings, type ListSource } from '../../platform/list.ts';
import type { PresenceChange } from './presence/repository.ts';

export interface DeviceRow {
  readonly id: string;
  readonly ref: string | null;
  readonly tenant_id: string;
  readonly tenant_name: string;
  readonly organization_id: string;
  readonly organization_name: string;
  readonly group_id: string | null;
  readonly group_name: string | null;
  readonly scope: string;
  readonly name: string;
  readonly hostname: string;
  readonly status: DeviceStatus;
  readonly away_since: number | null;
  readonly away_name: string | null;
  readonly is_connected: boolean;
  readonly os_family: 'linux' | 'windows' | 'macos';
  readonly os_name: string;
  readonly os_version: string;
  readonly architecture: string;
  readonly agent_version: string;
  readonly local_ip: string | null;
  readonly primary_cidr: string | null;
  readonly gateway_ip: string | null;
  readonly gateway_mac: string | null;
  readonly mac_address: string | null;
  readonly public_ip: string | null;
  readonly cpu_percent: number | null;
  readonly memory_used_bytes: number | null;
  readonly memory_total_bytes: number | null;
  readonly disk_used_bytes: number | null;
  readonly disk_total_bytes: number | null;
  readonly booted_at: number | null;
  readonly clock_offset_ms: number | null;
  readonly dropped_records: number;
  readonly tags: string[];
  readonly enrolled_at: number;
  readonly last_seen_at: number | null;
  readonly split_from_id: string | null;
  readonly open_findings: number;
  readonly is_grace: boolean;
  readonly protection: ProtectionState | null;
}

/** A device as it is chosen for something. */
export interface SelectedDevice {
  readonly id: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly scope: string;
  readonly name: string;
  readonly localIp: string | null;
  readonly primaryCidr: string | null;
  readonly gatewayMac: string | null;
}

/** Whose key opens a session. */
export interface DeviceIdentity {
  readonly id: string;
  readonly tenantId: string;
  readonly publicKey: string;
  readonly state: 'active' | 'retired';
}

const devices: Omit<ListSource, 'where'> = {
  noun: 'devices',
  fields: deviceFields,
  columns: {
    ref: { value: sql`coalesce(d.ref, '')`, type: 'text' },
    name: { value: sql`d.name`, type: 'text' },
    hostname: { value: sql`d.hostname`, type: 'text' },
    status: { value: sql`p.status`, type: 'text' },
    os: { value: sql`(d.os_name || ' ' || d.os_version)`, type: 'text' },
    osFamily: { value: sql`d.os_family`, type: 'text' },
    tenant: { value: sql`coalesce(t.name, '')`, type: 'text' },
    organization: { value: sql`coalesce(o.name, '')`, type: 'text' },
    organizationId: { value: sql`d.organization_id::text`, type: 'text' },
    group: { value: sql`coalesce(g.name, '')`, type: 'text' },
    groupId: { value: sql`coalesce(d.group_id::text, '')`, type: 'text' },
    tag: {
      value: sql`d.tags`,
      type: 'text',
      matches: (value) =>
        sql<boolean>`exists (select from unnest(d.tags) as tag where lower(tag) = ${value.toLowerCase()})`,
    },
    localIp: { value: sql`coalesce(d.local_ip, '0.0.0.0'::inet)`, type: 'inet' },
    publicIp: { value: sql`coalesce(p.public_ip, '0.0.0.0'::inet)`, type: 'inet' },
    mac: { value: sql`coalesce(d.mac_address, '')`, type: 'text' },
    agentVersion: { value: sql`d.agent_version`, type: 'text' },
    lastSeenAt: {
      value: sql`coalesce(p.last_seen_at, 'epoch'::timestamptz)`,
      type: 'timestamptz',
    },
    enrolledAt: { value: sql`d.enrolled_at`, type: 'timestamptz' },
    cpu: { value: sql`coalesce(p.cpu_percent, 0)::float8`, type: 'float8' },
    grace: { value: sql`d.is_grace`, type: 'bool' },
    protection: { value: sql`coalesce(x.state, '')`, type: 'text' },
  },
  // Outer joins: a reader may see a device but not what it lies in; and where no column is asked of a
  // partner, as in counting, PostgreSQL leaves it out.
  from: sql`from device d left join device_presence p on p.device_id = d.id left join tenant t on t.id = d.tenant_id
    left join organization o on o.id = d.organization_id left join device_group g on g.id = d.group_id
    left join device_protection x on x.device_id = d.id`,
  select: sql`d.id, d.ref, d.tenant_id, coalesce(t.name, '') as tenant_name, d.organization_id, coalesce(o.name, '') as organization_name, d.group_id,
    g.name as group_name, d.scope::text as scope, d.name, d.hostname, p.status, p.away_since,
    case when p.away_since is not null then (select c.name from controller c where c.id::text = p.heard_from) end as away_name,
    coalesce(p.connected_until > now(), false) as is_connected, d.os_family, d.os_name, d.os_version, d.architecture,
    d.agent_version, host(d.local_ip) as local_ip, d.primary_cidr::text as primary_cidr, host(d.gateway_ip) as gateway_ip,
    d.gateway_mac, d.mac_address, host(p.public_ip) as public_ip, p.cpu_percent, p.memory_used_bytes, p.memory_total_bytes,
    p.disk_used_bytes, p.disk_total_bytes, d.booted_at, p.clock_offset_ms, p.dropped_records, d.tags, d.enrolled_at,
    p.last_seen_at, d.split_from_id,
    (select count(*) from finding f where f.device_id = d.id and f.state = 'open' and f.exception_id is null) as open_findings,
    d.is_grace, x.state as protection`,
  id: sql`d.id`,
  words: [sql`d.name`, sql`d.hostname`, sql`d.ref`],
  defaultSort: 'name',
};

const SELECTED = sql`d.id, d.tenant_id as "tenantId", d.organization_id as "organizationId", d.scope::text as scope, d.name,
  host(d.local_ip) as "localIp", d.primary_cidr::text as "primaryCidr", d.gateway_mac as "gatewayMac"`;

function conditionOf(selection: Selection, nowMs: number): RawBuilder<boolean> {
  if ('ids' in selection) return sql<boolean>`d.id = any (${selection.ids}::uuid[])`;
  const filter = filterOf(devices, selection.filter, nowMs);
  return sql<boolean>`${filter} and d.id <> all (${selection.excludedIds}::uuid[])`;
}

/** Devices inside one transaction. */
export function deviceRepository(tx: Transaction) {
  return {
    list: (query: ListQuery, settings: ListSettings): Promise<Page<DeviceRow>> =>
      listRows<DeviceRow>(
        tx,
        { ...devices, where: sql<boolean>`d.state = 'active' and ${tx.visible('d')}` },
        { query, settings },
      ),
    find: (id: string) =>
      tx.row(
        sql<DeviceRow>`select ${devices.select} ${devices.from} where d.id = ${id} and d.state = 'active' and ${tx.visible('d')}`,
      ),
    /** The devices of a selection, in no order. */
    select: (
      selection: Selection,
      given: { readonly nowMs: number; readonly limit: number },
    ): Promise<SelectedDevice[]> =>
      tx.rows(
        sql<SelectedDevice>`select ${SELECTED} ${devices.from}
        where d.state = 'active' and ${tx.visible('d')} and ${conditionOf(selection, given.nowMs)} limit ${given.limit}`,
      ),
    findSelected: (id: string): Promise<SelectedDevice | undefined> =>
      tx.row(
        sql<SelectedDevice>`select ${SELECTED} from device d where d.id = ${id} and d.state = 'active' and ${tx.visible('d')}`,
      ),
    identities: (ids: readonly string[]): Promise<DeviceIdentity[]> =>
      tx.rows(
        sql<DeviceIdentity>`select id, tenant_id as "tenantId", public_key as "publicKey", state
        from device where id = any (${ids}::uuid[])`,
        'device-identities',
      ),
    describe: (ids: readonly string[]): Promise<PresenceChange[]> =>
      tx.rows(
        sql<PresenceChange>`select d.id as "deviceId", d.tenant_id as "tenantId", d.organization_id as "organizationId",
          d.scope::text as scope, d.name, p.last_seen_at as "lastSeenAt"
        from device d join device_presence p on p.device_id = d.id where d.id = any (${ids}::uuid[])`,
      ),
  };
}
