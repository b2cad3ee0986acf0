import * as z from 'zod';
import { SignedEnvelope } from './envelopes.ts';
import {
  base64Url,
  Count,
  EpochMs,
  Id,
  PublicKey,
  ScopePath,
  Sha256,
  Signature,
} from './primitives.ts';

/** Deepest controller: the cloud is layer 0, a local 1, what hangs below 2 and more. */
export const CONTROLLER_LAYER_MAX = 16;

/** Where people, agents and other controllers reach a controller. */
export const ControllerUrl = z.url({ protocol: /^https?$/ }).max(300);

/** Most addresses of one controller: a host has few networks that others reach it by. */
export const CONTROLLER_URLS_MAX = 8;

/** Longest certificate of an authority, as PEM. */
export const AUTHORITY_LENGTH_MAX = 8_192;

/** What a joining controller signs with the key it asks a certificate for, purpose `join`. */
export const JoinStatement = z.strictObject({
  tokenHash: Sha256,
  nodeId: Id,
  publicKey: PublicKey,
  issuedAt: EpochMs,
});
export type JoinStatement = z.infer<typeof JoinStatement>;

export const JoinRequest = z.strictObject({
  protocol: z.int().min(1).max(1_000),
  /** `wgj_…`, whole. */
  token: z.string().max(200),
  nodeId: Id,
  publicKey: PublicKey,
  issuedAt: EpochMs,
  /** Over the `JoinStatement`. */
  proof: Signature,
  urls: z.array(ControllerUrl).max(CONTROLLER_URLS_MAX),
  /** The certificate of its own authority, when it serves with one. */
  authority: z.string().max(AUTHORITY_LENGTH_MAX).nullable(),
  version: z.string().max(40),
});
export type JoinRequest = z.infer<typeof JoinRequest>;

/** What the controller that a join came to says of it to the cloud, which alone signs certificates. */
export const JoinVouch = z.strictObject({
  type: z.literal('join-vouch'),
  tenantId: Id,
  /** Of the canonical JSON of the `JoinRequest`. */
  requestHash: Sha256,
  nodeId: Id,
  /** Who vouches; the new controller's parent. */
  parentId: Id,
  scope: ScopePath,
  name: z.string().max(120),
  createdBy: z.string().max(254),
  issuedAt: EpochMs,
});
export type JoinVouch = z.infer<typeof JoinVouch>;

/** A join on its way up, signed by its carriers as every exchange is. */
export const ForwardedJoin = z.strictObject({
  request: JoinRequest,
  /** By the parent's own key. */
  vouch: SignedEnvelope,
});
export type ForwardedJoin = z.infer<typeof ForwardedJoin>;

/** A controller above, from the parent to the cloud: whom to talk with when the nearer ones are away. */
export const Upstream = z.strictObject({
  nodeId: Id,
  name: z.string().max(120),
  layer: z.int().min(0).max(CONTROLLER_LAYER_MAX),
  urls: z.array(ControllerUrl).max(CONTROLLER_URLS_MAX),
  /** Whom to believe when its address is called over TLS; null: the authorities of the system. */
  authority: z.string().max(AUTHORITY_LENGTH_MAX).nullable(),
  /** Signed by the tenant's key. */
  certificate: SignedEnvelope,
});
export type Upstream = z.infer<typeof Upstream>;

/** The answer to a join: in, or waiting until a person lets it in. The same request is sent again then. */
export const JoinResponse = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('joined'),
    tenantId: Id,
    /** Pinned from now on. */
    platformKey: PublicKey,
    licence: SignedEnvelope,
    certificate: SignedEnvelope,
    /** From the parent to the cloud. */
    upstreams: z.array(Upstream).min(1).max(CONTROLLER_LAYER_MAX),
    /** Opens the tenant's rows that are sealed on their way: second factors of accounts. */
    directoryKey: base64Url(32),
    serverTime: EpochMs,
  }),
  z.strictObject({
    kind: z.literal('pending'),
    retryAfterMs: Count,
    serverTime: EpochMs,
  }),
]);
export type JoinResponse = z.infer<typeof JoinResponse>;
