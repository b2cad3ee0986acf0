import * as z from 'zod';
import { Signature } from './primitives.ts';

/** Longest payload of a signed envelope: an order is small; a policy with its exceptions is larger. */
const PAYLOAD_LENGTH_MAX = 1_048_576;
/** Deepest Merkle path: 2^20 envelopes under one signature. */
const PATH_LENGTH_MAX = 20;

const Payload = z.string().max(PAYLOAD_LENGTH_MAX);
const KeyId = z
  .string()
  .length(16)
  .regex(/^[0-9a-f]+$/);
/** Longest certificate: names and paths have bounds of their own. */
const CERTIFICATE_LENGTH_MAX = 4_096;

/**
 * A signed message. The signature covers the exact bytes of `payload`, so no verifier has to
 * re-serialise it. With `proof`, the signature covers the root of a Merkle tree (RFC 6962 section 2.1
 * hashing) of many payloads: one signature for a bulk order.
 */
export const SignedEnvelope = z.strictObject({
  /** JSON text. */
  payload: Payload,
  /** The first 16 hex digits of the SHA-256 of the signer's public key: a hint, no proof. */
  keyId: KeyId,
  signature: Signature,
  /**
   * Of a controller that signed in the tenant's stead: its certificate, signed by the tenant's key.
   * Absent where the tenant's key itself signed.
   */
  certificate: z
    .strictObject({
      payload: z.string().max(CERTIFICATE_LENGTH_MAX),
      keyId: KeyId,
      signature: Signature,
    })
    .exactOptional(),
  proof: z
    .strictObject({
      index: z
        .int()
        .min(0)
        .max(2 ** PATH_LENGTH_MAX),
      size: z
        .int()
        .min(1)
        .max(2 ** PATH_LENGTH_MAX),
      path: z
        .array(
          z
            .string()
            .length(43)
            .regex(/^[A-Za-z0-9_-]+$/),
        )
        .max(PATH_LENGTH_MAX),
    })
    .exactOptional(),
});
export type SignedEnvelope = z.infer<typeof SignedEnvelope>;
