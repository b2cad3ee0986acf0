import { systemRandom } from '@wardgrid/base/system';
import {
  instantOf,
  instantOrNull,
  type JoinToken,
  type ListQuery,
  type NewJoinToken,
  type Page,
  type TenantId,
} from '@wardgrid/wire';
import { announceAll } from '../../../platform/announce.ts';
import type { Context } from '../../../platform/context.ts';
import type { Transaction } from '../../../platform/database.ts';
import { ControllerError, notFound } from '../../../platform/error.ts';
import { referenceOf } from '../../../platform/person.ts';
import {
  listSettings,
  requireAllowed,
  transactAs,
  type Platform,
} from '../../../platform/services.ts';
import { roleBelow } from '../introduction.ts';
import type { Nodes } from '../nodes.ts';
import { parentHere, requirePlace } from '../places.ts';
import { makeTokenText } from '../token-text.ts';
import { tokenRepository, type TokenRow } from './repository.ts';

/** A token as it is made: the value is shown once. */
interface MadeToken {
  readonly joinToken: JoinToken;
  readonly value: string;
  readonly command: string;
}

/** Join tokens, for people. */
export interface JoinTokens {
  readonly list: (context: Context, query: ListQuery) => Promise<Page<JoinToken>>;
  readonly create: (context: Context, given: NewJoinToken) => Promise<MadeToken>;
  readonly revoke: (context: Context, id: string) => Promise<null>;
}

export interface TokenOptions {
  readonly nodes: Nodes;
  /** Of the own authority, when the controller serves with it. */
  readonly caFingerprint: string | null;
}

const HOUR_MS = 3_600_000;
/** Tokens of one tenant that somebody could still use. */
const OPEN_TOKENS_MAX = 1_000;

export function createJoinTokens(platform: Platform, options: TokenOptions): JoinTokens {
  return {
    list: (context, query) =>
      transactAs(platform, readingOf(context), async (tx) => {
        const page = await tokenRepository(tx).list(query, listSettings(platform));
        return { ...page, data: page.data.map((row) => tokenOf(row)) };
      }),
    create: (context, given) => createToken(platform, options, { context, given }),
    revoke: (context, id) => revokeToken(platform, context, id),
  };
}

function readingOf({ actor }: Context) {
  return { actor, permission: 'controllers:read' } as const;
}

async function createToken(
  platform: Platform,
  { nodes, caFingerprint }: TokenOptions,
  { context, given }: { readonly context: Context; readonly given: NewJoinToken },
): Promise<MadeToken> {
  const { actor } = context;
  const place = await requirePlace(platform, context, given.scope);
  const { tenantId } = place;
  const parentId = await platform.database.transact({ kind: 'ingest' }, (tx) =>
    parentHere(platform, tx, { nodes, tenantId }),
  );
  const { value, tokenId, tokenHash } = makeTokenText(systemRandom, caFingerprint);
  const id = platform.newId();
  const createdAt = platform.clock.now();
  const joinToken = await transactAs(
    platform,
    { actor, permission: 'controllers:manage' },
    async (tx) => {
      if ((await tokenRepository(tx).countOpen(tenantId)) >= OPEN_TOKENS_MAX) {
        throw new ControllerError('limit-reached', `at most ${OPEN_TOKENS_MAX} open join tokens`);
      }
      await tokenRepository(tx).insert({
        id,
        tenantId,
        parentId,
        tokenId,
        tokenHash,
        createdAt,
        scope: given.scope,
        name: given.name,
        isApprovalNeeded: given.isApprovalNeeded,
        createdBy: referenceOf(actor),
        expiresAt: createdAt + given.expiresInHours * HOUR_MS,
      });
      const what = { noun: 'join-tokens', verb: 'created', nowMs: createdAt } as const;
      await announceAll(tx, what, [{ id, tenantId, scope: given.scope }]);
      return tokenOf(await rowOf(tx, id));
    },
  );
  const role = roleBelow(platform.place.role);
  const command = `npx wardgrid controller --role ${role} --parent ${platform.publicUrl()} --token ${value}`;
  return { joinToken, value, command };
}

async function rowOf(tx: Transaction, id: string): Promise<TokenRow> {
  const row = await tokenRepository(tx).find(id);
  if (!row) throw notFound('join token');
  return row;
}

function revokeToken(platform: Platform, context: Context, id: string): Promise<null> {
  return transactAs(platform, readingOf(context), async (tx) => {
    const row = await rowOf(tx, id);
    const target = { id, tenantId: row.tenant_id, scope: row.scope };
    const { actor } = context;
    requireAllowed(
      platform,
      { actor, permission: 'controllers:manage', noun: 'join token' },
      target,
    );
    if (row.revoked_at !== null) return null;
    const nowMs = platform.clock.now();
    if ((await tokenRepository(tx).revoke(id, nowMs)) === 0) {
      throw new ControllerError('join-token-used', 'a controller came with it: revoke that one');
    }
    await announceAll(tx, { noun: 'join-tokens', verb: 'changed', nowMs }, [target]);
    return null;
  });
}

function tokenOf(row: TokenRow): JoinToken {
  return {
    id: row.id,
    tenantId: row.tenant_id as TenantId,
    tenantName: row.tenant_name ?? '',
    name: row.name,
    scope: row.scope,
    placeName: row.place_name ?? '',
    parentId: row.parent_id,
    parentName: row.parent_name ?? '',
    isApprovalNeeded: row.is_approval_needed,
    createdAt: instantOf(row.created_at),
    createdBy: row.created_by,
    expiresAt: instantOf(row.expires_at),
    usedAt: instantOrNull(row.used_at),
    usedBy: row.used_by,
    revokedAt: instantOrNull(row.revoked_at),
    state: row.state,
  };
}
