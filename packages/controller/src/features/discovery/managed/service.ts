import { instantOf } from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';
import type { Platform } from '../../../platform/services.ts';
import type { FindingsFeature } from '../../findings/index.ts';
import { networkOf } from '../reach.ts';
import { managedRepository, type AssignedAsset, type SeenDevice } from './repository.ts';

/** Assets told one by one. */
const LIVE_EVENTS_MAX = 20;

/** Keeps track of which assets are managed devices, between the scans that find it out again. */
export function createManaged(
  platform: Platform,
  findings: Pick<FindingsFeature, 'report' | 'assign'>,
) {
  async function announce(tx: Transaction, assets: readonly AssignedAsset[]): Promise<void> {
    const at = instantOf(platform.clock.now());
    for (const { id, tenantId, scope } of assets.slice(0, LIVE_EVENTS_MAX)) {
      await tx.publish({
        topic: 'live',
        event: { at, tenantId, scope, noun: 'assets', verb: 'changed', entityId: id },
      });
    }
  }

  return {
    /** A device enrolled, or says something new of its network: assets that are it become managed. */
    async deviceSeen(tx: Transaction, device: SeenDevice): Promise<void> {
      const primaryCidr = networkOf(device.primaryCidr);
      const assets = await managedRepository(tx).assign({ ...device, primaryCidr });
      const [first] = assets;
      if (!first) return;
      const ids = assets.map(({ id }) => id);
      await findings.assign(tx, ids, device.deviceId);
      await findings.report(tx, {
        ...first,
        observations: [],
        examined: ids.map((assetId) => ({ assetId, port: 0 })),
        goneAssetIds: [],
        at: platform.clock.now(),
      });
      await announce(tx, assets);
    },

    /** Devices were retired or left the organization: their machines are unmanaged again. */
    async devicesLeft(tx: Transaction, deviceIds: readonly string[]): Promise<void> {
      const assets = await managedRepository(tx).release(deviceIds);
      await findings.assign(
        tx,
        assets.map(({ id }) => id),
        null,
      );
      await announce(tx, assets);
    },
  };
}
