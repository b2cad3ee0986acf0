import { type Account, type ListQuery, type NewAccount, type Page } from '@wardgrid/wire';
import { tenantOfScope } from '../../platform/authorize.ts';
import type { Context } from '../../platform/context.ts';
import { isDuplicateOf, type Transaction } from '../../platform/database.ts';
import { ControllerError, notFound } from '../../platform/error.ts';
import { requireAllowed, transactAs, type Platform } from '../../platform/services.ts';
import { findNode } from '../tenants/index.ts';
import {
  announceAccount,
  applyChange,
  createManagement,
  heldRolesOf,
  refuse,
  type AccountChange,
} from './account-changes.ts';
import { createAccountReader } from './account-reader.ts';
import type { Actors } from './actors.ts';
import type { Invitations } from './invitations.ts';
import { grantRefusal, layerOfCreated, placeRefusal } from './layers.ts';
import { requireOwnerLeft } from './owners.ts';
import { accountRepository, credentialRepository, roleRepository } from './repository.ts';

/** Most accounts of one tenant, and of the platform itself. */
const ACCOUNTS_MAX = 50_000;

type Invitation = Awaited<ReturnType<Invitations['makeWithin']>>;

/** Accounts as their admins manage them. The rules themselves are in `layers.ts`. */
export function createAccounts(
  platform: Platform,
  parts: { readonly actors: Actors; readonly invitations: Invitations },
) {
  const { actors, invitations } = parts;
  const reader = createAccountReader(platform);
  const manage = createManagement(platform, { actors, reader });

  return {
    list: (context: Context, query: ListQuery): Promise<Page<Account>> =>
      reader.list(context, query),
    read: (context: Context, id: string): Promise<Account> => reader.read(context, id),
    async create(
      context: Context,
      given: NewAccount,
    ): Promise<{ account: Account; invitation: Invitation }> {
      await requireCreatable(platform, context, given);
      const made = await refuseTakenEmail(given.email, () =>
        platform.database.transact({ kind: 'auth', actor: context.actor }, async (tx) => {
          const id = await insertAccount(platform, tx, { context, given });
          return { id, invitation: await invitations.makeWithin(tx, id) };
        }),
      );
      return { account: await reader.read(context, made.id), invitation: made.invitation };
    },
    async update(context: Context, id: string, change: AccountChange): Promise<Account> {
      await reader.findVisible(context, id);
      const scopes = change.assignments?.map((assignment) => assignment.scope) ?? [];
      await requireNodes(platform, context, scopes);
      const target = { id, permission: 'accounts:update', verb: 'changed' } as const;
      await manage(context, target, (tx, managed) =>
        applyChange(tx, managed, { change, actor: context.actor, nowMs: platform.clock.now() }),
      );
      return reader.read(context, id);
    },
    delete(context: Context, id: string): Promise<null> {
      const target = { id, permission: 'accounts:delete', verb: 'removed' } as const;
      return manage(context, target, async (tx, { row, subject }) => {
        await requireOwnerLeft(tx, row, subject.roles);
        await accountRepository(tx).delete(id);
        return null;
      });
    },
    /** A new link sets a new password: whoever makes one could be the person, so they must hold as much. */
    invite(context: Context, id: string): Promise<Invitation> {
      const target = { id, permission: 'accounts:update', verb: 'changed' } as const;
      return manage(context, target, (tx, { row, subject }) => {
        if (row.state === 'disabled') refuse('the account is disabled');
        refuse(grantRefusal(context.actor, subject, platform.clock.now()));
        return invitations.makeWithin(tx, id);
      });
    },
  };
}

export type Accounts = ReturnType<typeof createAccounts>;

/** Everything that is asked before an account is made. */
async function requireCreatable(
  platform: Platform,
  context: Context,
  given: NewAccount,
): Promise<void> {
  const { actor } = context;
  const { scope } = given;
  const request = { actor, permission: 'accounts:create', noun: 'scope' } as const;
  requireAllowed(platform, request, { tenantId: tenantOfScope(scope), scope });
  const roles = heldRolesOf(given.assignments);
  const standing = { ...given, reach: given.reach ?? ('direct' as const), roles };
  refuse(placeRefusal(actor, standing));
  refuse(grantRefusal(actor, standing, platform.clock.now()));
  await requireNodes(platform, context, [scope, ...roles.map((role) => role.scope)]);
}

/** The scopes must exist and be visible to who names them. */
async function requireNodes(
  platform: Platform,
  context: Context,
  scopes: readonly string[],
): Promise<void> {
  const named = new Set(scopes.filter((scope) => scope !== ''));
  if (named.size === 0) return;
  const access = { actor: context.actor, permission: 'accounts:create' as const };
  await transactAs(platform, access, async (tx) => {
    for (const scope of named) if (!(await findNode(tx, scope))) throw notFound('scope');
  });
}

/** Writes an account that has still to be invited. */
async function insertAccount(
  platform: Platform,
  tx: Transaction,
  { context, given }: { readonly context: Context; readonly given: NewAccount },
): Promise<string> {
  const accounts = accountRepository(tx);
  const id = platform.newId();
  const tenantId = tenantOfScope(given.scope);
  if ((await accounts.countOfTenant(tenantId)) >= ACCOUNTS_MAX)
    throw new ControllerError('limit-reached', `a tenant has at most ${ACCOUNTS_MAX} accounts`);
  const row = {
    id,
    tenant_id: tenantId,
    scope: given.scope,
    email: given.email,
    name: given.name,
    kind: given.kind,
    layer: layerOfCreated(context.actor),
    reach: given.reach ?? ('direct' as const),
    state: 'invited' as const,
    created_by: context.actor.accountId,
    created_at: platform.clock.now(),
  };
  await accounts.insert(row);
  await roleRepository(tx).replaceRoles({ id, tenantId }, heldRolesOf(given.assignments));
  await credentialRepository(tx).insert(id, null);
  await announceAccount(platform, tx, { row, verb: 'created' });
  return id;
}

async function refuseTakenEmail<T>(email: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isDuplicateOf(error, 'account_email_key')) throw error;
    throw new ControllerError('account-email-taken', `'${email}' has an account already`, {
      cause: error,
    });
  }
}
