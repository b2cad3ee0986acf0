import { sql } from 'kysely';
import {
  assetFields,
  networkFields,
  type Asset,
  type ListQuery,
  type Network,
  type Page,
} from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';
import { listRows, type ListSettings, type ListSource } from '../../platform/list.ts';

export interface NetworkRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly organization_id: string;
  readonly organization_name: string;
  readonly group_id: string | null;
  readonly group_name: string | null;
  readonly scope: string;
  readonly cidr: string;
  readonly gateway_mac: string | null;
  readonly name: string | null;
  readonly state: Network['state'];
  readonly devices: number;
  readonly assets: number;
  readonly approved_by: string | null;
  readonly first_seen_at: number;
  readonly last_scan_at: number | null;
}

interface PortRow {
  readonly port: number;
  readonly transport: string;
  readonly service: string;
  readonly product: string | null;
  readonly version: string | null;
  /** Epoch milliseconds, as JSON has no times. */
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
}

export interface AssetRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly organization_id: string;
  readonly organization_name: string;
  readonly group_name: string | null;
  readonly scope: string;
  readonly network_id: string;
  readonly network_cidr: string;
  readonly network_state: Network['state'];
  readonly ip: string;
  readonly mac: string | null;
  readonly name: string | null;
  readonly names: string[];
  readonly state: Asset['state'];
  readonly is_ignored: boolean;
  readonly device_id: string | null;
  readonly device_name: string | null;
  readonly ports: readonly PortRow[];
  readonly open_ports: number;
  readonly open_findings: number;
  readonly note: string | null;
  readonly first_seen_at: number;
  readonly last_seen_at: number;
}

/** A network as a device reports it. */
export interface ReportedNetwork {
  readonly id: string;
  readonly tenantId: string;
  readonly organizationId: string;
  /** Where the device lies that says so; of a network that is kept, where that lies. */
  readonly scope: string;
  readonly cidr: string;
  readonly gatewayMac: string | null;
}

/** Open ports shown with an asset; a machine with more pretends. */
const PORTS_SHOWN_MAX = 500;

/** Ignored counts more than managed, managed more than stale. */
const ASSET_STATE = sql`(case when a.is_ignored then 'ignored' when a.device_id is not null then 'managed'
  when a.is_stale then 'stale' else 'unmanaged' end)`;

function networkSource(tx: Transaction): Omit<ListSource, 'where'> {
  return {
    noun: 'networks',
    fields: networkFields,
    columns: {
      cidr: { value: sql`n.cidr::text`, type: 'text' },
      name: { value: sql`coalesce(n.name, '')`, type: 'text' },
      state: { value: sql`n.state`, type: 'text' },
      organization: { value: sql`o.name`, type: 'text' },
      group: { value: sql`coalesce(g.name, '')`, type: 'text' },
      firstSeenAt: { value: sql`n.first_seen_at`, type: 'timestamptz' },
      lastScanAt: {
        value: sql`coalesce(n.last_scan_at, 'epoch'::timestamptz)`,
        type: 'timestamptz',
      },
    },
    from: sql`from discovery_network n join organization o on o.id = n.organization_id left join device_group g on g.id = n.group_id`,
    select: sql`n.id, n.tenant_id, n.organization_id, o.name as organization_name, n.group_id, g.name as group_name, n.scope::text as scope, n.cidr::text as cidr,
      n.gateway_mac, n.name, n.state, person_of(n.approved_by, n.scope) as approved_by, n.first_seen_at, n.last_scan_at,
      (select count(*) from device d where d.organization_id = n.organization_id and d.primary_cidr = n.cidr
        and d.gateway_mac is not distinct from n.gateway_mac and d.scope <@ n.scope and d.state = 'active' and ${tx.visible('d')}) as devices,
      (select count(*) from discovery_asset a where a.network_id = n.id and ${tx.visible('a')}) as assets`,
    id: sql`n.id`,
    words: [sql`n.cidr::text`, sql`n.name`],
    defaultSort: '-firstSeenAt',
  };
}

function assetSource(tx: Transaction): Omit<ListSource, 'where'> {
  const openPorts = sql`(select count(*) from discovery_port p where p.asset_id = a.id and p.closed_at is null and ${tx.visible('p')})`;
  return {
    noun: 'assets',
    fields: assetFields,
    columns: {
      ip: { value: sql`a.ip`, type: 'inet' },
      mac: { value: sql`coalesce(a.mac, '')`, type: 'text' },
      name: { value: sql`coalesce(a.name, '')`, type: 'text' },
      state: { value: ASSET_STATE, type: 'text' },
      organization: { value: sql`o.name`, type: 'text' },
      group: { value: sql`coalesce(g.name, '')`, type: 'text' },
      network: { value: sql`n.cidr::text`, type: 'text' },
      networkId: { value: sql`a.network_id::text`, type: 'text' },
      deviceId: { value: sql`a.device_id::text`, type: 'text' },
      port: {
        value: openPorts,
        type: 'int',
        matches: (value) => sql<boolean>`exists (select from discovery_port p
          where p.asset_id = a.id and p.closed_at is null and p.port = ${Number(value)} and ${tx.visible('p')})`,
      },
      service: {
        value: openPorts,
        type: 'text',
        matches: (value) => sql<boolean>`exists (select from discovery_port p
          where p.asset_id = a.id and p.closed_at is null and p.service = lower(${value}) and ${tx.visible('p')})`,
      },
      openPorts: { value: openPorts, type: 'int' },
      firstSeenAt: { value: sql`a.first_seen_at`, type: 'timestamptz' },
      lastSeenAt: { value: sql`a.last_seen_at`, type: 'timestamptz' },
    },
    from: sql`from discovery_asset a join organization o on o.id = a.organization_id
      join discovery_network n on n.id = a.network_id left join device_group g on g.id = n.group_id`,
    select: sql`a.id, a.tenant_id, a.organization_id, o.name as organization_name, g.name as group_name, a.scope::text as scope, a.network_id,
      n.cidr::text as network_cidr, n.state as network_state, host(a.ip) as ip, a.mac, a.name, a.names,
      ${ASSET_STATE} as state, a.is_ignored, a.device_id, a.note, a.first_seen_at, a.last_seen_at,
      (select d.name from device d where d.id = a.device_id and ${tx.visible('d')}) as device_name,
      (select coalesce(jsonb_agg(to_jsonb(shown)), '[]') from (
        select p.port, p.transport, p.service, p.product, p.version,
          (extract(epoch from p.first_seen_at) * 1000)::int8 as "firstSeenAt", (extract(epoch from p.last_seen_at) * 1000)::int8 as "lastSeenAt"
        from discovery_port p where p.asset_id = a.id and p.closed_at is null and ${tx.visible('p')}
        order by p.port limit ${PORTS_SHOWN_MAX}) shown) as ports,
      ${openPorts} as open_ports,
      (select count(*) from finding f where f.asset_id = a.id and f.state = 'open' and ${tx.visible('f')}) as open_findings`,
    id: sql`a.id`,
    words: [sql`a.name`, sql`host(a.ip)`, sql`a.mac`, sql`array_to_string(a.names, ' ')`],
    defaultSort: '-lastSeenAt',
  };
}

/** Networks as people see them, inside one transaction. */
export function networkViews(tx: Transaction) {
  const networks = networkSource(tx);
  return {
    list: (query: ListQuery, settings: ListSettings): Promise<Page<NetworkRow>> =>
      listRows<NetworkRow>(tx, { ...networks, where: tx.visible('n') }, { query, settings }),
    find: (id: string): Promise<NetworkRow | undefined> =>
      tx.row(
        sql<NetworkRow>`select ${networks.select} ${networks.from} where n.id = ${id} and ${tx.visible('n')}`,
      ),
    update: (
      id: string,
      change: Pick<NetworkRow, 'state' | 'name'> & {
        /** Undefined: as it was. */
        readonly approvedBy: string | null | undefined;
      },
    ): Promise<number> =>
      tx.run(sql`update discovery_network n set state = ${change.state}, name = ${change.name}, 
          approved_by = ${change.approvedBy === undefined ? sql`approved_by` : change.approvedBy}
        where n.id = ${id} and ${tx.visible('n')}`),
  };
}

/** Assets as people see them, inside one transaction. */
export function assetViews(tx: Transaction) {
  const assets = assetSource(tx);
  return {
    list: (query: ListQuery, settings: ListSettings): Promise<Page<AssetRow>> =>
      listRows<AssetRow>(tx, { ...assets, where: tx.visible('a') }, { query, settings }),
    find: (id: string): Promise<AssetRow | undefined> =>
      tx.row(
        sql<AssetRow>`select ${assets.select} ${assets.from} where a.id = ${id} and ${tx.visible('a')}`,
      ),
    update: (
      id: string,
      change: { readonly isIgnored: boolean; readonly note: string | null },
    ): Promise<number> =>
      tx.run(
        sql`update discovery_asset a set is_ignored = ${change.isIgnored}, note = ${change.note} where a.id = ${id} and ${tx.visible('a')}`,
      ),
  };
}
