import type { Platform } from '../../../platform/services.ts';
import type { LinkDeps } from '../deps.ts';
import type { DeviceClaims } from '../token.ts';
import type { LiveDevices } from '../../jobs/index.ts';
import type { Connection, LiveSocket } from './connection.ts';
import { createLiveDevices } from './live-devices.ts';
import { createPresenceNotes } from './presence-notes.ts';
import { createOrderPush } from './push.ts';

/** The live connections of this controller. */
export interface Hub {
  readonly size: () => number;
  readonly hasRoom: () => boolean;
  readonly accept: (socket: LiveSocket, claims: DeviceClaims) => void;
  /** The way of new orders to their devices. */
  readonly devices: LiveDevices;
  /** Keeps connections until aborted, then closes them. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

/** Connections of one controller: some 15 KB each. */
const CONNECTIONS_MAX = 20_000;
/** The wheel: every second one slot is pinged, so each connection once a turn. */
const SLOTS = 40;
const TICK_MS = 1_000;
/** Close codes of the application's range (RFC 6455 section 7.4.2). */
const CLOSE = { replaced: 4000, expired: 4001, retired: 4003, stopping: 1001 } as const;

const NEVER = (): void => undefined;
const NEW = { isCaughtUp: false, isAnswering: true } as const;

export function createHub(platform: Platform, deps: LinkDeps): Hub {
  const connections = new Map<string, Connection>();
  const wheel = createWheel();
  callForSettings(platform, connections);
  const notes = createPresenceNotes(platform, deps);
  const devices = createLiveDevices(platform.newId(), connections);
  const push = createOrderPush(platform, deps, {
    connections,
    liveId: devices.id,
    onRetired: closeRetired,
  });
  let isStopped = false;

  function accept(socket: LiveSocket, claims: DeviceClaims): void {
    const { deviceId, expiresAt } = claims;
    const connection = { socket, deviceId, expiresAt, pushedOrder: 0, ...NEW };
    connections.get(deviceId)?.socket.close(CLOSE.replaced);
    connections.set(deviceId, connection);
    const leave = wheel.add(connection);
    notes.opened(deviceId);
    socket.on('pong', () => void (connection.isAnswering = true));
    socket.on('error', NEVER);
    socket.on('close', () => {
      leave();
      // A newer connection of the same device is not touched by the end of the older.
      if (connections.get(deviceId) !== connection) return;
      connections.delete(deviceId);
      notes.closed(deviceId);
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

  async function stop(): Promise<void> {
    isStopped = true;
    for (const { socket, deviceId } of connections.values()) {
      socket.close(CLOSE.stopping);
      notes.closed(deviceId);
    }
    await notes.write([]);
  }

  return {
    size: () => connections.size,
    hasRoom: () => !isStopped && connections.size < CONNECTIONS_MAX,
    accept,
    devices,
    async start(signal) {
      for (let turn = 0; !signal.aborted; turn += 1) {
        const answering = wheel.turn(turn, platform.clock.now());
        closeRetired(await notes.write(answering));
        await platform.clock.sleep(TICK_MS, signal).catch(NEVER);
      }
      await stop();
    },
  };
}

/** Devices whose settings may be others fetch them at once. */
function callForSettings(
  { bus }: Pick<Platform, 'bus'>,
  connections: ReadonlyMap<string, Connection>,
): void {
  bus.on('settings.due', ({ deviceIds }) => {
    for (const deviceId of deviceIds) {
      connections.get(deviceId)?.socket.send('{"kind":"exchange"}');
    }
  });
}

/** Connections in slots, of which one a tick is pinged, so that the work is even. */
function createWheel() {
  const slots = Array.from({ length: SLOTS }, () => new Set<Connection>());
  let nextSlot = 0;
  return {
    /** Returns how to leave. */
    add(connection: Connection): () => void {
      const slot = slots[nextSlot++ % SLOTS];
      slot?.add(connection);
      return () => void slot?.delete(connection);
    },
    /** Pings a slot, lets go who did not answer the last ping, and says who did. */
    turn(turn: number, nowMs: number): string[] {
      const slot = [...(slots[turn % SLOTS] ?? [])];
      const answering = slot.filter((connection) => connection.isAnswering);
      for (const connection of slot) ping(connection, nowMs);
      return answering.map((connection) => connection.deviceId);
    },
  };
}

function ping(connection: Connection, nowMs: number): void {
  const { socket } = connection;
  if (!connection.isAnswering) socket.terminate();
  else if (connection.expiresAt <= nowMs) socket.close(CLOSE.expired);
  else {
    connection.isAnswering = false;
    socket.ping();
  }
}
