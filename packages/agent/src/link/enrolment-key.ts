import { decodeBase64Url, encodeHex } from '@wardgrid/base';
import { AgentError } from '../errors.ts';

/** An enrolment key taken apart. */
export interface EnrolmentKey {
  /** What is sent to the controller: the whole text. */
  readonly text: string;
  /** Names the key in lists and logs; it is no secret. */
  readonly keyId: string;
  /** SHA-256 of the controller's CA certificate in hexadecimal; null when the system's CAs count. */
  readonly caFingerprint: string | null;
}

/* `wgk_<key id>_<secret>[_<fingerprint>]`. The secret is base64url and may hold `_` itself; the
   fingerprint is 32 bytes, which are exactly 43 characters. */
const KEY = /^wgk_([0-9a-f]{16})_([A-Za-z0-9_-]+)$/;
const FINGERPRINT_LENGTH = 43;
/** Secrets of 256 bits: 43 characters. Shorter tails cannot be a secret and a fingerprint. */
const SECRET_LENGTH_MIN = 16;

/** An enrolment key from its text. @throws AgentError `enrolment-key-malformed`. */
export function parseEnrolmentKey(text: string): EnrolmentKey {
  const match = KEY.exec(text.trim());
  const keyId = match?.[1];
  const rest = match?.[2];
  if (keyId === undefined || rest === undefined || rest.length < SECRET_LENGTH_MIN) {
    throw new AgentError(
      'enrolment-key-malformed',
      "the enrolment key does not look like 'wgk_…': copy it again from the console",
    );
  }
  return { text: text.trim(), keyId, caFingerprint: fingerprintOf(rest) };
}

function fingerprintOf(rest: string): string | null {
  const separator = rest.length - FINGERPRINT_LENGTH - 1;
  if (separator < SECRET_LENGTH_MIN || rest[separator] !== '_') return null;
  try {
    const bytes = decodeBase64Url(rest.slice(separator + 1));
    return bytes.length === 32 ? encodeHex(bytes) : null;
  } catch {
    return null;
  }
}
