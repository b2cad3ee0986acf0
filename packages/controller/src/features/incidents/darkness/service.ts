import type { Clock, NewId } from '@wardgrid/base';
import type { Transaction } from '../../../platform/database.ts';
import type { IncidentChange } from '../shapes.ts';
import { isSiteDark } from '../site.ts';
import { closeReturned } from './closing.ts';
import { openLone, openSite } from './opening.ts';
import { darkDevices, darkSites, type DarkDevice, type DueSite } from './repository.ts';

/** Which devices crossed the line, in one sweep or exchange. */
export interface PresenceChange {
  readonly wentOffline: readonly CrossingDevice[];
  readonly cameBack: readonly CrossingDevice[];
}

interface CrossingDevice {
  readonly deviceId: string;
}

export interface DarknessOptions {
  readonly newId: NewId;
  readonly clock: Pick<Clock, 'now'>;
  /**
   * How long a dark device is held before it is told of. Devices of a site that goes dark cross the
   * line over one exchange interval and the sweeps in it: after that time they are all dark.
   */
  readonly settleMs: number;
  /** The scope that this controller serves; empty at the cloud. */
  readonly root: () => string;
}

/** Turns devices that go dark and return into incidents: one a site, otherwise one a device. */
export function createDarkness({ newId, clock, settleMs, root }: DarknessOptions) {
  /**
   * Takes note of who went dark and who is back, and nothing more: it runs in the transaction of an
   * exchange or sweep, which must be short. `settle` draws the conclusions.
   */
  async function presenceChanged(tx: Transaction, change: PresenceChange): Promise<void> {
    const devices = darkDevices(tx);
    const wentOffline = change.wentOffline.map(({ deviceId }) => deviceId);
    const cameBack = change.cameBack.map(({ deviceId }) => deviceId);
    if (wentOffline.length > 0) await devices.remember(wentOffline, clock.now(), settleMs);
    if (cameBack.length > 0) await devices.forget(cameBack);
  }

  /**
   * Tells of what has been dark for long enough, and closes what is over even if nobody said so:
   * every fact is read again from the database, so that nothing is lost with a controller.
   */
  async function settle(tx: Transaction): Promise<IncidentChange[]> {
    const devices = darkDevices(tx);
    const at = clock.now();
    if (!(await devices.lock())) return [];
    await devices.forgetReturned();
    const changes = await closeReturned(tx, { at, settleMs });
    const due = await devices.takeDue(at);
    if (due.length === 0) return changes;
    const lone = new Map(due.map((device) => [device.id, device]));
    for (const site of await darkSites(tx).ofDevices(due, root())) {
      if (site.incidentId === null && !isSiteDark(site)) continue;
      const dueIds = due.filter((device) => isOfSite(device, site)).map(({ id }) => id);
      changes.push(...(await openSite(tx, { site, dueIds }, { newId, at })));
      for (const id of dueIds) lone.delete(id);
    }
    changes.push(...(await openLone(tx, [...lone.values()], { newId, at })));
    await devices.forget(due.map(({ id }) => id));
    return changes;
  }

  return { presenceChanged, settle };
}

function isOfSite(device: DarkDevice, site: DueSite): boolean {
  return device.organizationId === site.organizationId && device.site === site.site;
}
