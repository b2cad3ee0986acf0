import type * as z from 'zod';
import {
  instantOf,
  instantOrNull,
  type ApiToken,
  type NewApiToken,
  type Permission,
} from '@wardgrid/wire';
import type { Context } from '../../../platform/context.ts';
import type { Transaction } from '../../../platform/database.ts';
import { ControllerError, notFound } from '../../../platform/error.ts';
import type { Platform } from '../../../platform/services.ts';
import { permissionsOf, type Actors } from '../actors.ts';
import { createApiTokenText, hashOf, TOKEN_PREFIX_LENGTH } from '../opaque-token.ts';
import { requireSession } from '../sessions/own-account.ts';
import { apiTokenRepository, type ApiTokenRow } from './repository.ts';

/** Most tokens of one account. */
const TOKENS_MAX = 50;
const DAY_MS = 86_400_000;
const AUTH = { kind: 'auth' } as const;

/** A token whose value is shown this once. */
export interface MadeToken {
  readonly token: ApiToken;
  readonly value: string;
}

interface Terms {
  readonly name: string;
  readonly permissions: readonly Permission[];
  readonly expiresInDays: number;
}

/** API tokens for scripts: what one may do is its own list within what its owner may at that moment. */
export function createApiTokens(
  platform: Platform,
  parts: { readonly actors: Actors; readonly forgetTokens: (accountId: string) => void },
) {
  async function makeWithin(tx: Transaction, accountId: string, terms: Terms): Promise<MadeToken> {
    const tokens = apiTokenRepository(tx);
    if ((await tokens.countLocked(accountId)) >= TOKENS_MAX)
      throw new ControllerError('limit-reached', `an account has at most ${TOKENS_MAX} tokens`);
    const nowMs = platform.clock.now();
    const value = createApiTokenText();
    const row = {
      id: platform.newId(),
      account_id: accountId,
      name: terms.name,
      prefix: value.slice(0, TOKEN_PREFIX_LENGTH),
      permissions: [...new Set(terms.permissions)],
      created_at: nowMs,
      expires_at: nowMs + terms.expiresInDays * DAY_MS,
    };
    await tokens.insert({ ...row, token_hash: hashOf(value) });
    return { token: tokenOf({ ...row, last_used_at: null }), value };
  }

  return {
    makeWithin,
    list: (context: Context): Promise<{ data: ApiToken[] }> =>
      platform.database.transact(AUTH, async (tx) => {
        const rows = await apiTokenRepository(tx).list(context.actor.accountId);
        return { data: rows.map((row) => tokenOf(row)) };
      }),
    async create(context: Context, given: z.output<typeof NewApiToken>): Promise<MadeToken> {
      requireSession(context);
      const own = new Set(permissionsOf(context.actor, platform.clock.now()));
      const missing = given.permissions.find((permission) => !own.has(permission));
      if (missing !== undefined)
        throw new ControllerError('forbidden', `you do not hold '${missing}' yourself`);
      return platform.database.transact(AUTH, (tx) =>
        makeWithin(tx, context.actor.accountId, given),
      );
    },
    async revoke(context: Context, id: string): Promise<null> {
      const { accountId } = context.actor;
      const count = await platform.database.transact(AUTH, async (tx) => {
        await tx.publish({ topic: 'account.changed', accountId });
        return apiTokenRepository(tx).delete(id, accountId);
      });
      parts.actors.forget(accountId);
      parts.forgetTokens(accountId);
      if (count === 0) throw notFound('api token');
      return null;
    },
  };
}

export type ApiTokens = ReturnType<typeof createApiTokens>;

function tokenOf(row: ApiTokenRow): ApiToken {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    permissions: row.permissions,
    createdAt: instantOf(row.created_at),
    expiresAt: instantOf(row.expires_at),
    lastUsedAt: instantOrNull(row.last_used_at),
  };
}
