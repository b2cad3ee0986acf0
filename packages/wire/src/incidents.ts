import * as z from 'zod';
import type { Fields } from './filters.ts';
import { Technique } from './findings.ts';
import { ListQuery, pageOf } from './paging.ts';
import {
  Count,
  DeviceId,
  Id,
  Instant,
  Name,
  OrganizationId,
  PersonName,
  Reference,
  ScopePath,
  Severity,
  TenantId,
} from './primitives.ts';
import { route } from './route.ts';

export const IncidentState = z.enum(['open', 'acknowledged', 'closed']);
export const IncidentKind = z.enum([
  'site-dark',
  'device-offline',
  'identity-cloned',
  'order-refused',
  'threat',
]);

/** What belongs together and a person must handle. */
export const Incident = z.strictObject({
  id: Id,
  ref: Reference.exactOptional(),
  tenantId: TenantId,
  organizationId: OrganizationId,
  organizationName: z.string(),
  scope: ScopePath,
  kind: IncidentKind,
  title: z.string(),
  severity: Severity,
  state: IncidentState,
  /** The first 200 devices concerned; `deviceCount` tells how many there are. */
  devices: z.array(z.strictObject({ id: DeviceId, name: z.string() })),
  deviceCount: Count,
  /** Findings that belong to it; the list of findings knows which (`incidentId:`). */
  findingCount: Count,
  /** ATT&CK techniques of its findings. */
  techniques: z.array(Technique),
  openedAt: Instant,
  closedAt: Instant.nullable(),
  closedBy: PersonName.nullable(),
  timeline: z.array(z.strictObject({ at: Instant, text: z.string(), by: PersonName.nullable() })),
});
export type Incident = z.infer<typeof Incident>;

export const incidentFields: Fields = {
  ref: { kind: 'text' },
  title: { kind: 'text', isSortable: true },
  kind: { kind: 'choice', choices: IncidentKind.options, isSortable: true },
  severity: { kind: 'choice', choices: Severity.options, isSortable: true },
  state: { kind: 'choice', choices: IncidentState.options, isSortable: true },
  organization: { kind: 'text', isSortable: true },
  openedAt: { kind: 'time', isSortable: true },
};

export const incidentRoutes = {
  list: route({
    method: 'GET',
    path: '/v1/incidents',
    summary: 'Incidents',
    query: ListQuery,
    response: pageOf(Incident),
    permission: 'incidents:read',
  }),
  read: route({
    method: 'GET',
    path: '/v1/incidents/:id',
    summary: 'One incident',
    params: z.strictObject({ id: Id }),
    response: Incident,
    permission: 'incidents:read',
  }),
  update: route({
    method: 'PATCH',
    path: '/v1/incidents/:id',
    summary: 'Acknowledge, close or reopen an incident',
    params: z.strictObject({ id: Id }),
    body: z.strictObject({
      state: IncidentState,
      note: Name.exactOptional(),
      /** With `closed`: whether its open findings are resolved, as far as the caller may change them. */
      resolveFindings: z.boolean().default(true),
    }),
    response: Incident,
    permission: 'incidents:update',
  }),
};
