import { announceAll } from '../../platform/announce.ts';
import type { Transaction } from '../../platform/database.ts';
import type { Platform } from '../../platform/services.ts';
import type { ToldFile } from './deps.ts';
import { quarantineStore } from './repository.ts';

/** Entries of one device; a store that seals more is flooded, and says so itself. */
const PER_DEVICE_MAX = 5_000;

/** Takes in what devices say, in the caller's transaction with the workers' rights. */
export function createIntake({ clock, log }: Pick<Platform, 'clock' | 'log'>) {
  return async function take(tx: Transaction, told: readonly ToldFile[]): Promise<void> {
    const newest = [
      ...new Map(told.map((one) => [`${one.device.deviceId} ${one.thing.id}`, one])).values(),
    ];
    const nowMs = clock.now();
    const stored = await quarantineStore(tx).upsert(newest, { nowMs, countMax: PER_DEVICE_MAX });
    if (stored.length < newest.length) {
      log.warn('sealed files not listed: too many, or not the device’s own', {
        count: newest.length - stored.length,
      });
    }
    for (const verb of ['created', 'changed'] as const) {
      const changed = stored.filter(({ isNew }) => isNew === (verb === 'created'));
      await announceAll(tx, { noun: 'quarantine', verb, nowMs }, changed);
    }
  };
}
