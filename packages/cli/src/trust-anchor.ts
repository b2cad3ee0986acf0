import { createHash, X509Certificate } from 'node:crypto';
import { request } from 'node:https';
import { messageOf } from '@wardgrid/base';
import { CliError, usageError } from './errors.ts';
import { readSmallFile } from './files.ts';

/** Where a controller shows the certificate of its own CA; no part of the typed contract. */
const CA_PATH = '/api/v1/ca.pem';
/** A certificate is some 800 bytes. */
const CA_BYTES_MAX = 16_384;
const FETCH_TIMEOUT_MS = 15_000;

/** Unpadded base64url of the SHA-256 of a PEM certificate's DER; undefined when it is none. */
export function fingerprintOf(pem: string): string | undefined {
  try {
    return createHash('sha256').update(new X509Certificate(pem).raw).digest('base64url');
  } catch {
    return undefined;
  }
}

/** The CA of a file. @throws CliError `file-unreadable` when the file holds no certificate. */
export function readCaFile(path: string): string {
  const pem = readSmallFile(path);
  if (pem === undefined || fingerprintOf(pem) === undefined) {
    throw new CliError('file-unreadable', `'${path}' holds no certificate (PEM)`);
  }
  return pem;
}

/** A fingerprint as people copy it: base64url, or hexadecimal with or without colons. */
export function parseFingerprint(text: string): string {
  if (/^[A-Za-z0-9_-]{43}$/.test(text)) return text;
  const hex = text.replaceAll(':', '');
  if (/^[0-9A-Fa-f]{64}$/.test(hex)) return Buffer.from(hex, 'hex').toString('base64url');
  throw usageError(`'${text}' is not a SHA-256 fingerprint (43 characters of base64url, or hex)`);
}

/**
 * Fetches a controller's CA over a connection that trusts nobody, and believes it only when it has
 * this fingerprint. @throws CliError `controller-untrusted` when it has another.
 */
export async function fetchCa(given: {
  readonly controllerUrl: string;
  readonly fingerprint: string;
  readonly signal: AbortSignal;
}): Promise<string> {
  const pem = await fetchUnverifiedCa(given.controllerUrl, given.signal);
  const found = fingerprintOf(pem);
  if (found === given.fingerprint) return pem;
  throw new CliError(
    'controller-untrusted',
    `'${given.controllerUrl}' shows a certificate with the fingerprint ${found ?? '(none)'}, not ` +
      'the given one: check the address, or look for an interception',
  );
}

/** What to do about a controller that is not trusted yet: compare its fingerprint, then pin it. */
export async function describeUntrusted(
  controllerUrl: string,
  reason: CliError,
  signal: AbortSignal,
): Promise<CliError> {
  const pem = await fetchUnverifiedCa(controllerUrl, signal).catch(() => undefined);
  const fingerprint = pem === undefined ? undefined : fingerprintOf(pem);
  if (fingerprint === undefined) return reason;
  return new CliError(
    'controller-untrusted',
    `${reason.message}; its own CA has the fingerprint ${fingerprint}: compare it with the one ` +
      `the controller shows, then sign in with --ca-fingerprint ${fingerprint}`,
    { cause: reason },
  );
}

/** Nothing is trusted here; whoever calls compares the fingerprint before believing what came. */
function fetchUnverifiedCa(controllerUrl: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (reason: unknown): void =>
      reject(
        new CliError(
          'controller-unreachable',
          `cannot read the CA of '${controllerUrl}': ${messageOf(reason)}`,
          { cause: reason },
        ),
      );
    const sent = request(
      controllerUrl + CA_PATH,
      { rejectUnauthorized: false, agent: false, signal, timeout: FETCH_TIMEOUT_MS },
      (response) => {
        let pem = '';
        response.setEncoding('latin1');
        response.on('data', (part: string) => {
          pem += part;
          if (pem.length > CA_BYTES_MAX) response.destroy(new Error('the answer is too large'));
        });
        response.on('error', fail);
        response.on('end', () => {
          if (response.statusCode === 200) resolve(pem);
          else fail(`the controller answered ${response.statusCode}`);
        });
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.on('error', fail);
    sent.end();
  });
}
