import * as net from 'node:net';
import * as tls from 'node:tls';
import { createResponseParser, type RawResponse } from './response-parser.ts';

/** A controller that does not answer within this time counts as failed. */
const REPLY_TIMEOUT_MS = 60_000;

/** One request and whoever waits for its response. */
export interface Exchange {
  readonly bytes: Uint8Array | string;
  readonly resolve: (response: RawResponse) => void;
  readonly reject: (error: Error) => void;
  /** A request that met a connection the server had just closed is sent once more. */
  isRepeated: boolean;
}

/** One connection; it carries one request at a time. */
export interface Connection {
  readonly send: (exchange: Exchange) => void;
  readonly close: () => void;
}

/** What a connection tells its pool. */
export interface ConnectionEvents {
  /** It may carry the next request. */
  readonly onFree: () => void;
  /** It is gone; with the request that it did not answer and that is to be sent again. */
  readonly onEnd: (again: Exchange | undefined) => void;
}

/** A connection over a socket that is being opened. */
export function openConnection(socket: net.Socket, events: ConnectionEvents): Connection {
  const parser = createResponseParser();
  let current: Exchange | undefined;
  let failure: Error | undefined;
  // Only a connection that has answered before can have been closed as idle.
  let hasAnswered = false;

  function finish(response: RawResponse): void {
    const done = current;
    current = undefined;
    hasAnswered = true;
    if (response.isKept) events.onFree();
    else socket.end();
    done?.resolve(response);
  }

  socket.setNoDelay(true);
  socket.on('timeout', () => {
    if (current) socket.destroy(new Error('no reply in time'));
  });
  socket.on('data', (bytes: Buffer) => {
    try {
      const response = parser.push(bytes);
      if (response) finish(response);
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error('the reply cannot be read'));
    }
  });
  socket.on('error', (error) => void (failure = error));
  socket.on('close', () => {
    const left = current;
    current = undefined;
    const isRetried = left !== undefined && hasAnswered && !left.isRepeated;
    if (isRetried) left.isRepeated = true;
    else left?.reject(failure ?? new Error('the connection ended'));
    events.onEnd(isRetried ? left : undefined);
  });

  return {
    send(exchange) {
      current = exchange;
      socket.write(exchange.bytes);
    },
    close: () => void socket.destroy(),
  };
}

/** A socket to a controller, secured where the address says so. */
export function openSocket(url: URL, ca: string | null): net.Socket {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.protocol !== 'https:') {
    return net.connect({ host, port: Number(url.port || 80), timeout: REPLY_TIMEOUT_MS });
  }
  return tls.connect({
    host,
    port: Number(url.port || 443),
    minVersion: 'TLSv1.3',
    timeout: REPLY_TIMEOUT_MS,
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === null ? {} : { ca }),
  });
}
