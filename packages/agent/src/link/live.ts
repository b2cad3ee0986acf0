import { WebSocket, type RawData } from 'ws';
import {
  backoffMs,
  messageOf,
  type Backoff,
  type Clock,
  type Log,
  type Random,
} from '@wardgrid/base';
import { LIVE_LINK_PATH, LiveFrame } from '@wardgrid/wire';
import { DEVICE_HEADER } from './exchange.ts';
import type { Controllers } from './controllers.ts';

/** A frame is one order at most: a payload of 64 KiB and what is around it, escaped. */
const FRAME_BYTES_MAX = 256 * 1_024;
const HANDSHAKE_TIMEOUT_MS = 15_000;
/** Mobile networks forget an idle connection after some minutes; the shortest known is 30 s. */
const PING_INTERVAL_MS = 25_000;
/** A pong that takes longer than this will not come. */
const PONG_TIMEOUT_MS = 10_000;
const RECONNECT: Backoff = { baseMs: 1_000, maxMs: 120_000 };
/** A connection that held this long was a good one: the next attempt is quick again. */
const STABLE_MS = 60_000;

/** What the live connection needs. */
export interface LiveOptions {
  readonly deviceId: string;
  /** Whom to stay connected with: another one after a turn. */
  readonly controllers: Pick<Controllers, 'current' | 'onTurn'>;
  readonly clock: Clock;
  readonly random: Pick<Random, 'fraction'>;
  readonly log: Log;
  readonly onFrame: (frame: LiveFrame) => void;
  /** Told whenever the connection comes and goes. */
  readonly onState?: (isOpen: boolean) => void;
}

/**
 * Keeps a live connection until aborted, so that orders come at once. Nothing depends on it: frames
 * may be lost, and the exchange goes on beside it.
 */
export async function keepLive(options: LiveOptions, signal: AbortSignal): Promise<void> {
  const { clock, log } = options;
  let attempt = 0;
  while (!signal.aborted) {
    const startMs = clock.monotonic();
    try {
      await connectOnce(options, signal);
    } catch (error) {
      if (signal.aborted) return;
      log.debug('live connection lost', { reason: messageOf(error) });
    }
    attempt = clock.monotonic() - startMs >= STABLE_MS ? 0 : attempt + 1;
    await clock.sleep(backoffMs(RECONNECT, attempt, options.random), signal).catch(() => undefined);
  }
}

/** One connection, from its opening to its end. Rejects when it could not be opened. */
async function connectOnce(options: LiveOptions, signal: AbortSignal): Promise<void> {
  const { session, url: baseUrl, ca } = options.controllers.current();
  const token = await session.token(signal);
  const url = baseUrl.replace(/^http/, 'ws') + LIVE_LINK_PATH;
  const socket = new WebSocket(url, {
    headers: { authorization: `Device ${token}`, [DEVICE_HEADER]: options.deviceId },
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    maxPayload: FRAME_BYTES_MAX,
    perMessageDeflate: false,
    followRedirects: false,
    ...(ca === null ? {} : { ca }),
  });
  const abort = (): void => socket.terminate();
  signal.addEventListener('abort', abort, { once: true });
  const forgetTurn = options.controllers.onTurn(abort);
  if (signal.aborted) abort();
  const stopPings = watchLiveness(socket, options.clock);
  try {
    await untilClosed(socket, options);
  } finally {
    stopPings();
    forgetTurn();
    signal.removeEventListener('abort', abort);
    options.onState?.(false);
  }
}

function untilClosed(socket: WebSocket, options: LiveOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.on('open', () => options.onState?.(true));
    socket.on('message', (data, isBinary) => {
      const frame = isBinary ? undefined : parseFrame(textOf(data));
      if (frame) options.onFrame(frame);
      else options.log.warn('live frame refused');
    });
    socket.on('unexpected-response', (request, response) => {
      // The exchange asks for a new session; this one only must not be used again.
      if (response.statusCode === 401) options.controllers.current().session.invalidate();
      request.destroy();
      reject(new Error(`the controller answered ${response.statusCode}`));
    });
    socket.on('error', reject);
    socket.on('close', () => resolve());
  });
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}

function parseFrame(text: string): LiveFrame | undefined {
  try {
    const parsed = LiveFrame.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Pings, and ends a connection that no longer answers; either side's traffic counts as an answer. */
function watchLiveness(socket: WebSocket, clock: Clock): () => void {
  let cancel = clock.after(PING_INTERVAL_MS, ping);
  function ping(): void {
    if (socket.readyState === WebSocket.OPEN) socket.ping();
    cancel = clock.after(PONG_TIMEOUT_MS, () => socket.terminate());
  }
  function alive(): void {
    cancel();
    cancel = clock.after(PING_INTERVAL_MS, ping);
  }
  socket.on('pong', alive);
  socket.on('ping', alive);
  socket.on('message', alive);
  return () => cancel();
}
