import { messageOf } from '@wardgrid/base';
import type { Platform } from '../../../platform/services.ts';
import type { HandedOrders } from '../../jobs/index.ts';
import type { LinkDeps } from '../deps.ts';
import { sendOrders, type Connection } from './connection.ts';

/** Sends waiting orders down the live connections. What is lost comes with the next exchange. */
export interface OrderPush {
  /** These devices may have orders waiting. */
  readonly due: (deviceIds: readonly string[]) => void;
}

/** Announcements come in a row; a moment's wait makes one query of them. */
const WAIT_MS = 3;
/** Devices in one query. */
const BATCH_MAX = 1_000;
/** Queries under way at once: one is sent while the other is asked. */
const BATCHES_MAX = 2;

export function createOrderPush(
  platform: Platform,
  deps: LinkDeps,
  given: {
    readonly connections: ReadonlyMap<string, Connection>;
    /** What names these connections in announcements. */
    readonly liveId: string;
    readonly onRetired: (deviceIds: readonly string[]) => void;
  },
): OrderPush {
  const { connections } = given;
  /** Never more than there are connections. */
  const waiting = new Set<string>();
  let batches = 0;
  let isScheduled = false;

  function schedule(): void {
    if (isScheduled || waiting.size === 0 || batches >= BATCHES_MAX) return;
    isScheduled = true;
    platform.clock.after(WAIT_MS, () => {
      isScheduled = false;
      while (waiting.size > 0 && batches < BATCHES_MAX) void pushBatch();
    });
  }

  async function pushBatch(): Promise<void> {
    const deviceIds = [...waiting].slice(0, BATCH_MAX);
    for (const deviceId of deviceIds) waiting.delete(deviceId);
    const asked = deviceIds.flatMap((deviceId) => connections.get(deviceId) ?? []);
    batches += 1;
    try {
      const { linked, handed } = await ask(platform, deps, { deviceIds, connections });
      for (const connection of asked) connection.isCaughtUp = true;
      for (const [deviceId, orders] of handed) send(deviceId, orders);
      given.onRetired(deviceIds.filter((deviceId) => !linked.has(deviceId)));
    } catch (error) {
      platform.log.warn('orders were not pushed', { reason: messageOf(error) });
    } finally {
      batches -= 1;
      schedule();
    }
  }

  function send(deviceId: string, orders: HandedOrders): void {
    const connection = connections.get(deviceId);
    if (!connection) return;
    connection.isCaughtUp = !orders.hasMore;
    if (sendOrders(connection, orders) && orders.hasMore) due([deviceId]);
  }

  function due(deviceIds: readonly string[]): void {
    for (const deviceId of deviceIds) if (connections.has(deviceId)) waiting.add(deviceId);
    schedule();
  }

  platform.bus.on('orders.waiting', ({ deviceIds, handedBy }) => {
    if (handedBy !== given.liveId) due(deviceIds);
  });
  // Announcements may have been missed: every connected device may have orders.
  platform.bus.onReset(() => due([...connections.keys()]));
  return { due };
}

/** Which of these devices are still there, and the orders behind the last that each was sent. */
function ask(
  platform: Platform,
  deps: LinkDeps,
  given: {
    readonly deviceIds: readonly string[];
    readonly connections: ReadonlyMap<string, Connection>;
  },
) {
  const { deviceIds, connections } = given;
  return platform.database.transact({ kind: 'ingest' }, async (tx) => {
    const linked = new Set(await deps.devices.linked(tx, deviceIds));
    const askers = deviceIds
      .filter((deviceId) => linked.has(deviceId))
      .map((deviceId) => ({ deviceId, after: connections.get(deviceId)?.pushedOrder ?? 0 }));
    return { linked, handed: await deps.jobs.orders.hand(tx, askers) };
  });
}
