import { createHash, timingSafeEqual } from 'node:crypto';
import { encodeHex, type Random } from '@wardgrid/base';

/* The text of an enrolment key: `wgk_<key id>_<secret>`, and behind a third underline the SHA-256 of
   the certificate of the controller's own authority, which the agent then pins. */

const TEXT = /^(wgk_([0-9a-f]{16})_[0-9a-f]{40})(?:_[A-Za-z0-9_-]{43})?$/;
const KEY_ID_BYTES = 8;
/** 160 bits: nobody guesses it, so that a plain hash keeps it as well as a slow one would. */
const SECRET_BYTES = 20;

/** A new key: what is kept of it, and the text that is shown once. */
export function makeKeyText(random: Pick<Random, 'bytes'>, caFingerprint: string | null) {
  const keyId = encodeHex(random.bytes(KEY_ID_BYTES));
  const core = `wgk_${keyId}_${encodeHex(random.bytes(SECRET_BYTES))}`;
  return {
    keyId,
    keyHash: sha256(core),
    value: caFingerprint === null ? core : `${core}_${caFingerprint}`,
  };
}

/** The id and hash of a given key, or undefined for text of another shape. */
export function readKeyText(
  text: string,
): { readonly keyId: string; readonly keyHash: string } | undefined {
  const [, core, keyId] = TEXT.exec(text) ?? [];
  return core === undefined || keyId === undefined ? undefined : { keyId, keyHash: sha256(core) };
}

/** Whether two hashes are equal, in constant time. */
export function isSameHash(left: string, right: string): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** SHA-256 of a text in hexadecimal. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
