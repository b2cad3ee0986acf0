import type { Context } from '../../../platform/context.ts';
import type { Transaction } from '../../../platform/database.ts';
import { ControllerError } from '../../../platform/error.ts';
import type { Platform } from '../../../platform/services.ts';
import type { Actors } from '../actors.ts';
import { signInFailed, type Proofs } from '../proof.ts';
import { accountRepository, credentialRepository, type CredentialRow } from '../repository.ts';
import { SESSION_IDLE_MS } from './limits.ts';
import type { IssuedSession, SessionOpener } from './opener.ts';
import { sessionRepository } from './repository.ts';

const AUTH = { kind: 'auth' } as const;

/** The session of a person at a console. A token must not change what proves its owner. */
export function requireSession(context: Context): string {
  const { sessionId } = context.actor;
  if (sessionId !== null) return sessionId;
  throw new ControllerError('forbidden', 'an API token cannot do this; sign in');
}

/** What every change of the own account has in common. */
export function createOwnAccount(
  platform: Platform,
  parts: { readonly actors: Actors; readonly proofs: Proofs; readonly opener: SessionOpener },
) {
  const { actors, proofs, opener } = parts;
  return {
    /** Runs a change, telling every controller; what is cached here goes at once. */
    async change<T>(context: Context, work: (tx: Transaction) => Promise<T>): Promise<T> {
      const { accountId } = context.actor;
      const result = await platform.database.transact(AUTH, async (tx) => {
        const done = await work(tx);
        await tx.publish({ topic: 'account.changed', accountId });
        return done;
      });
      actors.forget(accountId);
      return result;
    },
    /** Proves the person again: a session that was left open must not be enough to take the account. */
    async requirePassword(context: Context, password: string): Promise<CredentialRow> {
      const { accountId, email } = context.actor;
      await proofs.reservePassword(email);
      const credential = await platform.database.transact(AUTH, (tx) =>
        credentialRepository(tx).find(accountId),
      );
      const isRight = await proofs.isPassword(password, credential?.password_hash ?? null);
      if (!isRight || !credential) throw signInFailed();
      return credential;
    },
    /** Ends all other sessions and older access tokens; the own session goes on with a new one. */
    async endOthers(tx: Transaction, context: Context, reason: string): Promise<void> {
      const { accountId } = context.actor;
      const exceptId = requireSession(context);
      const nowMs = platform.clock.now();
      await sessionRepository(tx).revokeAll({ accountId, reason, exceptId }, nowMs);
      await accountRepository(tx).update(accountId, { isEpochRaised: true });
    },
    /** A new access token for the own session, whose old one ended with the epoch. */
    async renew(context: Context): Promise<IssuedSession> {
      const { accountId } = context.actor;
      const id = requireSession(context);
      const session = await platform.database.transact(AUTH, (tx) =>
        sessionRepository(tx).lockAlive(id, platform.clock.now(), SESSION_IDLE_MS),
      );
      if (!session) throw new ControllerError('session-expired', 'the session has ended');
      const { methods, expires_at: expiresAt } = session;
      return opener.issue({ id, accountId, methods, expiresAt, refreshToken: null });
    },
  };
}

export type OwnAccount = ReturnType<typeof createOwnAccount>;
