/**
 * Chosen events of devices, for the timeline: what happened around a finding. Owns the table
 * `device_event`, bounded by age and by device. It must not judge events; a device keeps all of its
 * own, this keeps what it chose to tell.
 */
import { messageOf } from '@wardgrid/base';
import type { Transaction } from '../../platform/database.ts';
import type { Platform } from '../../platform/services.ts';
import { eventStore, type ToldEvents } from './repository.ts';
import { mountEventRoutes } from './routes.ts';
import { createEvents } from './service.ts';

/** What other features may ask. */
export interface EventsFeature {
  /** Takes in what devices tell, in the caller's transaction with the workers' rights. */
  readonly take: (tx: Transaction, told: readonly ToldEvents[]) => Promise<void>;
  /** Removes what is too old, once. */
  readonly purge: () => Promise<number>;
  readonly start: (signal: AbortSignal) => Promise<void>;
}

/** Events are kept for two weeks: longer ago one asks the device. */
const KEPT_MS = 14 * 86_400_000;
/** Events of one device, some 10 MB at worst: the newest stay. */
const PER_DEVICE_MAX = 10_000;
const PURGE_EVERY_MS = 10 * 60_000;
/** Rows in one removal: none holds its locks for long. */
const PURGE_MAX = 5_000;

export function createEventsFeature(platform: Platform): EventsFeature {
  mountEventRoutes(platform.http, createEvents(platform));
  const { clock, database, log } = platform;

  const purge = (): Promise<number> =>
    database.transact({ kind: 'ingest' }, (tx) =>
      eventStore(tx).removeOld(clock.now() - KEPT_MS, PURGE_MAX),
    );

  return {
    async take(tx, told) {
      const store = eventStore(tx);
      await store.add(told, clock.now());
      const deviceIds = [...new Set(told.map(({ device }) => device.deviceId))];
      await store.trim(deviceIds, PER_DEVICE_MAX);
    },
    purge,
    async start(signal) {
      while (!signal.aborted) {
        const removed = await purge().catch((error: unknown) => {
          log.warn('old events were not removed', { reason: messageOf(error) });
          return 0;
        });
        if (removed >= PURGE_MAX) continue;
        await clock.sleep(PURGE_EVERY_MS, signal).catch(() => undefined);
      }
    },
  };
}
