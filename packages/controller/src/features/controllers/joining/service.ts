import { canonicalJson, decodeBase64Url, encodeBase64Url } from '@wardgrid/base';
import { coversScope, openEnvelope, sealEnvelope, verifyStatement } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import {
  JoinVouch,
  MIN_SUPPORTED_PROTOCOL_VERSION,
  type ForwardedJoin,
  type JoinRequest,
  type JoinResponse,
} from '@wardgrid/wire';
import { announceAll } from '../../../platform/announce.ts';
import type { Transaction } from '../../../platform/database.ts';
import { ControllerError } from '../../../platform/error.ts';
import type { Platform } from '../../../platform/services.ts';
import type { LicenceView } from '../deps.ts';
import type { Nodes } from '../nodes.ts';
import { nodeRepository, type NodeRow } from '../repository.ts';
import { isSameHash, readTokenText, sha256 } from '../token-text.ts';
import { tokenRepository, type LockedToken } from '../tokens/repository.ts';

/** How soon a controller that waits to be let in asks again. */
const PENDING_RETRY_MS = 2_000;

/** What joining asks of the rest of the controller. */
export interface JoinDeps {
  readonly nodes: Nodes;
  readonly licenceOf: (tx: Transaction, tenantId: string) => Promise<LicenceView | undefined>;
  /** Hands a join on to the controllers above; on a local alone. */
  readonly forward: (join: ForwardedJoin) => Promise<JoinResponse>;
  /** The tenant begins to sync, if it did not; at the cloud alone. */
  readonly activate: (tenantId: string) => Promise<void>;
  readonly onRefused: (address: string) => void;
}

/** Lets controllers in that come with a token. */
export interface Joining {
  /** @throws ControllerError why not. */
  readonly join: (request: JoinRequest, address: string) => Promise<JoinResponse>;
  /** A join that another controller of the tenant vouches for; at the cloud. */
  readonly takeForwarded: (tenantId: string, join: ForwardedJoin) => Promise<JoinResponse>;
}

/** A place that a token, or whoever vouches, gives to a new controller. */
interface Granted {
  readonly tenantId: string;
  readonly scope: string;
  readonly parentId: string;
  readonly name: string;
  readonly createdBy: string;
}

type Taken = { readonly kind: 'pending' } | { readonly kind: 'granted'; readonly granted: Granted };

export function createJoining(platform: Platform, deps: JoinDeps): Joining {
  const needs: Needs = { platform, deps };
  return {
    async join(request, address) {
      try {
        requireProof(request);
        const taken = await platform.database.transact({ kind: 'ingest' }, (tx) =>
          takeToken(needs, tx, request),
        );
        if (taken.kind === 'pending') return pending(platform);
        return await letIn(needs, request, taken.granted);
      } catch (error) {
        if (isGuess(error)) deps.onRefused(address);
        throw error;
      }
    },
    async takeForwarded(tenantId, { request, vouch }) {
      requireProof(request);
      const granted = await platform.database.transact({ kind: 'ingest' }, (tx) =>
        openVouch(tx, { tenantId, request, vouch }),
      );
      return platform.place.role === 'cloud'
        ? letIn(needs, request, granted)
        : deps.forward({ request, vouch });
    },
  };
}

interface Needs {
  readonly platform: Platform;
  readonly deps: JoinDeps;
}

function requireProof(request: JoinRequest): void {
  if (request.protocol < MIN_SUPPORTED_PROTOCOL_VERSION) {
    throw new ControllerError('protocol-unsupported', 'update the controller');
  }
  const statement = {
    tokenHash: sha256(request.token),
    nodeId: request.nodeId,
    publicKey: request.publicKey,
    issuedAt: request.issuedAt,
  };
  const given = { publicKey: request.publicKey, signature: request.proof, statement };
  if (verifyStatement(systemCryptography, 'join', given)) return;
  throw new ControllerError('join-proof-invalid', 'the proof does not fit the request');
}

/** Binds the token to the first key that comes with it: the same may ask again, nobody else. */
async function takeToken(needs: Needs, tx: Transaction, request: JoinRequest): Promise<Taken> {
  const { platform } = needs;
  const token = await requireToken(platform, tx, request);
  await requireFree(tx, token, request);
  const nowMs = platform.clock.now();
  if (token.usedBy === null) {
    await tokenRepository(tx).use(token.id, { ...request, at: nowMs });
    const place = { id: token.id, tenantId: token.tenantId, scope: token.scope };
    await announceAll(tx, { noun: 'join-tokens', verb: 'changed', nowMs }, [place]);
  }
  const node = await nodeRepository(tx).find(request.nodeId);
  if (node?.revokedAt != null) {
    const code = node.certificate ? 'controller-revoked' : 'join-refused';
    throw new ControllerError(code, 'this controller is not let in');
  }
  if (!token.isApprovalNeeded || node?.approvedAt != null)
    return { kind: 'granted', granted: token };
  if (!node) {
    await insertNode(needs, tx, { request, granted: token });
    const place = { id: request.nodeId, tenantId: token.tenantId, scope: token.scope };
    await announceAll(tx, { noun: 'controllers', verb: 'created', nowMs }, [place]);
  }
  return { kind: 'pending' };
}

async function requireToken(
  platform: Platform,
  tx: Transaction,
  request: JoinRequest,
): Promise<LockedToken> {
  const given = readTokenText(request.token);
  const token = given && (await tokenRepository(tx).lock(given.tokenId));
  if (!token || !isSameHash(token.tokenHash, given.tokenHash) || token.revokedAt !== null) {
    throw new ControllerError('join-token-invalid', 'the token is wrong or was revoked');
  }
  const isAgain = token.usedBy === request.nodeId && token.usedKey === request.publicKey;
  if (token.usedBy !== null && !isAgain) {
    throw new ControllerError('join-token-used', 'another controller has joined with this token');
  }
  if (!isAgain && token.expiresAt <= platform.clock.now()) {
    throw new ControllerError('join-token-expired', 'the token has expired: ask for another');
  }
  return token;
}

/** An id names one key of one tenant, for ever. */
async function requireFree(
  tx: Transaction,
  { tenantId }: Pick<LockedToken, 'tenantId'>,
  request: JoinRequest,
): Promise<void> {
  const known = await nodeRepository(tx).find(request.nodeId);
  if (!known) return;
  if (known.tenantId === tenantId && known.publicKey === request.publicKey && known.layer > 0)
    return;
  throw new ControllerError('join-proof-invalid', 'the id belongs to another controller');
}

async function insertNode(
  { platform }: Needs,
  tx: Transaction,
  { request, granted }: { readonly request: JoinRequest; readonly granted: Granted },
): Promise<void> {
  const parent = await nodeRepository(tx).find(granted.parentId);
  if (!parent) throw new ControllerError('join-refused', 'the controller above is not known');
  await nodeRepository(tx).insert({
    id: request.nodeId,
    controllerId: request.nodeId,
    tenantId: granted.tenantId,
    scope: granted.scope,
    parentId: granted.parentId,
    layer: parent.layer + 1,
    name: granted.name,
    publicKey: request.publicKey,
    urls: request.urls,
    authority: request.authority,
    version: request.version,
    certificate: null,
    createdAt: platform.clock.now(),
    createdBy: granted.createdBy,
    approvedAt: null,
    approvedBy: null,
  });
}

/** At the cloud: certifies. Below: vouches, and lets the cloud certify. */
async function letIn(needs: Needs, request: JoinRequest, granted: Granted): Promise<JoinResponse> {
  const { platform, deps } = needs;
  if (platform.place.role !== 'cloud') {
    const vouch: JoinVouch = {
      type: 'join-vouch',
      tenantId: granted.tenantId,
      requestHash: sha256(canonicalJson(request)),
      nodeId: request.nodeId,
      parentId: granted.parentId,
      scope: granted.scope,
      name: granted.name,
      createdBy: granted.createdBy,
      issuedAt: platform.clock.now(),
    };
    return deps.forward({ request, vouch: sealEnvelope(platform.keys.node, vouch) });
  }
  const response = await platform.database.transact({ kind: 'ingest' }, (tx) =>
    certify(needs, tx, { request, granted }),
  );
  await deps.activate(granted.tenantId);
  return response;
}

async function certify(
  needs: Needs,
  tx: Transaction,
  given: { readonly request: JoinRequest; readonly granted: Granted },
): Promise<JoinResponse> {
  const { platform, deps } = needs;
  const { request, granted } = given;
  const { tenantId } = granted;
  const licence = await deps.licenceOf(tx, tenantId);
  if (!licence) throw new ControllerError('licence-missing', 'the tenant has no licence');
  await deps.nodes.root(tx, tenantId);
  await requireFree(tx, granted, request);
  await insertNode(needs, tx, given);
  const node = await nodeRepository(tx).find(request.nodeId);
  if (!node) throw new ControllerError('join-refused', 'this controller is not let in');
  if (node.revokedAt !== null) {
    throw new ControllerError('controller-revoked', 'this controller was revoked');
  }
  const certificate = node.certificate ?? (await deps.nodes.certify(tx, node, granted.createdBy));
  await tell(platform, tx, node);
  return {
    kind: 'joined',
    tenantId,
    platformKey: platform.keys.platformKey(),
    licence: licence.row.envelope,
    certificate,
    upstreams: await deps.nodes.upstreamsOf(tx, node),
    directoryKey: encodeBase64Url(await platform.keys.directory(tenantId)),
    serverTime: platform.clock.now(),
  };
}

async function tell(platform: Platform, tx: Transaction, node: NodeRow): Promise<void> {
  const what = { noun: 'controllers', verb: 'changed', nowMs: platform.clock.now() } as const;
  await announceAll(tx, what, [node]);
}

/** What a controller vouches for holds where its own certificate reaches, and for this request alone. */
async function openVouch(
  tx: Transaction,
  given: {
    readonly tenantId: string;
    readonly request: JoinRequest;
    readonly vouch: ForwardedJoin['vouch'];
  },
): Promise<Granted> {
  const { tenantId, request } = given;
  const nodes = await nodeRepository(tx).ofTenant(tenantId);
  for (const parent of nodes) {
    const publicKeys = [decodeBase64Url(parent.publicKey)];
    const opened = openEnvelope(systemCryptography, given.vouch, { publicKeys, schema: JoinVouch });
    if (opened.kind === 'refused') continue;
    const vouch = opened.value;
    const isRight =
      vouch.tenantId === tenantId &&
      vouch.parentId === parent.id &&
      vouch.nodeId === request.nodeId &&
      vouch.requestHash === sha256(canonicalJson(request)) &&
      parent.revokedAt === null &&
      parent.certificate !== null &&
      vouch.scope !== parent.scope &&
      coversScope(parent.scope, vouch.scope);
    if (isRight) return vouch;
  }
  throw new ControllerError('join-refused', 'no controller that may do so vouches for this one');
}

function pending(platform: Platform): JoinResponse {
  return { kind: 'pending', retryAfterMs: PENDING_RETRY_MS, serverTime: platform.clock.now() };
}

/** Whether a refusal looks like somebody trying tokens. */
function isGuess(error: unknown): boolean {
  return (
    error instanceof ControllerError &&
    (error.code === 'join-token-invalid' || error.code === 'join-proof-invalid')
  );
}
