import type * as z from 'zod';
import { instantOf, type SessionSummary } from '@wardgrid/wire';
import type { Context } from '../../../platform/context.ts';
import type { Transaction } from '../../../platform/database.ts';
import { ControllerError, notFound } from '../../../platform/error.ts';
import type { Platform } from '../../../platform/services.ts';
import type { Actors } from '../actors.ts';
import type { PasswordHasher } from '../password-hash.ts';
import { requireStrongPassword } from '../password-rules.ts';
import { signInFailed, type Proofs } from '../proof.ts';
import { accountRepository, credentialRepository, type CredentialRow } from '../repository.ts';
import { createBackupCodes, createTotp, totpStepOf } from '../second-factor.ts';
import type { IssuedSession, SessionOpener } from './opener.ts';
import { SESSION_IDLE_MS } from './limits.ts';
import { sessionRepository } from './repository.ts';

const AUTH = { kind: 'auth' } as const;

interface OwnParts {
  readonly actors: Actors;
  readonly hasher: PasswordHasher;
  readonly proofs: Proofs;
  readonly opener: SessionOpener;
}

/** What a signed-in person does about their own sessions, password and second factor. */
export function createOwnSessions(platform: Platform, parts: OwnParts) {
  const { actors, hasher, proofs, opener } = parts;

  /** Runs a change of the own account, telling every controller; what is cached here goes at once. */
  async function change<T>(context: Context, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const { accountId } = context.actor;
    const result = await platform.database.transact(AUTH, async (tx) => {
      const done = await work(tx);
      await tx.publish({ topic: 'account.changed', accountId });
      return done;
    });
    actors.forget(accountId);
    return result;
  }

  /** Proves the person again: a session that was left open must not be enough to take the account. */
  async function requirePassword(context: Context, password: string): Promise<CredentialRow> {
    const { accountId, email } = context.actor;
    await proofs.reservePassword(email);
    const credential = await platform.database.transact(AUTH, (tx) =>
      credentialRepository(tx).find(accountId),
    );
    const isRight = await proofs.isPassword(password, credential?.password_hash ?? null);
    if (!isRight || !credential) throw signInFailed();
    return credential;
  }

  /** Ends all other sessions and older access tokens; the own session goes on with a new one. */
  async function endOthers(tx: Transaction, context: Context, reason: string): Promise<void> {
    const { accountId } = context.actor;
    const exceptId = requireSession(context);
    await sessionRepository(tx).revokeAll({ accountId, reason, exceptId }, platform.clock.now());
    await accountRepository(tx).update(accountId, { isEpochRaised: true });
  }

  /** A new access token for the own session, whose old one ended with the epoch. */
  async function renew(context: Context): Promise<IssuedSession> {
    const { accountId } = context.actor;
    const id = requireSession(context);
    const session = await platform.database.transact(AUTH, (tx) =>
      sessionRepository(tx).lockAlive(id, platform.clock.now(), SESSION_IDLE_MS),
    );
    if (!session) throw new ControllerError('session-expired', 'the session has ended');
    const { methods, expires_at: expiresAt } = session;
    return opener.issue({ id, accountId, methods, expiresAt, refreshToken: null });
  }

  return {
    async list(context: Context): Promise<{ data: z.output<typeof SessionSummary>[] }> {
      const rows = await platform.database.transact(AUTH, (tx) =>
        sessionRepository(tx).listAlive(
          context.actor.accountId,
          platform.clock.now(),
          SESSION_IDLE_MS,
        ),
      );
      return {
        data: rows.map((row) => ({
          id: row.id,
          createdAt: instantOf(row.created_at),
          lastUsedAt: instantOf(row.last_used_at),
          address: row.address,
          userAgent: row.user_agent,
          isCurrent: row.id === context.actor.sessionId,
        })),
      };
    },
    async revoke(context: Context, id: string, reason = 'revoked'): Promise<null> {
      const { accountId } = context.actor;
      const count = await change(context, (tx) =>
        sessionRepository(tx).revoke({ id, accountId, reason }, platform.clock.now()),
      );
      if (count === 0) throw notFound('session');
      return null;
    },
    async changePassword(
      context: Context,
      given: { readonly currentPassword: string; readonly newPassword: string },
    ): Promise<IssuedSession> {
      const { accountId, email, name } = context.actor;
      requireSession(context);
      await requirePassword(context, given.currentPassword);
      requireStrongPassword(given.newPassword, { email, words: [name] });
      const hash = await hasher.hash(given.newPassword);
      await change(context, async (tx) => {
        await credentialRepository(tx).setPassword(accountId, hash);
        await proofs.forgivePassword(tx, email);
        await endOthers(tx, context, 'password-changed');
      });
      return renew(context);
    },
    async beginTotp(context: Context, password: string) {
      const { accountId, email } = context.actor;
      requireSession(context);
      const credential = await requirePassword(context, password);
      if (credential.totp_sealed !== null)
        throw new ControllerError('conflict', 'there is a second factor already; remove it first');
      const totp = createTotp(email);
      await platform.database.transact(AUTH, async (tx) => {
        await proofs.forgivePassword(tx, email);
        const sealed = proofs.sealTotp(accountId, totp.secret);
        await credentialRepository(tx).setPendingTotp(accountId, sealed);
      });
      return totp;
    },
    async confirmTotp(context: Context, code: string) {
      const { accountId } = context.actor;
      const sessionId = requireSession(context);
      await proofs.reserveCode(accountId);
      const backupCodes = createBackupCodes();
      await change(context, async (tx) => {
        const credentials = credentialRepository(tx);
        const sealed = (await credentials.find(accountId))?.totp_pending_sealed ?? null;
        if (sealed === null) throw wrongCode();
        const secret = proofs.openTotp(accountId, sealed);
        const step = totpStepOf(code, { secret, lastStep: 0, nowMs: platform.clock.now() });
        if (step === undefined) throw wrongCode();
        const backupHashes = proofs.backupHashes(backupCodes);
        await credentials.setTotp(accountId, { sealed, step, backupHashes });
        await proofs.forgiveCode(tx, accountId);
        await sessionRepository(tx).addMethod(sessionId, 'totp');
        await endOthers(tx, context, 'second-factor-added');
      });
      return { backupCodes, issued: await renew(context) };
    },
    async removeTotp(
      context: Context,
      given: { readonly password: string; readonly code: string },
    ): Promise<IssuedSession> {
      const { accountId, email } = context.actor;
      requireSession(context);
      const credential = await requirePassword(context, given.password);
      await proofs.reserveCode(accountId);
      await change(context, async (tx) => {
        const proof = await proofs.takeCode(tx, credential, given.code);
        if (proof.kind === 'wrong') throw wrongCode();
        await credentialRepository(tx).removeTotp(accountId);
        await proofs.forgivePassword(tx, email);
        await proofs.forgiveCode(tx, accountId);
        await endOthers(tx, context, 'second-factor-removed');
      });
      return renew(context);
    },
  };
}

export type OwnSessions = ReturnType<typeof createOwnSessions>;

/** The session of a person at a console. A token must not change what proves its owner. */
export function requireSession(context: Context): string {
  const { sessionId } = context.actor;
  if (sessionId !== null) return sessionId;
  throw new ControllerError('forbidden', 'an API token cannot do this; sign in');
}

function wrongCode(): ControllerError {
  return new ControllerError('account-totp-invalid', 'the code is wrong or was used already');
}
