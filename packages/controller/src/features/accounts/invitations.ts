import { instantOf } from '@wardgrid/wire';
import type { RequestContext } from '../../platform/context.ts';
import type { Transaction } from '../../platform/database.ts';
import { ControllerError } from '../../platform/error.ts';
import type { Platform } from '../../platform/services.ts';
import type { Actors } from './actors.ts';
import { apiTokenRepository } from './api-tokens/repository.ts';
import type { AddressGuard } from './blocked-addresses/guard.ts';
import { createSecretText, hashOf } from './opaque-token.ts';
import type { PasswordHasher } from './password-hash.ts';
import { requireStrongPassword } from './password-rules.ts';
import type { Proofs } from './proof.ts';
import { accountRepository, credentialRepository } from './repository.ts';
import { sessionRepository } from './sessions/repository.ts';

/** Three days: over a weekend, not for ever in a mailbox. */
const LIFE_MS = 72 * 3_600_000;
const AUTH = { kind: 'auth' } as const;

interface InvitationParts {
  readonly actors: Actors;
  readonly hasher: PasswordHasher;
  readonly proofs: Proofs;
  readonly guard: AddressGuard;
}

/** One-time links with which a person sets a password. A new one replaces the old. */
export function createInvitations(platform: Platform, parts: InvitationParts) {
  return {
    /** Makes a link inside the caller's transaction, which has decided that it may be made. */
    async makeWithin(tx: Transaction, accountId: string) {
      const token = createSecretText();
      const expiresAt = platform.clock.now() + LIFE_MS;
      await credentialRepository(tx).setInvitation(accountId, hashOf(token), expiresAt);
      // Behind `#`, so that no server or proxy on the way writes it down.
      return { path: `/invite#${token}`, expiresAt: instantOf(expiresAt) };
    },
    /** Sets the password. Whatever was signed in by the old one ends, tokens for scripts included. */
    async accept(
      given: { readonly token: string; readonly password: string },
      context: RequestContext,
    ): Promise<{ email: string }> {
      const hash = hashOf(given.token);
      const account = await platform.database.transact(AUTH, (tx) =>
        credentialRepository(tx).findInvited(hash, platform.clock.now()),
      );
      if (!account) {
        await parts.guard.noteFailure(context.address);
        throw invalid();
      }
      requireStrongPassword(given.password, { email: account.email, words: [account.name] });
      const passwordHash = await parts.hasher.hash(given.password);
      await platform.database.transact(AUTH, async (tx) => {
        const nowMs = platform.clock.now();
        const accounts = accountRepository(tx);
        const locked = await accounts.lock(account.id);
        if (!locked || locked.state === 'disabled') throw invalid();
        const taken = await credentialRepository(tx).takeInvitation(hash, passwordHash, nowMs);
        if (taken === 0) throw invalid();
        await accounts.update(account.id, { state: 'active', isEpochRaised: true });
        const revocation = { accountId: account.id, reason: 'password-set' };
        await sessionRepository(tx).revokeAll(revocation, nowMs);
        await apiTokenRepository(tx).deleteAll(account.id);
        await parts.proofs.forgivePassword(tx, account.email);
        await tx.publish({ topic: 'account.changed', accountId: account.id });
      });
      parts.actors.forget(account.id);
      return { email: account.email };
    },
  };
}

export type Invitations = ReturnType<typeof createInvitations>;

function invalid(): ControllerError {
  return new ControllerError(
    'account-invitation-invalid',
    'the invitation is wrong, used or has expired; ask for a new one',
  );
}
