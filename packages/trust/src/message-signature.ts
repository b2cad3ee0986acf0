import { decodeBase64Url, encodeBase64Url, encodeUtf8 } from '@wardgrid/base';
import type { Cryptography, Signer } from './keys.ts';

/*
 * HTTP message signatures (RFC 9421), of the one shape that controllers use: Ed25519, one signature
 * called `sig1`, with `created`, `keyid`, `alg`, `nonce` and `tag` in this order. What has another shape
 * is not read, so that there is nothing to be confused by.
 */

/** The parts of a message that a signature covers, by the names of RFC 9421 section 2, in order. */
export type CoveredParts = readonly (readonly [name: string, value: string])[];

/** What is said beside the parts; it is signed with them. */
export interface SignatureParameters {
  /** Seconds since 1970. */
  readonly created: number;
  /** Who signs. */
  readonly keyId: string;
  /** Says which request this is, or which one an answer belongs to. */
  readonly nonce: string;
}

/** A signature as it was received, not verified. */
export interface ReceivedSignature extends SignatureParameters {
  /** The names of the parts that it says it covers. */
  readonly names: readonly string[];
  readonly signature: Uint8Array;
}

/** Separates these signatures from any other use of the same key. */
const TAG = 'wardgrid-node';
/** Longest `Signature-Input` that is looked at. */
const INPUT_LENGTH_MAX = 1_000;
const INPUT =
  /^sig1=\(((?:"[@a-z-]{1,40}"(?: "[@a-z-]{1,40}"){0,15})?)\);created=(\d{1,12});keyid="([\w.-]{1,80})";alg="ed25519";nonce="([\w-]{1,80})";tag="wardgrid-node"$/;
const SIGNATURE = /^sig1=:([A-Za-z0-9+/]{86}==):$/;

/** The headers of a signature over the parts of a message. */
export function signMessage(
  signer: Pick<Signer, 'sign'>,
  parts: CoveredParts,
  parameters: SignatureParameters,
): { readonly 'signature-input': string; readonly signature: string } {
  const input = inputOf(
    parts.map(([name]) => name),
    parameters,
  );
  const signature = signer.sign(encodeUtf8(signatureBase(parts, input)));
  return { 'signature-input': `sig1=${input}`, signature: `sig1=:${base64Of(signature)}:` };
}

/** Reads the headers of a signature; undefined when they are not of our shape. Never throws. */
export function readMessageSignature(headers: {
  readonly 'signature-input'?: string | undefined;
  readonly signature?: string | undefined;
}): ReceivedSignature | undefined {
  const input = headers['signature-input'] ?? '';
  if (input.length > INPUT_LENGTH_MAX) return undefined;
  const [, names, created, keyId, nonce] = INPUT.exec(input) ?? [];
  const [, text] = SIGNATURE.exec(headers.signature ?? '') ?? [];
  const signature = text === undefined ? undefined : bytesOf(text);
  if (names === undefined || keyId === undefined || nonce === undefined || !signature) {
    return undefined;
  }
  return {
    names: names === '' ? [] : names.split(' ').map((name) => name.slice(1, -1)),
    created: Number(created),
    keyId,
    nonce,
    signature,
  };
}

/** Whether a signature is the key's over exactly these parts, in this order. Never throws. */
export function verifyMessage(
  cryptography: Cryptography,
  received: ReceivedSignature,
  expected: { readonly publicKey: string; readonly parts: CoveredParts },
): boolean {
  const names = expected.parts.map(([name]) => name);
  if (names.join(' ') !== received.names.join(' ')) return false;
  const publicKey = keyOf(expected.publicKey);
  if (!publicKey) return false;
  const base = signatureBase(expected.parts, inputOf(names, received));
  return cryptography.verify(publicKey, encodeUtf8(base), received.signature);
}

/** The signature base of RFC 9421 section 2.5: one line a part, and the parameters last. */
export function signatureBase(parts: CoveredParts, parameters: string): string {
  const lines = parts.map(([name, value]) => `"${name}": ${value}`);
  return [...lines, `"@signature-params": ${parameters}`].join('\n');
}

/** The `Content-Digest` of a body (RFC 9530), SHA-256. */
export function contentDigest(sha256: Cryptography['sha256'], body: Uint8Array): string {
  return `sha-256=:${base64Of(sha256(body))}:`;
}

function inputOf(names: readonly string[], { created, keyId, nonce }: SignatureParameters): string {
  const list = names.map((name) => `"${name}"`).join(' ');
  return `(${list});created=${created};keyid="${keyId}";alg="ed25519";nonce="${nonce}";tag="${TAG}"`;
}

function base64Of(bytes: Uint8Array): string {
  const text = encodeBase64Url(bytes).replaceAll('-', '+').replaceAll('_', '/');
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

/** One text alone stands for these bytes: the spare bits of the last letter are nought. */
function bytesOf(base64: string): Uint8Array | undefined {
  const bytes = keyOf(base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''));
  return bytes && base64Of(bytes) === base64 ? bytes : undefined;
}

function keyOf(base64Url: string): Uint8Array | undefined {
  try {
    return decodeBase64Url(base64Url);
  } catch {
    return undefined;
  }
}
