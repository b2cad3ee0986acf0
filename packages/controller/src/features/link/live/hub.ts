import { messageOf } from '@wardgrid/base';
import type { WebSocket } from 'ws';
import type { Platform } from '../../../platform/services.ts';
import type { LinkDeps } from '../deps.ts';
import type { DeviceClaims } from '../token.ts';
import { createOrderPush } from './push.ts';

/** The live connection of one device. */
export interface Connection {
  readonly socket: WebSocket;
  readonly deviceId: string;
  /** Epoch milliseconds; a device whose session ends comes back with a new one. */
  readonly expiresAt: number;
  /** The last order that went down this connection. */
  pushedOrder: number;
  /** Whether it spoke since the last ping. */
  isAnswering: boolean;
}

/** The live connections of this controller. */
export interface Hub {
  readonly hasRoom: () => boolean;
  readonly accept: (socket: WebSocket, claims: DeviceClaims) => void;
  /** Keeps connections until aborted, then closes them. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

/** Connections of one controller: some 15 KB each. */
const CONNECTIONS_MAX = 20_000;
/** The wheel: every second one slot is pinged, so each connection once a turn. */
const SLOTS = 40;
const TICK_MS = 1_000;
/** A connection counts as open for two turns and a half after it was last noted. */
const HELD_MS = 2.5 * SLOTS * TICK_MS;
/** Close codes of the application's range (RFC 6455 section 7.4.2). */
const CLOSE = { replaced: 4000, expired: 4001, retired: 4003, stopping: 1001 } as const;

const NEVER = (): void => undefined;

export function createHub(platform: Platform, deps: LinkDeps): Hub {
  const { clock, database, log } = platform;
  const connections = new Map<string, Connection>();
  const slots = Array.from({ length: SLOTS }, () => new Set<Connection>());
  const opened = new Set<string>();
  const closed = new Set<string>();
  const push = createOrderPush(platform, deps, { connections, onRetired: closeRetired });
  let nextSlot = 0;
  let isStopped = false;

  function accept(socket: WebSocket, claims: DeviceClaims): void {
    const { deviceId, expiresAt } = claims;
    const connection = { socket, deviceId, expiresAt, pushedOrder: 0, isAnswering: true };
    const slot = slots[nextSlot++ % SLOTS];
    connections.get(deviceId)?.socket.close(CLOSE.replaced);
    connections.set(deviceId, connection);
    slot?.add(connection);
    opened.add(deviceId);
    closed.delete(deviceId);
    socket.on('pong', () => void (connection.isAnswering = true));
    socket.on('error', NEVER);
    socket.on('close', () => {
      slot?.delete(connection);
      // A newer connection of the same device is not touched by the end of the older.
      if (connections.get(deviceId) !== connection) return;
      connections.delete(deviceId);
      opened.delete(deviceId);
      closed.add(deviceId);
    });
    push.due([deviceId]);
  }

  function closeRetired(deviceIds: readonly string[]): void {
    for (const deviceId of deviceIds) {
      const connection = connections.get(deviceId);
      // The exchange tells the device why.
      connection?.socket.send('{"kind":"exchange"}');
      connection?.socket.close(CLOSE.retired);
    }
  }

  function ping(slot: ReadonlySet<Connection>): void {
    const nowMs = clock.now();
    for (const connection of slot) {
      if (!connection.isAnswering) connection.socket.terminate();
      else if (connection.expiresAt <= nowMs) connection.socket.close(CLOSE.expired);
      else {
        connection.isAnswering = false;
        connection.socket.ping();
      }
    }
  }

  /** Notes who is connected: the slot's turn, and who came and went since the last tick. */
  async function note(answering: readonly string[]): Promise<void> {
    const held = [...new Set([...answering, ...opened])];
    const dropped = [...closed];
    opened.clear();
    closed.clear();
    if (held.length + dropped.length === 0) return;
    const nowMs = clock.now();
    const times = {
      nowMs,
      untilMs: nowMs + HELD_MS,
      seenBeforeMs: nowMs - deps.exchangeIntervalMs,
    };
    const present = await database.transact({ kind: 'ingest' }, async (tx) => {
      if (dropped.length > 0) await deps.devices.dropConnections(tx, dropped);
      return held.length === 0 ? [] : deps.devices.holdConnections(tx, held, times);
    });
    const there = new Set(present);
    closeRetired(held.filter((deviceId) => !there.has(deviceId)));
  }

  async function tick(turn: number): Promise<void> {
    const slot = slots[turn % SLOTS] ?? new Set();
    const answering = [...slot].filter((one) => one.isAnswering).map((one) => one.deviceId);
    ping(slot);
    await note(answering).catch((error: unknown) =>
      log.warn('live connections were not noted', { reason: messageOf(error) }),
    );
  }

  return {
    hasRoom: () => !isStopped && connections.size < CONNECTIONS_MAX,
    accept,
    async start(signal) {
      for (let turn = 0; !signal.aborted; turn += 1) {
        await tick(turn);
        await clock.sleep(TICK_MS, signal).catch(NEVER);
      }
      isStopped = true;
      for (const { socket } of connections.values()) socket.close(CLOSE.stopping);
      for (const deviceId of connections.keys()) closed.add(deviceId);
      opened.clear();
      await note([]).catch(NEVER);
    },
  };
}
