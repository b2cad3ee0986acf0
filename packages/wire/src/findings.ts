import * as z from 'zod';
import { DeviceEvent, ProcessNode } from './events.ts';
import type { Fields } from './filters.ts';
import { ListQuery, pageOf } from './paging.ts';
import {
  Count,
  DeviceId,
  EpochMs,
  Id,
  Instant,
  Name,
  OrganizationId,
  ScopePath,
  Severity,
  Sha256,
  TenantId,
} from './primitives.ts';
import { ResponseAction } from './response.ts';
import { route } from './route.ts';

export const FindingState = z.enum(['open', 'resolved', 'ignored']);

/** Evidence is what a scan saw, shown as it is. */
export const Evidence = z.record(
  z.string().max(60),
  z.union([z.string().max(1_024), z.number(), z.boolean(), z.null()]),
);

/** Which engine said it. */
export const FindingEngine = z.enum([
  'sigma',
  'behaviour',
  'yara',
  'hash',
  'clamav',
  'canary',
  'anomaly',
  'sensor',
]);
export type FindingEngine = z.infer<typeof FindingEngine>;

/** An ATT&CK technique, `T1059` or `T1059.004`. */
export const Technique = z
  .string()
  .max(9)
  .regex(/^T\d{4}(?:\.\d{3})?$/);

/**
 * What an engine on a device found, as the device tells it. The same rule about the same subject is
 * told again with a higher `count`, under the same id, not as another.
 */
export const DeviceFinding = z.strictObject({
  id: Id,
  rule: z.string().min(1).max(200),
  title: z.string().max(300),
  engine: FindingEngine,
  severity: Severity,
  /** 0–100: how sure the rule is. */
  confidence: z.int().min(0).max(100),
  techniques: z.array(Technique).max(16),
  /** Digest of the content that held the rule; null for rules inside the agent. */
  contentDigest: Sha256.nullable(),
  /** What it is about, for people and for telling repeats: an executable, a file, an address. */
  subject: z.string().max(1_024),
  /** What to do about it. */
  remedy: z.string().max(1_000),
  /** Whom the rule's licence asks to name (DRL 1.1), or null. */
  author: z.string().max(300).nullable(),
  firstSeenAt: EpochMs,
  lastSeenAt: EpochMs,
  count: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
  /** Which selections and fields matched, so that a person sees why. */
  matches: z
    .array(
      z.strictObject({
        selection: z.string().max(120),
        field: z.string().max(120),
        value: z.string().max(1_024),
      }),
    )
    .max(16),
  /** The event that fired it; null for what no single event shows. */
  event: DeviceEvent.nullable(),
  /** The process and its ancestors, the process itself first. */
  processes: z.array(ProcessNode).max(32),
  actions: z.array(ResponseAction).max(32),
});
export type DeviceFinding = z.infer<typeof DeviceFinding>;

/** An exposure is what a scan saw; a threat is what an engine on the device said. */
export const FindingCategory = z.enum(['exposure', 'threat']);
export type FindingCategory = z.infer<typeof FindingCategory>;

/** What a rule or scan says about a device or asset. */
export const Finding = z.strictObject({
  id: Id,
  tenantId: TenantId,
  organizationId: OrganizationId,
  organizationName: z.string(),
  scope: ScopePath,
  /** The rule that said it: `open-port`, `cleartext-remote-shell`, … */
  rule: z.string(),
  category: FindingCategory,
  /** Null for an exposure. */
  engine: FindingEngine.nullable(),
  title: z.string(),
  severity: Severity,
  /** 0–100; null for an exposure, which was seen. */
  confidence: z.int().nullable(),
  techniques: z.array(Technique),
  state: FindingState,
  deviceId: DeviceId.nullable(),
  deviceName: z.string().nullable(),
  assetId: Id.nullable(),
  /** The name or address of what it is about. */
  subject: z.string(),
  evidence: Evidence,
  remedy: z.string(),
  firstSeenAt: Instant,
  lastSeenAt: Instant,
  resolvedAt: Instant.nullable(),
  /** How often it came back after it was resolved. */
  reopened: Count,
  /** How often it was seen; an exposure counts the scans that saw it new. */
  count: Count,
  /** What it ended in: the last action of the agent about it; null when there was none. */
  action: ResponseAction.pick({ kind: true, outcome: true }).nullable(),
  /** The incident it belongs to. */
  incidentId: Id.nullable(),
  /** The exception that hides it; null when none does. */
  exceptionId: Id.nullable(),
  note: z.string().nullable(),
});
export type Finding = z.infer<typeof Finding>;

/** The whole of what an engine told, for who looks into it. */
export const FindingDetail = z.strictObject({
  finding: Finding,
  /** As the device told it; null for an exposure. */
  detection: DeviceFinding.nullable(),
});
export type FindingDetail = z.infer<typeof FindingDetail>;

export const findingFields: Fields = {
  category: { kind: 'choice', choices: FindingCategory.options, isSortable: true },
  engine: { kind: 'choice', choices: FindingEngine.options, isSortable: true },
  title: { kind: 'text', isSortable: true },
  rule: { kind: 'text', isSortable: true },
  confidence: { kind: 'number', isSortable: true },
  technique: { kind: 'text' },
  count: { kind: 'number', isSortable: true },
  device: { kind: 'text', isSortable: true },
  incidentId: { kind: 'text' },
  /** Whether an exception hides it. */
  hidden: { kind: 'flag' },
  severity: { kind: 'choice', choices: Severity.options, isSortable: true },
  state: { kind: 'choice', choices: FindingState.options, isSortable: true },
  subject: { kind: 'text', isSortable: true },
  organization: { kind: 'text', isSortable: true },
  deviceId: { kind: 'text' },
  assetId: { kind: 'text' },
  firstSeenAt: { kind: 'time', isSortable: true },
  lastSeenAt: { kind: 'time', isSortable: true },
  reopened: { kind: 'number', isSortable: true },
};

export const findingRoutes = {
  list: route({
    method: 'GET',
    path: '/v1/findings',
    summary: 'Findings',
    query: ListQuery,
    response: pageOf(Finding),
    permission: 'findings:read',
  }),
  read: route({
    method: 'GET',
    path: '/v1/findings/:id',
    summary: 'One finding',
    params: z.strictObject({ id: Id }),
    response: Finding,
    permission: 'findings:read',
  }),
  detail: route({
    method: 'GET',
    path: '/v1/findings/:id/detail',
    summary: 'One finding with its event, process tree, matches and actions',
    params: z.strictObject({ id: Id }),
    response: FindingDetail,
    permission: 'findings:read',
  }),
  update: route({
    method: 'PATCH',
    path: '/v1/findings/:id',
    summary: 'Ignore, resolve or reopen a finding',
    params: z.strictObject({ id: Id }),
    body: z.strictObject({
      state: FindingState.exactOptional(),
      note: Name.nullable().exactOptional(),
    }),
    response: Finding,
    permission: 'findings:update',
  }),
};
