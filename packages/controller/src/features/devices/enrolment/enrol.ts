import { containsIp, parseCidr } from '@wardgrid/base';
import type { EnrolRequest, LicenceState, ProblemCode, SignedEnvelope } from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';
import { ControllerError } from '../../../platform/error.ts';
import { addressOrNull } from '../literals.ts';
import { isSameHash, readKeyText, sha256 } from './key-text.ts';
import {
  enrolmentRepository,
  type KnownDevice,
  type LockedKey,
  type NewDevice,
} from './repository.ts';

/** One request to enrol, its proof already checked. */
export interface Enrolment {
  readonly request: EnrolRequest;
  readonly address: string;
  /** From a split ticket that held: the device whose identity was cloned. */
  readonly splitFromId: string | null;
}

export type EnrolmentVerdict =
  | {
      readonly kind: 'enrolled';
      readonly deviceId: string;
      readonly tenantId: string;
      readonly scope: string;
      readonly licence: SignedEnvelope;
      /** Null for a repeat. */
      readonly device: NewDevice | null;
    }
  | { readonly kind: 'refused'; readonly error: ControllerError };

/** A tenant's licence as seats are taken from it. */
export interface LicenceView {
  readonly row: {
    readonly envelope: SignedEnvelope;
    readonly seats: number;
    readonly seats_used: number;
  };
  readonly state: LicenceState;
}

export interface EnrolDeps {
  readonly newId: () => string;
  readonly now: () => number;
  /** This controller, whose lease of seats it is; null at the cloud. */
  readonly enrolledBy: string | null;
  readonly licenceOf: (tx: Transaction, tenantId: string) => Promise<LicenceView | undefined>;
}

type KnownHere = Pick<KnownDevice, 'id' | 'tenantId' | 'scope' | 'state'>;

/** What a batch knows, and counts down while it decides. */
interface Ledger {
  readonly nowMs: number;
  readonly keys: ReadonlyMap<string, LockedKey>;
  readonly known: Map<string, KnownHere>;
  readonly originals: ReadonlyMap<string, KnownDevice>;
  readonly licences: ReadonlyMap<string, LicenceView>;
  readonly usedTickets: Set<string>;
  readonly seatsTaken: Map<string, number>;
  readonly keysUsed: Map<string, number>;
  readonly made: NewDevice[];
}

/** Where a new device goes and what pays for it. */
interface Place {
  readonly tenantId: string;
  readonly organizationId: string;
  readonly groupId: string | null;
  readonly scope: string;
  readonly key: LockedKey | null;
  readonly splitFromId: string | null;
  readonly splitTicketHash: string | null;
}

/**
 * Enrols many devices in the caller's transaction: keys and tenants are locked, so that no seat is
 * given twice, and each request gets its own verdict in the order given.
 */
export async function enrolAll(
  tx: Transaction,
  deps: EnrolDeps,
  enrolments: readonly Enrolment[],
): Promise<EnrolmentVerdict[]> {
  const ledger = await openLedger(tx, deps, enrolments);
  const verdicts = enrolments.map((enrolment) => decide(deps, ledger, enrolment));
  const repository = enrolmentRepository(tx);
  if (ledger.made.length > 0) {
    const { enrolledBy } = deps;
    await repository.insertDevices(ledger.made, { at: ledger.nowMs, enrolledBy });
    await repository.takeSeats(ledger.seatsTaken);
    if (ledger.keysUsed.size > 0) await repository.useKeys(ledger.keysUsed, ledger.nowMs);
  }
  return verdicts;
}

async function openLedger(
  tx: Transaction,
  deps: EnrolDeps,
  enrolments: readonly Enrolment[],
): Promise<Ledger> {
  const repository = enrolmentRepository(tx);
  const keyIds = unique(
    enrolments.map(({ request }) => readKeyText(request.enrolmentKey ?? '')?.keyId),
  );
  const splitIds = unique(enrolments.map(({ splitFromId }) => splitFromId));
  const tickets = unique(enrolments.map(({ request }) => ticketHashOf(request)));
  const keys = keyIds.length === 0 ? [] : await repository.lockKeys(keyIds);
  const originals = splitIds.length === 0 ? [] : await repository.knownById(splitIds);
  const tenantIds = unique([
    ...keys.map((key) => key.tenantId),
    ...originals.map((device) => device.tenantId),
  ]);
  if (tenantIds.length > 0) await repository.lockTenants(tenantIds);
  const publicKeys = enrolments.map(({ request }) => request.publicKey);
  const known = await repository.knownByKey(publicKeys);
  return {
    nowMs: deps.now(),
    keys: new Map(keys.map((key) => [key.keyId, key])),
    known: new Map(known.map((device) => [device.publicKey, device])),
    originals: new Map(originals.map((device) => [device.id, device])),
    licences: await licencesOf(tx, deps, unique([...tenantIds, ...known.map((d) => d.tenantId)])),
    usedTickets: new Set(tickets.length === 0 ? [] : await repository.usedTickets(tickets)),
    seatsTaken: new Map(),
    keysUsed: new Map(),
    made: [],
  };
}

async function licencesOf(
  tx: Transaction,
  deps: EnrolDeps,
  tenantIds: readonly string[],
): Promise<Map<string, LicenceView>> {
  const licences = new Map<string, LicenceView>();
  for (const tenantId of tenantIds) {
    const licence = await deps.licenceOf(tx, tenantId);
    if (licence) licences.set(tenantId, licence);
  }
  return licences;
}

function decide(deps: EnrolDeps, ledger: Ledger, enrolment: Enrolment): EnrolmentVerdict {
  const { request } = enrolment;
  const key = keyOf(ledger, request);
  if (request.enrolmentKey !== null && !key) return refuse('enrolment-key-invalid', 'unknown key');
  const known = ledger.known.get(request.publicKey);
  if (known) return repeat(ledger, known);
  const place = key
    ? placeOfKey(ledger, key, enrolment.address)
    : placeOfTicket(ledger, request, enrolment.splitFromId);
  if ('kind' in place) return place;
  const licence = ledger.licences.get(place.tenantId);
  const refusal = licenceRefusal(ledger, place.tenantId, licence);
  if (refusal || !licence) return refusal ?? refuse('licence-expired', 'the tenant has no licence');
  return enrolOne(deps, ledger, { enrolment, place, licence });
}

function enrolOne(
  deps: EnrolDeps,
  ledger: Ledger,
  given: { readonly enrolment: Enrolment; readonly place: Place; readonly licence: LicenceView },
): EnrolmentVerdict {
  const { place, licence } = given;
  const { request, address } = given.enrolment;
  const device: NewDevice = {
    id: deps.newId(),
    tenantId: place.tenantId,
    organizationId: place.organizationId,
    groupId: place.groupId,
    scope: place.scope,
    publicKey: request.publicKey,
    machine: request.machine,
    agentVersion: request.agentVersion,
    enrolmentKeyId: place.key?.id ?? null,
    splitFromId: place.splitFromId,
    splitTicketHash: place.splitTicketHash,
    publicIp: addressOrNull(address),
  };
  ledger.made.push(device);
  ledger.known.set(request.publicKey, {
    id: device.id,
    tenantId: device.tenantId,
    scope: device.scope,
    state: 'active',
  });
  ledger.seatsTaken.set(place.tenantId, (ledger.seatsTaken.get(place.tenantId) ?? 0) + 1);
  if (place.key) ledger.keysUsed.set(place.key.id, (ledger.keysUsed.get(place.key.id) ?? 0) + 1);
  if (place.splitTicketHash !== null) ledger.usedTickets.add(place.splitTicketHash);
  return {
    kind: 'enrolled',
    deviceId: device.id,
    tenantId: device.tenantId,
    scope: device.scope,
    licence: licence.row.envelope,
    device,
  };
}

/** A repeat is the same device: the key pair proves it, and no second seat is taken. */
function repeat(ledger: Ledger, known: KnownHere): EnrolmentVerdict {
  if (known.state === 'retired') {
    return refuse('device-retired', 'this device was retired; enrol it with a new identity');
  }
  const licence = ledger.licences.get(known.tenantId);
  if (!licence) return refuse('licence-expired', 'the tenant has no licence');
  return {
    kind: 'enrolled',
    deviceId: known.id,
    tenantId: known.tenantId,
    scope: known.scope,
    licence: licence.row.envelope,
    device: null,
  };
}

function keyOf(ledger: Ledger, request: EnrolRequest): LockedKey | undefined {
  const given = readKeyText(request.enrolmentKey ?? '');
  const key = given && ledger.keys.get(given.keyId);
  return key && isSameHash(key.keyHash, given.keyHash) ? key : undefined;
}

function placeOfKey(ledger: Ledger, key: LockedKey, address: string): Place | EnrolmentVerdict {
  if (key.revokedAt !== null) return refuse('enrolment-key-revoked', 'the key was revoked');
  if (key.expiresAt <= ledger.nowMs) return refuse('enrolment-key-expired', 'the key has expired');
  const network = key.allowedCidr === null ? undefined : parseCidr(key.allowedCidr);
  if (network && !containsIp(network, address)) {
    return refuse('enrolment-address-refused', `the key does not allow '${address}'`);
  }
  if (key.used + (ledger.keysUsed.get(key.id) ?? 0) >= key.seats) {
    return refuse('enrolment-key-exhausted', `all ${key.seats} seats of the key are taken`);
  }
  return { ...key, key, splitFromId: null, splitTicketHash: null };
}

function placeOfTicket(
  ledger: Ledger,
  request: EnrolRequest,
  splitFromId: string | null,
): Place | EnrolmentVerdict {
  const hash = ticketHashOf(request);
  const original = splitFromId === null ? undefined : ledger.originals.get(splitFromId);
  if (hash === null || original?.state !== 'active' || ledger.usedTickets.has(hash)) {
    return refuse('enrolment-key-invalid', 'the split ticket is not good any more');
  }
  return { ...original, key: null, splitFromId: original.id, splitTicketHash: hash };
}

function licenceRefusal(
  ledger: Ledger,
  tenantId: string,
  licence: LicenceView | undefined,
): EnrolmentVerdict | undefined {
  if (!licence || licence.state === 'missing' || licence.state === 'expired') {
    return refuse('licence-expired', 'the licence of the tenant is not valid now');
  }
  if (licence.state === 'suspended') return refuse('licence-suspended', 'the tenant is suspended');
  const taken = licence.row.seats_used + (ledger.seatsTaken.get(tenantId) ?? 0);
  if (taken < licence.row.seats) return undefined;
  return refuse('licence-seats-exhausted', `all ${licence.row.seats} seats are taken`);
}

function ticketHashOf(request: EnrolRequest): string | null {
  return request.splitTicket === null ? null : sha256(request.splitTicket);
}

function refuse(code: ProblemCode, detail: string): EnrolmentVerdict {
  return { kind: 'refused', error: new ControllerError(code, detail) };
}

function unique(values: readonly (string | null | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value !== null && value !== undefined))];
}
