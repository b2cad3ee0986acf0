import type { HandedOrders } from '../../jobs/index.ts';

/** What is asked of a WebSocket. */
export interface LiveSocket {
  readonly bufferedAmount: number;
  readonly send: (text: string) => void;
  readonly ping: () => void;
  readonly close: (code?: number) => void;
  readonly terminate: () => void;
  readonly on: (event: 'pong' | 'error' | 'close', listener: () => void) => unknown;
}

/** The live connection of one device. */
export interface Connection {
  readonly socket: LiveSocket;
  readonly deviceId: string;
  /** Epoch milliseconds; a device whose session ends comes back with a new one. */
  readonly expiresAt: number;
  /** The last order that went down this connection. */
  pushedOrder: number;
  /** Whether it was sent all that waited when it was opened. */
  isCaughtUp: boolean;
  /** Whether it spoke since the last ping. */
  isAnswering: boolean;
}

/** Bytes that may wait for a slow device; it gets them with its exchange. */
const BUFFERED_BYTES_MAX = 262_144;

/** Sends orders down; false when the device is too slow and was let go. */
export function sendOrders(
  connection: Connection,
  orders: Pick<HandedOrders, 'envelopes' | 'lastSequence'>,
): boolean {
  const { socket } = connection;
  if (socket.bufferedAmount > BUFFERED_BYTES_MAX) {
    socket.terminate();
    return false;
  }
  for (const envelope of orders.envelopes) socket.send(`{"kind":"order","order":${envelope}}`);
  connection.pushedOrder = Math.max(connection.pushedOrder, orders.lastSequence);
  return true;
}
