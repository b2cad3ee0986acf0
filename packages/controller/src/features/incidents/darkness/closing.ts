import type { Transaction } from '../../../platform/database.ts';
import type { IncidentChange } from '../shapes.ts';
import { isSiteBack } from '../site.ts';
import { darkDevices, darkIncidents, darkSites, type DarkSite } from './repository.ts';

interface Moment {
  readonly at: number;
  /** How long what stays dark is held before it is told of. */
  readonly settleMs: number;
}

/** Closes what is over: devices that are back, sites of which half is back, devices that left us. */
export async function closeReturned(tx: Transaction, moment: Moment): Promise<IncidentChange[]> {
  const incidents = darkIncidents(tx);
  const closed = await incidents.closeReturned(moment.at);
  for (const site of await darkSites(tx).openSites()) {
    if (await noteReturn(tx, site, moment)) closed.push(site);
  }
  const deserted = await incidents.closeDeserted(moment.at);
  return [...closed, ...deserted].map(({ id, tenantId, scope }) => ({
    id,
    tenantId,
    scope,
    verb: 'changed',
  }));
}

/** Notes how many devices of a dark site are back; closes it when half are. True when it changed. */
async function noteReturn(
  tx: Transaction,
  site: DarkSite,
  { at, settleMs }: Moment,
): Promise<boolean> {
  if (site.online === 0) return false;
  const incidents = darkIncidents(tx);
  const text = `${site.online} of ${site.devices} devices are back`;
  if (!isSiteBack(site)) return (await incidents.note(site.id, text, at)) > 0;
  await incidents.closeSite(site.id, text, at);
  const left = await darkSites(tx).stillDark(site.id);
  if (left.length > 0) await darkDevices(tx).remember(left, at, settleMs);
  return true;
}
