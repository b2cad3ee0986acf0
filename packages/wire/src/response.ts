import * as z from 'zod';
import { DeviceEvent, EventClass } from './events.ts';
import type { Fields } from './filters.ts';
import { Job, RestoreArguments } from './jobs.ts';
import { ListQuery, pageOf } from './paging.ts';
import {
  Count,
  DeviceId,
  EpochMs,
  Id,
  Instant,
  OrganizationId,
  PersonName,
  ScopePath,
  Sha256,
  TenantId,
  text,
} from './primitives.ts';
import { route } from './route.ts';

/** What the agent did about a finding, and how it went. */
export const ResponseAction = z.strictObject({
  kind: z.enum(['block', 'kill', 'quarantine', 'restore', 'delete']),
  outcome: z.enum(['done', 'failed', 'not-allowed', 'not-needed']),
  /** The pid, path or quarantine entry it was about. */
  target: z.string().max(4_096),
  detail: z.string().max(500).nullable(),
  at: EpochMs,
});
export type ResponseAction = z.infer<typeof ResponseAction>;

export const QuarantineState = z.enum(['sealed', 'restored', 'deleted', 'expired']);
export type QuarantineState = z.infer<typeof QuarantineState>;

/** One file in the sealed store of a device, as the device tells it. */
export const SealedFile = z.strictObject({
  id: Id,
  state: QuarantineState,
  /** As the device saw it; never acted by. Bytes that are no UTF-8 are shown as `\xNN`. */
  path: z.string().max(4_096),
  sizeBytes: Count,
  sha256: Sha256,
  mode: Count,
  uid: Count,
  gid: Count,
  /** The finding and rule that brought it here; null when a person did. */
  findingId: Id.nullable(),
  rule: z.string().max(200).nullable(),
  sealedAt: EpochMs,
  changedAt: EpochMs,
  /** What to know: `other hard links were emptied`, `could not remove the name`. */
  note: z.string().max(500).nullable(),
});
export type SealedFile = z.infer<typeof SealedFile>;

/** A file in the sealed store of some device. */
export const QuarantineEntry = z.strictObject({
  id: Id,
  tenantId: TenantId,
  organizationId: OrganizationId,
  organizationName: z.string(),
  scope: ScopePath,
  deviceId: DeviceId,
  deviceName: z.string(),
  state: QuarantineState,
  /** As the device saw it. */
  path: z.string(),
  sizeBytes: Count,
  sha256: Sha256,
  mode: Count,
  uid: Count,
  gid: Count,
  findingId: Id.nullable(),
  rule: z.string().nullable(),
  note: z.string().nullable(),
  sealedAt: Instant,
  changedAt: Instant,
  /** The last order about it, who gave it and why. */
  jobId: Id.nullable(),
  orderedBy: PersonName.nullable(),
  orderReason: z.string().nullable(),
});
export type QuarantineEntry = z.infer<typeof QuarantineEntry>;

export const quarantineFields: Fields = {
  path: { kind: 'text', isSortable: true },
  state: { kind: 'choice', choices: QuarantineState.options, isSortable: true },
  sha256: { kind: 'text' },
  rule: { kind: 'text', isSortable: true },
  device: { kind: 'text', isSortable: true },
  deviceId: { kind: 'text' },
  organization: { kind: 'text', isSortable: true },
  sizeBytes: { kind: 'number', isSortable: true },
  sealedAt: { kind: 'time', isSortable: true },
  changedAt: { kind: 'time', isSortable: true },
};

const Params = z.strictObject({ id: Id });
/** Said aloud by whoever orders what cannot be taken back. */
const isConfirmed = z.literal(true);

export const quarantineRoutes = {
  list: route({
    method: 'GET',
    path: '/v1/quarantine',
    summary: 'Files in quarantine',
    query: ListQuery,
    response: pageOf(QuarantineEntry),
    permission: 'quarantine:read',
  }),
  read: route({
    method: 'GET',
    path: '/v1/quarantine/:id',
    summary: 'One file in quarantine',
    params: Params,
    response: QuarantineEntry,
    permission: 'quarantine:read',
  }),
  restore: route({
    method: 'POST',
    path: '/v1/quarantine/:id/restore',
    summary: 'Bring a file back to where it was, as it was',
    params: Params,
    body: z.strictObject({
      exceptionDays: RestoreArguments.shape.exceptionDays.default(null),
      reason: text(500),
      isConfirmed,
    }),
    response: Job,
    status: 202,
    permission: 'devices:respond',
    problems: ['quarantine-not-sealed', 'limit-reached'],
  }),
  purge: route({
    method: 'POST',
    path: '/v1/quarantine/:id/purge',
    summary: 'Delete a file in quarantine for good',
    params: Params,
    body: z.strictObject({ reason: text(500), isConfirmed }),
    response: Job,
    status: 202,
    permission: 'devices:respond',
    problems: ['quarantine-not-sealed', 'limit-reached'],
  }),
};

/** Most events in one answer. */
const EVENTS_LIMIT_MAX = 500;

export const eventRoutes = {
  list: route({
    method: 'GET',
    path: '/v1/devices/:id/events',
    summary: 'Events that a device told, newest first',
    params: z.strictObject({ id: DeviceId }),
    query: z.strictObject({
      class: EventClass.exactOptional(),
      /** Only what happened at or after, and before. */
      since: Instant.exactOptional(),
      until: Instant.exactOptional(),
      /** Only events of this process, by its entity id. */
      process: z.string().max(64).exactOptional(),
      /** `next` of the page before. */
      before: z.string().max(100).exactOptional(),
      limit: z.coerce.number().pipe(z.int().min(1).max(EVENTS_LIMIT_MAX)).default(100),
    }),
    response: z.strictObject({
      /** As the device told them; times are the device's, in epoch milliseconds. */
      data: z.array(DeviceEvent),
      next: z.string().nullable(),
    }),
    permission: 'events:read',
  }),
};
