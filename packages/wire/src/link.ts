import * as z from 'zod';
import { ScannedHost, ScannedPort } from './discovery.ts';
import { SignedEnvelope } from './envelopes.ts';
import { DeviceEvent, ProtectionHealth } from './events.ts';
import { DeviceFinding } from './findings.ts';
import { InventoryBody } from './inventory.ts';
import {
  AUTHORITY_LENGTH_MAX,
  CONTROLLER_LAYER_MAX,
  CONTROLLER_URLS_MAX,
  ControllerUrl,
} from './join.ts';
import { JobProgress, JobSummary, JobTask } from './jobs.ts';
import {
  base64Url,
  Count,
  EpochMs,
  Id,
  IpAddress,
  MacAddress,
  PublicKey,
  ScopePath,
  Sha256,
  Signature,
} from './primitives.ts';
import { ContentChunk, ProtectionSettings } from './protection.ts';
import { SealedFile } from './response.ts';
import { route } from './route.ts';

/** The kind of machine an agent runs on. */
const short = z.string().max(255);

/** What an agent says of its machine when it enrols. */
export const MachineFacts = z.strictObject({
  hostname: short.min(1),
  osFamily: z.enum(['linux', 'windows', 'macos']),
  osName: short,
  osVersion: short,
  architecture: short,
  /** A hash over stable hardware facts; tells a cloned disk from the machine it was copied from. */
  fingerprint: Sha256,
});
export type MachineFacts = z.infer<typeof MachineFacts>;

/** Statements that keys sign name their purpose, so that none can be used as another. */
export const EnrolStatement = z.strictObject({
  enrolmentKeyHash: Sha256,
  publicKey: PublicKey,
  fingerprint: Sha256,
  issuedAt: EpochMs,
});

export const EnrolRequest = z.strictObject({
  protocol: z.int().min(1).max(1_000),
  /** `wgk_…`; null when a split ticket stands in for it. */
  enrolmentKey: z.string().max(200).nullable(),
  /** From the problem `device-forked`: enrols the second machine of a cloned identity. */
  splitTicket: z.string().max(400).nullable(),
  publicKey: PublicKey,
  issuedAt: EpochMs,
  /** The device key's signature over the `EnrolStatement`, purpose `enrol`. */
  proof: Signature,
  machine: MachineFacts,
  agentVersion: z.string().max(40),
});
export type EnrolRequest = z.infer<typeof EnrolRequest>;

export const EnrolResponse = z.strictObject({
  deviceId: Id,
  tenantId: Id,
  controllerId: Id,
  /** Pinned from now on: the first link of the chain of keys. */
  platformKey: PublicKey,
  /** The tenant's licence: names the tenant key that signs orders. */
  licence: SignedEnvelope,
  /** Where the device lies: only controllers that serve this place command it. */
  scope: ScopePath.exactOptional(),
  exchangeIntervalMs: Count,
});
export type EnrolResponse = z.infer<typeof EnrolResponse>;

export const SessionStatement = z.strictObject({
  deviceId: Id,
  controllerId: Id,
  issuedAt: EpochMs,
  nonce: base64Url(16),
});

/** A device proves its key once and gets a session token, so that an exchange costs no signature. */
export const DeviceSessionRequest = z.strictObject({
  ...SessionStatement.shape,
  /** The device key's signature over the `SessionStatement`, purpose `session`. */
  proof: Signature,
});
export type DeviceSessionRequest = z.infer<typeof DeviceSessionRequest>;

export const DeviceSession = z.strictObject({
  /** Sent as `Authorization: Device <token>`. */
  token: z.string(),
  expiresAt: EpochMs,
  serverTime: EpochMs,
});
export type DeviceSession = z.infer<typeof DeviceSession>;

/** A sign of life: what the console shows without asking. */
export const Heartbeat = z.strictObject({
  sentAt: EpochMs,
  status: z.enum(['ok', 'degraded']),
  agentVersion: z.string().max(40),
  hostname: short,
  localIp: IpAddress.nullable(),
  primaryCidr: z.string().max(49).nullable(),
  interfaceName: z.string().max(64).nullable(),
  macAddress: MacAddress.nullable(),
  gatewayIp: IpAddress.nullable(),
  gatewayMac: MacAddress.nullable(),
  bootedAt: EpochMs.nullable(),
  cpuPercent: z.number().min(0).max(100).nullable(),
  memoryUsedBytes: Count.nullable(),
  memoryTotalBytes: Count.nullable(),
  diskUsedBytes: Count.nullable(),
  diskTotalBytes: Count.nullable(),
  /** What waits on the device, and what it had to drop since it enrolled. */
  pendingRecords: Count,
  droppedRecords: Count,
  /** Absent from agents that do not protect. */
  protection: ProtectionHealth.exactOptional(),
});
export type Heartbeat = z.infer<typeof Heartbeat>;

/** Most hosts and ports in one record; a scan sends several. */
export const SCAN_HOSTS_MAX = 256;
export const SCAN_PORTS_MAX = 512;

/** Most events in one record. */
export const RECORD_EVENTS_MAX = 256;

/** What an agent has to tell and must not lose. */
export const RecordBody = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('inventory'),
    collectedAt: EpochMs,
    contentHash: Sha256,
    body: InventoryBody,
  }),
  z.strictObject({ kind: z.literal('job-started'), jobId: Id }),
  z.strictObject({
    kind: z.literal('job-hosts'),
    jobId: Id,
    hosts: z.array(ScannedHost).max(SCAN_HOSTS_MAX),
  }),
  z.strictObject({
    kind: z.literal('job-ports'),
    jobId: Id,
    ports: z.array(ScannedPort).max(SCAN_PORTS_MAX),
  }),
  z.strictObject({
    kind: z.literal('job-finished'),
    jobId: Id,
    outcome: z.enum(['succeeded', 'failed', 'cancelled', 'expired']),
    error: z.strictObject({ code: z.string().max(60), detail: z.string().max(1_000) }).nullable(),
    summary: JobSummary,
    /** Which addresses and ports were really looked at: what was not is not "gone". */
    coverage: z
      .strictObject({
        cidr: z.string().max(49).nullable(),
        hosts: z.array(IpAddress).max(1_024).nullable(),
        ports: z.string().max(400).nullable(),
        isComplete: z.boolean(),
      })
      .nullable(),
  }),
  z.strictObject({
    kind: z.literal('order-refused'),
    /** Null when it could not even be read. */
    jobId: Id.nullable(),
    reason: z.enum([
      'unreadable',
      'signature',
      'audience',
      'expired',
      'replayed',
      'unsupported',
      'not-yet-valid',
      'key-unknown',
      /** Of the controller that signed it: forged, out of time or revoked. */
      'certificate',
      /** The controller that signed it does not serve the device's place. */
      'scope',
    ]),
    detail: z.string().max(500),
  }),
  /** What an engine found; told again, under the same id, when its count or its actions changed. */
  z.strictObject({ kind: z.literal('finding'), finding: DeviceFinding }),
  /** A file in the device's sealed store, told whenever its state changes. */
  z.strictObject({ kind: z.literal('sealed-file'), file: SealedFile }),
  /** Chosen events: those around findings, and what the policy asks for. */
  z.strictObject({
    kind: z.literal('events'),
    events: z.array(DeviceEvent).min(1).max(RECORD_EVENTS_MAX),
  }),
]);
export type RecordBody = z.infer<typeof RecordBody>;

export const LinkRecord = z.strictObject({
  /**
   * 1, 2, 3 … for each controller that a device talks with, which stores each once. One is missing
   * where its record went to another controller.
   */
  sequence: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
  at: EpochMs,
  body: RecordBody,
});
export type LinkRecord = z.infer<typeof LinkRecord>;

/** Most records in one exchange. */
export const EXCHANGE_RECORDS_MAX = 500;
/** Largest body of an exchange: a full software inventory fits, a flood does not. */
export const EXCHANGE_BYTES_MAX = 8 * 1_024 * 1_024;
/** Most orders in one reply. */
export const EXCHANGE_ORDERS_MAX = 64;

/** The one talk between agent and controller: everything up and everything down in one request. */
export const ExchangeRequest = z.strictObject({
  protocol: z.int().min(1).max(1_000),
  /** The receipt of the last reply; null in the first exchange. Two machines cannot both have it. */
  receipt: base64Url(16).nullable(),
  /** Every order up to this sequence is safe on the device's disk. */
  acknowledgedOrder: Count,
  /** Which settings run. */
  settingsVersion: Count,
  heartbeat: Heartbeat,
  records: z.array(LinkRecord).max(EXCHANGE_RECORDS_MAX),
  /** Not durable: how running jobs are getting on. */
  progress: z.array(z.strictObject({ jobId: Id, progress: JobProgress })).max(16),
});
export type ExchangeRequest = z.infer<typeof ExchangeRequest>;

export const ExchangeResponse = z.strictObject({
  receipt: base64Url(16),
  /** Every record up to this sequence is committed; the device may forget them. */
  acknowledgedSequence: Count,
  orders: z.array(SignedEnvelope).max(EXCHANGE_ORDERS_MAX),
  /** A signed `AgentSettings`, when the device's are older. */
  settings: SignedEnvelope.nullable(),
  nextExchangeMs: Count,
  serverTime: EpochMs,
  /** More orders wait: come back at once. */
  hasMore: z.boolean(),
});
export type ExchangeResponse = z.infer<typeof ExchangeResponse>;

/** The payload of an order's envelope. */
export const Order = z.strictObject({
  type: z.literal('order'),
  /** The job's id. */
  id: Id,
  tenantId: Id,
  deviceId: Id,
  /** 1, 2, 3 … per device. */
  sequence: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
  issuedAt: EpochMs,
  expiresAt: EpochMs,
  task: z.discriminatedUnion('kind', [
    ...JobTask.options,
    /** Stop the job with this id. */
    z.strictObject({ kind: z.literal('cancel'), arguments: z.strictObject({ jobId: Id }) }),
  ]),
});
export type Order = z.infer<typeof Order>;

/** Most revoked controllers that a device is told of; their certificates end, and then they go. */
export const REVOKED_CONTROLLERS_MAX = 1_000;

/** A controller that may serve a device. */
export const ServingController = z.strictObject({
  controllerId: Id,
  urls: z.array(ControllerUrl).min(1).max(CONTROLLER_URLS_MAX),
  /** Whom to believe when its address is called over TLS; null: the authorities of the system. */
  authority: z.string().max(AUTHORITY_LENGTH_MAX).nullable(),
  /** With which it signs what it says of itself to its own network. */
  publicKey: PublicKey,
});
export type ServingController = z.infer<typeof ServingController>;

/** The payload of a settings envelope: how an agent behaves. */
export const AgentSettings = z.strictObject({
  type: z.literal('settings'),
  tenantId: Id,
  version: Count,
  issuedAt: EpochMs,
  exchangeIntervalMs: z.int().min(1_000).max(86_400_000),
  inventoryIntervalMs: z
    .int()
    .min(60_000)
    .max(7 * 86_400_000),
  /** Absent from controllers that are older than protection. */
  protection: ProtectionSettings.exactOptional(),
  /** Where the device lies from now on. */
  scope: ScopePath.exactOptional(),
  /** Controllers of the tenant that are not to be believed any more, though their time is not over. */
  revokedControllers: z.array(Id).max(REVOKED_CONTROLLERS_MAX).exactOptional(),
  /** Who may serve the device, nearest first: where it turns to when one is lost. */
  controllers: z
    .array(ServingController)
    .max(CONTROLLER_LAYER_MAX + 1)
    .exactOptional(),
});
export type AgentSettings = z.infer<typeof AgentSettings>;

/** A frame of the live connection, downwards. Frames may be lost; the exchange is the truth. */
export const LiveFrame = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('order'), order: SignedEnvelope }),
  z.strictObject({ kind: z.literal('exchange') }),
]);
export type LiveFrame = z.infer<typeof LiveFrame>;

/** Where the live connection (WebSocket, RFC 6455) is opened, with the device session token. */
export const LIVE_LINK_PATH = '/api/v1/link/live';

/**
 * A stretch of the detection content that the device's signed settings name: the device puts the
 * stretches together, and believes the whole by its digest.
 */
export const contentRoute = route({
  method: 'GET',
  path: '/v1/link/content/:digest',
  summary: 'A device fetches a part of its detection content',
  params: z.strictObject({ digest: Sha256 }),
  query: z.strictObject({ offset: z.coerce.number().pipe(Count).default(0) }),
  response: ContentChunk,
  permission: 'device',
  problems: ['device-session-invalid', 'device-retired'],
});

export const linkRoutes = {
  enrol: route({
    method: 'POST',
    path: '/v1/link/enrol',
    summary: 'An agent enrols its device',
    body: EnrolRequest,
    response: EnrolResponse,
    status: 201,
    permission: null,
    problems: [
      'enrolment-key-invalid',
      'enrolment-key-expired',
      'enrolment-key-exhausted',
      'enrolment-key-revoked',
      'enrolment-address-refused',
      'enrolment-proof-invalid',
      'licence-seats-exhausted',
      'licence-expired',
      'licence-suspended',
      'protocol-unsupported',
    ],
  }),
  session: route({
    method: 'POST',
    path: '/v1/link/session',
    summary: 'A device proves its key and gets a session',
    body: DeviceSessionRequest,
    response: DeviceSession,
    permission: null,
    problems: ['device-assertion-invalid', 'device-retired'],
  }),
  exchange: route({
    method: 'POST',
    path: '/v1/link/exchange',
    summary: 'Heartbeat and records up; orders and settings down',
    body: ExchangeRequest,
    response: ExchangeResponse,
    permission: 'device',
    problems: ['device-session-invalid', 'device-retired', 'device-forked', 'protocol-unsupported'],
  }),
  content: contentRoute,
};
