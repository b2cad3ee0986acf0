import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/* A WebSocket client by hand (RFC 6455), as little as a listener needs: ten thousand of them must not
   take the processor or the memory from the server that is measured. */

/** An open connection that only listens. */
export interface LiveSocket {
  readonly close: () => void;
}

const HEAD_END = '\r\n\r\n';
const TEXT = 0x1;
const CLOSE = 0x8;
const PING = 0x9;
/** A pong without content, masked by zeros (RFC 6455 section 5.5.3). */
const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);

/** Opens a connection and tells every text message as it came. */
export function openLiveSocket(
  target: {
    readonly port: number;
    readonly path: string;
    readonly authorization: string;
  },
  onText: (payload: Buffer) => void,
): Promise<LiveSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: target.port, noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => socket.write(upgradeRequest(target)));
    socket.once('close', () => reject(new Error('the server closed a live connection')));
    let isOpen = false;
    let pending: Buffer | undefined;
    socket.on('data', (chunk: Buffer) => {
      pending = pending ? Buffer.concat([pending, chunk]) : chunk;
      if (!isOpen) {
        const end = pending.indexOf(HEAD_END);
        if (end < 0) return;
        if (pending.toString('latin1', 9, 12) !== '101') {
          reject(new Error(`no upgrade: ${pending.toString('latin1', 0, end)}`));
          socket.destroy();
          return;
        }
        isOpen = true;
        pending = pending.subarray(end + HEAD_END.length);
        resolve({ close: () => void socket.destroy() });
      }
      pending = readFrames(socket, pending, onText);
    });
  });
}

function upgradeRequest(target: {
  readonly port: number;
  readonly path: string;
  readonly authorization: string;
}): string {
  const lines = [
    `GET ${target.path} HTTP/1.1`,
    `host: 127.0.0.1:${target.port}`,
    'connection: Upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    `sec-websocket-key: ${randomBytes(16).toString('base64')}`,
    `authorization: ${target.authorization}`,
  ];
  return `${lines.join('\r\n')}${HEAD_END}`;
}

/** Handles whole frames; gives what is left of one that is not whole. */
function readFrames(
  socket: Socket,
  bytes: Buffer,
  onText: (payload: Buffer) => void,
): Buffer | undefined {
  let rest = bytes;
  for (;;) {
    const frame = frameIn(rest);
    if (!frame) return rest.length === 0 ? undefined : rest;
    if (frame.opcode === TEXT) onText(rest.subarray(frame.start, frame.end));
    else if (frame.opcode === PING) socket.write(PONG);
    else if (frame.opcode === CLOSE) socket.destroy();
    rest = rest.subarray(frame.end);
  }
}

function frameIn(
  bytes: Buffer,
): { readonly opcode: number; readonly start: number; readonly end: number } | undefined {
  if (bytes.length < 2) return undefined;
  const opcode = bytes.readUInt8(0) & 0x0f;
  const short = bytes.readUInt8(1) & 0x7f;
  const start = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < start) return undefined;
  const length =
    short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < start + length) return undefined;
  return { opcode, start, end: start + length };
}
