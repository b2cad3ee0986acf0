import { verifyStatement } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import {
  MIN_SUPPORTED_PROTOCOL_VERSION,
  type AskRequest,
  type ForwardedJoin,
  type JoinRequest,
  type JoinResponse,
  type SignedAskResponse,
} from '@wardgrid/wire';
import { announceAll } from '../../../platform/announce.ts';
import type { Transaction } from '../../../platform/database.ts';
import { ControllerError } from '../../../platform/error.ts';
import type { Platform } from '../../../platform/services.ts';
import { takeAsked } from '../candidates/arrivals.ts';
import { arrivalRepository, grantedOf, type Candidate } from '../candidates/repository.ts';
import { isSameHash, readTokenText, sha256 } from '../token-text.ts';
import { tokenRepository, type LockedToken } from '../tokens/repository.ts';
import {
  letIn,
  openVouch,
  requireFree,
  type AdmissionDeps,
  type AnyJoinRequest,
  type Granted,
} from './admission.ts';
import { createAsking, requireAskProof } from './asking.ts';

/** How soon a controller with a token that waits to be let in asks again. */
const PENDING_RETRY_MS = 2_000;

/** What joining asks of the rest of the controller. */
export interface JoinDeps extends AdmissionDeps {
  readonly onRefused: (address: string) => void;
}

/** Lets controllers in: those that come with a token, and those that a person lets in. */
export interface Joining {
  /** @throws ControllerError why not. */
  readonly join: (request: JoinRequest, address: string) => Promise<JoinResponse>;
  /** One without a token. @throws ControllerError why not. */
  readonly ask: (request: AskRequest, address: string) => Promise<SignedAskResponse>;
  /** A join that another controller of the tenant vouches for; at the cloud. */
  readonly takeForwarded: (tenantId: string, join: ForwardedJoin) => Promise<JoinResponse>;
}

type Taken =
  | { readonly kind: 'pending' }
  | {
      readonly kind: 'granted';
      readonly granted: Granted;
      /** Of whom a person let in. */
      readonly candidateId: string | null;
    };

export function createJoining(platform: Platform, deps: JoinDeps): Joining {
  const needs: Needs = { platform, deps };
  const ask = createAsking(platform, deps);
  const guarded = async <T>(address: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (isGuess(error)) deps.onRefused(address);
      throw error;
    }
  };
  return {
    join: (request, address) => guarded(address, () => join(needs, request, address)),
    ask: (request, address) => guarded(address, () => ask(request, address)),
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

async function join(needs: Needs, request: JoinRequest, address: string): Promise<JoinResponse> {
  const { platform } = needs;
  requireProof(request);
  const taken = await platform.database.transact({ kind: 'ingest' }, (tx) =>
    takeToken(needs, tx, { request, address }),
  );
  if (taken.kind === 'pending') {
    return { kind: 'pending', retryAfterMs: PENDING_RETRY_MS, serverTime: platform.clock.now() };
  }
  const answer = await letIn(needs, request, taken.granted);
  const { candidateId } = taken;
  if (candidateId !== null) {
    await platform.database.transact({ kind: 'ingest' }, (tx) =>
      arrivalRepository(tx).joined(candidateId, platform.clock.now()),
    );
  }
  return answer;
}

function requireProof(request: AnyJoinRequest): void {
  if (request.protocol < MIN_SUPPORTED_PROTOCOL_VERSION) {
    throw new ControllerError('protocol-unsupported', 'update the controller');
  }
  if (!('token' in request)) {
    requireAskProof(request);
    return;
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
async function takeToken(
  { platform }: Needs,
  tx: Transaction,
  given: { readonly request: JoinRequest; readonly address: string },
): Promise<Taken> {
  const { request, address } = given;
  const token = await requireToken(platform, tx, request);
  const { id, tenantId, scope } = token;
  await requireFree(tx, tenantId, request);
  const nowMs = platform.clock.now();
  if (token.usedBy === null) {
    await tokenRepository(tx).use(id, { ...request, at: nowMs });
    const what = { noun: 'join-tokens', verb: 'changed', nowMs } as const;
    await announceAll(tx, what, [{ id, tenantId, scope }]);
  }
  if (!token.isApprovalNeeded) {
    const granted = { ...token, approvedBy: token.createdBy };
    return { kind: 'granted', granted, candidateId: null };
  }
  const arrival = { ...request, address, name: token.name };
  return takenOf(await takeAsked(platform, tx, { arrival, token }));
}

function takenOf(candidate: Candidate): Taken {
  if (candidate.state === 'denied') {
    throw new ControllerError('join-refused', 'somebody turned this controller away');
  }
  const granted = grantedOf(candidate);
  return granted ? { kind: 'granted', granted, candidateId: candidate.id } : { kind: 'pending' };
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

/** Whether a refusal looks like somebody trying tokens. */
function isGuess(error: unknown): boolean {
  return (
    error instanceof ControllerError &&
    (error.code === 'join-token-invalid' || error.code === 'join-proof-invalid')
  );
}
