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
  text,
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

/** Longest name that a controller gives itself before somebody gives it one. */
export const OWN_NAME_LENGTH_MAX = 120;

/**
 * What a controller says of itself to one that wants to join, before either believes the other. It
 * proves that whoever answers has the key, which people then compare, and names the authority to
 * believe from then on.
 */
export const Introduction = z.strictObject({
  controllerId: Id,
  publicKey: PublicKey,
  role: z.enum(['cloud', 'local', 'sub-local']),
  name: z.string().max(OWN_NAME_LENGTH_MAX),
  /** PEM; null: the authorities of the system, or no TLS. */
  authority: z.string().max(AUTHORITY_LENGTH_MAX).nullable(),
  /** The time by which a request to it is signed. */
  at: EpochMs,
  /** As the asker gave it. */
  nonce: base64Url(16),
});
export type Introduction = z.infer<typeof Introduction>;

/** An introduction with its controller's signature over it, purpose `introduce`. */
export const SignedIntroduction = z.strictObject({
  introduction: Introduction,
  signature: Signature,
});
export type SignedIntroduction = z.infer<typeof SignedIntroduction>;

/**
 * A controller without a token asks to be let in. It says nothing of where it belongs: whoever lets
 * it in does. Good for the one parent whose key it names, and once: the next has a later `issuedAt`.
 */
export const AskRequest = z.strictObject({
  protocol: z.int().min(1).max(1_000),
  role: z.enum(['local', 'sub-local']),
  name: text(OWN_NAME_LENGTH_MAX),
  nodeId: Id,
  publicKey: PublicKey,
  /** The key of the controller that is asked, as its introduction proved it. */
  parentKey: PublicKey,
  /** By the clock of the one that is asked, which its introduction told. */
  issuedAt: EpochMs,
  urls: z.array(ControllerUrl).max(CONTROLLER_URLS_MAX),
  /** The certificate of its own authority, when it serves with one. */
  authority: z.string().max(AUTHORITY_LENGTH_MAX).nullable(),
  version: z.string().max(40),
  /** Over everything else, purpose `ask`. */
  proof: Signature,
});
export type AskRequest = z.infer<typeof AskRequest>;

/** What the controller that a join came to says of it to the cloud, which alone signs certificates. */
export const JoinVouch = z.strictObject({
  type: z.literal('join-vouch'),
  tenantId: Id,
  /** Of the canonical JSON of the request. */
  requestHash: Sha256,
  nodeId: Id,
  /** Who vouches; the new controller's parent. */
  parentId: Id,
  scope: ScopePath,
  name: z.string().max(120),
  createdBy: z.string().max(254),
  approvedBy: z.string().max(254),
  issuedAt: EpochMs,
});
export type JoinVouch = z.infer<typeof JoinVouch>;

/** A join on its way up, signed by its carriers as every exchange is. */
export const ForwardedJoin = z.strictObject({
  request: z.union([JoinRequest, AskRequest]),
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

/** Let in: everything that a controller keeps of its place. */
const Joined = z.strictObject({
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
});

/** Waiting until a person lets it in. */
const Pending = z.strictObject({
  kind: z.literal('pending'),
  retryAfterMs: Count,
  serverTime: EpochMs,
});

/** The answer to a join: in, or waiting; then the same request is sent again. */
export const JoinResponse = z.discriminatedUnion('kind', [Joined, Pending]);
export type JoinResponse = z.infer<typeof JoinResponse>;

/** The answer to one that asks without a token: as to a join, or turned away by a person. */
const AskResponse = z.discriminatedUnion('kind', [
  Joined,
  Pending,
  /** Asks again after a while, in case the person thinks better of it. */
  z.strictObject({ kind: z.literal('denied'), retryAfterMs: Count, serverTime: EpochMs }),
]);
export type AskResponse = z.infer<typeof AskResponse>;

/**
 * An answer as the controller that was asked signs it, purpose `answer`, over the proof of the request
 * and the answer: nobody in between lets a controller into a grid of their own.
 */
export const SignedAskResponse = z.strictObject({ answer: AskResponse, signature: Signature });
export type SignedAskResponse = z.infer<typeof SignedAskResponse>;
