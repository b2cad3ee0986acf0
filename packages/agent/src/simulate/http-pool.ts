import type { ClientResponse, Transport } from '@wardgrid/wire';
import { packBody } from '../link/index.ts';
import { openConnection, openSocket, type Connection, type Exchange } from './http-connection.ts';
import { headerIn, type RawResponse } from './response-parser.ts';

/** Bodies below this go out as they are; `packBody` packs the others. */
const PLAIN_LENGTH_MAX = 8 * 1_024;
/** What a pool connects to. */
export interface HttpPoolOptions {
  /** `http(s)://host:port`. */
  readonly url: string;
  /** The one CA to trust, as PEM; null for the system's. */
  readonly ca: string | null;
  /** Connections at most; each carries one request at a time. */
  readonly connectionsMax: number;
}

/** Kept-alive connections that all simulated devices share, as through one NAT. */
export interface HttpPool {
  readonly transport: Transport;
  readonly close: () => void;
}

/** A pool on raw sockets: `node:http` costs two to four times as much a request. */
export function createHttpPool(options: HttpPoolOptions): HttpPool {
  const url = new URL(options.url);
  const idle: Connection[] = [];
  const open = new Set<Connection>();
  const queue = createWaitingLine<Exchange>();

  function submit(exchange: Exchange): void {
    const connection = idle.pop() ?? (open.size < options.connectionsMax ? connect() : undefined);
    if (connection) connection.send(exchange);
    else queue.push(exchange);
  }

  function connect(): Connection {
    const connection = openConnection(openSocket(url, options.ca), {
      onFree() {
        const next = queue.take();
        if (next) connection.send(next);
        else idle.push(connection);
      },
      onEnd(again) {
        open.delete(connection);
        const place = idle.indexOf(connection);
        if (place >= 0) idle.splice(place, 1);
        if (again) submit(again);
        const next = open.size < options.connectionsMax ? queue.take() : undefined;
        if (next) submit(next);
      },
    });
    open.add(connection);
    return connection;
  }

  const transport: Transport = async (address, request) => {
    const bytes = await requestBytes(url, address.slice(url.origin.length), request);
    const response = await new Promise<RawResponse>((resolve, reject) => {
      submit({ bytes, resolve, reject, isRepeated: false });
    });
    return replyOf(response);
  };

  return {
    transport,
    close() {
      for (const connection of open) connection.close();
    },
  };
}

/** Taken items are cut off the list when there are this many: each cut moves the rest. */
const CUT_LENGTH = 1_024;

/** First in, first out. Bounded by the devices, which have one request each under way. */
function createWaitingLine<T>() {
  let items: T[] = [];
  let start = 0;
  return {
    push: (item: T) => void items.push(item),
    take(): T | undefined {
      const next = items[start];
      if (next === undefined) return undefined;
      start += 1;
      if (start >= CUT_LENGTH && start * 2 > items.length) {
        items = items.slice(start);
        start = 0;
      }
      return next;
    },
  };
}

type TransportRequest = Parameters<Transport>[1];

async function requestBytes(
  url: URL,
  path: string,
  { method, headers, body }: TransportRequest,
): Promise<Buffer | string> {
  if (body === undefined || body.length < PLAIN_LENGTH_MAX) {
    const length = body === undefined ? 0 : Buffer.byteLength(body);
    return (
      headOf(url, `${method} ${path}`, { ...headers, 'content-length': String(length) }) +
      (body ?? '')
    );
  }
  const packed = await packBody(headers, body);
  const length = String(packed.body?.length ?? 0);
  const head = headOf(url, `${method} ${path}`, { ...packed.headers, 'content-length': length });
  return Buffer.concat([Buffer.from(head), packed.body ?? Buffer.alloc(0)]);
}

function headOf(url: URL, target: string, headers: Readonly<Record<string, string>>): string {
  let head = `${target} HTTP/1.1\r\nhost: ${url.host}\r\n`;
  for (const [name, value] of Object.entries(headers)) head += `${name}: ${value}\r\n`;
  return `${head}\r\n`;
}

function replyOf({ status, head, body }: RawResponse): ClientResponse {
  return {
    status,
    headers: { get: (name) => headerIn(head, name) },
    text: () => Promise.resolve(body),
  };
}
