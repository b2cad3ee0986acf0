import * as http from 'node:http';
import * as https from 'node:https';
import { API_PREFIX, controllerRoutes, type SignedEnvelope } from '@wardgrid/wire';

/** A certificate is some 700 bytes. */
const ANSWER_BYTES_MAX = 8_192;
const ANSWER_MS = 5_000;

/**
 * Asks a machine that says to be a controller for its certificate of a tenant. Nobody is believed for
 * answering: TLS is not checked, the tenant's signature is. Redirects are not followed.
 */
export function fetchCertificate(url: string, tenantId: string): Promise<SignedEnvelope> {
  const { path, response: Answer } = controllerRoutes.certificate;
  const target = `${url.replace(/\/$/, '')}${API_PREFIX}${path.replace(':tenantId', tenantId)}`;
  const options = { rejectUnauthorized: false, agent: false, timeout: ANSWER_MS } as const;
  return new Promise((resolve, reject) => {
    const sent = target.startsWith('https:')
      ? https.get(target, options, take)
      : http.get(target, { ...options, agent: undefined }, take);
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', reject);

    function take(response: http.IncomingMessage): void {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
        if (text.length > ANSWER_BYTES_MAX) response.destroy(new Error('the answer is too large'));
      });
      response.on('error', reject);
      response.on('end', () => {
        const parsed = Answer.safeParse(jsonOf(text));
        if (response.statusCode === 200 && parsed.success) resolve(parsed.data.certificate);
        else reject(new Error(`the answer was ${response.statusCode}`));
      });
    }
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
