import { createHmac, randomInt } from 'node:crypto';
import { generateSecret, generateURI, verifySync } from 'otplib';

/** Codes of one generation; each is good once. */
const BACKUP_CODES = 10;
const BACKUP_CODE_LENGTH = 10;
/** Crockford's alphabet: no letter that looks like a digit. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** Clocks may differ by one period either way (RFC 6238 section 5.2). */
const TOLERANCE_SECONDS = 30;

/** A new TOTP secret (base32) and its `otpauth:` address for an authenticator. */
export function createTotp(email: string): { readonly secret: string; readonly uri: string } {
  const secret = generateSecret();
  return { secret, uri: generateURI({ issuer: 'Wardgrid', label: email, secret }) };
}

/** The time step of a right code that is newer than `lastStep`; undefined otherwise: a code is good once. */
export function totpStepOf(
  code: string,
  given: { readonly secret: string; readonly lastStep: number; readonly nowMs: number },
): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const result = verifySync({
    secret: given.secret,
    token: code,
    epoch: Math.floor(given.nowMs / 1_000),
    epochTolerance: TOLERANCE_SECONDS,
  });
  if (!result.valid || !('timeStep' in result)) return undefined;
  return result.timeStep > given.lastStep ? result.timeStep : undefined;
}

/** Ten new backup codes, `ABCDE-FGHJK`. */
export function createBackupCodes(): string[] {
  return Array.from({ length: BACKUP_CODES }, () => {
    const code = Array.from({ length: BACKUP_CODE_LENGTH }, () => ALPHABET[randomInt(32)]).join('');
    return `${code.slice(0, 5)}-${code.slice(5)}`;
  });
}

/**
 * What is stored of a backup code. Fifty bits could be guessed from a stolen table, so the hash is
 * keyed: without this installation's key there is nothing to compare with.
 */
export function backupCodeHash(code: string, key: Uint8Array): string {
  const plain = code.toUpperCase().replaceAll('-', '');
  return createHmac('sha256', key).update(plain).digest('hex');
}
