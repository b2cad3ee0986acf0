import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { Id } from '@wardgrid/wire';

/** What an access token says (RFC 7519 names): who, in which session, proved how, until when. */
export const AccessClaims = z.strictObject({
  /** The account. */
  sub: Id,
  /** The session. */
  sid: Id,
  /** The account's epoch when it was issued. A raised epoch ends every older token. */
  epoch: z.int(),
  /** How the session proved itself. */
  amr: z.array(z.string().max(20)).max(5),
  /** Epoch seconds, as RFC 7519 wants them. */
  iat: z.int(),
  exp: z.int(),
});
export type AccessClaims = z.infer<typeof AccessClaims>;

/** Issues and reads access tokens: JWTs with HMAC-SHA-256 and nothing else. */
export interface AccessTokens {
  readonly issue: (claims: AccessClaims) => string;
  /** The claims of a token that we signed, expired or not; undefined for anything else. */
  readonly read: (token: string) => AccessClaims | undefined;
}

/** The only header ever issued; a token with any other is refused unread, so `alg` cannot be chosen. */
const HEADER = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url');
/** Ours have some 350 characters; a longer one is refused before it costs a hash. */
const LENGTH_MAX = 1_024;

export function createAccessTokens(key: Uint8Array): AccessTokens {
  const secret = createSecretKey(key);
  const sign = (signed: string): string =>
    createHmac('sha256', secret).update(signed).digest('base64url');
  return {
    issue(claims) {
      const signed = `${HEADER}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
      return `${signed}.${sign(signed)}`;
    },
    read(token) {
      if (token.length > LENGTH_MAX) return undefined;
      const [header, payload, signature, ...rest] = token.split('.');
      if (header !== HEADER || payload === undefined || signature === undefined) return undefined;
      if (rest.length > 0) return undefined;
      // Compared as text: base64url has several spellings of the same bytes, and only ours counts.
      if (!isEqual(signature, sign(`${header}.${payload}`))) return undefined;
      return claimsIn(payload);
    },
  };
}

function claimsIn(payload: string): AccessClaims | undefined {
  try {
    const parsed = AccessClaims.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function isEqual(left: string, right: string): boolean {
  const given = Buffer.from(left);
  const expected = Buffer.from(right);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
