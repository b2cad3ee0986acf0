import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Clock } from '@wardgrid/base';
import { checkOrder, openCommand, type CheckedOrder } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import { Id, type Order, type RecordBody, type SignedEnvelope } from '@wardgrid/wire';
import type { AgentStore, InboxEntry, NewRecord, OrderIntake } from '../store/index.ts';
import { commandedOf } from './commanded.ts';

/** What the inbox needs to judge an order. */
export interface InboxOptions {
  readonly store: AgentStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly deviceId: string;
  readonly tenantId: string;
  /** Base64url; from the licence, verified with the pinned platform key. */
  readonly tenantKey: string;
}

/** Reads orders: what to keep of them, what to say of them. Keeps nothing itself. */
export interface Inbox {
  /**
   * `isWhole` says that no order between the acknowledged one and the last of these is missing, as
   * in a reply; a live frame brings one order and proves nothing about those before it.
   */
  readonly read: (envelopes: readonly SignedEnvelope[], isWhole: boolean) => OrderIntake;
}

type Refusal = Extract<RecordBody, { kind: 'order-refused' }>['reason'];

/** Refusals reported an hour: enough to notice an attack, too few to fill the outbox with it. */
const REFUSALS_PER_HOUR_MAX = 30;
const HOUR_MS = 3_600_000;
/** Refused orders remembered, so that one that keeps coming is reported once. */
const REFUSED_REMEMBERED_MAX = 512;

/** Orders kept until they expire, a week at most: more than one a minute is no device's work. */
const INBOX_ORDERS_MAX = 10_000;

/** The part of an order that every version has: enough to say which one is not understood. */
const UnknownOrder = z.object({
  type: z.literal('order'),
  id: Id,
  tenantId: Id,
  deviceId: Id,
  sequence: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
  expiresAt: z.int().min(0),
});

/** What one envelope came to. */
interface Reading {
  readonly entry: InboxEntry | null;
  readonly body: RecordBody | null;
  /** The order's number when its signature held; null for what anyone could have sent. */
  readonly sequence: number | null;
}

/** The inbox of a device. */
export function createInbox(options: InboxOptions): Inbox {
  const reports = createRefusalReports(options.clock);
  return {
    read(envelopes, isWhole) {
      const at = options.clock.now();
      const link = options.store.link();
      const entries: InboxEntry[] = [];
      const records: NewRecord[] = [];
      let acknowledgedOrder = link.acknowledgedOrder;
      let isUnbroken = true;
      for (const envelope of envelopes) {
        // What does not fit is not acknowledged, so it comes again when there is room.
        if (options.store.inboxCount() + entries.length >= INBOX_ORDERS_MAX) break;
        const { entry, body, sequence } = readOne(options, envelope, entries);
        if (entry) entries.push(entry);
        if (body && (body.kind !== 'order-refused' || reports.isNew(envelope, body.reason))) {
          records.push({ at, body });
        }
        isUnbroken &&= sequence !== null && (isWhole || sequence <= acknowledgedOrder + 1);
        if (isUnbroken) acknowledgedOrder = Math.max(acknowledgedOrder, sequence ?? 0);
      }
      return { entries, records, acknowledgedOrder };
    },
  };
}

function readOne(
  options: InboxOptions,
  envelope: SignedEnvelope,
  before: readonly InboxEntry[],
): Reading {
  const { store } = options;
  const known = (jobId: string): InboxEntry[] => [
    ...store.inboxEntries(jobId),
    ...before.filter((entry) => entry.jobId === jobId),
  ];
  const checked = checkOrder(systemCryptography, envelope, {
    ...commandedOf(options),
    deviceId: options.deviceId,
    hasSeen: ({ id, sequence }) => known(id).length === 0 && sequence <= store.link().prunedOrder,
  });
  if (checked.kind === 'refused') return refusalOf(options, envelope, checked);
  const { order } = checked;
  const seen = known(order.id);
  const isCancel = order.task.kind === 'cancel';
  const isKnown = seen.some((entry) =>
    isCancel ? isSameOrder(entry, store, order.sequence) : entry.kind !== 'cancel',
  );
  // An order comes again until the controller knows that it is safe here: nothing to do or to say.
  if (isKnown) return { entry: null, body: null, sequence: order.sequence };
  return isCancel ? takeCancel(store, order, known) : takeJob(store, order, before);
}

/** Whose order this is: each controller numbers its own. */
function issuerOf(store: AgentStore): string {
  return store.link().controllerId ?? '';
}

function isSameOrder(entry: InboxEntry, store: AgentStore, sequence: number): boolean {
  return entry.sequence === sequence && entry.controllerId === issuerOf(store);
}

function takeJob(store: AgentStore, order: Order, before: readonly InboxEntry[]): Reading {
  const isCancelled =
    store.hasCancelOf(order.id) || before.some((entry) => entry.targetId === order.id);
  const entry: InboxEntry = {
    jobId: order.id,
    controllerId: issuerOf(store),
    sequence: order.sequence,
    kind: order.task.kind,
    targetId: null,
    state: isCancelled ? 'finished' : 'taken',
    expiresAt: order.expiresAt,
    order: isCancelled ? null : order,
  };
  return { entry, body: isCancelled ? cancelledBody(order.id) : null, sequence: order.sequence };
}

/** A job that has not begun ends here; one that runs is told by the runner. */
function takeCancel(
  store: AgentStore,
  order: Order,
  known: (jobId: string) => InboxEntry[],
): Reading {
  if (order.task.kind !== 'cancel') return { entry: null, body: null, sequence: order.sequence };
  const targetId = order.task.arguments.jobId;
  const isWaiting = known(targetId).some((entry) => entry.state === 'taken');
  const entry: InboxEntry = {
    jobId: order.id,
    controllerId: issuerOf(store),
    sequence: order.sequence,
    kind: 'cancel',
    targetId,
    state: 'finished',
    expiresAt: order.expiresAt,
    order: null,
  };
  return { entry, body: isWaiting ? cancelledBody(targetId) : null, sequence: order.sequence };
}

function cancelledBody(jobId: string): RecordBody {
  return {
    kind: 'job-finished',
    jobId,
    outcome: 'cancelled',
    error: null,
    summary: {},
    coverage: null,
  };
}

/**
 * A refusal. An order that the tenant signed for this device is done with, also when refused: it is
 * acknowledged, or it would come for ever. What fails before that says nothing and moves nothing.
 */
function refusalOf(
  options: InboxOptions,
  envelope: SignedEnvelope,
  refused: Extract<CheckedOrder, { kind: 'refused' }>,
): Reading {
  const unknown = genuineOrder(options, envelope);
  const isUnsupported = refused.reason === 'unreadable' && unknown !== undefined;
  const reason: Refusal = isUnsupported ? 'unsupported' : refused.reason;
  const jobId = refused.jobId ?? unknown?.id ?? null;
  const body: RecordBody = {
    kind: 'order-refused',
    jobId,
    reason,
    detail: `order ${unknown?.sequence ?? 'of unknown number'} refused: ${reason}`,
  };
  if (!unknown) return { entry: null, body, sequence: null };
  const { store } = options;
  if (store.inboxEntries(unknown.id).some((entry) => isSameOrder(entry, store, unknown.sequence))) {
    return { entry: null, body: null, sequence: unknown.sequence };
  }
  const entry: InboxEntry = {
    jobId: unknown.id,
    controllerId: issuerOf(store),
    sequence: unknown.sequence,
    kind: 'refused',
    targetId: null,
    state: 'finished',
    expiresAt: unknown.expiresAt,
    order: null,
  };
  return { entry, body, sequence: unknown.sequence };
}

/** The order when its signer may command this device, whatever else is wrong with it. */
function genuineOrder(options: InboxOptions, envelope: SignedEnvelope) {
  const device = commandedOf(options);
  const opened = openCommand(systemCryptography, envelope, { device, schema: UnknownOrder });
  if (opened.kind === 'refused') return undefined;
  const { deviceId, tenantId } = opened.value;
  const isOurs = deviceId === options.deviceId && tenantId === options.tenantId;
  return isOurs ? opened.value : undefined;
}

/** Says each refusal once, and no more than so many an hour. */
function createRefusalReports(clock: Pick<Clock, 'now'>) {
  const remembered = new Set<string>();
  let hourStartMs = 0;
  let reported = 0;
  return {
    isNew(envelope: SignedEnvelope, reason: Refusal): boolean {
      const name = createHash('sha256').update(reason).update(envelope.payload).digest('base64url');
      if (remembered.has(name)) return false;
      if (remembered.size >= REFUSED_REMEMBERED_MAX) {
        remembered.delete(remembered.keys().next().value ?? '');
      }
      remembered.add(name);
      if (clock.now() - hourStartMs >= HOUR_MS) {
        hourStartMs = clock.now();
        reported = 0;
      }
      reported += 1;
      return reported <= REFUSALS_PER_HOUR_MAX;
    },
  };
}
