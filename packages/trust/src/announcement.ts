import { parseAnnouncement, type Announcement } from '@wardgrid/wire';
import type { Cryptography, Signer } from './keys.ts';
import { signStatement, verifyStatement } from './statement.ts';

/** How old an announcement may be, or how far ahead: clocks on a site are seldom further apart. */
const TOLERANCE_MS = 10 * 60_000;

export type CheckedAnnouncement =
  | { readonly kind: 'signed'; readonly announcement: Announcement }
  /** `stale` says nothing of whoever sent it; the others do. */
  | { readonly kind: 'refused'; readonly reason: 'unreadable' | 'signature' | 'stale' };

/** Signs what a controller says of itself. Base64url. */
export function signAnnouncement(signer: Signer, announcement: Announcement): string {
  return signStatement(signer, 'announce', announcement);
}

/**
 * Reads the strings of a TXT record and checks that who announces has the key it names. That proves
 * no right to anything: the key still has to be one that the tenant certified. Never throws.
 */
export function checkAnnouncement(
  cryptography: Cryptography,
  texts: readonly string[],
  nowMs: number,
): CheckedAnnouncement {
  const parsed = parseAnnouncement(texts);
  if (!parsed) return { kind: 'refused', reason: 'unreadable' };
  const { announcement, signature } = parsed;
  const { publicKey } = announcement;
  const given = { publicKey, signature, statement: announcement };
  if (!verifyStatement(cryptography, 'announce', given)) {
    return { kind: 'refused', reason: 'signature' };
  }
  if (Math.abs(announcement.at - nowMs) > TOLERANCE_MS) return { kind: 'refused', reason: 'stale' };
  return { kind: 'signed', announcement };
}
