import * as http from 'node:http';
import * as https from 'node:https';
import { codeOf, messageOf } from '@wardgrid/base';
import type { ClientResponse, Transport } from '@wardgrid/wire';
import { CliError } from './errors.ts';

/** Largest answer: 500 assets with hundreds of ports each, or the largest software inventory. */
const REPLY_BYTES_MAX = 64 * 1_024 * 1_024;
/** A controller that says nothing for this long will not answer this request. */
const REPLY_TIMEOUT_MS = 60_000;

/** What TLS says of a certificate that nobody we trust has signed. */
const UNTRUSTED: ReadonlySet<string> = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** What a connection trusts, and who hears of cookies. */
export interface HttpTransportOptions {
  /** The one CA to trust, PEM; null for the system's. */
  readonly ca: string | null;
  /** Hears the `set-cookie` lines of every answer: set-up signs in with a cookie. */
  readonly onCookies?: (lines: readonly string[]) => void;
}

/** A transport that can be closed. */
export interface HttpTransport {
  readonly transport: Transport;
  readonly close: () => void;
}

/**
 * Carries requests over kept-alive connections by `node:http`. Answers are bounded in size and time;
 * redirects are not followed: they would carry the token elsewhere.
 */
export function createHttpTransport(options: HttpTransportOptions): HttpTransport {
  const plainAgent = new http.Agent({ keepAlive: true, maxSockets: 2 });
  const secureAgent = new https.Agent({
    keepAlive: true,
    maxSockets: 2,
    minVersion: 'TLSv1.2',
    ...(options.ca === null ? {} : { ca: options.ca }),
  });

  return {
    async transport(url, { method, headers, body, signal }) {
      const isSecure = url.startsWith('https:');
      const given: http.RequestOptions = {
        method,
        headers: { ...headers, 'content-length': String(Buffer.byteLength(body ?? '')) },
        agent: isSecure ? secureAgent : plainAgent,
        timeout: REPLY_TIMEOUT_MS,
        ...(signal ? { signal } : {}),
      };
      const request = isSecure ? https.request(url, given) : http.request(url, given);
      try {
        return await send(request, body, options.onCookies);
      } catch (error) {
        signal?.throwIfAborted();
        throw failureOf(error, new URL(url).origin);
      }
    },
    close() {
      plainAgent.destroy();
      secureAgent.destroy();
    },
  };
}

function failureOf(error: unknown, origin: string): CliError {
  if (error instanceof CliError) return error;
  const code = codeOf(error) ?? '';
  if (UNTRUSTED.has(code)) {
    return new CliError(
      'controller-untrusted',
      `the certificate of '${origin}' is not trusted: ${messageOf(error)}`,
      { cause: error },
    );
  }
  const reason = messageOf(error) || code;
  return new CliError('controller-unreachable', `'${origin}' cannot be reached: ${reason}`, {
    cause: error,
  });
}

function send(
  request: http.ClientRequest,
  body: string | undefined,
  onCookies: HttpTransportOptions['onCookies'],
): Promise<ClientResponse> {
  return new Promise((resolve, reject) => {
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', reject);
    request.on('response', (response) => {
      onCookies?.(response.headers['set-cookie'] ?? []);
      readReply(response).then((text) => resolve(replyOf(response, text)), reject);
    });
    request.end(body);
  });
}

function replyOf(response: http.IncomingMessage, text: string): ClientResponse {
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

async function readReply(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response) {
    const part = chunk as Buffer;
    sizeBytes += part.length;
    if (sizeBytes > REPLY_BYTES_MAX) {
      response.destroy();
      throw new CliError('reply-too-large', `the answer is larger than ${REPLY_BYTES_MAX} bytes`);
    }
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString('utf8');
}
