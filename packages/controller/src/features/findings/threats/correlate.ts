import type { Severity } from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';
import type { Observable } from './observables.ts';
import { correlationRepository } from './repository.ts';
import type { ThreatRow } from './rows.ts';
import { OPENING_WEIGHT, WEAK_SPAN_MS, WEAK_SUM, weightOf } from './weight.ts';

/** A finding that looks for the incident it belongs to. */
export interface NewThreat {
  readonly row: ThreatRow;
  readonly deviceName: string;
  readonly severity: Severity;
  readonly observables: readonly Observable[];
}

/** What correlation asks of incidents; everything in the caller's transaction. */
export interface ThreatIncidents {
  readonly openThreat: (
    tx: Transaction,
    given: {
      readonly tenantId: string;
      readonly organizationId: string;
      readonly scope: string;
      readonly deviceId: string;
      readonly dedupeKey: string;
      readonly title: string;
      readonly severity: Severity;
      readonly note: string;
    },
  ) => Promise<string>;
  /** Adds to an open incident, whose scope is widened to hold the device. */
  readonly extendThreat: (
    tx: Transaction,
    incidentId: string,
    given: {
      readonly scope: string;
      readonly deviceId: string;
      readonly severity: Severity;
      readonly note: string;
    },
  ) => Promise<void>;
}

/** What is shared within a day belongs together: a file that shows up again, an address that comes back. */
const SHARED_SPAN_MS = 86_400_000;
/** What happens on one device within minutes is most often one thing. */
const NEAR_SPAN_MS = 10 * 60_000;

/**
 * Puts a finding where it belongs: into the open incident of its organization with which it shares a
 * process, a file, an address or the moment; else, when it is grave enough, into one of its own. Weak
 * signals of different rules on one device add up. Organizations are clients of one another's
 * provider: an incident never reaches from one into another.
 */
export async function correlate(
  tx: Transaction,
  incidents: ThreatIncidents,
  { threat, nowMs }: { readonly threat: NewThreat; readonly nowMs: number },
): Promise<void> {
  const { row, severity, observables } = threat;
  const threats = correlationRepository(tx);
  await threats.lockOrganization(row.organization_id);
  const found = await threats.incidentFor({
    tenantId: row.tenant_id,
    organizationId: row.organization_id,
    deviceId: row.device_id,
    observables,
    sharedSince: nowMs - SHARED_SPAN_MS,
    nearSince: nowMs - NEAR_SPAN_MS,
  });
  if (found) {
    await incidents.extendThreat(tx, found.id, {
      scope: row.scope,
      deviceId: row.device_id,
      severity,
      note: noteOf(threat),
    });
    await threats.attach([row.id], found.id);
    return;
  }
  if (weightOf({ severity, confidence: row.confidence }) >= OPENING_WEIGHT) {
    await open(tx, incidents, { threat, severity, ids: [row.id], title: row.title });
    return;
  }
  const weak = await threats.weakOf(row.device_id, nowMs - WEAK_SPAN_MS);
  if (weak.reduce((sum, one) => sum + one.weight, 0) < WEAK_SUM) return;
  await open(tx, incidents, {
    threat,
    severity: 'medium',
    ids: weak.map(({ id }) => id),
    title: `${weak.length} weak signals`,
  });
}

async function open(
  tx: Transaction,
  incidents: ThreatIncidents,
  given: {
    readonly threat: NewThreat;
    readonly severity: Severity;
    readonly ids: readonly string[];
    readonly title: string;
  },
): Promise<void> {
  const { threat, severity, ids, title } = given;
  const { row } = threat;
  const incidentId = await incidents.openThreat(tx, {
    tenantId: row.tenant_id,
    organizationId: row.organization_id,
    scope: row.scope,
    deviceId: row.device_id,
    dedupeKey: `threat:${row.id}`,
    title: `${title} on ${threat.deviceName}`,
    severity,
    note: noteOf(threat),
  });
  await correlationRepository(tx).attach([...ids, row.id], incidentId);
}

function noteOf({ row, deviceName }: NewThreat): string {
  const done = row.action ? `; ${row.action.kind}: ${row.action.outcome}` : '';
  return `${row.title} on ${deviceName}: ${row.subject}${done}`;
}
