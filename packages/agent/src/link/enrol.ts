import { createHash } from 'node:crypto';
import {
  linkRoutes,
  PROTOCOL_VERSION,
  type Call,
  type EnrolRequest,
  type MachineFacts,
} from '@wardgrid/wire';
import { openLicence, signStatement } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import { AgentError } from '../errors.ts';
import type { AgentStore, Enrolment } from '../store/index.ts';
import { publicKeyText, signerOf } from './device-key.ts';

/** What enrolling needs. */
export interface EnrolOptions {
  readonly call: Call;
  readonly store: AgentStore;
  readonly machine: MachineFacts;
  readonly agentVersion: string;
  readonly controllerUrl: string;
  readonly enrolmentKey: string | null;
  /** The time to state: the device's, or the controller's where they are far apart. */
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/** What an enrolment gives. */
export interface Enrolled {
  readonly enrolment: Enrolment;
  /** How often the controller wants to hear of the device, in milliseconds. */
  readonly exchangeIntervalMs: number;
}

/**
 * Enrols once. The key pair is already on disk, so that a repeat after a lost reply is the same
 * enrolment. @throws ProblemError as the controller answers; AgentError `reply-invalid` when the
 * chain of keys in its answer does not hold.
 */
export async function enrolOnce(options: EnrolOptions): Promise<Enrolled> {
  const identity = options.store.identity();
  if (!identity) throw new AgentError('not-enrolled', 'there is no device key to enrol with');
  const body = requestOf(options, identity.seed, identity.splitTicket);
  const reply = await options.call(linkRoutes.enrol, { body, signal: options.signal });
  const licence = openLicence(systemCryptography, reply.platformKey, reply.licence);
  if (licence.kind === 'refused' || licence.value.tenantId !== reply.tenantId) {
    throw new AgentError('reply-invalid', 'the licence in the enrolment does not verify');
  }
  const { deviceId, tenantId, controllerId, platformKey } = reply;
  const { controllerUrl } = options;
  return {
    enrolment: {
      deviceId,
      tenantId,
      controllerId,
      platformKey,
      licence: reply.licence,
      controllerUrl,
      ...(reply.scope === undefined ? {} : { scope: reply.scope }),
    },
    exchangeIntervalMs: reply.exchangeIntervalMs,
  };
}

function requestOf(
  options: EnrolOptions,
  seed: Uint8Array,
  splitTicket: string | null,
): EnrolRequest {
  const { machine, nowMs } = options;
  const signer = signerOf(seed);
  const publicKey = publicKeyText(signer);
  const enrolmentKey = splitTicket === null ? options.enrolmentKey : null;
  const statement = {
    enrolmentKeyHash: sha256(enrolmentKey ?? splitTicket ?? ''),
    publicKey,
    fingerprint: machine.fingerprint,
    issuedAt: nowMs,
  };
  return {
    protocol: PROTOCOL_VERSION,
    enrolmentKey,
    splitTicket,
    publicKey,
    issuedAt: nowMs,
    proof: signStatement(signer, 'enrol', statement),
    machine,
    agentVersion: options.agentVersion,
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
