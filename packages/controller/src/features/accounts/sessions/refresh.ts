import { ControllerError } from '../../../platform/error.ts';
import type { Transaction } from '../../../platform/database.ts';
import type { Platform } from '../../../platform/services.ts';
import type { Actors } from '../actors.ts';
import { hashOf, isSameHash, type RefreshToken, type RefreshTokens } from '../opaque-token.ts';
import { accountRepository } from '../repository.ts';
import { REFRESH_GRACE_MS, SESSION_IDLE_MS } from './limits.ts';
import type { IssuedSession, OpenedSession, SessionOpener } from './opener.ts';
import { sessionRepository, type SessionRow } from './repository.ts';

type Refreshed =
  | { readonly kind: 'renewed'; readonly opened: OpenedSession }
  /** An old token came back: somebody has a copy. */
  | { readonly kind: 'reused'; readonly session: SessionRow }
  | { readonly kind: 'unknown' };

/**
 * Rotation of refresh tokens. Each token has exactly one successor, computed by a key of ours. The
 * newest token moves the session on; the one before it gets the same successor for a moment (two
 * tabs, a lost answer); any older one of the same chain ends the session, for thief and owner alike.
 */
export function createRefresh(
  platform: Platform,
  parts: {
    readonly actors: Actors;
    readonly opener: SessionOpener;
    readonly refreshTokens: RefreshTokens;
  },
) {
  const { refreshTokens } = parts;

  async function rotate(tx: Transaction, token: RefreshToken): Promise<Refreshed> {
    const nowMs = platform.clock.now();
    const sessions = sessionRepository(tx);
    const session = await sessions.lockAlive(token.sessionId, nowMs, SESSION_IDLE_MS);
    if (!session) return { kind: 'unknown' };
    const account = await accountRepository(tx).find(session.account_id);
    if (account?.state !== 'active') return { kind: 'unknown' };
    const hash = hashOf(token.secret);
    const successor = refreshTokens.successorOf(token);
    const opened = openedOf(session, refreshTokens.format(successor));
    const renewed = { kind: 'renewed', opened } as const;
    if (isSameHash(hash, session.refresh_hash)) {
      await sessions.rotate(
        session.id,
        { refresh: hashOf(successor.secret), previous: hash },
        nowMs,
      );
      return renewed;
    }
    const isPrevious = session.previous_hash !== null && isSameHash(hash, session.previous_hash);
    if (isPrevious && nowMs - session.rotated_at <= REFRESH_GRACE_MS) return renewed;
    const revocation = { id: session.id, accountId: session.account_id, reason: 'refresh-reused' };
    await sessions.revoke(revocation, nowMs);
    await tx.publish({ topic: 'account.changed', accountId: session.account_id });
    return { kind: 'reused', session };
  }

  return async (text: string | undefined): Promise<IssuedSession> => {
    const token = text === undefined ? undefined : refreshTokens.parse(text);
    if (!token) throw ended();
    const result = await platform.database.transact({ kind: 'auth' }, (tx) => rotate(tx, token));
    switch (result.kind) {
      case 'renewed':
        return parts.opener.issue(result.opened);
      case 'reused':
        parts.actors.forget(result.session.account_id);
        platform.log.warn('an old refresh token was used; its session is ended', {
          sessionId: result.session.id,
          accountId: result.session.account_id,
        });
        throw ended();
      case 'unknown':
        throw ended();
    }
  };
}

function openedOf(session: SessionRow, refreshToken: string): OpenedSession {
  return {
    id: session.id,
    accountId: session.account_id,
    refreshToken,
    methods: session.methods,
    expiresAt: session.expires_at,
  };
}

function ended(): ControllerError {
  return new ControllerError('session-expired', 'the session has ended; sign in again');
}
