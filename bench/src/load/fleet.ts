import { createHash } from 'node:crypto';
import { encodeBase64Url } from '@wardgrid/base';
import { systemRandom } from '@wardgrid/base/system';
import { createSigner, signStatement, type Signer } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import {
  API_PREFIX,
  linkRoutes,
  PROTOCOL_VERSION,
  type DeviceSession,
  type EnrolRequest,
  type EnrolResponse,
} from '@wardgrid/wire';
import type { ControllerProcess } from '../controller-process.ts';
import { CONNECTIONS, requireNoFailure, runClosedLoop, type LoadResult } from './load.ts';
import type { Reply } from './connection.ts';
import { postBytes } from './request.ts';

/** A device with its key, before it enrols. */
export interface Candidate {
  readonly signer: Signer;
  readonly request: EnrolRequest;
}

/** An enrolled device with a session. */
export interface EnrolledDevice {
  readonly deviceId: string;
  readonly hostname: string;
  readonly token: string;
}

/** Longest time that a storm may take. */
const STORM_MS_MAX = 300_000;
let devicesMade = 0;

/** Devices with real keys and proofs, ready to enrol. */
export function makeCandidates(count: number, enrolmentKey: string): Candidate[] {
  const enrolmentKeyHash = sha256(enrolmentKey);
  return Array.from({ length: count }, () => {
    devicesMade += 1;
    const hostname = `bench-${devicesMade}`;
    const signer = createSigner(systemCryptography, systemRandom.bytes(32));
    const publicKey = encodeBase64Url(signer.publicKey);
    const fingerprint = sha256(hostname);
    const issuedAt = Date.now();
    const statement = { enrolmentKeyHash, publicKey, fingerprint, issuedAt };
    const request: EnrolRequest = {
      protocol: PROTOCOL_VERSION,
      enrolmentKey,
      splitTicket: null,
      publicKey,
      issuedAt,
      proof: signStatement(signer, 'enrol', statement),
      machine: {
        hostname,
        osFamily: 'linux',
        osName: 'Debian GNU/Linux',
        osVersion: '12',
        architecture: 'x64',
        fingerprint,
      },
      agentVersion: '1.0.0',
    };
    return { signer, request };
  });
}

/** Enrols all at once, as fast as the server goes. `onReply` gets what came back for each. */
export function storm(
  port: number,
  candidates: readonly Candidate[],
  onReply: (candidate: Candidate, reply: Reply) => void = () => undefined,
): Promise<LoadResult> {
  const path = API_PREFIX + linkRoutes.enrol.path;
  const requests = candidates.map((candidate) => ({
    bytes: postBytes(path, JSON.stringify(candidate.request)),
    settle: (reply: Reply) => onReply(candidate, reply),
  }));
  return sendAll(port, requests);
}

/** Enrols devices and opens their sessions; the clock of no bench runs meanwhile. */
export async function enrolFleet(
  controller: ControllerProcess,
  count: number,
): Promise<EnrolledDevice[]> {
  const candidates = makeCandidates(count, await controller.makeEnrolmentKey());
  const enrolled: { readonly candidate: Candidate; readonly response: EnrolResponse }[] = [];
  requireNoFailure(
    await storm(controller.port, candidates, (candidate, reply) => {
      enrolled.push({ candidate, response: jsonOf(reply) as EnrolResponse });
    }),
  );
  const path = API_PREFIX + linkRoutes.session.path;
  const devices: EnrolledDevice[] = [];
  const requests = enrolled.map(({ candidate, response: { deviceId, controllerId } }) => {
    const nonce = encodeBase64Url(systemRandom.bytes(16));
    const statement = { deviceId, controllerId, issuedAt: Date.now(), nonce };
    const proof = signStatement(candidate.signer, 'session', statement);
    return {
      bytes: postBytes(path, JSON.stringify({ ...statement, proof })),
      settle(reply: Reply) {
        const { token } = jsonOf(reply) as DeviceSession;
        devices.push({ deviceId, hostname: candidate.request.machine.hostname, token });
      },
    };
  });
  requireNoFailure(await sendAll(controller.port, requests));
  return devices;
}

/** Sends each request once, over as many connections as a load has. */
export function sendAll(
  port: number,
  requests: readonly { readonly bytes: Buffer; readonly settle: (reply: Reply) => void }[],
): Promise<LoadResult> {
  let sent = 0;
  return runClosedLoop({
    port,
    connections: Math.min(CONNECTIONS, requests.length),
    durationMs: STORM_MS_MAX,
    next: () => requests[sent++],
  });
}

/** The body of a reply. */
export function jsonOf({ bytes, bodyStart }: Reply): unknown {
  return JSON.parse(bytes.toString('utf8', bodyStart));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
