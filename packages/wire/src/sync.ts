import * as z from 'zod';
import { ClockOffset, ControllerRole, UpstreamState } from './controllers.ts';
import type { Fields } from './filters.ts';
import { ListQuery, pageOf } from './paging.ts';
import { Count, Id, Instant, PersonName, ScopePath, TenantId } from './primitives.ts';
import { route } from './route.ts';

/** A controller above, and whether it answers. */
export const SyncUpstream = z.strictObject({
  controllerId: Id,
  name: z.string(),
  layer: z.int(),
  urls: z.array(z.string()),
  /** Null when it was not tried since the start. */
  isReachable: z.boolean().nullable(),
  isInUse: z.boolean(),
  lastTriedAt: Instant.nullable(),
  /** The code of the last failure, or null. */
  failure: z.string().nullable(),
});
export type SyncUpstream = z.infer<typeof SyncUpstream>;

/** A controller that exchanges with this one. */
export const SyncChild = z.strictObject({
  controllerId: Id,
  tenantId: TenantId,
  name: z.string(),
  layer: z.int(),
  isOnline: z.boolean(),
  lastSyncAt: Instant.nullable(),
  version: z.string(),
  cursor: Count.nullable(),
  queueUp: Count.nullable(),
  clockOffsetMs: z.number().nullable(),
});
export type SyncChild = z.infer<typeof SyncChild>;

/** Most children that the status tells; the list of controllers has all. */
export const SYNC_CHILDREN_MAX = 500;

/** How this controller stands in the chain. */
export const SyncStatus = z.strictObject({
  controllerId: Id,
  role: ControllerRole,
  name: z.string(),
  layer: z.int(),
  /** What it serves; empty at the cloud. */
  scope: ScopePath,
  /** Null at the cloud, which has nobody above. */
  state: UpstreamState.nullable(),
  stateSince: Instant.nullable(),
  /** From the parent to the cloud. */
  upstreams: z.array(SyncUpstream),
  lastUpAt: Instant.nullable(),
  lastDownAt: Instant.nullable(),
  lastTriedAt: Instant.nullable(),
  nextTryAt: Instant.nullable(),
  /** When the parent is tried again, while another is in use. */
  nextProbeAt: Instant.nullable(),
  epoch: Count,
  cursor: Count,
  /** How far the cloud has decided, as last heard; null when nothing was. */
  headG: Count.nullable(),
  isCatchingUp: z.boolean(),
  queueUp: Count,
  /** Decisions that are known to wait above. */
  queueDown: Count.nullable(),
  clockOffsetMs: ClockOffset,
  clockMeasuredAt: Instant.nullable(),
  /** Why what came could not be taken in here, as a code; null while all is well. It is tried again. */
  localFailure: z.string().nullable(),
  conflicts: Count,
  children: z.array(SyncChild).max(SYNC_CHILDREN_MAX),
  certificateExpiresAt: Instant.nullable(),
});
export type SyncStatus = z.infer<typeof SyncStatus>;

/** lost: somebody else's later value stands · rejected: the cloud did not take the change. */
export const ConflictKind = z.enum(['lost', 'rejected']);
export type ConflictKind = z.infer<typeof ConflictKind>;
export const ConflictState = z.enum(['open', 'reapplied', 'dismissed']);
export type ConflictState = z.infer<typeof ConflictState>;

/** A change that did not come to stand, with what stands instead: for a person to look at. */
export const Conflict = z.strictObject({
  id: Id,
  tenantId: TenantId,
  scope: ScopePath,
  at: Instant,
  kind: ConflictKind,
  /** Why, as a code. */
  reason: z.string(),
  /** The noun of the thing: `organizations`, `policies`. */
  noun: z.string(),
  entityId: z.string(),
  entityName: z.string(),
  /** Whether the thing is still there. */
  isLive: z.boolean(),
  /** The controller that it was changed on. */
  controllerId: Id,
  controllerName: z.string(),
  changedBy: PersonName,
  fields: z.array(z.strictObject({ name: z.string(), lost: z.json(), kept: z.json() })).max(200),
  state: ConflictState,
  resolvedAt: Instant.nullable(),
  resolvedBy: PersonName.nullable(),
});
export type Conflict = z.infer<typeof Conflict>;

export const conflictFields: Fields = {
  at: { kind: 'time', isSortable: true },
  kind: { kind: 'choice', choices: ConflictKind.options },
  reason: { kind: 'text' },
  noun: { kind: 'text', isSortable: true },
  state: { kind: 'choice', choices: ConflictState.options, isSortable: true },
  controllerId: { kind: 'text' },
  entityId: { kind: 'text' },
  changedBy: { kind: 'text', isSortable: true },
};

/** An id or reference that was given before the cloud gave the one that lasts. */
export const IdMapping = z.strictObject({
  id: Id,
  tenantId: TenantId,
  scope: ScopePath,
  noun: z.string(),
  /** As it was made: `tmp:…`, or the id that became another's. */
  given: z.string(),
  /** The id that lasts. */
  entityId: z.string(),
  provisionalRef: z.string().nullable(),
  ref: z.string().nullable(),
  /** Two things turned out to be one. */
  isMerged: z.boolean(),
  at: Instant,
});
export type IdMapping = z.infer<typeof IdMapping>;

export const idMappingFields: Fields = {
  at: { kind: 'time', isSortable: true },
  noun: { kind: 'text', isSortable: true },
  given: { kind: 'text' },
  entityId: { kind: 'text' },
  ref: { kind: 'text', isSortable: true },
  provisionalRef: { kind: 'text' },
};

/** Most waiting changes that are told one by one; beyond that their number says enough. */
export const SYNC_PENDING_MAX = 500;

/** A change made here that nobody has decided yet. */
export const PendingChange = z.strictObject({
  id: z.string(),
  tenantId: TenantId,
  at: Instant,
  noun: z.string(),
  entityId: z.string(),
  /** Null when it has none, or is not there any more. */
  entityName: z.string().nullable(),
  kind: z.enum(['create', 'patch', 'delete', 'move']),
  /** What it changes. */
  fields: z.array(z.string()).max(200),
  changedBy: PersonName,
});
export type PendingChange = z.infer<typeof PendingChange>;

/** What everybody who is signed in may know of the controller that answers. */
export const SyncView = z.strictObject({
  controllerId: Id,
  role: ControllerRole,
  name: z.string(),
  /** How it reaches those above; null at the cloud. */
  state: UpstreamState.nullable(),
  stateSince: Instant.nullable(),
  /** When it last exchanged with one of those above. */
  lastReachedAt: Instant.nullable(),
  /** Changes made here, of what the reader sees, that nobody has decided yet. */
  queueUp: Count,
  /** Of which things, the newest first. */
  pending: z
    .array(z.strictObject({ noun: z.string(), entityId: z.string() }))
    .max(SYNC_PENDING_MAX),
});
export type SyncView = z.infer<typeof SyncView>;

const Params = z.strictObject({ id: Id });

export const syncRoutes = {
  status: route({
    method: 'GET',
    path: '/v1/sync/status',
    summary: 'How this controller stands in the chain',
    response: SyncStatus,
    permission: 'sync:read',
  }),
  view: route({
    method: 'GET',
    path: '/v1/sync/view',
    summary: 'Which controller answers, and what made here is not sent up yet',
    response: SyncView,
    permission: 'signed-in',
  }),
  pending: route({
    method: 'GET',
    path: '/v1/sync/pending',
    summary: 'The newest changes made here that nobody has decided yet',
    response: z.strictObject({
      data: z.array(PendingChange).max(SYNC_PENDING_MAX),
      total: Count,
    }),
    permission: 'sync:read',
  }),
  now: route({
    method: 'POST',
    path: '/v1/sync/now',
    summary: 'Exchange with the controller above at once',
    response: SyncStatus,
    permission: 'sync:manage',
    problems: ['local-only'],
  }),
  conflicts: route({
    method: 'GET',
    path: '/v1/sync/conflicts',
    summary: 'Changes that did not come to stand',
    query: ListQuery,
    response: pageOf(Conflict),
    permission: 'sync:read',
  }),
  conflict: route({
    method: 'GET',
    path: '/v1/sync/conflicts/:id',
    summary: 'One change that did not come to stand',
    params: Params,
    response: Conflict,
    permission: 'sync:read',
  }),
  reapply: route({
    method: 'POST',
    path: '/v1/sync/conflicts/:id/reapply',
    summary: 'Make the change again, in full knowledge of what stands',
    params: Params,
    body: z.strictObject({
      /** Only these; all when absent. */
      fields: z.array(z.string().max(120)).min(1).max(200).exactOptional(),
    }),
    response: Conflict,
    permission: 'sync:manage',
    problems: ['conflict-resolved', 'conflict-gone', 'forbidden'],
  }),
  dismiss: route({
    method: 'POST',
    path: '/v1/sync/conflicts/:id/dismiss',
    summary: 'Leave it as it stands',
    params: Params,
    response: Conflict,
    permission: 'sync:manage',
    problems: ['conflict-resolved'],
  }),
  ids: route({
    method: 'GET',
    path: '/v1/sync/ids',
    summary: 'Ids and references as they were given, and those that last',
    query: ListQuery,
    response: pageOf(IdMapping),
    permission: 'sync:read',
  }),
};
