import { createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { encodeBase64Url } from '@wardgrid/base';
import { idOfLabel, labelOf } from '../../platform/authorize.ts';

const SECRET_BYTES = 32;

/** 256 random bits as base64url: 43 characters. */
export function createSecretText(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** What is stored of a random secret. It has 256 bits, so a fast hash is enough. */
export function hashOf(secret: string | Uint8Array): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Equality of two hashes, in time that tells nothing. */
export function isSameHash(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
}

/** A key for one purpose out of a key of the installation (HKDF, RFC 5869). */
export function deriveKey(key: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, new Uint8Array(), purpose, SECRET_BYTES));
}

/** A refresh token: the session it belongs to and its secret. */
export interface RefreshToken {
  readonly sessionId: string;
  readonly secret: Uint8Array;
}

const SESSION_ID_BYTES = 16;
/** A forger needs 2^128 tries; guessing the secret is harder still. */
const TAG_BYTES = 16;
const REFRESH_LENGTH = 86;

/** Makes, reads and continues refresh tokens. */
export interface RefreshTokens {
  /** The first token of a session. */
  readonly create: (sessionId: string) => RefreshToken;
  readonly format: (token: RefreshToken) => string;
  /** The parts of a token that we made, at whatever time; undefined for anything else. */
  readonly parse: (text: string) => RefreshToken | undefined;
  /**
   * The one successor of a token. Only we can compute it, and always the same one: two tabs that
   * refresh at once get the same token, and no plain text has to be kept for that.
   */
  readonly successorOf: (token: RefreshToken) => RefreshToken;
}

/**
 * Refresh tokens: session id, 256 bits, and a tag by which we know our own. So an old token is told
 * from a made-up one without a history: only one that we made can end its session as stolen.
 */
export function createRefreshTokens(key: Uint8Array): RefreshTokens {
  const tagKey = deriveKey(key, 'refresh-tag');
  const successorKey = deriveKey(key, 'refresh-successor');
  const tagOf = (body: Uint8Array): Buffer =>
    createHmac('sha256', tagKey).update(body).digest().subarray(0, TAG_BYTES);
  return {
    create: (sessionId) => ({ sessionId, secret: new Uint8Array(randomBytes(SECRET_BYTES)) }),
    format(token) {
      const body = Buffer.concat([Buffer.from(labelOf(token.sessionId), 'hex'), token.secret]);
      return encodeBase64Url(Buffer.concat([body, tagOf(body)]));
    },
    parse(text) {
      if (text.length !== REFRESH_LENGTH || !/^[A-Za-z0-9_-]+$/.test(text)) return undefined;
      const bytes = Buffer.from(text, 'base64url');
      const body = bytes.subarray(0, -TAG_BYTES);
      if (!timingSafeEqual(tagOf(body), bytes.subarray(-TAG_BYTES))) return undefined;
      const sessionId = idOfLabel(body.subarray(0, SESSION_ID_BYTES).toString('hex'));
      return { sessionId, secret: new Uint8Array(body.subarray(SESSION_ID_BYTES)) };
    },
    successorOf: ({ sessionId, secret }) => ({
      sessionId,
      secret: new Uint8Array(createHmac('sha256', successorKey).update(secret).digest()),
    }),
  };
}

const API_TOKEN = /^wgt_[A-Za-z0-9_-]{43}[0-9a-z]{7}$/;
/** Shown in lists to tell tokens apart: the mark and 48 of the 256 bits. */
export const TOKEN_PREFIX_LENGTH = 12;
const CHECKSUM_LENGTH = 7;

/** A new API token: `wgt_`, 256 random bits, and a checksum by which secret scanners know it. */
export function createApiTokenText(): string {
  const body = `wgt_${encodeBase64Url(randomBytes(SECRET_BYTES))}`;
  return body + checksumOf(body);
}

/** Whether a text has the form of an API token, so that nothing else costs a look-up. */
export function isApiTokenText(text: string): boolean {
  if (!API_TOKEN.test(text)) return false;
  return checksumOf(text.slice(0, -CHECKSUM_LENGTH)) === text.slice(-CHECKSUM_LENGTH);
}

function checksumOf(body: string): string {
  return crc32(body).toString(36).padStart(CHECKSUM_LENGTH, '0');
}
