import {
  instantOf,
  type Asset,
  type DeviceId,
  type ListQuery,
  type OrganizationId,
  type Page,
  type TenantId,
} from '@wardgrid/wire';
import { announceAll } from '../../platform/announce.ts';
import type { Context } from '../../platform/context.ts';
import type { Transaction } from '../../platform/database.ts';
import { ControllerError, notFound } from '../../platform/error.ts';
import {
  listSettings,
  requireAllowed,
  transactAs,
  type Platform,
} from '../../platform/services.ts';
import { judgeAsset, type FindingsFeature } from '../findings/index.ts';
import { assetViews, type AssetRow } from './repository.ts';

interface Change {
  readonly isIgnored?: boolean;
  readonly note?: string | null;
}

export function createAssets(platform: Platform, findings: Pick<FindingsFeature, 'report'>) {
  async function rowOf(tx: Transaction, id: string): Promise<AssetRow> {
    const row = await assetViews(tx).find(id);
    if (!row) throw notFound('asset');
    return row;
  }

  /** An ignored machine is no longer said to be unmanaged; one that is taken up again is. */
  async function judgeAgain(tx: Transaction, row: AssetRow, isIgnored: boolean): Promise<void> {
    const { id, ip, mac, name } = row;
    const judged = { id, ip, mac, name, deviceId: row.device_id, isIgnored };
    await findings.report(tx, {
      tenantId: row.tenant_id,
      organizationId: row.organization_id,
      scope: row.scope,
      observations: row.network_state === 'approved' ? judgeAsset(judged) : [],
      examined: [{ assetId: id, port: 0 }],
      goneAssetIds: [],
      at: platform.clock.now(),
    });
  }

  return {
    list: (context: Context, query: ListQuery): Promise<Page<Asset>> =>
      transactAs(platform, { actor: context.actor, permission: 'assets:read' }, async (tx) => {
        const page = await assetViews(tx).list(query, listSettings(platform));
        return { ...page, data: page.data.map((row) => assetOf(row)) };
      }),
    read: (context: Context, id: string): Promise<Asset> =>
      transactAs(platform, { actor: context.actor, permission: 'assets:read' }, async (tx) =>
        assetOf(await rowOf(tx, id)),
      ),
    update: (context: Context, id: string, change: Change): Promise<Asset> =>
      transactAs(platform, { actor: context.actor, permission: 'assets:read' }, async (tx) => {
        const row = await rowOf(tx, id);
        const { tenant_id: tenantId, scope } = row;
        requireAllowed(
          platform,
          { actor: context.actor, permission: 'assets:update', noun: 'asset' },
          { tenantId, scope },
        );
        if (change.isIgnored === true && row.device_id !== null) {
          throw new ControllerError('asset-managed', 'a managed device cannot be ignored');
        }
        const isIgnored = change.isIgnored ?? row.is_ignored;
        const note = change.note === undefined ? row.note : change.note;
        await assetViews(tx).update(id, { isIgnored, note });
        if (isIgnored !== row.is_ignored) await judgeAgain(tx, row, isIgnored);
        const nowMs = platform.clock.now();
        await announceAll(tx, { noun: 'assets', verb: 'changed', nowMs }, [
          { id, tenantId, scope },
        ]);
        return assetOf(await rowOf(tx, id));
      }),
  };
}

function assetOf(row: AssetRow): Asset {
  return {
    id: row.id,
    tenantId: row.tenant_id as TenantId,
    organizationId: row.organization_id as OrganizationId,
    organizationName: row.organization_name,
    groupName: row.group_name,
    scope: row.scope,
    networkId: row.network_id,
    networkCidr: row.network_cidr,
    ip: row.ip,
    mac: row.mac,
    name: row.name,
    names: row.names,
    state: row.state,
    deviceId: row.device_id as DeviceId | null,
    deviceName: row.device_name,
    ports: row.ports.map((port) => ({
      ...port,
      firstSeenAt: instantOf(port.firstSeenAt),
      lastSeenAt: instantOf(port.lastSeenAt),
    })),
    openPorts: row.open_ports,
    openFindings: row.open_findings,
    note: row.note,
    firstSeenAt: instantOf(row.first_seen_at),
    lastSeenAt: instantOf(row.last_seen_at),
  };
}
