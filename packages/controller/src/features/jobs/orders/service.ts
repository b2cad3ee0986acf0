import { boundedText, visibleText, type Clock, type Log } from '@wardgrid/base';
import { EXCHANGE_ORDERS_MAX, type RecordBody } from '@wardgrid/wire';
import { announceAll } from '../../../platform/announce.ts';
import type { Transaction } from '../../../platform/database.ts';
import {
  jobStateRepository,
  orderRepository,
  type JobEnd,
  type LinkedJob,
  type WaitingOrder,
} from './repository.ts';

type Finished = Extract<RecordBody, { kind: 'job-finished' }>;

/** Orders for one device, as they are handed over. */
export interface HandedOrders {
  readonly envelopes: readonly string[];
  readonly lastSequence: number;
  readonly hasMore: boolean;
}

/** What the link asks of jobs. Everything runs in the caller's transaction with the workers' rights. */
export interface JobOrders {
  /** The orders behind a number; their jobs count as sent. */
  readonly hand: (
    tx: Transaction,
    askers: readonly { readonly deviceId: string; readonly after: number }[],
  ) => Promise<Map<string, HandedOrders>>;
  readonly acknowledge: (
    tx: Transaction,
    acknowledged: readonly { readonly deviceId: string; readonly order: number }[],
  ) => Promise<void>;
  readonly lock: (tx: Transaction, ids: readonly string[]) => Promise<Map<string, LinkedJob>>;
  readonly start: (tx: Transaction, ids: readonly string[]) => Promise<void>;
  readonly finish: (tx: Transaction, ends: readonly JobEnd[]) => Promise<void>;
}

export function createJobOrders(platform: { readonly clock: Clock; readonly log: Log }): JobOrders {
  const { clock } = platform;
  const announce = (tx: Transaction, changed: Parameters<typeof announceAll>[2]): Promise<void> =>
    announceAll(tx, { noun: 'jobs', verb: 'changed', nowMs: clock.now() }, changed);

  return {
    async hand(tx, askers) {
      const orders = orderRepository(tx);
      const nowMs = clock.now();
      const waiting = await orders.waiting(askers, { limit: EXCHANGE_ORDERS_MAX + 1, nowMs });
      const jobIds = waiting.filter((order) => !order.isCancel).map((order) => order.jobId);
      const open = jobIds.length === 0 ? [] : await jobStateRepository(tx).markSent(jobIds, nowMs);
      await announce(
        tx,
        open.filter((job) => job.isNew),
      );
      const openIds = new Set(open.map((job) => job.id));
      const handed = groupByDevice(
        waiting.filter((order) => order.isCancel || openIds.has(order.jobId)),
      );
      return new Map(
        [...handed].map(([deviceId, group]) => [
          deviceId,
          {
            envelopes: group.orders.map((order) => order.envelope),
            lastSequence: group.orders.at(-1)?.sequence ?? 0,
            hasMore: group.hasMore,
          },
        ]),
      );
    },
    async acknowledge(tx, acknowledged) {
      await orderRepository(tx).remove(acknowledged);
    },
    async lock(tx, ids) {
      const jobs = await jobStateRepository(tx).lock(ids);
      return new Map(jobs.map((job) => [job.id, job]));
    },
    start: async (tx, ids) => announce(tx, await jobStateRepository(tx).start(ids, clock.now())),
    finish: async (tx, ends) =>
      announce(tx, await jobStateRepository(tx).finish(ends, clock.now())),
  };
}

/** How a job ended, as its device says. */
export function endOf(body: Finished): JobEnd {
  return {
    id: body.jobId,
    state: body.outcome,
    summary: summaryOf(body.summary),
    error: body.error && {
      code: shown(body.error.code, 60),
      detail: shown(body.error.detail, 1_000),
    },
  };
}

/** Most numbers in one summary; ours have a dozen. */
const SUMMARY_ENTRIES_MAX = 50;

function summaryOf(summary: Finished['summary']): JobEnd['summary'] {
  const entries = Object.entries(summary).slice(0, SUMMARY_ENTRIES_MAX);
  return Object.fromEntries(entries.map(([name, value]) => [shown(name, 40), value]));
}

/** What a device writes is shown, never obeyed. */
function shown(text: string, lengthMax: number): string {
  return boundedText(visibleText(text), lengthMax);
}

function groupByDevice(
  waiting: readonly WaitingOrder[],
): Map<string, { orders: WaitingOrder[]; hasMore: boolean }> {
  const groups = new Map<string, { orders: WaitingOrder[]; hasMore: boolean }>();
  for (const order of waiting) {
    const group = groups.get(order.deviceId) ?? { orders: [], hasMore: false };
    if (group.orders.length < EXCHANGE_ORDERS_MAX) group.orders.push(order);
    else group.hasMore = true;
    groups.set(order.deviceId, group);
  }
  return groups;
}
