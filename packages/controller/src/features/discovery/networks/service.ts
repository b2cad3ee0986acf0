import {
  instantOf,
  instantOrNull,
  type GroupId,
  type ListQuery,
  type Network,
  type OrganizationId,
  type Page,
  type TenantId,
} from '@wardgrid/wire';
import { announceAll, type Changed } from '../../../platform/announce.ts';
import type { Context } from '../../../platform/context.ts';
import type { Transaction } from '../../../platform/database.ts';
import { notFound } from '../../../platform/error.ts';
import { referenceOf } from '../../../platform/person.ts';
import {
  listSettings,
  requireAllowed,
  transactAs,
  type Platform,
} from '../../../platform/services.ts';
import { networkOf } from '../reach.ts';
import { networkViews, type NetworkRow, type ReportedNetwork } from '../repository.ts';
import { networkRepository } from './repository.ts';

/** What a device says about the network it is on. */
export interface NetworkReport {
  readonly tenantId: string;
  readonly organizationId: string;
  /** Where the device lies. */
  readonly scope: string;
  readonly cidr: string | null;
  readonly gatewayMac: string | null;
}

interface Change {
  readonly state?: 'approved' | 'refused';
  readonly name?: string | null;
}

/** Takes note of networks, for whoever hears of them. */
export function createNetworkDoor(platform: Pick<Platform, 'clock' | 'newId'>) {
  const announce = (
    tx: Transaction,
    networks: readonly Changed[],
    verb: 'created' | 'changed',
  ): Promise<void> =>
    announceAll(tx, { noun: 'networks', verb, nowMs: platform.clock.now() }, networks);

  /** Takes note of the networks that devices are on now; what is none to scan is passed over. */
  async function reportNetworks(tx: Transaction, reports: readonly NetworkReport[]): Promise<void> {
    const networks = new Map<string, ReportedNetwork>();
    for (const report of reports) {
      const cidr = networkOf(report.cidr);
      if (cidr === null) continue;
      const { tenantId, organizationId, scope, gatewayMac } = report;
      const network = { id: platform.newId(), tenantId, organizationId, scope, cidr, gatewayMac };
      networks.set(`${scope} ${cidr} ${gatewayMac ?? ''}`, network);
    }
    if (networks.size === 0) return;
    const found = networkRepository(tx);
    const fresh = await found.report([...networks.values()], platform.clock.now());
    if (fresh.length === 0) return;
    await found.forgetOldest([...new Set(fresh.map(({ organizationId }) => organizationId))]);
    await announce(tx, fresh, 'created');
  }

  return { announce, reportNetworks };
}

export type NetworkDoor = ReturnType<typeof createNetworkDoor>;

/** Networks as people see and decide on them. */
export function createNetworks(platform: Platform, door: Pick<NetworkDoor, 'announce'>) {
  async function rowOf(tx: Transaction, id: string): Promise<NetworkRow> {
    const row = await networkViews(tx).find(id);
    if (!row) throw notFound('network');
    return row;
  }

  return {
    list: (context: Context, query: ListQuery): Promise<Page<Network>> =>
      transactAs(platform, { actor: context.actor, permission: 'networks:read' }, async (tx) => {
        const page = await networkViews(tx).list(query, listSettings(platform));
        return { ...page, data: page.data.map((row) => networkShown(row)) };
      }),
    read: (context: Context, id: string): Promise<Network> =>
      transactAs(platform, { actor: context.actor, permission: 'networks:read' }, async (tx) =>
        networkShown(await rowOf(tx, id)),
      ),
    update: (context: Context, id: string, change: Change): Promise<Network> =>
      transactAs(platform, { actor: context.actor, permission: 'networks:read' }, async (tx) => {
        const row = await rowOf(tx, id);
        const place = { id, tenantId: row.tenant_id, scope: row.scope };
        requireAllowed(
          platform,
          { actor: context.actor, permission: 'networks:approve', noun: 'network' },
          place,
        );
        await networkViews(tx).update(id, {
          state: change.state ?? row.state,
          name: change.name === undefined ? row.name : change.name,
          approvedBy: approverOf(row, change, referenceOf(context.actor)),
        });
        await door.announce(tx, [place], 'changed');
        return networkShown(await rowOf(tx, id));
      }),
  };
}

/** Who approved it stays known for as long as it stays approved: undefined. */
function approverOf(row: NetworkRow, change: Change, who: string): string | null | undefined {
  if (change.state === 'refused') return null;
  return change.state === 'approved' && row.state !== 'approved' ? who : undefined;
}

function networkShown(row: NetworkRow): Network {
  return {
    id: row.id,
    tenantId: row.tenant_id as TenantId,
    organizationId: row.organization_id as OrganizationId,
    organizationName: row.organization_name,
    groupId: row.group_id as GroupId | null,
    groupName: row.group_name,
    scope: row.scope,
    cidr: row.cidr,
    gatewayMac: row.gateway_mac,
    name: row.name,
    state: row.state,
    devices: row.devices,
    assets: row.assets,
    approvedBy: row.approved_by,
    firstSeenAt: instantOf(row.first_seen_at),
    lastScanAt: instantOrNull(row.last_scan_at),
  };
}
