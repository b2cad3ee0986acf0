/* A controller that keeps the link's contract in memory, for tests: real HTTP, real signatures, records
   stored once and without gaps, receipts that tell two machines apart. */
import { createHash } from 'node:crypto';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { WebSocketServer, type WebSocket } from 'ws';
import { encodeBase64Url } from '@wardgrid/base';
import { systemNewId, systemRandom } from '@wardgrid/base/system';
import { createSigner, sealEnvelope, verifyStatement, type Signer } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import {
  DeviceSessionRequest,
  EnrolRequest,
  EXCHANGE_ORDERS_MAX,
  ExchangeRequest,
  LIVE_LINK_PATH,
  problemOf,
  type DeviceSession,
  type EnrolResponse,
  type ExchangeResponse,
  type LinkRecord,
  type LiveFrame,
  type Order,
  type ProblemCode,
  type SignedEnvelope,
} from '@wardgrid/wire';

export const FAKE_ENROLMENT_KEY = `wgk_00112233445566aa_${'s'.repeat(43)}`;

const DAY_MS = 86_400_000;

/** A problem to answer with. */
export class FakeProblem extends Error {
  readonly code: ProblemCode;
  readonly facts: Record<string, string>;
  readonly retryAfterSeconds: number | null;
  constructor(code: ProblemCode, facts: Record<string, string> = {}, retryAfter?: number) {
    super(code);
    this.code = code;
    this.facts = facts;
    this.retryAfterSeconds = retryAfter ?? null;
  }
}

export interface FakeDevice {
  readonly id: string;
  readonly publicKey: string;
  token: string | null;
  receipts: (string | null)[];
  lastSequence: number;
  /** Every record stored, in order. */
  readonly records: LinkRecord[];
  readonly orders: { readonly sequence: number; readonly envelope: SignedEnvelope }[];
  lastRequest: ExchangeRequest | null;
  exchanges: number;
  acknowledgedOrder: number;
  socket: WebSocket | null;
}

/** What a test may change; all of it is optional. */
export interface FakeHooks {
  exchangeIntervalMs: number;
  /** Looks at, or alters, a reply after it was committed; throwing a FakeProblem answers with it. */
  onReply: (reply: ExchangeResponse, device: FakeDevice) => ExchangeResponse;
  /** Looks at, or alters, the answer to an enrolment. */
  onEnrol: (reply: EnrolResponse) => EnrolResponse;
  /** Called before an enrolment or exchange is looked at. */
  onRequest: (path: string) => void;
  /** True cuts the connection after the work was committed, before the reply is sent. */
  isReplyLost: (path: string) => boolean;
}

export interface FakeController {
  readonly url: string;
  readonly port: number;
  readonly devices: FakeDevice[];
  readonly controllerId: string;
  readonly tenantId: string;
  readonly tenantSigner: Signer;
  readonly platformSigner: Signer;
  readonly hooks: FakeHooks;
  /** Sequences that arrived with a gap before them: always a fault of the agent. */
  readonly gaps: number[];
  readonly enrolRequests: EnrolRequest[];
  /** Signs an order for a device and queues it; what is given replaces what is made. */
  readonly order: (device: FakeDevice, task: Order['task'], given?: Partial<Order>) => Order;
  /** Learns of a device that enrolled at another controller of the tenant, as by synchronisation. */
  readonly adopt: (device: Pick<FakeDevice, 'id' | 'publicKey'>) => FakeDevice;
  readonly sign: (order: Order) => SignedEnvelope;
  readonly sendLive: (device: FakeDevice, frame: LiveFrame) => void;
  readonly close: () => Promise<void>;
}

/** Starts a fake controller on a free port of the loopback interface, or on the one given. */
export async function startFakeController(
  port = 0,
  tenantId = systemNewId(),
  controllerId = systemNewId(),
): Promise<FakeController> {
  const state = createState(tenantId, controllerId);
  const server = http.createServer((request, response) => {
    void serve(state, request, response);
  });
  serveLive(state, server);
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    ...state,
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    order: (device, task, given) => queueOrder(state, { device, task, given: given ?? {} }),
    adopt: ({ id, publicKey }) => addDevice(state, publicKey, id),
    sign: (order) => sealEnvelope(state.tenantSigner, order),
    sendLive: (device, frame) => device.socket?.send(JSON.stringify(frame)),
    close: () =>
      new Promise((resolve) => {
        for (const device of state.devices) device.socket?.terminate();
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

type State = ReturnType<typeof createState>;

function createState(tenantId: string, controllerId: string) {
  const signerOf = (fill: number): Signer =>
    createSigner(systemCryptography, new Uint8Array(32).fill(fill));
  const hooks: FakeHooks = {
    exchangeIntervalMs: 60_000,
    onReply: (reply) => reply,
    onEnrol: (reply) => reply,
    onRequest: () => undefined,
    isReplyLost: () => false,
  };
  return {
    tenantId,
    controllerId,
    platformSigner: signerOf(1),
    tenantSigner: signerOf(2),
    devices: [] as FakeDevice[],
    gaps: [] as number[],
    enrolRequests: [] as EnrolRequest[],
    splitTickets: new Map<string, FakeDevice>(),
    hooks,
  };
}

async function serve(
  state: State,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const path = request.url ?? '';
  try {
    const body = await readBody(request);
    state.hooks.onRequest(path);
    const reply = answer(state, path, { body, request });
    if (state.hooks.isReplyLost(path)) {
      request.socket.destroy();
      return;
    }
    send(response, path.endsWith('/enrol') ? 201 : 200, reply);
  } catch (error) {
    sendProblem(response, error);
  }
}

function answer(
  state: State,
  path: string,
  given: { readonly body: unknown; readonly request: http.IncomingMessage },
): EnrolResponse | DeviceSession | ExchangeResponse {
  if (path === '/api/v1/link/enrol') return enrol(state, EnrolRequest.parse(given.body));
  if (path === '/api/v1/link/session') {
    return openSession(state, DeviceSessionRequest.parse(given.body));
  }
  if (path !== '/api/v1/link/exchange') throw new FakeProblem('not-found');
  const device = deviceOf(state, given.request);
  return exchange(state, device, ExchangeRequest.parse(given.body));
}

function enrol(state: State, request: EnrolRequest): EnrolResponse {
  state.enrolRequests.push(request);
  const secret = request.enrolmentKey ?? request.splitTicket ?? '';
  const isTicket = request.splitTicket !== null && state.splitTickets.has(request.splitTicket);
  if (!isTicket && !secret.startsWith(FAKE_ENROLMENT_KEY)) {
    throw new FakeProblem('enrolment-key-invalid');
  }
  const statement = {
    enrolmentKeyHash: createHash('sha256').update(secret).digest('hex'),
    publicKey: request.publicKey,
    fingerprint: request.machine.fingerprint,
    issuedAt: request.issuedAt,
  };
  const { publicKey, proof: signature } = request;
  if (!verifyStatement(systemCryptography, 'enrol', { publicKey, signature, statement })) {
    throw new FakeProblem('enrolment-proof-invalid');
  }
  const known = state.devices.find((device) => device.publicKey === publicKey);
  const device = known ?? addDevice(state, publicKey);
  return state.hooks.onEnrol({
    deviceId: device.id,
    tenantId: state.tenantId,
    controllerId: state.controllerId,
    platformKey: encodeBase64Url(state.platformSigner.publicKey),
    licence: licenceOf(state),
    exchangeIntervalMs: state.hooks.exchangeIntervalMs,
  });
}

function addDevice(state: State, publicKey: string, id = systemNewId()): FakeDevice {
  const device: FakeDevice = {
    id,
    publicKey,
    token: null,
    receipts: [null],
    lastSequence: 0,
    records: [],
    orders: [],
    lastRequest: null,
    exchanges: 0,
    acknowledgedOrder: 0,
    socket: null,
  };
  state.devices.push(device);
  return device;
}

function licenceOf(state: State): SignedEnvelope {
  return sealEnvelope(state.platformSigner, {
    type: 'licence',
    id: systemNewId(),
    tenantId: state.tenantId,
    tenantName: 'Tenant',
    tenantKey: encodeBase64Url(state.tenantSigner.publicKey),
    features: [],
    seats: 100,
    validFrom: 0,
    validUntil: Date.now() + DAY_MS,
    graceDays: 0,
    issuedAt: 0,
  });
}

function openSession(state: State, request: DeviceSessionRequest): DeviceSession {
  const { proof: signature, ...statement } = request;
  const device = state.devices.find(({ id }) => id === request.deviceId);
  const publicKey = device?.publicKey ?? '';
  const isProved = verifyStatement(systemCryptography, 'session', {
    publicKey,
    signature,
    statement,
  });
  const isOurs = request.controllerId === state.controllerId;
  if (!device || !isProved || !isOurs || Math.abs(request.issuedAt - Date.now()) > 300_000) {
    throw new FakeProblem('device-assertion-invalid');
  }
  device.token = encodeBase64Url(systemRandom.bytes(32));
  return { token: device.token, expiresAt: Date.now() + 3_600_000, serverTime: Date.now() };
}

function deviceOf(state: State, request: http.IncomingMessage): FakeDevice {
  const token = request.headers.authorization?.replace(/^Device /, '');
  const device = state.devices.find((known) => known.token !== null && known.token === token);
  if (!device || request.headers['x-wardgrid-device'] !== device.id) {
    throw new FakeProblem('device-session-invalid');
  }
  return device;
}

function exchange(state: State, device: FakeDevice, request: ExchangeRequest): ExchangeResponse {
  // The last receipt, or the one before it when the reply that carried the last one was lost.
  if (!device.receipts.includes(request.receipt)) {
    const splitTicket = encodeBase64Url(systemRandom.bytes(16));
    state.splitTickets.set(splitTicket, device);
    throw new FakeProblem('device-forked', { splitTicket });
  }
  device.lastRequest = request;
  device.exchanges += 1;
  device.acknowledgedOrder = Math.max(device.acknowledgedOrder, request.acknowledgedOrder);
  for (const record of request.records) store(state, device, record);
  const receipt = encodeBase64Url(systemRandom.bytes(16));
  device.receipts = [request.receipt, receipt];
  const waiting = device.orders.filter(({ sequence }) => sequence > request.acknowledgedOrder);
  const reply: ExchangeResponse = {
    receipt,
    acknowledgedSequence: device.lastSequence,
    orders: waiting.slice(0, EXCHANGE_ORDERS_MAX).map(({ envelope }) => envelope),
    settings: null,
    nextExchangeMs: state.hooks.exchangeIntervalMs,
    serverTime: Date.now(),
    hasMore: waiting.length > EXCHANGE_ORDERS_MAX,
  };
  return state.hooks.onReply(reply, device);
}

function store(state: State, device: FakeDevice, record: LinkRecord): void {
  if (record.sequence <= device.lastSequence) return;
  if (record.sequence !== device.lastSequence + 1) state.gaps.push(record.sequence);
  device.lastSequence = record.sequence;
  device.records.push(record);
}

function queueOrder(
  state: State,
  wanted: {
    readonly device: FakeDevice;
    readonly task: Order['task'];
    readonly given: Partial<Order>;
  },
): Order {
  const { device, task, given } = wanted;
  const order: Order = {
    type: 'order',
    id: systemNewId(),
    tenantId: state.tenantId,
    deviceId: device.id,
    sequence: device.orders.length + 1,
    issuedAt: Date.now(),
    expiresAt: Date.now() + DAY_MS,
    task,
    ...given,
  };
  const envelope = sealEnvelope(state.tenantSigner, order);
  device.orders.push({ sequence: order.sequence, envelope });
  return order;
}

function serveLive(state: State, server: http.Server): void {
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    try {
      if (request.url !== LIVE_LINK_PATH) throw new FakeProblem('not-found');
      const device = deviceOf(state, request);
      sockets.handleUpgrade(request, socket, head, (opened) => void (device.socket = opened));
    } catch {
      socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
    }
  });
}

async function readBody(request: http.IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const whole = Buffer.concat(chunks);
  const isPacked = request.headers['content-encoding'] === 'gzip';
  return JSON.parse((isPacked ? gunzipSync(whole) : whole).toString('utf8'));
}

function send(response: http.ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(text);
}

function sendProblem(response: http.ServerResponse, error: unknown): void {
  const isOurs = error instanceof FakeProblem;
  const code = isOurs ? error.code : 'invalid-body';
  const { status, title } = problemOf(code);
  if (isOurs && error.retryAfterSeconds !== null) {
    response.setHeader('retry-after', String(error.retryAfterSeconds));
  }
  const detail = error instanceof Error ? error.message : String(error);
  send(response, status, {
    type: `urn:wardgrid:problem:${code}`,
    title,
    status,
    detail,
    instance: 'test',
    code,
    ...(isOurs ? { facts: error.facts } : {}),
  });
}

/** A key that nobody knows, for forgeries. */
export function strangerSigner(): Signer {
  return createSigner(systemCryptography, systemRandom.bytes(32));
}
