import type * as z from 'zod';
import { instantOf, type SessionSummary } from '@wardgrid/wire';
import type { Context } from '../../../platform/context.ts';
import { notFound } from '../../../platform/error.ts';
import type { Platform } from '../../../platform/services.ts';
import type { PasswordHasher } from '../password-hash.ts';
import { requireStrongPassword } from '../password-rules.ts';
import type { Proofs } from '../proof.ts';
import { credentialRepository } from '../repository.ts';
import { SESSION_IDLE_MS } from './limits.ts';
import type { IssuedSession } from './opener.ts';
import { requireSession, type OwnAccount } from './own-account.ts';
import { sessionRepository } from './repository.ts';

interface OwnParts {
  readonly own: OwnAccount;
  readonly hasher: PasswordHasher;
  readonly proofs: Proofs;
}

/** What a signed-in person does about their own sessions and password. */
export function createOwnSessions(platform: Platform, { own, hasher, proofs }: OwnParts) {
  return {
    async list(context: Context): Promise<{ data: z.output<typeof SessionSummary>[] }> {
      const { accountId, sessionId } = context.actor;
      const rows = await platform.database.transact({ kind: 'auth' }, (tx) =>
        sessionRepository(tx).listAlive(accountId, platform.clock.now(), SESSION_IDLE_MS),
      );
      return {
        data: rows.map((row) => ({
          id: row.id,
          createdAt: instantOf(row.created_at),
          lastUsedAt: instantOf(row.last_used_at),
          address: row.address,
          userAgent: row.user_agent,
          isCurrent: row.id === sessionId,
        })),
      };
    },
    async revoke(context: Context, id: string, reason = 'revoked'): Promise<null> {
      const { accountId } = context.actor;
      const count = await own.change(context, (tx) =>
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
      await own.requirePassword(context, given.currentPassword);
      requireStrongPassword(given.newPassword, { email, words: [name] });
      const hash = await hasher.hash(given.newPassword);
      await own.change(context, async (tx) => {
        await credentialRepository(tx).setPassword(accountId, hash);
        await proofs.forgivePassword(tx, email);
        await own.endOthers(tx, context, 'password-changed');
      });
      return own.renew(context);
    },
  };
}

export type OwnSessions = ReturnType<typeof createOwnSessions>;
