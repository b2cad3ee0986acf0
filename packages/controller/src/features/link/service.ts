import { systemRandom } from '@wardgrid/base/system';
import { encodeHex } from '@wardgrid/base';
import { verifyStatement } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import {
  MIN_SUPPORTED_PROTOCOL_VERSION,
  type DeviceSession,
  type DeviceSessionRequest,
  type EnrolRequest,
  type EnrolResponse,
  type ExchangeRequest,
} from '@wardgrid/wire';
import { ControllerError } from '../../platform/error.ts';
import type { Platform } from '../../platform/services.ts';
import {
  sha256,
  type DeviceIdentity,
  type Enrolment,
  type EnrolmentVerdict,
} from '../devices/index.ts';
import { createBatcher } from './batcher.ts';
import type { LinkDeps } from './deps.ts';
import { enrolBatch } from './enrol.ts';
import { exchangeAll, type ExchangeDeps, type ExchangeVerdict } from './exchange.ts';
import type { ExchangeItem } from './exchange-item.ts';
import { createFactsFilter } from './facts.ts';
import { createProtectionFilter } from './protections.ts';
import { createMinuteCounter } from './minute-counter.ts';
import { createSessions } from './session.ts';
import { createSettings, type SettingsAsker } from './settings.ts';
import { createSplitTickets, type SplitTickets } from './split-ticket.ts';
import type { DeviceClaims, DeviceTokens } from './token.ts';

/** The three talks with an agent. */
export interface LinkService {
  readonly enrol: (request: EnrolRequest, address: string) => Promise<EnrolResponse>;
  readonly openSession: (request: DeviceSessionRequest) => Promise<DeviceSession>;
  /** The reply as JSON text. */
  readonly exchange: (
    claims: DeviceClaims,
    request: ExchangeRequest,
    address: string,
  ) => Promise<string>;
  readonly exchangesPerMinute: () => number;
}

/** Longest time a request waits for others to share its statement and commit. */
const BATCH_WAIT_MS = 5;
const EXCHANGE_BATCH_MAX = 500;
/** Exchanges with records cost more each; smaller batches keep the plain ones quick. */
const RECORDS_BATCH_MAX = 50;
const ENROL_BATCH_MAX = 200;
const SESSION_BATCH_MAX = 200;
/** Some seconds of work; beyond it a device does better to come back. */
const EXCHANGE_QUEUE_MAX = 20_000;
/** Bodies with records may be large: few wait. */
const RECORDS_QUEUE_MAX = 500;
const ENROL_QUEUE_MAX = 10_000;
/** An exchange while a job runs, so that people see it move. */
const BUSY_EXCHANGE_MS = 2_000;

export function createLinkService(
  platform: Platform,
  deps: LinkDeps,
  tokens: DeviceTokens,
): LinkService {
  const { clock, keys } = platform;
  const tickets = createSplitTickets(keys.deviceSession, clock, systemRandom);
  const settings = createSettings({ ...platform, ...deps });
  const lanes = createLanes(platform, deps);
  const answered = createMinuteCounter(clock.now);
  const identityOf = (deviceId: string) => lanes.identity.add(deviceId);

  return {
    async enrol(request, address) {
      requireProtocol(request.protocol);
      try {
        const enrolment = checkedEnrolment(request, address, tickets);
        const verdict = await lanes.enrol.add(enrolment);
        if (verdict.kind === 'refused') throw verdict.error;
        return {
          deviceId: verdict.deviceId,
          tenantId: verdict.tenantId,
          controllerId: keys.controllerId,
          platformKey: keys.platformKey(),
          licence: verdict.licence,
          scope: verdict.scope,
          exchangeIntervalMs: deps.exchangeIntervalMs,
        };
      } catch (error) {
        if (isGuess(error)) deps.onEnrolmentRefused(address);
        throw error;
      }
    },
    openSession: createSessions({
      clock,
      controllerId: keys.controllerId,
      tokens,
      identityOf,
    }),
    async exchange(claims, request, address) {
      requireProtocol(request.protocol);
      const lane = request.records.length > 0 ? lanes.records : lanes.heartbeats;
      const verdict = await lane.add({ claims, request, address });
      if (verdict.kind === 'gone') throw goneProblem(await identityOf(claims.deviceId));
      if (verdict.kind === 'forked') throw forked(tickets, claims.deviceId);
      answered.add();
      if (request.progress.length > 0) deps.jobs.progress.note(claims.deviceId, request.progress);
      const signed = await settings.newerThan(askerOf(claims.deviceId, request, verdict));
      const nextExchangeMs = isBusy(request, verdict) ? BUSY_EXCHANGE_MS : deps.exchangeIntervalMs;
      return replyText(verdict, {
        settings: signed,
        nextExchangeMs: Math.min(nextExchangeMs, deps.exchangeIntervalMs),
        serverTime: clock.now(),
      });
    },
    exchangesPerMinute: answered.count,
  };
}

/**
 * A device that is not served here any more was retired, or lies in the place of a controller that
 * this one does not see: the first ends it for good, the other one must go on.
 */
function goneProblem(identity: DeviceIdentity | undefined): ControllerError {
  return identity?.state === 'retired'
    ? new ControllerError('device-retired', 'the device was retired')
    : new ControllerError('device-session-invalid', 'the device is not looked after here');
}

function askerOf(
  deviceId: string,
  { settingsVersion: runningVersion }: ExchangeRequest,
  { wantedSettings, isSettingsDue }: Extract<ExchangeVerdict, { kind: 'accepted' }>,
): SettingsAsker {
  return { deviceId, runningVersion, wantedVersion: wantedSettings, isDue: isSettingsDue };
}

function requireProtocol(protocol: number): void {
  if (protocol >= MIN_SUPPORTED_PROTOCOL_VERSION) return;
  throw new ControllerError('protocol-unsupported', `update the agent: protocol ${protocol}`);
}

function createLanes(platform: Platform, deps: LinkDeps) {
  const { clock, database, log } = platform;
  const exchange: ExchangeDeps = {
    ...deps,
    clock,
    log,
    database,
    receiptKey: sha256(`wardgrid receipt v1 ${encodeHex(platform.keys.deviceSession)}`),
    facts: createFactsFilter(),
    protections: createProtectionFilter(),
  };
  const lane = (sizeMax: number, queueMax: number, batchesMax: number) =>
    createBatcher<ExchangeItem, ExchangeVerdict>({
      clock,
      sizeMax,
      queueMax,
      batchesMax,
      waitMs: BATCH_WAIT_MS,
      keyOf: (item) => item.claims.deviceId,
      run: (items) => exchangeAll(exchange, items),
    });
  return {
    heartbeats: lane(EXCHANGE_BATCH_MAX, EXCHANGE_QUEUE_MAX, 2),
    records: lane(RECORDS_BATCH_MAX, RECORDS_QUEUE_MAX, 2),
    enrol: createBatcher<Enrolment, EnrolmentVerdict>({
      clock,
      sizeMax: ENROL_BATCH_MAX,
      queueMax: ENROL_QUEUE_MAX,
      batchesMax: 1,
      waitMs: BATCH_WAIT_MS,
      keyOf: (item) => item.request.publicKey,
      run: (items) => enrolBatch(platform, deps, items),
    }),
    identity: createBatcher({
      clock,
      sizeMax: SESSION_BATCH_MAX,
      queueMax: ENROL_QUEUE_MAX,
      batchesMax: 2,
      waitMs: BATCH_WAIT_MS,
      keyOf: (deviceId: string) => deviceId,
      async run(ids) {
        const known = await database.transact({ kind: 'ingest' }, (tx) =>
          deps.devices.identities(tx, ids),
        );
        return ids.map((id) => known.get(id));
      },
    }),
  };
}

/** The enrolment when its proof holds. @throws ControllerError `enrolment-proof-invalid`. */
function checkedEnrolment(
  request: EnrolRequest,
  address: string,
  tickets: SplitTickets,
): Enrolment {
  const secret = request.enrolmentKey ?? request.splitTicket ?? '';
  const statement = {
    enrolmentKeyHash: sha256(secret),
    publicKey: request.publicKey,
    fingerprint: request.machine.fingerprint,
    issuedAt: request.issuedAt,
  };
  const given = { publicKey: request.publicKey, signature: request.proof, statement };
  if (!verifyStatement(systemCryptography, 'enrol', given)) {
    throw new ControllerError('enrolment-proof-invalid', 'the proof does not fit the request');
  }
  const splitFromId =
    request.enrolmentKey === null && request.splitTicket !== null
      ? (tickets.read(request.splitTicket) ?? null)
      : null;
  return { request, address, splitFromId };
}

/** Whether a refusal looks like somebody trying keys. */
function isGuess(error: unknown): boolean {
  return (
    error instanceof ControllerError &&
    (error.code === 'enrolment-key-invalid' || error.code === 'enrolment-proof-invalid')
  );
}

function forked(tickets: SplitTickets, deviceId: string): ControllerError {
  return new ControllerError(
    'device-forked',
    'another machine uses this identity; enrol this one with the ticket',
    { facts: { deviceId }, shown: { splitTicket: tickets.issue(deviceId) } },
  );
}

/** Whether a job runs on the device, or is about to. */
function isBusy(
  request: ExchangeRequest,
  verdict: Extract<ExchangeVerdict, { kind: 'accepted' }>,
): boolean {
  if (verdict.orders || request.progress.length > 0) return true;
  const job = request.records.findLast(
    ({ body }) => body.kind === 'job-started' || body.kind === 'job-finished',
  );
  return job?.body.kind === 'job-started';
}

/** Put together from text: orders and settings are kept as JSON and only handed on. */
function replyText(
  verdict: Extract<ExchangeVerdict, { kind: 'accepted' }>,
  given: {
    readonly settings: string | null;
    readonly nextExchangeMs: number;
    readonly serverTime: number;
  },
): string {
  const { orders } = verdict;
  return `{"receipt":"${verdict.receipt}","acknowledgedSequence":${verdict.acknowledgedSequence},"orders":[${
    orders?.envelopes.join(',') ?? ''
  }],"settings":${given.settings ?? 'null'},"nextExchangeMs":${given.nextExchangeMs},"serverTime":${
    given.serverTime
  },"hasMore":${String(orders?.hasMore ?? false)}}`;
}
