import { once } from 'node:events';
import { connect } from 'node:net';

/* HTTP/1.1 by hand (RFC 9112), as little as a load needs: one request at a time on a connection that is
   kept alive, replies with a length. It costs a third of `node:http`, so that the load does not take
   the processor from what is measured. */

/** A reply, valid until the callback returns. */
export interface Reply {
  readonly status: number;
  readonly bytes: Buffer;
  /** Where the body begins in `bytes`; it goes to the end. */
  readonly bodyStart: number;
}

/** One connection kept alive. */
export interface LoadConnection {
  /** Sends a whole request; the next may follow once the reply came. */
  readonly send: (request: Buffer, onReply: (reply: Reply) => void) => void;
  readonly close: () => void;
}

const HEAD_END = Buffer.from('\r\n\r\n');
/** Where the status stands in `HTTP/1.1 200`. */
const STATUS_AT = 9;

/** Opens a connection; `onLost` is told when it ends before it was closed. */
async function openConnection(
  port: number,
  onLost: (error: Error) => void,
): Promise<LoadConnection> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect');
  let waiting: ((reply: Reply) => void) | undefined;
  let pending: Buffer | undefined;
  let isClosed = false;
  socket.on('data', (chunk: Buffer) => {
    const bytes = pending ? Buffer.concat([pending, chunk]) : chunk;
    const reply = replyIn(bytes);
    pending = reply ? undefined : bytes;
    if (!reply) return;
    const done = waiting;
    waiting = undefined;
    done?.(reply);
  });
  const lose = (error: Error): void => {
    if (isClosed) return;
    isClosed = true;
    onLost(error);
  };
  socket.on('error', lose);
  socket.on('close', () => lose(new Error('the server closed a connection')));
  return {
    send(request, onReply) {
      waiting = onReply;
      socket.write(request);
    },
    close() {
      isClosed = true;
      socket.destroy();
    },
  };
}

/** The reply at the beginning of `bytes`, when it is whole. */
function replyIn(bytes: Buffer): Reply | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const head = bytes.toString('latin1', 0, headEnd);
  const length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
  if (Number.isNaN(length)) throw new Error(`a reply without a length: ${head}`);
  const bodyStart = headEnd + HEAD_END.length;
  if (bytes.length < bodyStart + length) return undefined;
  return { status: Number(head.slice(STATUS_AT, STATUS_AT + 3)), bytes, bodyStart };
}

/** Opens `count` connections, some at a time. */
export async function openConnections(
  port: number,
  count: number,
  onLost: (error: Error) => void,
): Promise<LoadConnection[]> {
  const connections: LoadConnection[] = [];
  while (connections.length < count) {
    const missing = Math.min(OPENING_MAX, count - connections.length);
    const opened = await Promise.all(
      Array.from({ length: missing }, () => openConnection(port, onLost)),
    );
    connections.push(...opened);
  }
  return connections;
}

/** Connections opened at once: a listening socket's queue is short. */
const OPENING_MAX = 64;
