import * as z from 'zod';
import { SignedEnvelope } from './envelopes.ts';
import type { Fields } from './filters.ts';
import { CONTROLLER_LAYER_MAX, JoinRequest, JoinResponse } from './join.ts';
import { ListQuery, pageOf } from './paging.ts';
import {
  Count,
  EpochMs,
  Id,
  Instant,
  Name,
  Nothing,
  PersonName,
  PublicKey,
  ScopePath,
  TenantId,
} from './primitives.ts';
import { route } from './route.ts';

/** What a controller is: by its layer, which its certificate says. */
export const ControllerRole = z.enum(['cloud', 'local', 'sub-local']);
export type ControllerRole = z.infer<typeof ControllerRole>;

/** active: has a certificate · revoked: has lost it for ever. One that waits is a join candidate. */
export const ControllerState = z.enum(['active', 'revoked']);
export type ControllerState = z.infer<typeof ControllerState>;

/**
 * What the tenant's key says of a controller: the third link of the chain of keys. Whoever pins the
 * platform's key believes the tenant's by the licence, and a controller by this.
 */
export const ControllerCertificate = z.strictObject({
  type: z.literal('controller-certificate'),
  tenantId: Id,
  /** The controller's id. */
  nodeId: Id,
  /** Null of the cloud. */
  parentId: Id.nullable(),
  layer: z.int().min(0).max(CONTROLLER_LAYER_MAX),
  publicKey: PublicKey,
  /** What it serves: this node of the scope tree and all below. */
  scope: ScopePath,
  name: z.string().max(120),
  /** Grows with every certificate of one controller. */
  serial: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
  issuedAt: EpochMs,
  notAfter: EpochMs,
});
export type ControllerCertificate = z.infer<typeof ControllerCertificate>;

/**
 * The cloud's name on the chain of a tenant: it has a row in each, and ids are one tenant's own. The
 * tenant's id as another version of UUID (RFC 9562 section 5.8).
 */
export function rootNodeOf(tenantId: string): string {
  return `${tenantId.slice(0, 14)}8${tenantId.slice(15)}`;
}

/** How a controller reaches what is above it. */
export const UpstreamState = z.enum([
  /** Not tried yet since the start. */
  'connecting',
  /** It talks with its parent. */
  'parent',
  /** Its parent is away; it talks with one further up, but not the cloud. */
  'ancestor',
  /** Its parent is away; it talks with the cloud directly. */
  'direct',
  /** Nobody above answers. */
  'cut-off',
]);
export type UpstreamState = z.infer<typeof UpstreamState>;

/** Farthest apart that two clocks can be: the whole range of ECMAScript's dates. */
const CLOCK_OFFSET_MS_MAX = 17_280_000_000_000_000;

/** How far one clock is ahead of another, in milliseconds; null when it was not measured. */
export const ClockOffset = z.number().min(-CLOCK_OFFSET_MS_MAX).max(CLOCK_OFFSET_MS_MAX).nullable();

/** What a controller said of itself, and when: it travels up with its exchanges. */
export const NodeReport = z.strictObject({
  nodeId: Id,
  /** By the node's own clock. */
  at: EpochMs,
  version: z.string().max(40),
  upstream: UpstreamState,
  /** The controller that it talks with; null when it is cut off. */
  upstreamId: Id.nullable(),
  cursor: Count,
  /** Own changes that nobody has decided yet. */
  queueUp: Count,
  /** Its clock minus its upstream's. */
  clockOffsetMs: ClockOffset,
});
export type NodeReport = z.infer<typeof NodeReport>;

/** One controller of the grid, as this controller knows it. */
export const Controller = z.strictObject({
  id: Id,
  tenantId: TenantId,
  tenantName: z.string(),
  name: z.string(),
  role: ControllerRole,
  layer: z.int(),
  parentId: Id.nullable(),
  parentName: z.string().nullable(),
  /** What it serves. */
  scope: ScopePath,
  placeName: z.string(),
  state: ControllerState,
  /** Whether it is the one that answers. */
  isSelf: z.boolean(),
  /** Whether it was heard of within a few of its intervals; of the one that answers always. */
  isOnline: z.boolean(),
  /** For comparing with what it says of itself: the first 16 hex digits of its key's SHA-256. */
  keyId: z.string(),
  urls: z.array(z.string()),
  version: z.string(),
  /** How it reaches what is above it; null when it never said. */
  upstream: UpstreamState.nullable(),
  upstreamId: Id.nullable(),
  cursor: Count.nullable(),
  queueUp: Count.nullable(),
  clockOffsetMs: z.number().nullable(),
  /** When it last said something, here or to one of those below us. */
  lastReportAt: Instant.nullable(),
  /** When it last exchanged with this controller itself. */
  lastSyncAt: Instant.nullable(),
  children: Count,
  /** Of everything in and below what it serves. */
  counts: z.strictObject({ devices: Count, online: Count, openIncidents: Count }),
  createdAt: Instant,
  createdBy: PersonName,
  approvedAt: Instant.nullable(),
  approvedBy: PersonName.nullable(),
  revokedAt: Instant.nullable(),
  certificateSerial: Count.nullable(),
  certificateExpiresAt: Instant.nullable(),
});
export type Controller = z.infer<typeof Controller>;

export const controllerFields: Fields = {
  name: { kind: 'text', isSortable: true },
  state: { kind: 'choice', choices: ControllerState.options, isSortable: true },
  layer: { kind: 'number', isSortable: true },
  tenant: { kind: 'text', isSortable: true },
  parentId: { kind: 'text' },
  version: { kind: 'text', isSortable: true },
  createdAt: { kind: 'time', isSortable: true },
  lastReportAt: { kind: 'time', isSortable: true },
};

/** A one-time secret with which a controller joins below the one that made it. */
export const JoinToken = z.strictObject({
  id: Id,
  tenantId: TenantId,
  tenantName: z.string(),
  /** The controller will have this name. */
  name: z.string(),
  /** What the controller will serve. */
  scope: ScopePath,
  placeName: z.string(),
  parentId: Id,
  parentName: z.string(),
  /** Whether a person has to let the controller in when it comes. */
  isApprovalNeeded: z.boolean(),
  createdAt: Instant,
  createdBy: PersonName,
  expiresAt: Instant,
  usedAt: Instant.nullable(),
  /** The controller that came with it. */
  usedBy: Id.nullable(),
  revokedAt: Instant.nullable(),
  state: z.enum(['active', 'used', 'expired', 'revoked']),
});
export type JoinToken = z.infer<typeof JoinToken>;

export const joinTokenFields: Fields = {
  name: { kind: 'text', isSortable: true },
  tenant: { kind: 'text', isSortable: true },
  state: { kind: 'choice', choices: ['active', 'used', 'expired', 'revoked'] },
  createdAt: { kind: 'time', isSortable: true },
  expiresAt: { kind: 'time', isSortable: true },
};

export const NewJoinToken = z.strictObject({
  name: Name,
  /** A tenant, organization or group that the maker's own controller serves. */
  scope: ScopePath.refine((scope) => scope !== '', { error: 'must be inside a tenant' }),
  expiresInHours: z
    .int()
    .min(1)
    .max(7 * 24)
    .default(24),
  isApprovalNeeded: z.boolean().default(false),
});
export type NewJoinToken = z.output<typeof NewJoinToken>;

const Params = z.strictObject({ id: Id });

export const controllerRoutes = {
  list: route({
    method: 'GET',
    path: '/v1/controllers',
    summary: 'Controllers: the tree, each with its parent',
    query: ListQuery,
    response: pageOf(Controller),
    permission: 'controllers:read',
  }),
  read: route({
    method: 'GET',
    path: '/v1/controllers/:id',
    summary: 'One controller',
    params: Params,
    response: Controller,
    permission: 'controllers:read',
  }),
  update: route({
    method: 'PATCH',
    path: '/v1/controllers/:id',
    summary: 'Rename a controller, or put it below another',
    params: Params,
    body: z.strictObject({ name: Name.exactOptional(), parentId: Id.exactOptional() }),
    response: Controller,
    permission: 'controllers:manage',
    problems: ['cloud-only', 'controller-parent-invalid', 'controller-revoked'],
  }),
  revoke: route({
    method: 'POST',
    path: '/v1/controllers/:id/revoke',
    summary: 'Take a controller out of the grid for ever, its key stolen or its machine gone',
    params: Params,
    body: z.strictObject({ reason: z.string().max(300).exactOptional() }),
    response: Controller,
    permission: 'controllers:manage',
    problems: ['controller-revoked', 'controller-is-self'],
  }),
  /** Asked by whoever heard an announcement, before it believes anything: certificates are no secret. */
  certificate: route({
    method: 'GET',
    path: '/v1/controllers/certificates/:tenantId',
    summary: 'The certificate of this controller in a tenant',
    params: z.strictObject({ tenantId: Id }),
    response: z.strictObject({ certificate: SignedEnvelope }),
    permission: null,
  }),
  /** For a machine that is no controller yet: the token says who lets it in. */
  join: route({
    method: 'POST',
    path: '/v1/controllers/join',
    summary: 'A controller joins by a one-time token',
    body: JoinRequest,
    response: JoinResponse,
    permission: null,
    problems: [
      'join-token-invalid',
      'join-token-expired',
      'join-token-used',
      'join-proof-invalid',
      'join-refused',
      'controller-revoked',
      'licence-missing',
      'protocol-unsupported',
      'upstream-unreachable',
    ],
  }),
};

export const joinTokenRoutes = {
  list: route({
    method: 'GET',
    path: '/v1/join-tokens',
    summary: 'Tokens with which controllers join',
    query: ListQuery,
    response: pageOf(JoinToken),
    permission: 'controllers:read',
  }),
  create: route({
    method: 'POST',
    path: '/v1/join-tokens',
    summary: 'Make a token with which one controller joins',
    body: NewJoinToken,
    response: z.strictObject({
      joinToken: JoinToken,
      /** Shown this once. */
      value: z.string(),
      /** What to run on the new controller's machine. */
      command: z.string(),
    }),
    status: 201,
    permission: 'controllers:manage',
    problems: ['controller-scope-invalid', 'limit-reached'],
  }),
  revoke: route({
    method: 'DELETE',
    path: '/v1/join-tokens/:id',
    summary: 'Revoke a token that was not used',
    params: Params,
    response: Nothing,
    status: 204,
    permission: 'controllers:manage',
    problems: ['join-token-used'],
  }),
};
