import type { SignInRequest } from '@wardgrid/wire';
import type { RequestContext } from '../../../platform/context.ts';
import { ControllerError } from '../../../platform/error.ts';
import type { Platform } from '../../../platform/services.ts';
import type { AddressGuard } from '../blocked-addresses/guard.ts';
import type { PasswordHasher } from '../password-hash.ts';
import { signInFailed, type Proofs } from '../proof.ts';
import {
  accountRepository,
  credentialRepository,
  type AccountRow,
  type CredentialRow,
} from '../repository.ts';
import type { IssuedSession, SessionOpener } from './opener.ts';

const AUTH = { kind: 'auth' } as const;

interface SignInParts {
  readonly proofs: Proofs;
  readonly hasher: PasswordHasher;
  readonly opener: SessionOpener;
  readonly guard: AddressGuard;
}

interface Known {
  readonly account: AccountRow;
  readonly credential: CredentialRow;
}

/**
 * Sign-in. What an attacker sees is the same, in words, steps and work, whether the e-mail address
 * is unknown, the account disabled or the password wrong.
 */
export function createSignIn(platform: Platform, parts: SignInParts) {
  const { proofs, hasher, opener, guard } = parts;

  function find(email: string): Promise<Known | undefined> {
    return platform.database.transact(AUTH, async (tx) => {
      const account = await accountRepository(tx).findByEmail(email);
      const credential = await credentialRepository(tx).find(account?.id ?? NOBODY);
      return account && credential ? { account, credential } : undefined;
    });
  }

  async function fail(context: RequestContext): Promise<never> {
    await guard.noteFailure(context.address);
    throw signInFailed();
  }

  async function prove(request: SignInRequest, context: RequestContext): Promise<Known> {
    await proofs.reservePassword(request.email);
    const known = await find(request.email);
    const hash = known?.account.state === 'active' ? known.credential.password_hash : null;
    const isRight = await proofs.isPassword(request.password, hash);
    if (!isRight || !known) return fail(context);
    return known;
  }

  /** The second factor. @returns How the session proved itself. */
  async function proveFactor(request: SignInRequest, known: Known, context: RequestContext) {
    if (known.credential.totp_sealed === null) return ['password'];
    const { code, email } = request;
    if (code === undefined) {
      await proofs.giveBackPassword(email);
      throw new ControllerError('totp-required', 'the code of the second factor is needed');
    }
    await proofs.reserveCode(known.account.id);
    const proof = await platform.database.transact(AUTH, (tx) =>
      proofs.takeCode(tx, known.credential, code),
    );
    if (proof.kind === 'wrong') return fail(context);
    return ['password', 'totp'];
  }

  return {
    async signIn(request: SignInRequest, context: RequestContext): Promise<IssuedSession> {
      const known = await prove(request, context);
      const methods = await proveFactor(request, known, context);
      const renewed = await renewedHash(request.password, known.credential.password_hash);
      const opened = await platform.database.transact(AUTH, async (tx) => {
        const accounts = accountRepository(tx);
        const account = await accounts.lock(known.account.id);
        // A change between the proof and this moment (a new password, a disabling) wins.
        if (account?.state !== 'active' || account.epoch !== known.account.epoch) return undefined;
        await accounts.noteSignIn(account.id, platform.clock.now());
        await proofs.forgivePassword(tx, request.email);
        if (methods.includes('totp')) await proofs.forgiveCode(tx, account.id);
        if (renewed) await credentialRepository(tx).renewHash(account.id, renewed.from, renewed.to);
        return opener.open(tx, { accountId: account.id, epoch: account.epoch, methods }, context);
      });
      if (!opened) throw signInFailed();
      return opener.issue(opened);
    },
  };

  async function renewedHash(password: string, from: string | null) {
    if (from === null || !hasher.isOutdated(from)) return undefined;
    return { from, to: await hasher.hash(password) };
  }
}

/** An id that no account has, so that an unknown address costs the same look-ups. */
const NOBODY = '00000000-0000-0000-0000-000000000000';
