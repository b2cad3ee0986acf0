import { announceAll } from '../../../platform/announce.ts';
import type { Transaction } from '../../../platform/database.ts';
import type { Platform } from '../../../platform/services.ts';
import type { FindingsFeature } from '../../findings/index.ts';
import type { NetworkDoor } from '../networks/service.ts';
import { managedRepository, type AssignedAsset } from './repository.ts';

/** Keeps track of the networks devices are on, and of which assets they are, between scans. */
export function createManaged(
  platform: Pick<Platform, 'clock'>,
  deps: {
    readonly networks: NetworkDoor;
    readonly findings: Pick<FindingsFeature, 'report' | 'assign'>;
  },
) {
  const { networks, findings } = deps;
  const announce = (tx: Transaction, assets: readonly AssignedAsset[]): Promise<void> =>
    announceAll(tx, { noun: 'assets', verb: 'changed', nowMs: platform.clock.now() }, assets);

  /** An asset that is a device now is no longer said to be without an agent. */
  async function settle(tx: Transaction, asset: AssignedAsset): Promise<void> {
    const { id, tenantId, organizationId, scope, deviceId } = asset;
    await findings.assign(tx, [id], deviceId);
    await findings.report(tx, {
      tenantId,
      organizationId,
      scope,
      observations: [],
      examined: [{ assetId: id, port: 0 }],
      goneAssetIds: [],
      at: platform.clock.now(),
    });
  }

  /**
   * Devices enrolled, or say something new of their network or hardware: their networks are
   * reported, and assets that are them become managed. Their new facts are already written.
   */
  async function devicesSeen(
    tx: Transaction,
    devices: readonly { readonly deviceId: string }[],
  ): Promise<void> {
    if (devices.length === 0) return;
    const deviceIds = devices.map(({ deviceId }) => deviceId);
    const managed = managedRepository(tx);
    await networks.reportNetworks(tx, await managed.places(deviceIds));
    const assets = await managed.assign(deviceIds);
    for (const asset of assets) await settle(tx, asset);
    await announce(tx, assets);
  }

  /** Devices were retired: their machines are unmanaged again. */
  async function devicesLeft(tx: Transaction, deviceIds: readonly string[]): Promise<void> {
    const assets = await managedRepository(tx).release(deviceIds);
    const ids = assets.map(({ id }) => id);
    await findings.assign(tx, ids, null);
    await announce(tx, assets);
  }

  /** Devices lie elsewhere now: where they went their network is known, where they were not as them. */
  async function devicesMoved(tx: Transaction, deviceIds: readonly string[]): Promise<void> {
    await devicesLeft(tx, await managedRepository(tx).outOfSight(deviceIds));
    await devicesSeen(
      tx,
      deviceIds.map((deviceId) => ({ deviceId })),
    );
  }

  /** Who looks after a place may be another: its devices' networks may belong elsewhere now. */
  async function keeperChanged(tx: Transaction, scope: string): Promise<void> {
    await networks.reportNetworks(tx, await managedRepository(tx).placesBelow(scope));
  }

  return { devicesSeen, devicesLeft, devicesMoved, keeperChanged };
}
