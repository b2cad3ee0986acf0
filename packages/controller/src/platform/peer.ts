import { createHash, X509Certificate } from 'node:crypto';
import {
  Agent as PlainAgent,
  request as plainRequest,
  type ClientRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { messageOf, WardgridError } from '@wardgrid/base';
import { readBytes } from './body.ts';

/** A controller that was not reached, or whose certificate is not the one to believe. */
export class PeerError extends WardgridError<'peer-unreachable' | 'peer-untrusted'> {}

/** A request to another controller. */
export interface PeerRequest {
  /** Without a slash at the end. */
  readonly url: string;
  /** PEM of the only authority to believe; null for those of the system. */
  readonly authority: string | null;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Without an answer for so long it is given up. */
  readonly timeoutMs: number;
  /** Ends the wait for a connection, and nothing once there is one. */
  readonly connectSignal?: AbortSignal;
  readonly sizeBytesMax: number;
  readonly signal: AbortSignal;
}

export interface PeerAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Calls other controllers. */
export interface PeerTransport {
  /** @throws PeerError `peer-unreachable`. */
  readonly send: (request: PeerRequest) => Promise<PeerAnswer>;
  /** The answer's head, its body still to come: for streams. @throws PeerError `peer-unreachable`. */
  readonly open: (request: Omit<PeerRequest, 'sizeBytesMax'>) => Promise<IncomingMessage>;
  readonly close: () => void;
}

/** Connections that wait for another request to the same controller. */
const IDLE_SOCKETS_MAX = 2;
/** Where a controller gives the certificate of its authority. */
const AUTHORITY_PATH = '/api/v1/ca.pem';
const AUTHORITY_BYTES_MAX = 65_536;

export function createPeerTransport(): PeerTransport {
  const plain = new PlainAgent({ keepAlive: true, maxFreeSockets: IDLE_SOCKETS_MAX });
  const tls = new TlsAgent({ keepAlive: true, maxFreeSockets: IDLE_SOCKETS_MAX });

  function open(given: Omit<PeerRequest, 'sizeBytesMax'>): Promise<IncomingMessage> {
    const url = new URL(given.url + given.path);
    const options = {
      method: given.method,
      headers: { ...given.headers, 'content-length': String(given.body.length) },
      timeout: given.timeoutMs,
      signal: given.signal,
    };
    const isTls = url.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const fail = (reason: unknown): void => reject(unreachable(given.url, reason));
      const sent = isTls
        ? tlsRequest(
            url,
            {
              ...options,
              agent: tls,
              ...(given.authority === null ? {} : { ca: given.authority }),
            },
            resolve,
          )
        : plainRequest(url, { ...options, agent: plain }, resolve);
      sent.on('timeout', () => sent.destroy(new Error('no answer')));
      const { connectSignal } = given;
      if (connectSignal) endUnconnected(sent, connectSignal, isTls ? 'secureConnect' : 'connect');
      sent.on('error', fail);
      sent.end(given.body);
    });
  }

  return {
    open,
    async send(given) {
      const answer = await open(given);
      try {
        const body = await readBytes(answer, given.sizeBytesMax);
        return { status: answer.statusCode ?? 0, headers: answer.headers, body };
      } catch (error) {
        throw unreachable(given.url, error);
      }
    },
    close() {
      plain.destroy();
      tls.destroy();
    },
  };
}

/** Gives a request up whose connection is not there when the signal comes. */
function endUnconnected(sent: ClientRequest, signal: AbortSignal, connected: string): void {
  const end = (): void => void sent.destroy(new Error('no connection'));
  const rest = (): void => signal.removeEventListener('abort', end);
  signal.addEventListener('abort', end, { once: true });
  sent.once('close', rest);
  sent.once('socket', (socket) => {
    if (socket.connecting) socket.once(connected, rest);
    else rest();
  });
}

/**
 * The certificate of a controller's authority, believed because its fingerprint (unpadded base64url of
 * the SHA-256 of its DER) was told beforehand. @throws PeerError `peer-unreachable`, `peer-untrusted`.
 */
export async function fetchAuthority(
  url: string,
  fingerprint: string,
  signal: AbortSignal,
): Promise<string> {
  const bytes = await askStranger(url + AUTHORITY_PATH, AUTHORITY_BYTES_MAX, signal);
  const pem = bytes.toString('latin1');
  if (fingerprintOf(pem) === fingerprint) return pem;
  throw new PeerError(
    'peer-untrusted',
    `'${url}' is not the controller that this token belongs to: its certificate has another fingerprint`,
  );
}

/**
 * Asks whoever answers at an address. Nothing is believed of it: what arrives has to prove itself, by a
 * fingerprint that was told beforehand or by a signature. @throws PeerError `peer-unreachable`.
 */
export async function askStranger(
  url: string,
  sizeBytesMax: number,
  signal: AbortSignal,
): Promise<Buffer> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = { agent: false, signal } as const;
    const sent = url.startsWith('https:')
      ? tlsRequest(new URL(url), { ...options, rejectUnauthorized: false }, resolve)
      : plainRequest(new URL(url), options, resolve);
    sent.on('error', (error) => reject(unreachable(url, error)));
    sent.end();
  });
  return readBytes(answer, sizeBytesMax);
}

function fingerprintOf(pem: string): string | undefined {
  try {
    return createHash('sha256').update(new X509Certificate(pem).raw).digest('base64url');
  } catch {
    return undefined;
  }
}

function unreachable(url: string, reason: unknown): PeerError {
  return new PeerError('peer-unreachable', `'${url}': ${messageOf(reason)}`, { cause: reason });
}
