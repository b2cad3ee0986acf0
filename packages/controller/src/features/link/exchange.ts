import { hash } from 'node:crypto';
import { codeOf, messageOf, type Clock, type Log } from '@wardgrid/base';
import type { ExchangeRequest } from '@wardgrid/wire';
import type { Database, Transaction } from '../../platform/database.ts';
import { ControllerError } from '../../platform/error.ts';
import type { ProtectionReport, Talk, TalkState } from '../devices/index.ts';
import type { HandedOrders } from '../jobs/index.ts';
import type { LinkDeps } from './deps.ts';
import type { ExchangeItem } from './exchange-item.ts';
import type { FactsFilter } from './facts.ts';
import type { ProtectionFilter } from './protections.ts';
import { applyRecords, freshRecords, type FreshRecords } from './records.ts';

/** What became of an exchange, after its commit. */
export type ExchangeVerdict =
  | {
      readonly kind: 'accepted';
      readonly receipt: string;
      readonly acknowledgedSequence: number;
      readonly orders: HandedOrders | undefined;
      readonly wantedSettings: number;
      readonly isSettingsDue: boolean;
    }
  | { readonly kind: 'gone' }
  /** Another machine of this identity is talking to us. */
  | { readonly kind: 'forked' };

export interface ExchangeDeps extends LinkDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly database: Database;
  /** Makes receipts that nobody can guess; a secret text. */
  readonly receiptKey: string;
  readonly facts: FactsFilter;
  readonly protections: ProtectionFilter;
}

/** One item with what the database knows of its device. */
interface Talked {
  readonly item: ExchangeItem;
  readonly state: TalkState;
  readonly records: FreshRecords['records'];
  /** The last order that is safe on the device's disk. */
  readonly acknowledgedOrder: number;
}

const RECEIPT_BYTES = 16;
/** After so many silent intervals an unknown receipt is a device set back, not a second machine. */
const SILENT_INTERVALS = 3;
/** How far a device may be ahead of our order numbers: after a restore of our database it is. */
const ORDER_LEAD_MAX = 1_000_000;
/** SQLSTATE: serialization failure and deadlock, which a second try cures. */
const TRANSIENT: ReadonlySet<string> = new Set(['40001', '40P01']);

/**
 * Carries out a batch of exchanges, of different devices, in one transaction. When the transaction
 * fails through what one of them brought, each is tried alone, so that nobody pays for another.
 */
export async function exchangeAll(
  deps: ExchangeDeps,
  items: readonly ExchangeItem[],
): Promise<ExchangeVerdict[]> {
  try {
    return await exchangeOnce(deps, items);
  } catch (error) {
    if (isAway(error)) throw error;
    if (TRANSIENT.has(codeOf(error) ?? '')) return exchangeOnce(deps, items);
    if (items.length === 1 && items[0]) return [await salvage(deps, items[0], error)];
    const verdicts: ExchangeVerdict[] = [];
    for (const item of items) verdicts.push(...(await exchangeAll(deps, [item])));
    return verdicts;
  }
}

function isAway(error: unknown): boolean {
  return error instanceof ControllerError && error.code === 'unavailable';
}

async function exchangeOnce(
  deps: ExchangeDeps,
  items: readonly ExchangeItem[],
): Promise<ExchangeVerdict[]> {
  const { verdicts, changedFacts, protections } = await deps.database.transact(
    { kind: 'ingest' },
    (tx) => exchangeWithin(tx, deps, items),
  );
  deps.facts.remember(changedFacts);
  if (protections.length > 0) deps.protections.remember(protections, deps.clock.now());
  return verdicts;
}

async function exchangeWithin(
  tx: Transaction,
  deps: ExchangeDeps,
  items: readonly ExchangeItem[],
): Promise<{
  verdicts: ExchangeVerdict[];
  changedFacts: ReturnType<FactsFilter['changedOf']>;
  protections: readonly ProtectionReport[];
}> {
  const nowMs = deps.clock.now();
  const silentSinceMs = nowMs - SILENT_INTERVALS * deps.exchangeIntervalMs;
  const talks = items.map((item) => talkOf(item, deps.receiptKey));
  const states = await deps.devices.touch(tx, talks, { nowMs, silentSinceMs });
  const talked = acceptedOf(items, states);
  const changedFacts = deps.facts.changedOf(talked.map(({ item }) => item));
  if (changedFacts.length > 0) {
    const news = await deps.devices.changeFacts(tx, changedFacts);
    if (news.length > 0) await deps.discovery.devicesSeen(tx, news);
  }
  const back = talked.filter(({ state }) => state.status !== 'online');
  if (back.length > 0) {
    await deps.devices.cameOnline(
      tx,
      back.map(({ state }) => state.device_id),
    );
  }
  await acknowledge(tx, deps, talked);
  const protections = deps.protections.changedOf(
    talked.map(({ item }) => item),
    nowMs,
  );
  if (protections.length > 0) {
    const changes = await deps.devices.storeProtection(tx, protections);
    if (changes.length > 0) await deps.protection.changed(tx, changes);
  }
  await handleRecords(tx, deps, talked);
  const orders = await ordersFor(tx, deps, talked);
  const records = new Map(talked.map((one) => [one.state.device_id, one.records]));
  return {
    verdicts: items.map(({ claims: { deviceId } }) =>
      verdictOf(states.get(deviceId), records.get(deviceId) ?? [], orders.get(deviceId)),
    ),
    changedFacts,
    protections,
  };
}

function talkOf({ claims, request, address }: ExchangeItem, receiptKey: string): Talk {
  const { heartbeat, receipt } = request;
  return {
    deviceId: claims.deviceId,
    receipt,
    nextReceipt: nextReceipt(receiptKey, claims.deviceId, request),
    sentAt: heartbeat.sentAt,
    settingsVersion: request.settingsVersion,
    publicIp: address,
    cpuPercent: heartbeat.cpuPercent,
    memoryUsedBytes: heartbeat.memoryUsedBytes,
    memoryTotalBytes: heartbeat.memoryTotalBytes,
    diskUsedBytes: heartbeat.diskUsedBytes,
    diskTotalBytes: heartbeat.diskTotalBytes,
    pendingRecords: heartbeat.pendingRecords,
    droppedRecords: heartbeat.droppedRecords,
  };
}

/**
 * The receipt that follows a request. Unguessable, and the same for the same request: when a network
 * delivers it twice, both replies carry one receipt. A plain hash behind a secret does: it is cut, so
 * that nobody can go on from it, and costs a third of an HMAC.
 */
function nextReceipt(key: string, deviceId: string, request: ExchangeRequest): string {
  const text = `${key}\n${deviceId}\n${request.receipt ?? ''}\n${request.heartbeat.sentAt}`;
  return hash('sha256', text, 'buffer').toString('base64url', 0, RECEIPT_BYTES);
}

function acceptedOf(
  items: readonly ExchangeItem[],
  states: ReadonlyMap<string, TalkState>,
): Talked[] {
  return items.flatMap((item) => {
    const state = states.get(item.claims.deviceId);
    if (!state?.is_accepted) return [];
    const given = item.request.acknowledgedOrder;
    return [
      {
        item,
        state,
        records: freshRecords(item.request.records, state.acknowledged_sequence),
        acknowledgedOrder: Math.min(given, state.order_sequence + ORDER_LEAD_MAX),
      },
    ];
  });
}

/** Notes what is safe on the other side. Rare beside plain heartbeats, so it is a statement of its own. */
async function acknowledge(
  tx: Transaction,
  deps: ExchangeDeps,
  talked: readonly Talked[],
): Promise<void> {
  const orders = talked.filter((one) => one.acknowledgedOrder > one.state.acknowledged_order);
  const news = talked.filter((one) => one.records.length > 0 || orders.includes(one));
  if (news.length === 0) return;
  await deps.devices.acknowledge(
    tx,
    news.map((one) => ({
      deviceId: one.state.device_id,
      sequence: one.records.at(-1)?.sequence ?? 0,
      order: one.acknowledgedOrder,
    })),
  );
  if (orders.length > 0) {
    await deps.jobs.orders.acknowledge(
      tx,
      orders.map((one) => ({ deviceId: one.state.device_id, order: one.acknowledgedOrder })),
    );
  }
}

async function handleRecords(
  tx: Transaction,
  deps: ExchangeDeps,
  talked: readonly Talked[],
): Promise<void> {
  const batch = talked
    .filter(({ records }) => records.length > 0)
    .map(({ state, records }) => ({ deviceId: state.device_id, records }));
  if (batch.length > 0) await applyRecords(tx, deps, batch);
}

async function ordersFor(
  tx: Transaction,
  deps: ExchangeDeps,
  talked: readonly Talked[],
): Promise<Map<string, HandedOrders>> {
  const askers = talked
    .filter((one) => one.state.order_sequence > one.acknowledgedOrder)
    .map((one) => ({ deviceId: one.state.device_id, after: one.acknowledgedOrder }));
  return askers.length === 0 ? new Map() : deps.jobs.orders.hand(tx, askers);
}

function verdictOf(
  state: TalkState | undefined,
  records: FreshRecords['records'],
  orders: HandedOrders | undefined,
): ExchangeVerdict {
  if (!state) return { kind: 'gone' };
  if (!state.is_accepted) return { kind: 'forked' };
  return {
    kind: 'accepted',
    receipt: state.receipt,
    acknowledgedSequence: records.at(-1)?.sequence ?? state.acknowledged_sequence,
    orders,
    wantedSettings: state.wanted_settings,
    isSettingsDue: state.is_settings_due,
  };
}

/**
 * An exchange whose records cannot be stored would come again for ever and block everything behind
 * it. So its heartbeat is kept, its records are tried one by one, and what still fails is let go.
 */
async function salvage(
  deps: ExchangeDeps,
  item: ExchangeItem,
  cause: unknown,
): Promise<ExchangeVerdict> {
  const { records } = item.request;
  if (records.length === 0) throw cause;
  const [verdict] = await exchangeOnce(deps, [
    { ...item, request: { ...item.request, records: [] } },
  ]);
  if (verdict?.kind !== 'accepted') return verdict ?? { kind: 'gone' };
  const { deviceId } = item.claims;
  let acknowledgedSequence = verdict.acknowledgedSequence;
  for (const record of freshRecords(records, acknowledgedSequence)) {
    const { sequence } = record;
    const safe = [{ deviceId, sequence, order: 0 }];
    await deps.database
      .transact({ kind: 'ingest' }, async (tx) => {
        await deps.devices.acknowledge(tx, safe);
        await applyRecords(tx, deps, [{ deviceId, records: [record] }]);
      })
      .catch(async (error: unknown) => {
        if (isAway(error)) throw error;
        deps.log.error('record refused', { deviceId, sequence, reason: messageOf(error) });
        await deps.database.transact({ kind: 'ingest' }, (tx) =>
          deps.devices.acknowledge(tx, safe),
        );
      });
    acknowledgedSequence = sequence;
  }
  return { ...verdict, acknowledgedSequence };
}
