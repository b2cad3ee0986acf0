import type { ClientRequest, IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ClientResponse, Transport } from '@wardgrid/wire';
import { AgentError } from '../errors.ts';

/** Bodies from this size on are compressed; below, the bytes saved cost more than they are worth. */
const GZIP_BYTES_MIN = 8 * 1_024;
/** Largest reply: 64 orders of 64 KiB and what is around them. */
const REPLY_BYTES_MAX = 6 * 1_024 * 1_024;
/** A controller that says nothing for this long will not; slow links still carry 8 MB in it. */
const REPLY_TIMEOUT_MS = 60_000;

const compress = promisify(gzip);

/* Not imported: an import reads all that the module has, its `WebSocket` as well, and with that comes
   all of `fetch`: six megabytes. */
const http = process.getBuiltinModule('node:http');
const https = process.getBuiltinModule('node:https');

/** What a connection trusts, and what it tells. */
export interface HttpTransportOptions {
  /** The one CA to trust, as PEM; null for the system's. */
  readonly ca: string | null;
  /** The controller's time as its replies say it, epoch milliseconds. */
  readonly onServerTime?: (epochMs: number) => void;
}

/** A transport that can be closed. */
export interface HttpTransport {
  readonly transport: Transport;
  readonly close: () => void;
}

/**
 * Carries requests over one kept-alive connection by `node:http` (never `fetch`: it costs twelve
 * megabytes). Replies are bounded in size and time; redirects are not followed.
 */
export function createHttpTransport(options: HttpTransportOptions): HttpTransport {
  const plainAgent = new http.Agent({ keepAlive: true, maxSockets: 2 });
  const secureAgent = new https.Agent({
    keepAlive: true,
    maxSockets: 2,
    minVersion: 'TLSv1.3',
    ...(options.ca === null ? {} : { ca: options.ca }),
  });

  const transport: Transport = async (url, request) => {
    const { headers, body } = await packBody(request.headers, request.body);
    const isSecure = url.startsWith('https:');
    const given = {
      method: request.method,
      headers: { ...headers, 'content-length': String(body?.length ?? 0) },
      agent: isSecure ? secureAgent : plainAgent,
      timeout: REPLY_TIMEOUT_MS,
      ...(request.signal ? { signal: request.signal } : {}),
    };
    const response = await send(
      isSecure ? https.request(url, given) : http.request(url, given),
      body,
    );
    const date = Date.parse(response.headers.get('date') ?? '');
    if (Number.isFinite(date)) options.onServerTime?.(date);
    return response;
  };

  return {
    transport,
    close() {
      plainAgent.destroy();
      secureAgent.destroy();
    },
  };
}

/** The body as it travels, with the headers that say so. */
export async function packBody(
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
): Promise<{ headers: Readonly<Record<string, string>>; body: Buffer | undefined }> {
  if (body === undefined) return { headers, body: undefined };
  const plain = Buffer.from(body);
  if (plain.length < GZIP_BYTES_MIN) return { headers, body: plain };
  return { headers: { ...headers, 'content-encoding': 'gzip' }, body: await compress(plain) };
}

function send(request: ClientRequest, body: Buffer | undefined): Promise<ClientResponse> {
  return new Promise((resolve, reject) => {
    request.on('timeout', () => {
      request.destroy(new AgentError('controller-unreachable', 'the controller does not answer'));
    });
    request.on('error', reject);
    request.on('response', (response) => {
      readReply(response).then((text) => resolve(replyOf(response, text)), reject);
    });
    request.end(body);
  });
}

function replyOf(response: IncomingMessage, text: string): ClientResponse {
  return {
    status: response.statusCode ?? 0,
    headers: {
      get(name) {
        const value = response.headers[name.toLowerCase()];
        return typeof value === 'string' ? value : null;
      },
    },
    text: () => Promise.resolve(text),
  };
}

async function readReply(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response) {
    const part = chunk as Buffer;
    sizeBytes += part.length;
    if (sizeBytes > REPLY_BYTES_MAX) {
      response.destroy();
      throw new AgentError('reply-too-large', `the reply is larger than ${REPLY_BYTES_MAX} bytes`);
    }
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString('utf8');
}
