import type { NewId } from '@wardgrid/base';
import type { Transaction } from '../../../platform/database.ts';
import { incidentOpener } from '../repository.ts';
import type { IncidentChange, NewIncident, OpenedIncident } from '../shapes.ts';
import {
  darkDevices,
  darkIncidents,
  darkSites,
  type DarkDevice,
  type DueSite,
} from './repository.ts';

interface Moment {
  readonly newId: NewId;
  readonly at: number;
}

/** Opens the one incident about a dark site, or joins it, and merges what was told of its devices. */
export async function openSite(
  tx: Transaction,
  given: { readonly site: DueSite; readonly dueIds: readonly string[] },
  { newId, at }: Moment,
): Promise<IncidentChange[]> {
  const { site, dueIds } = given;
  const incidents = darkIncidents(tx);
  const together = site.incidentId === null ? await darkSites(tx).devicesTogether(site) : [];
  const deviceIds = [...new Set([...dueIds, ...together])];
  const opener = incidentOpener(tx);
  const opened = await opener.openRow({
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
  await opener.addDevices(deviceIds.map((deviceId) => ({ incidentId: opened.id, deviceId })));
  const merged = await incidents.merge(deviceIds, opened.id, at);
  if (merged.length > 0)
    await incidents.note(opened.id, `${merged.length} incidents of lone devices were merged`, at);
  await darkDevices(tx).forgetFree(deviceIds);
  return [
    changeOf(opened),
    ...merged.map((incident) => ({ ...incident, verb: 'changed' as const })),
  ];
}

/** Opens an incident about each device that is dark alone. */
export async function openLone(
  tx: Transaction,
  devices: readonly DarkDevice[],
  moment: Moment,
): Promise<IncidentChange[]> {
  if (devices.length === 0) return [];
  const opener = incidentOpener(tx);
  const opened = await opener.openMany(devices.map((device) => loneIncident(device, moment)));
  const idOf = new Map(opened.map(({ dedupeKey, id }) => [dedupeKey, id]));
  await opener.addDevices(
    devices.flatMap(({ id }) => {
      const incidentId = idOf.get(loneKey(id));
      return incidentId === undefined ? [] : [{ incidentId, deviceId: id }];
    }),
  );
  return opened.map((one) => changeOf(one));
}

function loneIncident(device: DarkDevice, { newId, at }: Moment): NewIncident {
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

function loneKey(deviceId: string): string {
  return `device-offline:${deviceId}`;
}

function changeOf({ id, tenantId, scope, isNew }: OpenedIncident): IncidentChange {
  return { id, tenantId, scope, verb: isNew ? 'created' : 'changed' };
}
