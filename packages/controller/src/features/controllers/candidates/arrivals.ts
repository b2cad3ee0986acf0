import { decodeBase64Url } from '@wardgrid/base';
import { fingerprintOf } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import type { JoinCandidate } from '@wardgrid/wire';
import { announceAll } from '../../../platform/announce.ts';
import { networkOfClient } from '../../../platform/client-address.ts';
import type { Transaction } from '../../../platform/database.ts';
import { ControllerError } from '../../../platform/error.ts';
import type { Platform } from '../../../platform/services.ts';
import { nodeRepository } from '../repository.ts';
import type { LockedToken } from '../tokens/repository.ts';
import { arrivalRepository, candidateRoom, type Candidate } from './repository.ts';

/** A controller that was heard or asked, its key proved by its signature. */
export interface Arrival {
  readonly nodeId: string;
  readonly publicKey: string;
  readonly name: string;
  readonly address: string;
  readonly urls: readonly string[];
  readonly version: string;
  /** When what it said was signed. */
  readonly issuedAt: number;
}

/** Waiting ones without a token that are kept: more than a network has, few enough to look through. */
const WAITING_MAX = 200;
/** One of whom nothing is seen for so long is forgotten, and so is what was decided about one. */
const FORGOTTEN_MS = 24 * 3_600_000;
/** One that was let in has so long to come for its certificate. */
const APPROVAL_MS = 7 * FORGOTTEN_MS;
/** An announcement a minute is no write a minute. */
const HEARD_AGAIN_MS = 5 * 60_000;

/** Keeps a controller that announced itself; it proves a key and an address of the link, no more. */
export async function takeHeard(
  platform: Platform,
  tx: Transaction,
  arrival: Arrival,
): Promise<void> {
  const known = await arrivalRepository(tx).lock(fingerprintOfKey(arrival.publicKey));
  if (!known) {
    await insert(platform, tx, { arrival, source: 'heard', token: null });
    return;
  }
  const nowMs = platform.clock.now();
  if (known.nodeId !== arrival.nodeId || nowMs - known.lastSeenAt < HEARD_AGAIN_MS) return;
  await arrivalRepository(tx).heardAgain(known.id, nowMs);
}

/**
 * Keeps a controller that asked, and tells how it stands. @throws ControllerError `join-proof-invalid`
 * for a request that is played again, and for a key under another id.
 */
export async function takeAsked(
  platform: Platform,
  tx: Transaction,
  given: { readonly arrival: Arrival; readonly token: LockedToken | null },
): Promise<Candidate> {
  const { arrival, token } = given;
  const repository = arrivalRepository(tx);
  const fingerprint = fingerprintOfKey(arrival.publicKey);
  let known = await repository.lock(fingerprint);
  if (known && token && known.tokenId !== token.id) {
    await repository.remove(known.id);
    known = undefined;
  }
  if (!known) {
    const source = token ? 'token' : 'asked';
    await insert(platform, tx, { arrival, source, token });
    const made = await repository.lock(fingerprint);
    if (!made) throw new ControllerError('join-refused', 'too many want to join at once');
    return made;
  }
  if (known.nodeId !== arrival.nodeId) {
    throw new ControllerError('join-proof-invalid', 'the key belongs to another controller');
  }
  // A request with a token is sent again as it is: the token is what nobody else has.
  if (!token && arrival.issuedAt <= known.issuedAt) {
    throw new ControllerError('join-proof-invalid', 'the request was received before');
  }
  const network = networkOfClient(arrival.address);
  const at = platform.clock.now();
  await repository.askedAgain(known.id, { ...arrival, network, at });
  if (known.source === 'heard') await tell(platform, tx, { row: known, verb: 'changed' });
  return known;
}

/** Forgets whoever is gone, so that the list says who is there. */
export async function forgetGone({ clock }: Platform, tx: Transaction): Promise<void> {
  const nowMs = clock.now();
  await candidateRoom(tx).forget({
    waiting: nowMs - FORGOTTEN_MS,
    decided: nowMs - APPROVAL_MS,
  });
}

/** Tells consoles that one is there, or stands otherwise. */
export async function tell(
  { clock }: Platform,
  tx: Transaction,
  given: {
    readonly row: Pick<Candidate, 'id' | 'tenantId' | 'scope'>;
    readonly verb: 'created' | 'changed';
  },
): Promise<void> {
  const what = { noun: 'join-candidates', verb: given.verb, nowMs: clock.now() } as const;
  await announceAll(tx, what, [given.row]);
}

/** What people compare of a key in base64url. */
export function fingerprintOfKey(publicKey: string): string {
  return fingerprintOf(systemCryptography, decodeBase64Url(publicKey));
}

async function insert(
  platform: Platform,
  tx: Transaction,
  given: {
    readonly arrival: Arrival;
    readonly source: JoinCandidate['source'];
    readonly token: LockedToken | null;
  },
): Promise<void> {
  const { arrival, source, token } = given;
  const repository = arrivalRepository(tx);
  const at = placeOf(platform, token);
  await requireTenant(tx, at.tenantId);
  await forgetGone(platform, tx);
  if (!token) await candidateRoom(tx).makeRoom(WAITING_MAX);
  const row = {
    ...arrival,
    ...at,
    id: platform.newId(),
    fingerprint: fingerprintOfKey(arrival.publicKey),
    source,
    network: networkOfClient(arrival.address),
    at: platform.clock.now(),
  };
  await repository.insert(row);
  await tell(platform, tx, { row, verb: 'created' });
}

/** One that has just joined hears of its tenant a moment later. @throws ControllerError `unavailable`. */
async function requireTenant(tx: Transaction, tenantId: string | null): Promise<void> {
  if (tenantId === null || (await nodeRepository(tx).tenantKeyOf(tenantId)) !== undefined) return;
  throw new ControllerError('unavailable', 'this controller has not heard of its tenant yet', {
    retryAfterSeconds: 5,
  });
}

/** Where one is seen that nobody has decided about: at the cloud it is nobody's. */
function placeOf({ place }: Platform, token: LockedToken | null) {
  if (token) {
    const { id, tenantId, scope, parentId, createdBy, name } = token;
    return { tokenId: id, tenantId, scope, parentId, createdBy, name };
  }
  const own = place.membership();
  const { tenantId = null, scope = '' } = own ?? {};
  return { tokenId: null, tenantId, scope, parentId: null, createdBy: '' };
}
