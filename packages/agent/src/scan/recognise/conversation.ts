import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import type { Clock } from '@wardgrid/base';
import { lineOf, type ScannedTls } from '../shapes.ts';

/** What may be read of one connection: a greeting and the head of a page, not a download. */
const BYTES_MAX = 16_384;

/** A service on the same continent has accepted by then. */
const CONNECT_MS = 1500;

/** After the last byte a talker is taken to have finished. */
const QUIET_MS = 120;

/** What is said to a service, and how long it may think. */
export interface Talk {
  readonly address: string;
  readonly port: number;
  readonly isTls?: boolean;
  /** How long to listen for a greeting before anything is sent. */
  readonly greetingMs: number;
  /** Sent when no greeting came, or after it when `isAfterGreeting`; nothing is sent without. */
  readonly send?: Uint8Array;
  readonly isAfterGreeting?: boolean;
  readonly replyMs: number;
}

/** What the service said, before and after it was spoken to. */
export interface Heard {
  readonly greeting: Buffer;
  readonly reply: Buffer;
  readonly tls?: ScannedTls;
}

/** How waiting is done and ended. */
export interface Patience {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Holds one bounded conversation. Undefined when no connection, or no TLS session, came about. */
export async function converse(talk: Talk, patience: Patience): Promise<Heard | undefined> {
  const { address: host, port } = talk;
  const socket = talk.isTls
    ? connectTls({
        host,
        port,
        rejectUnauthorized: false,
        minVersion: 'TLSv1',
        ciphers: 'DEFAULT@SECLEVEL=0',
      })
    : connectTcp({ host, port });
  const ear = createEar(socket, patience);
  try {
    const isUp = await ear.waitFor(talk.isTls ? 'secureConnect' : 'connect', CONNECT_MS);
    if (!isUp) return undefined;
    const tls = socket instanceof TLSSocket ? describeTls(socket) : undefined;
    const greeting = talk.greetingMs > 0 ? await ear.listen(talk.greetingMs) : Buffer.alloc(0);
    const isToSend = talk.send && (greeting.length === 0 || talk.isAfterGreeting === true);
    if (talk.send && isToSend) socket.write(talk.send);
    const reply = isToSend ? await ear.listen(talk.replyMs) : Buffer.alloc(0);
    return { greeting, reply, ...(tls ? { tls } : {}) };
  } finally {
    socket.destroy();
  }
}

interface Ear {
  readonly waitFor: (event: 'connect' | 'secureConnect', timeoutMs: number) => Promise<boolean>;
  /** What comes until the talker falls quiet, ends, or has said or taken too much. */
  readonly listen: (timeoutMs: number) => Promise<Buffer>;
}

function createEar(socket: Socket | TLSSocket, { clock, signal }: Patience): Ear {
  let chunks: Buffer[] = [];
  let sizeBytes = 0;
  let isOver = false;
  let wake: () => void = () => undefined;
  socket.on('data', (chunk: Buffer) => {
    const room = BYTES_MAX - sizeBytes;
    if (room > 0) chunks.push(chunk.subarray(0, room));
    sizeBytes += chunk.length;
    if (sizeBytes >= BYTES_MAX) end();
    else wake();
  });
  socket.on('error', end);
  socket.on('close', end);
  socket.on('end', end);

  function end(): void {
    isOver = true;
    if (sizeBytes >= BYTES_MAX) socket.destroy();
    wake();
  }

  const isOpen = (): boolean => !isOver && !signal.aborted;

  /** Resolves at the next byte, event or end, or after the time; false when the time ran out. */
  function next(timeoutMs: number, event?: string): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (isHeard: boolean) => (): void => {
        cancel();
        wake = () => undefined;
        if (event) socket.removeListener(event, heard);
        signal.removeEventListener('abort', heard);
        resolve(isHeard);
      };
      const heard = settle(true);
      const cancel = clock.after(timeoutMs, settle(false));
      wake = heard;
      if (event) socket.once(event, heard);
      if (signal.aborted || isOver) heard();
      else signal.addEventListener('abort', heard, { once: true });
    });
  }

  return {
    async waitFor(event, timeoutMs) {
      const isHeard = await next(timeoutMs, event);
      return isHeard && isOpen();
    },
    async listen(timeoutMs) {
      const untilMs = clock.monotonic() + timeoutMs;
      while (isOpen()) {
        const leftMs = untilMs - clock.monotonic();
        const waitMs = chunks.length > 0 ? Math.min(QUIET_MS, leftMs) : leftMs;
        if (waitMs <= 0 || !(await next(waitMs))) break;
      }
      const heard = Buffer.concat(chunks);
      chunks = [];
      return heard;
    },
  };
}

function describeTls(socket: TLSSocket): ScannedTls | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return undefined;
  const expiresAt = Date.parse(certificate.validTo);
  return {
    subject: nameIn(certificate.subject),
    issuer: nameIn(certificate.issuer),
    expiresAt: Number.isFinite(expiresAt) ? expiresAt : null,
  };
}

/** The common name of a distinguished name, or all of it on one line. */
function nameIn(distinguishedName: string | undefined): string {
  const text = distinguishedName ?? '';
  return lineOf(/^CN=(.*)$/m.exec(text)?.[1] ?? text.replaceAll('\n', ', '));
}
