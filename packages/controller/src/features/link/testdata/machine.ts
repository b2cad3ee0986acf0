import { createHash } from 'node:crypto';
import { encodeBase64Url } from '@wardgrid/base';
import { systemRandom } from '@wardgrid/base/system';
import { createSigner, signStatement, type Signer } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import {
  createClient,
  linkRoutes,
  PROTOCOL_VERSION,
  type Call,
  type EnrolResponse,
  type ExchangeRequest,
  type ExchangeResponse,
  type LinkRecord,
  type RecordBody,
  type Transport,
} from '@wardgrid/wire';

/** A machine with an agent that keeps the protocol, and can be told to break it. */
export interface TestMachine {
  readonly signer: Signer;
  /** What the agent would have on its disk. */
  readonly state: {
    enrolment: EnrolResponse | null;
    token: string;
    receipt: string | null;
    acknowledgedOrder: number;
    settingsVersion: number;
    sequence: number;
  };
  readonly enrol: (
    enrolmentKey: string | null,
    given?: { readonly splitTicket?: string; readonly address?: string },
  ) => Promise<EnrolResponse>;
  readonly openSession: () => Promise<string>;
  /** One exchange; the reply is applied. */
  readonly exchange: (change?: Partial<ExchangeRequest>) => Promise<ExchangeResponse>;
  /** One exchange whose reply is lost on its way. */
  readonly exchangeLost: (change?: Partial<ExchangeRequest>) => Promise<ExchangeResponse>;
  readonly request: (change?: Partial<ExchangeRequest>) => ExchangeRequest;
  readonly send: (request: ExchangeRequest) => Promise<ExchangeResponse>;
  /** The next record. */
  readonly record: (body: RecordBody) => LinkRecord;
  /** A copy of the machine with everything on its disk. */
  readonly clone: () => TestMachine;
}

const heartbeat: Omit<ExchangeRequest['heartbeat'], 'sentAt' | 'hostname'> = {
  status: 'ok',
  agentVersion: '1.0.0',
  localIp: '10.1.2.3',
  primaryCidr: '10.1.2.0/24',
  interfaceName: 'eth0',
  macAddress: '02:00:00:00:00:01',
  gatewayIp: '10.1.2.1',
  gatewayMac: '02:00:00:00:00:fe',
  bootedAt: null,
  cpuPercent: 12.5,
  memoryUsedBytes: 1_000_000,
  memoryTotalBytes: 4_000_000,
  diskUsedBytes: 2_000_000,
  diskTotalBytes: 8_000_000,
  pendingRecords: 0,
  droppedRecords: 0,
};

/** A machine that talks to the controller at `url`. */
export function createMachine(
  url: string,
  hostname: string,
  given: {
    readonly seed?: Uint8Array;
    readonly state?: TestMachine['state'];
    readonly now?: () => number;
  } = {},
): TestMachine {
  const seed = given.seed ?? systemRandom.bytes(32);
  const now = given.now ?? Date.now;
  const signer = createSigner(systemCryptography, seed);
  const state = given.state ?? { ...FRESH };
  const place = { address: '' };
  const call = clientOf(url, place);
  const who = { call, signer, hostname, now };
  let lastSentAt = 0;

  const machine: TestMachine = {
    signer,
    state,
    async enrol(enrolmentKey, { splitTicket = null, address = '' } = {}) {
      place.address = address;
      state.enrolment = await enrolAs(who, enrolmentKey, splitTicket);
      return state.enrolment;
    },
    async openSession() {
      state.token = await openSessionAs(who, state);
      return state.token;
    },
    request(change = {}) {
      lastSentAt = Math.max(now(), lastSentAt + 1);
      return {
        protocol: PROTOCOL_VERSION,
        receipt: state.receipt,
        acknowledgedOrder: state.acknowledgedOrder,
        settingsVersion: state.settingsVersion,
        heartbeat: { ...heartbeat, hostname, sentAt: lastSentAt },
        records: [],
        progress: [],
        ...change,
      };
    },
    async send(body) {
      if (state.token === '') await machine.openSession();
      return call(linkRoutes.exchange, { body, headers: headersOf(state) });
    },
    async exchange(change) {
      const reply = await machine.send(machine.request(change));
      apply(state, reply);
      return reply;
    },
    exchangeLost: (change) => machine.send(machine.request(change)),
    record(body) {
      state.sequence += 1;
      return { sequence: state.sequence, at: now(), body };
    },
    clone: () => createMachine(url, hostname, { ...given, seed, state: { ...state } }),
  };
  return machine;
}

const FRESH: TestMachine['state'] = {
  enrolment: null,
  token: '',
  receipt: null,
  acknowledgedOrder: 0,
  settingsVersion: 0,
  sequence: 0,
};

interface Who {
  readonly call: Call;
  readonly signer: Signer;
  readonly hostname: string;
  readonly now: () => number;
}

/** A client that seems to come from an address. */
function clientOf(url: string, place: { readonly address: string }): Call {
  const transport: Transport = (to, request) => {
    const forwarded = place.address === '' ? {} : { 'x-forwarded-for': place.address };
    return fetch(to, { ...request, headers: { ...request.headers, ...forwarded } });
  };
  return createClient({ baseUrl: url, transport });
}

function enrolAs(
  { call, signer, hostname, now }: Who,
  enrolmentKey: string | null,
  splitTicket: string | null,
): Promise<EnrolResponse> {
  const fingerprint = sha256(hostname);
  const issuedAt = now();
  const publicKey = encodeBase64Url(signer.publicKey);
  const enrolmentKeyHash = sha256(enrolmentKey ?? splitTicket ?? '');
  const statement = { enrolmentKeyHash, publicKey, fingerprint, issuedAt };
  return call(linkRoutes.enrol, {
    body: {
      protocol: PROTOCOL_VERSION,
      enrolmentKey,
      splitTicket,
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
    },
  });
}

async function openSessionAs(
  { call, signer, now }: Who,
  state: TestMachine['state'],
): Promise<string> {
  const { deviceId = '', controllerId = '' } = state.enrolment ?? {};
  const nonce = encodeBase64Url(systemRandom.bytes(16));
  const statement = { deviceId, controllerId, issuedAt: now(), nonce };
  const proof = signStatement(signer, 'session', statement);
  return (await call(linkRoutes.session, { body: { ...statement, proof } })).token;
}

function headersOf(state: TestMachine['state']): Readonly<Record<string, string>> {
  return { authorization: `Device ${state.token}` };
}

function apply(state: TestMachine['state'], reply: ExchangeResponse): void {
  state.receipt = reply.receipt;
  if (reply.settings) state.settingsVersion = versionOf(reply.settings.payload);
  const last = reply.orders.at(-1);
  if (last) state.acknowledgedOrder = (JSON.parse(last.payload) as { sequence: number }).sequence;
}

function versionOf(payload: string): number {
  return (JSON.parse(payload) as { version: number }).version;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
