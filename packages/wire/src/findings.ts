import * as z from 'zod';
import type { Fields } from './filters.ts';
import { ListQuery, pageOf } from './paging.ts';
import {
  Count,
  DeviceId,
  Id,
  Instant,
  Name,
  OrganizationId,
  ScopePath,
  Severity,
  TenantId,
} from './primitives.ts';
import { route } from './route.ts';

export const FindingState = z.enum(['open', 'resolved', 'ignored']);

/** Evidence is what a scan saw, shown as it is. */
export const Evidence = z.record(
  z.string().max(60),
  z.union([z.string().max(1_024), z.number(), z.boolean(), z.null()]),
);

/** What a rule or scan says about a device or asset. */
export const Finding = z.strictObject({
  id: Id,
  tenantId: TenantId,
  organizationId: OrganizationId,
  organizationName: z.string(),
  scope: ScopePath,
  /** The rule that said it: `open-port`, `cleartext-remote-shell`, … */
  rule: z.string(),
  title: z.string(),
  severity: Severity,
  state: FindingState,
  deviceId: DeviceId.nullable(),
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
  note: z.string().nullable(),
});
export type Finding = z.infer<typeof Finding>;

export const findingFields: Fields = {
  title: { kind: 'text', isSortable: true },
  rule: { kind: 'text', isSortable: true },
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
