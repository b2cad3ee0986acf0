import { encodeBase64Url } from '@wardgrid/base';
import { signStatement, verifyStatement } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import type { AskRequest, AskResponse, SignedAskResponse } from '@wardgrid/wire';
import { networkOfClient } from '../../../platform/client-address.ts';
import { ControllerError } from '../../../platform/error.ts';
import { createRateLimiter } from '../../../platform/rate-limit.ts';
import type { Platform } from '../../../platform/services.ts';
import { takeAsked, tell } from '../candidates/arrivals.ts';
import { arrivalRepository, grantedOf, type Candidate } from '../candidates/repository.ts';
import { roleBelow } from '../introduction.ts';
import { nodeRepository } from '../repository.ts';
import { letIn, requireFree, type AdmissionDeps } from './admission.ts';

/** How soon one that waits asks again. */
const PENDING_RETRY_MS = 5_000;
/** How soon one that was turned away does: the person may think better of it. */
const DENIED_RETRY_MS = 10 * 60_000;
/** Asked a minute from one network: some twenty controllers that wait, behind one address. */
const ASKED_PER_MINUTE = 240;
/** How far the clock of a request may be from ours, which it was told. */
const TOLERANCE_MS = 10 * 60_000;

/** Answers controllers that come without a token. */
export function createAsking(
  platform: Platform,
  deps: AdmissionDeps,
): (request: AskRequest, address: string) => Promise<SignedAskResponse> {
  const limiter = createRateLimiter(platform.clock, ASKED_PER_MINUTE);
  return async (request, address) => {
    limiter.take(networkOfClient(address));
    requireAskProof(request);
    requireForUs(platform, request);
    const candidate = await platform.database.transact({ kind: 'ingest' }, async (tx) => {
      await requireFree(tx, null, request);
      const taken = await takeAsked(platform, tx, {
        arrival: { ...request, address },
        token: null,
      });
      const node = await nodeRepository(tx).find(request.nodeId);
      if (node && !grantedOf(taken)) {
        throw new ControllerError('join-refused', 'this controller was let in before');
      }
      return taken;
    });
    const answer = await answerTo({ platform, deps }, request, candidate);
    const signature = signStatement(platform.keys.node, 'answer', {
      request: request.proof,
      answer,
    });
    return { answer, signature };
  };
}

/** @throws ControllerError unless the request is signed by the key that it brings. */
export function requireAskProof({ proof, ...statement }: AskRequest): void {
  const given = { publicKey: statement.publicKey, signature: proof, statement };
  if (verifyStatement(systemCryptography, 'ask', given)) return;
  throw new ControllerError('join-proof-invalid', 'the proof does not fit the request');
}

function requireForUs({ keys, clock, place }: Platform, request: AskRequest): void {
  if (request.parentKey !== encodeBase64Url(keys.node.publicKey)) {
    throw new ControllerError('join-refused', 'the request is for another controller');
  }
  if (Math.abs(request.issuedAt - clock.now()) > TOLERANCE_MS) {
    throw new ControllerError('join-refused', 'the request was made too long ago');
  }
  const role = roleBelow(place.role);
  if (request.role === role) return;
  throw new ControllerError(
    'join-refused',
    `below this one stands a ${role} controller: start it with --role ${role}`,
  );
}

async function answerTo(
  needs: { readonly platform: Platform; readonly deps: AdmissionDeps },
  request: AskRequest,
  candidate: Candidate,
): Promise<AskResponse> {
  const { platform } = needs;
  const serverTime = platform.clock.now();
  if (candidate.state === 'denied') {
    return { kind: 'denied', retryAfterMs: DENIED_RETRY_MS, serverTime };
  }
  const granted = grantedOf(candidate);
  if (!granted) return { kind: 'pending', retryAfterMs: PENDING_RETRY_MS, serverTime };
  const answer = await letIn(needs, request, granted);
  await platform.database.transact({ kind: 'ingest' }, async (tx) => {
    await arrivalRepository(tx).joined(candidate.id, platform.clock.now());
    await tell(platform, tx, { row: candidate, verb: 'changed' });
  });
  return answer;
}
