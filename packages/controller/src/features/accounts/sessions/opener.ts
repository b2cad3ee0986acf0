import type { Session } from '@wardgrid/wire';
import { assert } from '@wardgrid/base';
import type { Actor } from '../../../platform/authorize.ts';
import type { RequestContext } from '../../../platform/context.ts';
import type { Transaction } from '../../../platform/database.ts';
import type { Platform } from '../../../platform/services.ts';
import type { AccessTokens } from '../access-token.ts';
import type { AccountState, Actors } from '../actors.ts';
import { hashOf, type RefreshTokens } from '../opaque-token.ts';
import { ACCESS_MS, SESSION_MS, SESSIONS_MAX } from './limits.ts';
import { sessionRepository } from './repository.ts';
import { sessionOf } from './session-object.ts';

/** What a browser is given: cookies' values and the session they stand for. */
export interface IssuedSession {
  readonly session: Session;
  readonly accessToken: string;
  /** Null when only the access part is renewed. */
  readonly refreshToken: string | null;
  /** Epoch milliseconds. */
  readonly issuedAt: number;
}

/** A session that was written and not yet shown to anybody. */
export interface OpenedSession {
  readonly id: string;
  readonly accountId: string;
  readonly refreshToken: string;
  readonly methods: readonly string[];
  readonly expiresAt: number;
}

/** A session in the database; without a refresh token when only its access part is renewed. */
type StandingSession = Omit<OpenedSession, 'refreshToken'> & {
  readonly refreshToken: string | null;
};

interface Opening {
  readonly accountId: string;
  readonly epoch: number;
  readonly methods: readonly string[];
}

/** Opens sessions and issues their tokens, for sign-in, first-run set-up and refresh alike. */
export function createSessionOpener(
  platform: Platform,
  given: {
    readonly actors: Actors;
    readonly accessTokens: AccessTokens;
    readonly refreshTokens: RefreshTokens;
  },
) {
  const { actors, accessTokens, refreshTokens } = given;

  return {
    /** Writes a session inside the caller's transaction, with sign-in's rights. */
    async open(tx: Transaction, opening: Opening, context: RequestContext): Promise<OpenedSession> {
      const nowMs = platform.clock.now();
      const id = platform.newId();
      const token = refreshTokens.create(id);
      const sessions = sessionRepository(tx);
      await sessions.insert({
        id,
        account_id: opening.accountId,
        refresh_hash: hashOf(token.secret),
        epoch: opening.epoch,
        methods: opening.methods,
        address: context.address,
        user_agent: context.userAgent,
        created_at: nowMs,
        expires_at: nowMs + SESSION_MS,
      });
      await sessions.revokeOldest(opening.accountId, SESSIONS_MAX, nowMs);
      await tx.publish({ topic: 'account.changed', accountId: opening.accountId });
      return {
        id,
        accountId: opening.accountId,
        refreshToken: refreshTokens.format(token),
        methods: opening.methods,
        expiresAt: nowMs + SESSION_MS,
      };
    },
    /** The tokens of a session that stands in the database. */
    async issue(session: StandingSession): Promise<IssuedSession> {
      actors.forget(session.accountId);
      const state = await actors.stateOf(session.accountId);
      assert(state, 'the account of a session that was just opened');
      return issueFor(platform, { state, session, accessTokens });
    },
  };
}

function issueFor(
  platform: Platform,
  given: {
    readonly state: AccountState;
    readonly session: StandingSession;
    readonly accessTokens: AccessTokens;
  },
): IssuedSession {
  const { state, session } = given;
  const nowMs = platform.clock.now();
  const actor: Actor = { ...state.actor, sessionId: session.id };
  const accessExpiresAt = Math.min(nowMs + ACCESS_MS, session.expiresAt);
  const accessToken = given.accessTokens.issue({
    sub: session.accountId,
    sid: session.id,
    epoch: state.account.epoch,
    amr: [...session.methods],
    iat: Math.floor(nowMs / 1_000),
    exp: Math.floor(accessExpiresAt / 1_000),
  });
  return {
    session: sessionOf(state, actor, {
      expiry: { accessExpiresAt, sessionExpiresAt: session.expiresAt },
      csrfToken: platform.keys.csrfTokenOf(session.id),
      nowMs,
    }),
    accessToken,
    refreshToken: session.refreshToken,
    issuedAt: nowMs,
  };
}

export type SessionOpener = ReturnType<typeof createSessionOpener>;
