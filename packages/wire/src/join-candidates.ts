import * as z from 'zod';
import type { Fields } from './filters.ts';
import {
  AskRequest,
  Introduction,
  OWN_NAME_LENGTH_MAX,
  SignedAskResponse,
  SignedIntroduction,
} from './join.ts';
import { ListQuery, pageOf } from './paging.ts';
import { Fingerprint, Id, Instant, Name, PersonName, ScopePath, TenantId } from './primitives.ts';
import { route } from './route.ts';

/** waiting: for a person · approved: fetches its certificate · joined: has it · denied: turned away. */
export const JoinCandidateState = z.enum(['waiting', 'approved', 'joined', 'denied']);
export type JoinCandidateState = z.infer<typeof JoinCandidateState>;

/** How a controller came to be known: by an announcement alone, by asking, or by a token. */
export const JoinCandidateSource = z.enum(['heard', 'asked', 'token']);
export type JoinCandidateSource = z.infer<typeof JoinCandidateSource>;

/** A controller that wants to join below the one that answers, and what a person decided. */
export const JoinCandidate = z.strictObject({
  id: Id,
  /** Of its key, to compare with what it says of itself on its own machine. */
  fingerprint: Fingerprint,
  /** Of the key of the one that answers, to compare with what the newcomer's machine says. */
  parentFingerprint: Fingerprint,
  nodeId: Id,
  /** What it calls itself, or what its token or whoever let it in called it. */
  name: z.string().max(OWN_NAME_LENGTH_MAX),
  /** What it would be here. */
  role: z.enum(['local', 'sub-local']),
  source: JoinCandidateSource,
  state: JoinCandidateState,
  /** Where it spoke from. Of one that was only heard nobody looked whether it is there. */
  address: z.string(),
  urls: z.array(z.string()),
  version: z.string(),
  /** Another key asks under the same id: one of the two is somebody else. */
  hasRival: z.boolean(),
  /** Null of one that is nobody's yet. */
  tenantId: TenantId.nullable(),
  tenantName: z.string(),
  /** What it will serve, as its token or whoever let it in said; null while nobody did. */
  scope: ScopePath.nullable(),
  placeName: z.string(),
  firstSeenAt: Instant,
  lastSeenAt: Instant,
  decidedAt: Instant.nullable(),
  decidedBy: PersonName.nullable(),
});
export type JoinCandidate = z.infer<typeof JoinCandidate>;

export const joinCandidateFields: Fields = {
  name: { kind: 'text', isSortable: true },
  state: { kind: 'choice', choices: JoinCandidateState.options, isSortable: true },
  source: { kind: 'choice', choices: JoinCandidateSource.options },
  fingerprint: { kind: 'text' },
  address: { kind: 'text', isSortable: true },
  firstSeenAt: { kind: 'time', isSortable: true },
  lastSeenAt: { kind: 'time', isSortable: true },
};

const Params = z.strictObject({ fingerprint: Fingerprint });
/** A place inside a tenant. */
const Place = ScopePath.refine((scope) => scope !== '', { error: 'must be inside a tenant' });

export const joinCandidateRoutes = {
  list: route({
    method: 'GET',
    path: '/v1/join-candidates',
    summary: 'Controllers that want to join below this one',
    query: ListQuery,
    response: pageOf(JoinCandidate),
    permission: 'controllers:read',
  }),
  /** One that is nobody's yet is shown to whoever may let controllers in and names its whole fingerprint. */
  read: route({
    method: 'GET',
    path: '/v1/join-candidates/:fingerprint',
    summary: 'One controller that wants to join, by the fingerprint of its key',
    params: Params,
    response: JoinCandidate,
    permission: 'controllers:read',
  }),
  approve: route({
    method: 'POST',
    path: '/v1/join-candidates/:fingerprint/approve',
    summary: 'Let a controller in: what it is called, and what it serves',
    params: Params,
    body: z.strictObject({
      /** As it calls itself unless given. */
      name: Name.exactOptional(),
      /** A tenant, organization or group; as its token says unless given. */
      scope: Place.exactOptional(),
    }),
    response: JoinCandidate,
    permission: 'controllers:manage',
    problems: [
      'controller-not-pending',
      'controller-scope-invalid',
      'controller-scope-missing',
      'licence-missing',
    ],
  }),
  deny: route({
    method: 'POST',
    path: '/v1/join-candidates/:fingerprint/deny',
    summary: 'Turn a controller away, and note it as a finding',
    params: Params,
    body: z.strictObject({
      reason: z.string().max(300).exactOptional(),
      /** Where the finding belongs; at a local controller, what that serves unless given. */
      scope: Place.exactOptional(),
    }),
    response: JoinCandidate,
    permission: 'controllers:manage',
    problems: ['controller-not-pending', 'controller-scope-missing'],
  }),
  /** Asked by a machine that is no controller yet, which believes nothing of it but its key. */
  introduce: route({
    method: 'GET',
    path: '/v1/join-candidates/introduction/:nonce',
    summary: 'Who this controller is, signed by its key',
    params: z.strictObject({ nonce: Introduction.shape.nonce }),
    response: SignedIntroduction,
    permission: null,
  }),
  /** For a machine that is no controller yet and has no token: a person lets it in. */
  ask: route({
    method: 'POST',
    path: '/v1/join-candidates/ask',
    summary: 'A controller without a token asks to be let in',
    body: AskRequest,
    response: SignedAskResponse,
    permission: null,
    problems: [
      'join-proof-invalid',
      'join-refused',
      'controller-revoked',
      'licence-missing',
      'protocol-unsupported',
      'upstream-unreachable',
      'rate-limited',
    ],
  }),
};
