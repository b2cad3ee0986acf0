import type { Clock, Log } from '@wardgrid/base';
import { coversScope, openCommand } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import {
  AgentSettings,
  EXCHANGE_RECORDS_MAX,
  linkRoutes,
  PROTOCOL_VERSION,
  type ExchangeRequest,
  type ExchangeResponse,
  type SignedEnvelope,
} from '@wardgrid/wire';
import { commandedOf } from '../jobs/commanded.ts';
import type { Inbox } from '../jobs/inbox.ts';
import type { AgentStore, OrderIntake, Settings } from '../store/index.ts';
import type { Attachment } from './controllers.ts';
import { heartbeatOf, type ReadHeartbeat } from './heartbeat.ts';

/** Names the device beside its token, so that the controller finds it without a search. */
export const DEVICE_HEADER = 'x-wardgrid-device';

/** Bytes of records in one exchange: half of what the controller takes, the rest is air. */
const RECORDS_BYTES_MAX = 4 * 1_024 * 1_024;
/** Orders are forgotten a day after their expiry, so that a clock set back opens no door. */
const PRUNE_DELAY_MS = 86_400_000;

/** What runs at the moment, for the console; not durable. */
export type ReadProgress = () => ExchangeRequest['progress'];

/** What exchanging needs. */
export interface ExchangeOptions {
  /** Whom to talk with now. */
  readonly attachment: () => Attachment;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  readonly store: AgentStore;
  readonly inbox: Inbox;
  readonly deviceId: string;
  readonly tenantId: string;
  /** Base64url. */
  readonly tenantKey: string;
  readonly readHeartbeat: ReadHeartbeat;
  readonly readProgress: ReadProgress;
  /** Orders were taken or cancelled. */
  readonly onOrders: (intake: OrderIntake) => void;
  /** A reply was kept, and with it the settings that it may have brought. */
  readonly onSettings: () => void;
}

/** What one exchange led to. */
export interface ExchangeOutcome {
  readonly nextExchangeMs: number;
  /** More waits on either side: come back at once. */
  readonly hasMore: boolean;
}

/** The one talk with the controller: everything up and everything down in one request. */
export interface Exchange {
  /** @throws ProblemError as the controller answers; whatever the network throws. */
  readonly run: (signal: AbortSignal) => Promise<ExchangeOutcome>;
  /** Takes orders that came by the live connection; the next exchange acknowledges them. */
  readonly takeLive: (order: SignedEnvelope) => void;
}

/** The exchange of an enrolled device. One `run` at a time. */
export function createExchange(options: ExchangeOptions): Exchange {
  const { store, inbox } = options;

  async function run(signal: AbortSignal): Promise<ExchangeOutcome> {
    const { session, call } = options.attachment();
    const token = await session.token(signal);
    const body = await requestOf(options);
    const reply = await call(linkRoutes.exchange, {
      body,
      signal,
      headers: { authorization: `Device ${token}`, [DEVICE_HEADER]: options.deviceId },
    });
    return apply(body, reply);
  }

  function apply(request: ExchangeRequest, reply: ExchangeResponse): ExchangeOutcome {
    const at = options.clock.now();
    const intake = inbox.read(reply.orders, true);
    const isKept = store.applyReply({
      ...intake,
      at,
      receipt: reply.receipt,
      acknowledgedSequence: reply.acknowledgedSequence,
      nextExchangeMs: reply.nextExchangeMs,
      settings: settingsOf(options, reply.settings),
    });
    if (isKept) options.onOrders(intake);
    options.onSettings();
    store.prune(at - PRUNE_DELAY_MS);
    return { nextExchangeMs: reply.nextExchangeMs, hasMore: isKept && hasMore(request, reply) };
  }

  /** Only progress earns another exchange at once, so that a broken controller makes no loop. */
  function hasMore({ records }: ExchangeRequest, reply: ExchangeResponse): boolean {
    const last = records.at(-1);
    const isSent = last !== undefined && reply.acknowledgedSequence >= last.sequence;
    return (reply.hasMore && reply.orders.length > 0) || (isSent && store.outbox().records > 0);
  }

  return {
    run,
    takeLive(order) {
      const intake = inbox.read([order], false);
      const isNothing = intake.entries.length === 0 && intake.records.length === 0;
      if (isNothing || !store.takeOrders(intake)) return;
      options.onOrders(intake);
    },
  };
}

async function requestOf(options: ExchangeOptions): Promise<ExchangeRequest> {
  const { store } = options;
  const source = await options.readHeartbeat();
  const heartbeat = heartbeatOf(source, store, options.clock.now());
  const records = store.takeBatch({
    recordsMax: EXCHANGE_RECORDS_MAX,
    sizeBytesMax: RECORDS_BYTES_MAX,
  });
  const link = store.link();
  return {
    protocol: PROTOCOL_VERSION,
    receipt: link.receipt,
    acknowledgedOrder: link.acknowledgedOrder,
    settingsVersion: link.settings.version,
    heartbeat,
    records,
    progress: options.readProgress(),
  };
}

/**
 * Settings that are newer than what runs and that somebody signed who may command the device; null
 * otherwise. Who serves a place only moves no device out of it.
 */
function settingsOf(options: ExchangeOptions, envelope: SignedEnvelope | null): Settings | null {
  if (envelope === null) return null;
  const device = commandedOf(options);
  const opened = openCommand(systemCryptography, envelope, { device, schema: AgentSettings });
  if (opened.kind === 'refused') {
    options.log.warn('settings refused', { reason: opened.reason });
    return null;
  }
  const { type: _, issuedAt: __, tenantId, protection, controllers, ...settings } = opened.value;
  const scope = settings.scope ?? device.scope;
  const isNewer = settings.version > options.store.link().settings.version;
  if (tenantId !== options.tenantId || !isNewer) return null;
  if (scope !== null && !coversScope(opened.served, scope)) {
    options.log.warn('settings refused', { reason: 'scope' });
    return null;
  }
  return {
    ...settings,
    ...(scope === null ? {} : { scope }),
    protection: protection ?? null,
    controllers: controllers ?? [],
  };
}
