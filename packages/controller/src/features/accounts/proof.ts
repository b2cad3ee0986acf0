import { createHash } from 'node:crypto';
import { encodeUtf8 } from '@wardgrid/base';
import type { Transaction } from '../../platform/database.ts';
import { ControllerError } from '../../platform/error.ts';
import type { Platform } from '../../platform/services.ts';
import { deriveKey } from './opaque-token.ts';
import type { PasswordHasher } from './password-hash.ts';
import { credentialRepository, failureRepository, type CredentialRow } from './repository.ts';
import { backupCodeHash, totpStepOf } from './second-factor.ts';
import { CODE_THROTTLE, PASSWORD_THROTTLE, waitMsOf, type Throttle } from './throttle.ts';

const AUTH = { kind: 'auth' } as const;

/** What was made of a code. */
export type CodeProof = { readonly kind: 'right' } | { readonly kind: 'wrong' };

/**
 * Checks what a person knows and owns. Every attempt is counted before it is checked and forgiven
 * when it was right, so that a thousand at once are a thousand attempts.
 */
export function createProofs(platform: Platform, hasher: PasswordHasher) {
  const backupKey = deriveKey(platform.keys.accessToken, 'backup-codes');

  const passwordKey = (email: string): string =>
    `password:${createHash('sha256').update(encodeUtf8(email)).digest('hex')}`;
  const codeKey = (accountId: string): string => `code:${accountId}`;

  /** Uses a code up inside the caller's transaction; a code of either kind is good once. */
  async function takeCode(
    tx: Transaction,
    credential: CredentialRow,
    code: string,
  ): Promise<CodeProof> {
    const credentials = credentialRepository(tx);
    const { account_id: accountId, totp_sealed: sealed } = credential;
    if (sealed === null) return { kind: 'wrong' };
    const step = totpStepOf(code, {
      secret: openTotp(accountId, sealed),
      lastStep: credential.totp_last_step,
      nowMs: platform.clock.now(),
    });
    const taken =
      step === undefined
        ? await credentials.takeBackupCode(accountId, backupCodeHash(code, backupKey))
        : await credentials.takeStep(accountId, step);
    return taken === 1 ? { kind: 'right' } : { kind: 'wrong' };
  }

  function openTotp(accountId: string, sealed: Uint8Array): string {
    return Buffer.from(platform.secrets.open(sealed, `totp:${accountId}`)).toString();
  }

  return {
    reservePassword: (email: string): Promise<void> =>
      reserve(platform, passwordKey(email), PASSWORD_THROTTLE),
    /** Whether the password is the one of the hash; the same work when there is none. */
    isPassword: (password: string, hash: string | null): Promise<boolean> =>
      hasher.verify(password, hash),
    forgivePassword: (tx: Transaction, email: string): Promise<number> =>
      failureRepository(tx).clear(passwordKey(email)),
    /** For an attempt that was right as far as it went. */
    giveBackPassword: (email: string): Promise<number> =>
      platform.database.transact(AUTH, (tx) => failureRepository(tx).giveBack(passwordKey(email))),
    reserveCode: (accountId: string): Promise<void> =>
      reserve(platform, codeKey(accountId), CODE_THROTTLE),
    forgiveCode: (tx: Transaction, accountId: string): Promise<number> =>
      failureRepository(tx).clear(codeKey(accountId)),
    takeCode,
    openTotp,
    sealTotp: (accountId: string, secret: string): Buffer =>
      platform.secrets.seal(encodeUtf8(secret), `totp:${accountId}`),
    backupHashes: (codes: readonly string[]): string[] =>
      codes.map((code) => backupCodeHash(code, backupKey)),
  };
}

/** Counts an attempt. @throws ControllerError `rate-limited`, alike for accounts that exist and that do not. */
async function reserve(platform: Platform, key: string, throttle: Throttle): Promise<void> {
  const nowMs = platform.clock.now();
  const waitMs = await platform.database.transact(AUTH, async (tx) => {
    const failures = failureRepository(tx);
    if (await failures.reserve(key, throttle, nowMs)) return 0;
    const known = await failures.find(key);
    if (!known) return 0;
    return Math.max(1, known.failed_at + waitMsOf(throttle, known.failed_count) - nowMs);
  });
  if (waitMs === 0) return;
  const seconds = Math.ceil(waitMs / 1_000);
  throw new ControllerError('rate-limited', `too many failures; try again in ${seconds} s`, {
    retryAfterSeconds: seconds,
  });
}

export type Proofs = ReturnType<typeof createProofs>;

/** The one answer to whatever was wrong about a sign-in. */
export function signInFailed(): ControllerError {
  return new ControllerError('sign-in-failed', 'e-mail, password or code is wrong');
}
