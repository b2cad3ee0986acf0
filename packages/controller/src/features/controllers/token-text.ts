import { createHash, timingSafeEqual } from 'node:crypto';
import { encodeHex, type Random } from '@wardgrid/base';

/* The text of a join token: `wgj_<token id>_<secret>`, and behind a third underline the SHA-256 of the
   certificate of the parent's own authority, which the new controller then pins. */

const TEXT = /^(wgj_([0-9a-f]{16})_[0-9a-f]{40})(?:_([A-Za-z0-9_-]{43}))?$/;
const TOKEN_ID_BYTES = 8;
/** 160 bits: nobody guesses it, so that a plain hash keeps it as well as a slow one would. */
const SECRET_BYTES = 20;

/** A join token taken apart. */
export interface TokenText {
  readonly tokenId: string;
  readonly tokenHash: string;
  /** Unpadded base64url; null when the authorities of the system count. */
  readonly caFingerprint: string | null;
}

/** A new token: what is kept of it, and the text that is shown once. */
export function makeTokenText(random: Pick<Random, 'bytes'>, caFingerprint: string | null) {
  const tokenId = encodeHex(random.bytes(TOKEN_ID_BYTES));
  const core = `wgj_${tokenId}_${encodeHex(random.bytes(SECRET_BYTES))}`;
  return {
    tokenId,
    tokenHash: sha256(core),
    value: caFingerprint === null ? core : `${core}_${caFingerprint}`,
  };
}

/** A token from its text, or undefined for text of another shape. */
export function readTokenText(text: string): TokenText | undefined {
  const [, core, tokenId, caFingerprint = null] = TEXT.exec(text.trim()) ?? [];
  if (core === undefined || tokenId === undefined) return undefined;
  return { tokenId, tokenHash: sha256(core), caFingerprint };
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
