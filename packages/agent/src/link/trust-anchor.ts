import { createHash, X509Certificate } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { request, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { API_PREFIX } from '@wardgrid/wire';
import { messageOf } from '@wardgrid/base';
import { AgentError } from '../errors.ts';

/** Where a controller shows the certificate of its own CA. */
const CA_PATH = `${API_PREFIX}/v1/ca.pem`;
const CA_FILE = 'ca.pem';
/** A certificate is some 800 bytes. */
const CA_BYTES_MAX = 16_384;
const FETCH_TIMEOUT_MS = 15_000;

/** The CA that was pinned in a data folder, as PEM; null when none was. */
export function readPinnedCa(dataPath: string): string | null {
  try {
    return readFileSync(join(dataPath, CA_FILE), 'utf8');
  } catch {
    return null;
  }
}

/** Pins a CA in a data folder: whole or not at all. */
export function pinCa(dataPath: string, pem: string): void {
  const file = join(dataPath, CA_FILE);
  const descriptor = openSync(`${file}.new`, 'w', 0o600);
  try {
    writeSync(descriptor, pem);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(`${file}.new`, file);
}

/**
 * Fetches a controller's CA certificate over a connection that trusts nobody, and believes it only
 * when its SHA-256 (of the DER) is the one in the enrolment key. @throws AgentError
 * `controller-untrusted` when it is not, `controller-unreachable` when nothing could be fetched.
 */
export async function fetchCa(
  controllerUrl: string,
  fingerprint: string,
  signal: AbortSignal,
): Promise<string> {
  const pem = await fetchPem(controllerUrl + CA_PATH, signal);
  const found = fingerprintOf(pem);
  if (found !== fingerprint) {
    throw new AgentError(
      'controller-untrusted',
      `'${controllerUrl}' is not the controller that this enrolment key belongs to ` +
        '(its certificate has another fingerprint): check the address, or look for an interception',
    );
  }
  return pem;
}

/** SHA-256 of a PEM certificate's DER in hexadecimal; undefined when it is no certificate. */
export function fingerprintOf(pem: string): string | undefined {
  try {
    return createHash('sha256').update(new X509Certificate(pem).raw).digest('hex');
  } catch {
    return undefined;
  }
}

function fetchPem(url: string, signal: AbortSignal): Promise<string> {
  const options: RequestOptions = {
    // Nothing is trusted yet; the fingerprint decides whether what arrives is believed.
    rejectUnauthorized: false,
    agent: false,
    signal,
    timeout: FETCH_TIMEOUT_MS,
  };
  return new Promise((resolve, reject) => {
    const fail = (reason: unknown): void =>
      reject(
        new AgentError('controller-unreachable', `'${url}': ${messageOf(reason)}`, {
          cause: reason,
        }),
      );
    const sent = request(url, options, (response) => {
      let text = '';
      response.setEncoding('latin1');
      response.on('data', (part: string) => {
        text += part;
        if (text.length > CA_BYTES_MAX) response.destroy(new Error('the answer is too large'));
      });
      response.on('error', fail);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text);
        else fail(`the controller answered ${response.statusCode}`);
      });
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', fail);
    sent.end();
  });
}

/** Forgets the pinned CA: of a refused enrolment nothing stays. */
export function removePinnedCa(dataPath: string): void {
  rmSync(join(dataPath, CA_FILE), { force: true });
}
