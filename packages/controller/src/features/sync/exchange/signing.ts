import type { IncomingHttpHeaders } from 'node:http';
import { decodeBase64Url, decodeUtf8, encodeBase64Url, encodeUtf8 } from '@wardgrid/base';
import {
  contentDigest,
  readMessageSignature,
  signMessage,
  verifyMessage,
  type CoveredParts,
  type ReceivedSignature,
  type Signer,
} from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import { SignedEnvelope } from '@wardgrid/wire';
import { ControllerError } from '../../../platform/error.ts';

/** Names the controller that a request is for, so that nobody hands it to another. */
export const TO_HEADER = 'wardgrid-to';
/** The caller's certificate, for an upstream that does not know it yet. */
export const CERTIFICATE_HEADER = 'wardgrid-certificate';
/** Says that the answer is signed, too. */
const DIGEST_HEADER = 'content-digest';
/** How far the clocks of two controllers may be apart for a request to be new: a replay is kept out so long. */
export const SKEW_MS_MAX = 5 * 60_000;
const CERTIFICATE_LENGTH_MAX = 12_000;

/** A request as both sides sign it. */
export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  /** The controller that it is for. */
  readonly to: string;
  readonly body: Uint8Array;
}

function partsOf({ method, path, to, body }: SignedRequest): CoveredParts {
  return [
    ['@method', method],
    ['@path', path],
    [DIGEST_HEADER, contentDigest(systemCryptography.sha256, body)],
    [TO_HEADER, to],
  ];
}

/** The headers of a request that a controller signs with its key. */
export function signRequest(
  by: { readonly signer: Signer; readonly nodeId: string },
  request: SignedRequest,
  given: { readonly rid: string; readonly nowMs: number },
): Record<string, string> {
  const created = Math.floor(given.nowMs / 1_000);
  return {
    [DIGEST_HEADER]: contentDigest(systemCryptography.sha256, request.body),
    [TO_HEADER]: request.to,
    ...signMessage(by.signer, partsOf(request), { created, keyId: by.nodeId, nonce: given.rid }),
  };
}

/** The signature of a request. @throws ControllerError `node-signature-invalid`. */
export function signatureIn(headers: IncomingHttpHeaders): ReceivedSignature {
  const received = readMessageSignature({
    'signature-input': one(headers['signature-input']),
    signature: one(headers['signature']),
  });
  if (received) return received;
  throw new ControllerError('node-signature-invalid', 'the request is not signed');
}

/** Whether a request is signed by this key. */
export function isSignedBy(
  publicKey: string,
  received: ReceivedSignature,
  request: SignedRequest,
): boolean {
  return verifyMessage(systemCryptography, received, { publicKey, parts: partsOf(request) });
}

/** The headers of an answer, signed over the request's own number. */
export function signAnswer(
  by: { readonly signer: Signer; readonly nodeId: string },
  answer: { readonly status: number; readonly body: Uint8Array },
  given: { readonly rid: string; readonly nowMs: number },
): Record<string, string> {
  const created = Math.floor(given.nowMs / 1_000);
  const parameters = { created, keyId: by.nodeId, nonce: given.rid };
  return {
    [DIGEST_HEADER]: contentDigest(systemCryptography.sha256, answer.body),
    ...signMessage(by.signer, answerParts(answer), parameters),
  };
}

/** Whether an answer is the upstream's to this very request. */
export function isAnswerOf(
  upstream: { readonly nodeId: string; readonly publicKey: string },
  answer: {
    readonly status: number;
    readonly headers: IncomingHttpHeaders;
    readonly body: Uint8Array;
  },
  rid: string,
): boolean {
  const received = readMessageSignature({
    'signature-input': one(answer.headers['signature-input']),
    signature: one(answer.headers['signature']),
  });
  if (!received || received.nonce !== rid || received.keyId !== upstream.nodeId) return false;
  const { publicKey } = upstream;
  return verifyMessage(systemCryptography, received, { publicKey, parts: answerParts(answer) });
}

function answerParts(answer: { readonly status: number; readonly body: Uint8Array }): CoveredParts {
  return [
    ['@status', String(answer.status)],
    [DIGEST_HEADER, contentDigest(systemCryptography.sha256, answer.body)],
  ];
}

export function certificateHeader(certificate: SignedEnvelope): string {
  return encodeBase64Url(encodeUtf8(JSON.stringify(certificate)));
}

/** The certificate that came with a request, if any that can be read. */
export function certificateIn(headers: IncomingHttpHeaders): SignedEnvelope | undefined {
  const text = one(headers[CERTIFICATE_HEADER]);
  if (text === undefined || text.length > CERTIFICATE_LENGTH_MAX) return undefined;
  try {
    return SignedEnvelope.parse(JSON.parse(decodeUtf8(decodeBase64Url(text))));
  } catch {
    return undefined;
  }
}

function one(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
