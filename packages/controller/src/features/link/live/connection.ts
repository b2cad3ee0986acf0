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
  /** Whether it spoke since the last ping. */
  isAnswering: boolean;
}
