/**
 * What belongs together and a person must handle. Owns the tables `incident`, `incident_device` and
 * `incident_dark`: one incident for one cause, opened and closed by itself. It must not decide who is
 * online: it is told of devices that went dark and came back, and reads their presence.
 */
import { messageOf } from '@wardgrid/base';
import type { Platform } from '../../platform/services.ts';
import { createDarkness, type PresenceChange } from './darkness/service.ts';
import type { Transaction } from '../../platform/database.ts';
import { createOpeners } from './openers.ts';
import { mountIncidentRoutes } from './routes.ts';
import { createThreatDoor } from './threats.ts';
import type { ResolveFindings } from './shapes.ts';
import { createIncidentDoor, createIncidents, type IncidentDoor } from './service.ts';

export type { ResolveFindings } from './shapes.ts';
export type { PresenceChange } from './darkness/service.ts';
export type { ClonedIdentity, ConcernedDevice } from './openers.ts';

/** How often dark devices are looked at. */
const SETTLE_EVERY_MS = 5_000;

/** What other features may ask. Every transaction has the workers' rights. */
export interface IncidentsFeature
  extends
    Pick<IncidentDoor, 'open'>,
    ReturnType<typeof createOpeners>,
    ReturnType<typeof createThreatDoor> {
  /** To be told in the transaction that wrote the presence. */
  readonly presenceChanged: (tx: Transaction, change: PresenceChange) => Promise<void>;
  /** Opens and closes what is due: what the worker does every few seconds. */
  readonly settle: () => Promise<void>;
  readonly start: (signal: AbortSignal) => Promise<void>;
}

export function createIncidentsFeature(
  platform: Platform,
  options: {
    /** How often an idle agent speaks: devices of a dark site are missed over this span. */
    readonly exchangeIntervalMs: number;
    /** How often presence is swept. */
    readonly sweepIntervalMs: number;
    readonly resolveFindings: ResolveFindings;
  },
): IncidentsFeature {
  const door = createIncidentDoor(platform);
  const darkness = createDarkness({
    newId: platform.newId,
    clock: platform.clock,
    settleMs: options.exchangeIntervalMs + 2 * options.sweepIntervalMs,
    root: () => platform.place.membership()?.scope ?? '',
  });
  mountIncidentRoutes(platform.http, createIncidents(platform, door, options.resolveFindings));

  const settle = (): Promise<void> =>
    platform.database.transact({ kind: 'ingest' }, async (tx) => {
      await door.announce(tx, await darkness.settle(tx));
    });

  return {
    open: door.open,
    ...createOpeners(door, platform.clock),
    ...createThreatDoor(door, platform.clock),
    presenceChanged: darkness.presenceChanged,
    settle,
    async start(signal) {
      while (!signal.aborted) {
        await settle().catch((error: unknown) =>
          platform.log.warn('dark devices were not settled', { reason: messageOf(error) }),
        );
        await platform.clock.sleep(SETTLE_EVERY_MS, signal).catch(() => undefined);
      }
    },
  };
}
