import { Severity, type DeviceFinding } from '@wardgrid/wire';
import { shownText } from '../../../platform/stored-text.ts';
import type { EvidenceFacts } from '../judge.ts';

/** A finding of an engine as the table takes it. */
export interface ThreatRow {
  readonly id: string;
  readonly device_id: string;
  readonly tenant_id: string;
  readonly organization_id: string;
  readonly scope: string;
  readonly rule: string;
  readonly dedupe_key: string;
  readonly title: string;
  readonly severity: number;
  readonly engine: string;
  readonly confidence: number;
  readonly techniques: readonly string[];
  readonly count: number;
  readonly action: { readonly kind: string; readonly outcome: string } | null;
  readonly subject: string;
  readonly evidence: EvidenceFacts;
  readonly remedy: string;
  readonly first_seen_at: string;
  readonly last_seen_at: string;
}

/** Fields of the event that say at a glance what happened. */
const EVIDENCE_FIELDS = [
  'process.executable',
  'process.command_line',
  'process.parent.executable',
  'user.name',
  'file.path',
  'file.hash.sha256',
  'source.ip',
  'destination.ip',
  'destination.port',
  'destination.domain',
  'service.name',
  'message',
] as const;

/** Longest text of a piece of evidence, as the contract has it. */
const EVIDENCE_LENGTH_MAX = 1_024;

/** Where a finding belongs. */
interface Place {
  readonly deviceId: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly scope: string;
}

/** A finding made storable. The device's clock may be anything: nothing was seen after now. */
export function threatRowOf(device: Place, finding: DeviceFinding, nowMs: number): ThreatRow {
  const last = finding.actions.at(-1);
  return {
    id: finding.id,
    device_id: device.deviceId,
    tenant_id: device.tenantId,
    organization_id: device.organizationId,
    scope: device.scope,
    rule: shownText(finding.rule, 200),
    dedupe_key: `threat:${device.deviceId}:${finding.id}`,
    title: shownText(finding.title, 300),
    severity: Severity.options.indexOf(finding.severity),
    engine: finding.engine,
    confidence: finding.confidence,
    techniques: [...new Set(finding.techniques)],
    count: finding.count,
    action: last ? { kind: last.kind, outcome: last.outcome } : null,
    subject: shownText(finding.subject, 1_024),
    evidence: evidenceOf(finding),
    remedy: shownText(finding.remedy, 1_000),
    first_seen_at: pastOf(finding.firstSeenAt, nowMs),
    last_seen_at: pastOf(finding.lastSeenAt, nowMs),
  };
}

function pastOf(epochMs: number, nowMs: number): string {
  return new Date(Math.min(epochMs, nowMs)).toISOString();
}

function evidenceOf({ event }: DeviceFinding): EvidenceFacts {
  const evidence: Record<string, string | number | boolean> = {};
  for (const field of EVIDENCE_FIELDS) {
    const value = event?.fields[field];
    if (typeof value === 'string') evidence[field] = shownText(value, EVIDENCE_LENGTH_MAX);
    else if (typeof value === 'number' || typeof value === 'boolean') evidence[field] = value;
  }
  return evidence;
}
