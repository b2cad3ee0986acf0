import type * as z from 'zod';
import {
  canonicalJson,
  concatBytes,
  decodeBase64Url,
  encodeBase64Url,
  encodeUtf8,
} from '@wardgrid/base';
import type { SignedEnvelope } from '@wardgrid/wire';
import { keyIdOf, type Cryptography, type Signer } from './keys.ts';
import { createMerkleTree, rootFromPath } from './merkle.ts';

/** Said in front of what is signed, so that no signature can be used for another purpose. */
const SINGLE_PURPOSE = encodeUtf8('wardgrid envelope v1\n');
const BATCH_PURPOSE = 'wardgrid batch v1\n';

/** Signs one payload. */
export function sealEnvelope(signer: Signer, payload: unknown): SignedEnvelope {
  const text = canonicalJson(payload);
  const signature = signer.sign(concatBytes(SINGLE_PURPOSE, encodeUtf8(text)));
  return { payload: text, keyId: signer.keyId, signature: encodeBase64Url(signature) };
}

/**
 * Signs many payloads with one signature over the root of their Merkle tree: a signature costs
 * some fifty microseconds, a bulk order has thousands of payloads. Same order as given.
 */
export function sealEnvelopes(
  cryptography: Cryptography,
  signer: Signer,
  payloads: readonly unknown[],
): SignedEnvelope[] {
  if (payloads.length < 2) return payloads.map((payload) => sealEnvelope(signer, payload));
  const texts = payloads.map((payload) => canonicalJson(payload));
  const tree = createMerkleTree(
    cryptography.sha256,
    texts.map((text) => encodeUtf8(text)),
  );
  const signature = encodeBase64Url(signer.sign(batchMessage(payloads.length, tree.root)));
  return texts.map((payload, index) => ({
    payload,
    keyId: signer.keyId,
    signature,
    proof: {
      index,
      size: payloads.length,
      path: tree.pathOf(index).map((hash) => encodeBase64Url(hash)),
    },
  }));
}

export type OpenedEnvelope<T> =
  | { readonly kind: 'opened'; readonly value: T }
  | { readonly kind: 'refused'; readonly reason: 'key-unknown' | 'signature' | 'unreadable' };

/**
 * Checks who signed an envelope, then reads its payload by `schema`. Never throws: the envelope is
 * the attacker's. The payload is parsed only after its signature held.
 */
export function openEnvelope<S extends z.ZodType>(
  cryptography: Cryptography,
  envelope: SignedEnvelope,
  expected: { readonly publicKeys: readonly Uint8Array[]; readonly schema: S },
): OpenedEnvelope<z.output<S>> {
  const key = expected.publicKeys.find(
    (candidate) => keyIdOf(cryptography, candidate) === envelope.keyId,
  );
  if (!key) return { kind: 'refused', reason: 'key-unknown' };
  const message = messageOf(cryptography, envelope);
  const signature = bytesOf(envelope.signature);
  if (!message || !signature || !cryptography.verify(key, message, signature)) {
    return { kind: 'refused', reason: 'signature' };
  }
  const parsed = expected.schema.safeParse(jsonOf(envelope.payload));
  return parsed.success
    ? { kind: 'opened', value: parsed.data }
    : { kind: 'refused', reason: 'unreadable' };
}

function messageOf(cryptography: Cryptography, envelope: SignedEnvelope): Uint8Array | undefined {
  const payload = encodeUtf8(envelope.payload);
  const { proof } = envelope;
  if (!proof) return concatBytes(SINGLE_PURPOSE, payload);
  const path = proof.path.map((text) => bytesOf(text));
  if (!path.every((hash) => hash !== undefined)) return undefined;
  const root = rootFromPath(cryptography.sha256, payload, { ...proof, path });
  return root && batchMessage(proof.size, root);
}

function batchMessage(size: number, root: Uint8Array): Uint8Array {
  return concatBytes(encodeUtf8(`${BATCH_PURPOSE}${size}\n`), root);
}

function bytesOf(text: string): Uint8Array | undefined {
  try {
    return decodeBase64Url(text);
  } catch {
    return undefined;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
