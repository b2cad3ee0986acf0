import type { Clock, NewId } from '@wardgrid/base';
import type { Transaction } from '../../../platform/database.ts';
import { incidentRepository } from '../repository.ts';
import type { NewIncident, OpenedIncident } from '../shapes.ts';
import { isSiteBack, isSiteDark } from '../site.ts';
import {
  darknessRepository,
  type ClosedIncident,
  type DarkDevice,
  type DarkSite,
  type DueSite,
} from './repository.ts';

/** Which devices crossed the line, in one sweep or exchange. */
export interface PresenceChange {
  readonly wentOffline: readonly CrossingDevice[];
  readonly cameBack: readonly CrossingDevice[];
}

interface CrossingDevice {
  readonly deviceId: string;
}

/** What changed, for whoever tells the consoles. */
export interface IncidentChange extends ClosedIncident {
  readonly verb: 'created' | 'changed';
}

export interface DarknessOptions {
  readonly newId: NewId;
  readonly clock: Pick<Clock, 'now'>;
  /**
   * How long a dark device is held before it is told of. Devices of a site that goes dark cross the
   * line over one exchange interval and the sweeps in it: after that time they are all dark.
   */
  readonly settleMs: number;
}

/** Turns devices that go dark and return into incidents: one a site, otherwise one a device. */
export function createDarkness({ newId, clock, settleMs }: DarknessOptions) {
  /**
   * Takes note of who went dark and who is back, and nothing more: it runs in the transaction of an
   * exchange or sweep, which must be short. `settle` draws the conclusions.
   */
  async function presenceChanged(tx: Transaction, change: PresenceChange): Promise<void> {
    const darkness = darknessRepository(tx);
    const wentOffline = change.wentOffline.map(({ deviceId }) => deviceId);
    const cameBack = change.cameBack.map(({ deviceId }) => deviceId);
    if (wentOffline.length > 0) await darkness.remember(wentOffline, clock.now(), settleMs);
    if (cameBack.length > 0) await darkness.forget(cameBack);
  }

  /**
   * Tells of what has been dark for long enough, and closes what is over even if nobody said so:
   * every fact is read again from the database, so that nothing is lost with a controller.
   */
  async function settle(tx: Transaction): Promise<IncidentChange[]> {
    const darkness = darknessRepository(tx);
    const now = clock.now();
    if (!(await darkness.lock())) return [];
    await darkness.forgetReturned();
    const changes = await closeReturned(tx, now);
    changes.push(...changed(await darkness.closeDeserted(now)));
    const due = await darkness.takeDue(now);
    if (due.length === 0) return changes;
    const lone = new Map(due.map((device) => [device.id, device]));
    for (const site of await darkness.sites(due)) {
      if (site.incidentId === null && !isSiteDark(site)) continue;
      const ofSite = due.filter((device) => isOfSite(device, site)).map(({ id }) => id);
      const told = await openSite(tx, { site, dueIds: ofSite, at: now });
      changes.push(...told);
      for (const id of ofSite) lone.delete(id);
    }
    changes.push(...(await openLone(tx, [...lone.values()], now)));
    await darkness.forget(due.map(({ id }) => id));
    return changes;
  }

  async function openSite(
    tx: Transaction,
    given: { readonly site: DueSite; readonly dueIds: readonly string[]; readonly at: number },
  ): Promise<IncidentChange[]> {
    const { site, dueIds, at } = given;
    const darkness = darknessRepository(tx);
    const together = site.incidentId === null ? await darkness.darkTogether(site) : [];
    const deviceIds = [...new Set([...dueIds, ...together])];
    const opened = await incidentRepository(tx).openRow({
      id: newId(),
      tenantId: site.tenantId,
      organizationId: site.organizationId,
      scope: site.scope,
      kind: 'site-dark',
      dedupeKey: `site-dark:${site.organizationId}:${site.site}`,
      title: `Site ${site.place} is dark`,
      severity: 'high',
      note: `${deviceIds.length} devices of ${site.place} went dark together`,
      at,
    });
    await incidentRepository(tx).addDevices(
      deviceIds.map((deviceId) => ({ incidentId: opened.id, deviceId })),
    );
    const merged = await darkness.merge(deviceIds, opened.id, at);
    if (merged.length > 0)
      await darkness.note(opened.id, `${merged.length} incidents of lone devices were merged`, at);
    await darkness.forgetFree(deviceIds);
    return [changeOf(opened), ...changed(merged)];
  }

  async function openLone(
    tx: Transaction,
    devices: readonly DarkDevice[],
    at: number,
  ): Promise<IncidentChange[]> {
    if (devices.length === 0) return [];
    const incidents = incidentRepository(tx);
    const opened = await incidents.openMany(devices.map((device) => loneIncident(device, at)));
    const idOf = new Map(opened.map(({ dedupeKey, id }) => [dedupeKey, id]));
    await incidents.addDevices(
      devices.flatMap(({ id }) => {
        const incidentId = idOf.get(loneKey(id));
        return incidentId === undefined ? [] : [{ incidentId, deviceId: id }];
      }),
    );
    return opened.map((one) => changeOf(one));
  }

  function loneIncident(device: DarkDevice, at: number): NewIncident {
    return {
      id: newId(),
      tenantId: device.tenantId,
      organizationId: device.organizationId,
      scope: device.scope,
      kind: 'device-offline',
      dedupeKey: loneKey(device.id),
      title: `${device.name} is offline`,
      severity: 'low',
      note: 'The device missed its time',
      at,
    };
  }

  async function closeReturned(tx: Transaction, at: number): Promise<IncidentChange[]> {
    const darkness = darknessRepository(tx);
    const changes = changed(await darkness.closeReturned(at));
    for (const site of await darkness.darkSites()) {
      if (await noteReturn(tx, site, at)) changes.push({ ...site, verb: 'changed' });
    }
    return changes;
  }

  /** Notes how many devices of a dark site are back; closes it when half are. True when it changed. */
  async function noteReturn(tx: Transaction, site: DarkSite, at: number): Promise<boolean> {
    if (site.online === 0) return false;
    const darkness = darknessRepository(tx);
    const text = `${site.online} of ${site.devices} devices are back`;
    if (!isSiteBack(site)) return (await darkness.note(site.id, text, at)) > 0;
    await darkness.closeSite(site.id, text, at);
    const left = await darkness.stillDark(site.id);
    if (left.length > 0) await darkness.remember(left, at, settleMs);
    return true;
  }

  return { presenceChanged, settle };
}

function isOfSite(device: DarkDevice, site: DueSite): boolean {
  return device.organizationId === site.organizationId && device.site === site.site;
}

function loneKey(deviceId: string): string {
  return `device-offline:${deviceId}`;
}

function changeOf(opened: OpenedIncident): IncidentChange {
  return { ...opened, verb: opened.isNew ? 'created' : 'changed' };
}

function changed(incidents: readonly ClosedIncident[]): IncidentChange[] {
  return incidents.map((incident) => ({ ...incident, verb: 'changed' }));
}
