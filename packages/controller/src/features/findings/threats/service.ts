import type { Clock, Log } from '@wardgrid/base';
import type { DeviceFinding } from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';
import type { FindingDoor } from '../service.ts';
import { correlate, type ThreatIncidents } from './correlate.ts';
import { observablesOf } from './observables.ts';
import { threatRepository, type KnownThreat } from './repository.ts';
import { threatRowOf, type ThreatRow } from './rows.ts';

/** A device as its findings need it. */
export interface ThreatDevice {
  readonly deviceId: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly scope: string;
  readonly name: string;
}

/** Something that an engine on a device found. */
export interface ToldFinding {
  readonly device: ThreatDevice;
  readonly thing: DeviceFinding;
}

/** New findings of one device in an hour: more is a rule that floods, or a device that lies. */
export const NEW_PER_HOUR_MAX = 200;
/** Open findings of one device; who has that many looks at none. */
export const OPEN_MAX = 2_000;
const HOUR_MS = 3_600_000;

interface Entry {
  readonly device: ThreatDevice;
  readonly finding: DeviceFinding;
  readonly row: ThreatRow;
  readonly known: KnownThreat | undefined;
}

export interface ThreatDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  readonly incidents: ThreatIncidents;
  readonly announce: FindingDoor['announce'];
  /** Of new findings, the exception that hides each. */
  readonly exceptionsOf: ExceptionsOf;
}

/** Tells which findings exceptions hide; some were told before the device knew of the exception. */
export type ExceptionsOf = (
  tx: Transaction,
  told: readonly ToldFinding[],
) => Promise<ReadonlyMap<string, string>>;

/** Takes in what engines on devices found; the transaction has the workers' rights. */
export function createThreats(deps: ThreatDeps) {
  return async function take(tx: Transaction, told: readonly ToldFinding[]): Promise<void> {
    const nowMs = deps.clock.now();
    const wanted = await admitted(tx, deps, told);
    if (wanted.length === 0) return;
    const threats = threatRepository(tx);
    const stored = await threats.upsert(
      wanted.map(({ row }) => row),
      nowMs,
    );
    // What was refused is somebody else's: nothing of it is touched.
    const ids = new Set(stored.map(({ id }) => id));
    const entries = wanted.filter(({ row }) => ids.has(row.id));
    if (entries.length === 0) return;
    await threats.keepDetections(entries);
    const fresh = entries.filter((entry) => isFresh(entry));
    const hidden = await hide(tx, deps, fresh);
    const shown = fresh.filter(({ row }) => !hidden.has(row.id));
    const byOrganization = shown.toSorted((left, right) => compare(left.row, right.row));
    for (const { row, finding, device } of byOrganization) {
      const observables = observablesOf(finding);
      await threats.keepObservables(row, observables, nowMs);
      const threat = { row, observables, deviceName: device.name, severity: finding.severity };
      await correlate(tx, deps.incidents, { threat, nowMs });
    }
    for (const { row, known } of entries) {
      const place = { tenantId: row.tenant_id, scope: row.scope };
      await deps.announce(tx, place, [{ id: row.id, verb: known ? 'changed' : 'created' }]);
    }
  };
}

/** New, come back after it was resolved, or seen again although its incident was closed. */
function isFresh({ known, finding }: Entry): boolean {
  if (!known) return true;
  if (known.state === 'ignored' || finding.count <= known.count) return false;
  return known.incidentId === null || known.isIncidentClosed || known.state === 'resolved';
}

/** Locks of organizations are taken in one order. */
function compare(left: ThreatRow, right: ThreatRow): number {
  if (left.organization_id === right.organization_id) return left.id < right.id ? -1 : 1;
  return left.organization_id < right.organization_id ? -1 : 1;
}

async function hide(
  tx: Transaction,
  deps: ThreatDeps,
  fresh: readonly Entry[],
): Promise<ReadonlySet<string>> {
  const exceptions = await deps.exceptionsOf(
    tx,
    fresh.map(({ device, finding }) => ({ device, thing: finding })),
  );
  if (exceptions.size > 0) await threatRepository(tx).hide(exceptions);
  return new Set(exceptions.keys());
}

/** What may be stored: of each finding its newest telling, its own device's, within the bounds. */
async function admitted(
  tx: Transaction,
  deps: ThreatDeps,
  told: readonly ToldFinding[],
): Promise<Entry[]> {
  const newest = new Map(told.map((one) => [`${one.device.deviceId} ${one.thing.id}`, one]));
  const threats = threatRepository(tx);
  const nowMs = deps.clock.now();
  const ids = new Set(told.map(({ thing }) => thing.id));
  const known = new Map((await threats.known([...ids])).map((one) => [one.id, one]));
  const deviceIds = [...new Set(told.map(({ device }) => device.deviceId))];
  const counts = await threats.toldOf(deviceIds, nowMs - HOUR_MS);
  const room = new Map(
    counts.map(({ deviceId, recent, open }) => [
      deviceId,
      Math.min(NEW_PER_HOUR_MAX - recent, OPEN_MAX - open),
    ]),
  );
  const entries: Entry[] = [];
  const droppedOf = new Map<string, number>();
  for (const { device, thing } of newest.values()) {
    const before = known.get(thing.id);
    const isForeign = before ? before.deviceId !== device.deviceId : !ids.has(thing.id);
    const left = room.get(device.deviceId) ?? 0;
    if (isForeign || (!before && left <= 0)) {
      droppedOf.set(device.deviceId, (droppedOf.get(device.deviceId) ?? 0) + 1);
      continue;
    }
    if (!before) room.set(device.deviceId, left - 1);
    // Who tells a new one first has it.
    ids.delete(thing.id);
    const row = threatRowOf(device, thing, nowMs);
    entries.push({ device, finding: thing, row, known: before });
  }
  for (const [deviceId, count] of droppedOf) {
    deps.log.warn('findings of a device dropped: too many, or not its own', { deviceId, count });
  }
  return entries;
}
