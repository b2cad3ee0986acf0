import { sql } from 'kysely';
import type { Transaction } from '../../../platform/database.ts';
import type { NetworkRow, ReportedNetwork } from '../repository.ts';
import { homeOf } from './home-repository.ts';

/** A network, as the decision about a scan needs it. */
export interface KnownNetwork {
  readonly id: string;
  readonly tenantId: string;
  readonly scope: string;
  readonly state: NetworkRow['state'];
}

/** Most reported networks of one organization, beside those that devices are on now. */
export const REPORTED_NETWORKS_MAX = 1_000;

/** Networks as devices report them and scans need them, in a transaction with the workers' rights. */
export function networkRepository(tx: Transaction) {
  return {
    /**
     * Takes note of networks where they belong; those that are known stay as they are. What was
     * decided of the same network further up holds for a new one, too. Returns what is new.
     */
    report: (networks: readonly ReportedNetwork[], at: number): Promise<ReportedNetwork[]> =>
      tx.rows(sql<ReportedNetwork>`
        insert into discovery_network (id, tenant_id, organization_id, group_id, scope, cidr, gateway_mac, state, first_seen_at)
        select distinct on (r."organizationId", h.scope, r.cidr, r."gatewayMac")
          r.id, r."tenantId", r."organizationId", h.group_id, h.scope, r.cidr, r."gatewayMac", coalesce(a.state, 'reported'), ${new Date(at)}
        from jsonb_to_recordset(${JSON.stringify(networks)}::jsonb) as r (
          id uuid, "tenantId" uuid, "organizationId" uuid, scope ltree, cidr cidr, "gatewayMac" text)
        cross join lateral ${homeOf('r.organizationId', 'r.scope')} h
        left join lateral (select n.state from discovery_network n
          where n.organization_id = r."organizationId" and n.cidr = r.cidr and n.gateway_mac is not distinct from r."gatewayMac"
            and n.scope @> h.scope order by nlevel(n.scope) desc limit 1) a on true
        where not exists (select from discovery_network n
          where n.organization_id = r."organizationId" and n.cidr = r.cidr and n.gateway_mac is not distinct from r."gatewayMac"
            and n.scope @> r.scope and n.scope <@ h.scope)
        order by r."organizationId", h.scope, r.cidr, r."gatewayMac"
        on conflict do nothing
        returning id, tenant_id as "tenantId", organization_id as "organizationId", scope::text as scope, cidr::text as cidr, gateway_mac as "gatewayMac"`),

    /** Forgets the oldest networks that nobody named or decided on and no device is on any more. */
    forgetOldest: (organizationIds: readonly string[]): Promise<number> =>
      tx.run(sql`
        delete from discovery_network where id in (
          select id from (
            select n.id, row_number() over (partition by n.organization_id order by n.first_seen_at desc, n.id desc) as place
            from discovery_network n
            where n.organization_id = any (${organizationIds}::uuid[]) and n.state = 'reported' and n.name is null
              and not exists (select from device d where d.organization_id = n.organization_id and d.primary_cidr = n.cidr
                and d.gateway_mac is not distinct from n.gateway_mac and d.scope <@ n.scope and d.state = 'active')
          ) idle where place > ${REPORTED_NETWORKS_MAX})`),

    /** The network that a device at `scope` is on: the nearest to it. */
    find: (
      network: Pick<ReportedNetwork, 'organizationId' | 'scope' | 'cidr' | 'gatewayMac'>,
    ): Promise<KnownNetwork | undefined> =>
      tx.row(
        sql<KnownNetwork>`select n.id, n.tenant_id as "tenantId", n.scope::text as scope, n.state
          from (select ${network.organizationId}::uuid as organization_id, ${network.scope}::ltree as scope) p
          cross join lateral ${homeOf('p.organization_id', 'p.scope')} h
          join discovery_network n on n.organization_id = p.organization_id and n.scope @> p.scope and n.scope <@ h.scope
          where n.cidr = ${network.cidr}::cidr and coalesce(n.gateway_mac, '') = ${network.gatewayMac ?? ''} and ${tx.visible('n')}
          order by nlevel(n.scope) desc limit 1`,
        'discovery-network-find',
      ),

    approve: (id: string, by: string): Promise<number> =>
      tx.run(sql`update discovery_network n set state = 'approved', approved_by = ${by}
        where n.id = ${id} and n.state = 'reported' and ${tx.visible('n')}`),
  };
}
