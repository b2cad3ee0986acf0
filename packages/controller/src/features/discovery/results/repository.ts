import { sql, type RawBuilder } from 'kysely';
import type { ScannedHost, ScannedPort } from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';
import { homeOf } from '../networks/home-repository.ts';
import type { PortSet } from '../ports.ts';
import type { KnownAsset, KnownDevice, SeenAsset } from './reconcile.ts';

/** The network that a scan was about. */
export interface ScannedNetwork {
  readonly id: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly scope: string;
  readonly cidr: string;
  readonly gatewayMac: string | null;
}

/** A part of what a running scan found. */
export interface ResultChunk {
  readonly jobId: string;
  readonly deviceId: string;
  readonly sequence: number;
  readonly kind: 'hosts' | 'ports';
  readonly content: readonly (ScannedHost | ScannedPort)[];
}

/** A port of an asset. */
export interface AssetPort {
  readonly assetId: string;
  readonly port: number;
}

export interface SeenPort extends AssetPort {
  readonly found: ScannedPort;
}

/** Most hosts and ports of one job: a /16 has 65,534 hosts; beyond it a device makes them up. */
export const RESULT_ITEMS_MAX = { hosts: 70_000, ports: 200_000 } as const;
/** Complete scans that must miss a machine before it counts as gone: one may be switched off. */
const MISSED_SCANS_MAX = 2;
/** Machines that nobody cared for are forgotten after this: phones change their address every day. */
const FORGOTTEN_AFTER = '90 days';
/** Most machines of one network; beyond them the ones seen longest ago are forgotten. */
const NETWORK_ASSETS_MAX = 100_000;
/** Rows in one statement: bounds its memory on both sides. */
const BATCH_ROWS = 5_000;

/** What scans tell, and what becomes of it, in a transaction with the workers' rights. */
export function resultRepository(tx: Transaction) {
  return {
    /** Keeps a part for a job that its own device still works on; false when it is not kept. */
    async keep(chunk: ResultChunk): Promise<boolean> {
      const kept = await tx.run(sql`
        insert into discovery_result (job_id, kind, sequence, tenant_id, items, content)
        select j.id, ${chunk.kind}, ${chunk.sequence}::int8, j.tenant_id, ${chunk.content.length}::int, ${JSON.stringify(chunk.content)}::jsonb
        from job j where j.id = ${chunk.jobId} and j.device_id = ${chunk.deviceId} and j.finished_at is null
          and j.kind in ('discovery', 'port-scan') and ${chunk.content.length}::int + (
            select coalesce(sum(r.items), 0) from discovery_result r where r.job_id = j.id and r.kind = ${chunk.kind}
          ) <= ${RESULT_ITEMS_MAX[chunk.kind]}::int
        on conflict do nothing`);
      return kept === 1;
    },

    /** Everything a job told, which is forgotten here. */
    async take(jobId: string): Promise<{ hosts: ScannedHost[]; ports: ScannedPort[] }> {
      const rows = await tx.rows(sql<{ kind: string; sequence: number; content: unknown[] }>`
        delete from discovery_result where job_id = ${jobId} returning kind, sequence, content`);
      const parts = rows.toSorted((left, right) => left.sequence - right.sequence);
      const of = (kind: string): unknown[] =>
        parts.filter((part) => part.kind === kind).flatMap((part) => part.content);
      return { hosts: of('hosts') as ScannedHost[], ports: of('ports') as ScannedPort[] };
    },

    /**
     * The smallest approved network around the scanned one, nearest to the device that scanned, locked:
     * scans of it take their turn.
     */
    lockNetwork: (scanned: {
      readonly deviceId: string;
      readonly cidr: string;
      readonly gatewayMac: string | null;
    }): Promise<ScannedNetwork | undefined> =>
      tx.row(sql<ScannedNetwork>`
        select n.id, n.tenant_id as "tenantId", n.organization_id as "organizationId", n.scope::text as scope,
          n.cidr::text as cidr, n.gateway_mac as "gatewayMac"
        from device d cross join lateral ${homeOf('d.organization_id', 'd.scope')} h
        join discovery_network n on n.organization_id = d.organization_id and n.scope @> d.scope and n.scope <@ h.scope
        where d.id = ${scanned.deviceId} and n.cidr >>= ${scanned.cidr}::cidr
          and n.gateway_mac is not distinct from ${scanned.gatewayMac}::text and n.state = 'approved'
        order by masklen(n.cidr) desc, nlevel(n.scope) desc limit 1 for update of n`),

    /** Notes that a scan's results are being made into assets; false when they already were. */
    begin: async (
      scan: {
        readonly jobId: string;
        readonly network: ScannedNetwork;
        readonly hosts: number;
        readonly ports: number;
      },
      at: number,
    ): Promise<boolean> => {
      const begun =
        await tx.run(sql`insert into discovery_scan (job_id, tenant_id, network_id, hosts, ports, completed_at)
          values (${scan.jobId}, ${scan.network.tenantId}, ${scan.network.id}, ${scan.hosts}, ${scan.ports}, ${new Date(at)})
          on conflict do nothing`);
      if (begun === 0) return false;
      await tx.run(
        sql`update discovery_network set last_scan_at = ${new Date(at)} where id = ${scan.network.id}`,
      );
      return true;
    },
  };
}

/** The machines of a network, in a transaction with the workers' rights. */
export function assetRepository(tx: Transaction) {
  return {
    known: (networkId: string): Promise<KnownAsset[]> =>
      tx.rows(sql<KnownAsset>`
        select id, host(ip) as ip, mac, name, names, device_id as "deviceId", is_ignored as "isIgnored"
        from discovery_asset where network_id = ${networkId} order by last_seen_at desc, id`),

    /** Managed devices that may be among what was found. */
    devices: (
      network: ScannedNetwork,
      given: { readonly macs: readonly string[]; readonly ids: readonly string[] },
    ): Promise<KnownDevice[]> =>
      tx.rows(sql<KnownDevice>`
        select d.id, d.hostname, d.mac_address as mac,
          case when d.primary_cidr = ${network.cidr}::cidr and d.gateway_mac is not distinct from ${network.gatewayMac}::text
            then host(d.local_ip) end as ip
        from device d where d.organization_id = ${network.organizationId} and d.scope <@ ${network.scope}::ltree
          and d.state = 'active' and (
          d.primary_cidr = ${network.cidr}::cidr or d.id in (select * from unnest(${given.ids}::uuid[]))
          or d.mac_address in (select * from unnest(${given.macs}::text[])))`),

    async store(network: ScannedNetwork, seen: readonly SeenAsset[], at: number): Promise<void> {
      for (const batch of batchesOf(seen)) {
        const rows = sql`jsonb_to_recordset(${JSON.stringify(batch)}::jsonb) as r (
          id uuid, ip inet, mac text, name text, names text[], "deviceId" uuid, "isNew" boolean)`;
        await tx.run(sql`
          update discovery_asset a set ip = r.ip, mac = r.mac, name = r.name, names = r.names, device_id = r."deviceId",
            is_stale = false, missed_scans = 0, last_seen_at = ${new Date(at)}
          from ${rows} where a.id = r.id and not r."isNew"`);
        await tx.run(sql`
          insert into discovery_asset (id, tenant_id, organization_id, scope, network_id, ip, mac, name, names, device_id,
            first_seen_at, last_seen_at)
          select r.id, ${network.tenantId}, ${network.organizationId}, ${network.scope}::ltree, ${network.id}, r.ip, r.mac,
            r.name, r.names, r."deviceId", ${new Date(at)}, ${new Date(at)}
          from ${rows} where r."isNew"`);
      }
    },

    /** Counts a complete scan that missed machines; returns those that count as gone from now on. */
    miss: (unseen: readonly KnownAsset[], network: string): Promise<string[]> =>
      tx
        .rows(
          sql<{ id: string; isGone: boolean }>`
          update discovery_asset a set missed_scans = missed_scans + 1, is_stale = missed_scans + 1 >= ${MISSED_SCANS_MAX}
          from unnest(${unseen.map(({ id }) => id)}::uuid[]) as u (id)
          where a.id = u.id and a.ip <<= ${network}::inet
          returning a.id, a.missed_scans = ${MISSED_SCANS_MAX} as "isGone"`,
        )
        .then((rows) => rows.filter(({ isGone }) => isGone).map(({ id }) => id)),

    /** Forgets machines that are long gone and that nobody cared for, and the oldest beyond the bound. */
    forgetOld: (networkId: string, at: number): Promise<number> =>
      tx.run(sql`
        delete from discovery_asset where id in (
          select id from (
            select id, is_stale and not is_ignored and note is null and device_id is null
                and last_seen_at < ${new Date(at)}::timestamptz - ${FORGOTTEN_AFTER}::interval as is_old,
              row_number() over (order by last_seen_at desc, id) as place
            from discovery_asset where network_id = ${networkId}
          ) known where is_old or place > ${NETWORK_ASSETS_MAX})`),
  };
}

/** The ports of machines, in a transaction with the workers' rights. */
export function portRepository(tx: Transaction) {
  return {
    async store(
      network: ScannedNetwork,
      seen: readonly SeenPort[],
      given: { readonly isTop: boolean; readonly at: number },
    ): Promise<void> {
      for (const batch of batchesOf(seen)) {
        const records = batch.map(({ assetId, found }) => ({ ...found, assetId }));
        await tx.run(sql`
          insert into discovery_port as p (asset_id, port, transport, tenant_id, scope, service, product, version, banner, tls,
            is_unauthenticated, is_top, first_seen_at, last_seen_at)
          select r."assetId", r.port, r.transport, ${network.tenantId}, ${network.scope}::ltree, r.service, r.product, r.version,
            r.banner, r.tls, r."isUnauthenticated", ${given.isTop}, ${new Date(given.at)}, ${new Date(given.at)}
          from jsonb_to_recordset(${JSON.stringify(records)}::jsonb) as r ("assetId" uuid, port int, transport text, service text,
            product text, version text, banner text, tls jsonb, "isUnauthenticated" boolean)
          on conflict (asset_id, transport, port) do update set service = excluded.service, product = excluded.product,
            version = excluded.version, banner = excluded.banner, tls = excluded.tls,
            is_unauthenticated = excluded.is_unauthenticated, is_top = p.is_top or excluded.is_top,
            last_seen_at = excluded.last_seen_at, closed_at = null`);
      }
    },

    /** The ports of these machines that were looked at and were open before. */
    open: (assetIds: readonly string[], ports: PortSet): Promise<AssetPort[]> =>
      tx.rows(sql<AssetPort>`
        select p.asset_id as "assetId", p.port from discovery_port p
        where p.asset_id = any (${assetIds}::uuid[]) and p.closed_at is null and ${isIn(ports)}`),

    close: (ports: readonly AssetPort[], at: number): Promise<number> =>
      tx.run(sql`
        update discovery_port p set closed_at = ${new Date(at)}
        from unnest(${ports.map(({ assetId }) => assetId)}::uuid[], ${ports.map(({ port }) => port)}::int[]) as c (asset_id, port)
        where p.asset_id = c.asset_id and p.port = c.port and p.closed_at is null`),

    /** Closes every port of machines that are gone. */
    closeAll: (assetIds: readonly string[], at: number): Promise<number> =>
      tx.run(sql`update discovery_port p set closed_at = ${new Date(at)}
        where p.asset_id = any (${assetIds}::uuid[]) and p.closed_at is null`),
  };
}

/** Whether a stored port `p` is among those that were looked at. */
function isIn(ports: PortSet): RawBuilder<boolean> {
  if (ports.kind === 'all') return sql<boolean>`true`;
  if (ports.kind === 'top') return sql<boolean>`p.is_top`;
  return sql<boolean>`exists (select from unnest(${ports.ranges.map(({ first }) => first)}::int[],
    ${ports.ranges.map(({ last }) => last)}::int[]) as w (first, last) where p.port between w.first and w.last)`;
}

function* batchesOf<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < rows.length; start += BATCH_ROWS)
    yield rows.slice(start, start + BATCH_ROWS);
}
