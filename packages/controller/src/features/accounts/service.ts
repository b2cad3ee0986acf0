import {
  instantOf,
  instantOrNull,
  type Account,
  type AccountId,
  type ListQuery,
  type NewAccount,
  type Page,
  type Permission,
  type RoleAssignment,
  type TenantId,
} from '@wardgrid/wire';
import { tenantOfScope, type Actor, type HeldRole } from '../../platform/authorize.ts';
import type { Context } from '../../platform/context.ts';
import { isDuplicateOf, type Transaction } from '../../platform/database.ts';
import { ControllerError, notFound } from '../../platform/error.ts';
import {
  listSettings,
  requireAllowed,
  transactAs,
  type Platform,
} from '../../platform/services.ts';
import { findNode } from '../tenants/index.ts';
import type { Actors } from './actors.ts';
import type { Invitations } from './invitations.ts';
import {
  grantRefusal,
  layerOfCreated,
  manageRefusal,
  placeRefusal,
  type Subject,
} from './layers.ts';
import {
  accountRepository,
  credentialRepository,
  visibleAccounts,
  type AccountRow,
  type NamedAccountRow,
} from './repository.ts';
import { sessionRepository } from './sessions/repository.ts';

/** Most accounts of one tenant, and of the platform itself. */
const ACCOUNTS_MAX = 50_000;
const AUTH = { kind: 'auth' } as const;

interface AccountChange {
  readonly name?: string;
  readonly reach?: 'direct' | 'subtree';
  readonly assignments?: readonly RoleAssignment[];
  readonly isDisabled?: boolean;
}

type Invitation = Awaited<ReturnType<Invitations['makeWithin']>>;

/**
 * Accounts as their admins manage them. Each change is decided twice: on the row as the actor sees
 * it under row-level security, and again on the locked row, with sign-in's rights, where the change
 * is written. The rules themselves are in `layers.ts`.
 */
export function createAccounts(
  platform: Platform,
  parts: { readonly actors: Actors; readonly invitations: Invitations },
) {
  const { actors, invitations } = parts;

  async function findVisible(context: Context, id: string): Promise<NamedAccountRow> {
    const access = { actor: context.actor, permission: 'accounts:read' as const };
    const row = await transactAs(platform, access, (tx) => visibleAccounts(tx).find(id));
    if (!row) throw notFound('account');
    return row;
  }

  /** Rows with what sign-in alone may read of them. */
  async function accountsOf(rows: readonly NamedAccountRow[]): Promise<Account[]> {
    const ids = rows.map((row) => row.id);
    const details = await platform.database.transact(AUTH, async (tx) => {
      const accounts = accountRepository(tx);
      return { roles: await accounts.rolesOf(ids), withTotp: await accounts.withTotp(ids) };
    });
    return rows.map((row) =>
      accountOf(row, {
        roles: details.roles.filter((role) => role.accountId === row.id),
        hasTotp: details.withTotp.has(row.id),
      }),
    );
  }

  async function readAccount(context: Context, id: string): Promise<Account> {
    const [account] = await accountsOf([await findVisible(context, id)]);
    if (!account) throw notFound('account');
    return account;
  }

  /** The scopes must exist and be visible to who names them. */
  async function requireNodes(context: Context, scopes: readonly string[]): Promise<void> {
    const access = { actor: context.actor, permission: 'accounts:create' as const };
    await transactAs(platform, access, async (tx) => {
      for (const scope of new Set(scopes)) {
        if (scope !== '' && !(await findNode(tx, scope))) throw notFound('scope');
      }
    });
  }

  /** The locked row and its roles, once the actor may manage it. */
  async function requireManageable(
    tx: Transaction,
    id: string,
    given: { readonly actor: Actor; readonly permission: Permission },
  ): Promise<{ row: AccountRow; subject: Subject }> {
    const accounts = accountRepository(tx);
    await accounts.lockOwners();
    const row = await accounts.lock(id);
    if (!row) throw notFound('account');
    const place = { tenantId: row.tenant_id, scope: row.scope };
    requireAllowed(platform, { ...given, noun: 'account' }, place);
    const subject = { ...row, roles: await accounts.rolesOf([id]) };
    refuse(manageRefusal(given.actor, subject));
    return { row, subject };
  }

  /** Runs a change of an account and tells every controller and console. */
  async function manage<T>(
    context: Context,
    target: {
      readonly id: string;
      readonly permission: Permission;
      readonly verb: 'changed' | 'removed';
    },
    work: (tx: Transaction, found: { row: AccountRow; subject: Subject }) => Promise<T>,
  ): Promise<T> {
    const { id, permission, verb } = target;
    await findVisible(context, id);
    const result = await platform.database.transact(AUTH, async (tx) => {
      const found = await requireManageable(tx, id, { actor: context.actor, permission });
      const done = await work(tx, found);
      await tx.publish({ topic: 'account.changed', accountId: id });
      await announce(platform, tx, { row: found.row, verb });
      return done;
    });
    actors.forget(id);
    return result;
  }

  async function insert(
    tx: Transaction,
    context: Context,
    given: NewAccount,
  ): Promise<{ id: string; invitation: Invitation }> {
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
    await accounts.replaceRoles({ id, tenantId }, rolesOf(given.assignments));
    await credentialRepository(tx).insert(id, null);
    const invitation = await invitations.makeWithin(tx, id);
    await announce(platform, tx, { row, verb: 'created' });
    return { id, invitation };
  }

  return {
    async list(context: Context, query: ListQuery): Promise<Page<Account>> {
      const access = { actor: context.actor, permission: 'accounts:read' as const };
      const page = await transactAs(platform, access, (tx) =>
        visibleAccounts(tx).list(query, listSettings(platform)),
      );
      return { ...page, data: await accountsOf(page.data) };
    },
    read: readAccount,
    async create(
      context: Context,
      given: NewAccount,
    ): Promise<{ account: Account; invitation: Invitation }> {
      const { actor } = context;
      requireAllowed(
        platform,
        { actor, permission: 'accounts:create', noun: 'scope' },
        { tenantId: tenantOfScope(given.scope), scope: given.scope },
      );
      const roles = rolesOf(given.assignments);
      const standing = { ...given, reach: given.reach ?? ('direct' as const), roles };
      refuse(placeRefusal(actor, standing));
      refuse(grantRefusal(actor, standing, platform.clock.now()));
      await requireNodes(context, [given.scope, ...roles.map((role) => role.scope)]);
      const made = await refuseTakenEmail(given.email, () =>
        platform.database.transact(AUTH, (tx) => insert(tx, context, given)),
      );
      return { account: await readAccount(context, made.id), invitation: made.invitation };
    },
    async update(context: Context, id: string, change: AccountChange): Promise<Account> {
      const scopes = change.assignments?.map((assignment) => assignment.scope) ?? [];
      await findVisible(context, id);
      if (scopes.length > 0) await requireNodes(context, scopes);
      const target = { id, permission: 'accounts:update', verb: 'changed' } as const;
      await manage(context, target, (tx, found) => applyChange(tx, { ...found, change, context }));
      return readAccount(context, id);
    },
    delete: (context: Context, id: string): Promise<null> => {
      const target = { id, permission: 'accounts:delete', verb: 'removed' } as const;
      return manage(context, target, async (tx, { row, subject }) => {
        await requireOwnerLeft(tx, row, subject.roles);
        await accountRepository(tx).delete(id);
        return null;
      });
    },
    /** A new link sets a new password: whoever makes one could be the person, so they must hold as much. */
    invite: (context: Context, id: string): Promise<Invitation> => {
      const target = { id, permission: 'accounts:update', verb: 'changed' } as const;
      return manage(context, target, (tx, { row, subject }) => {
        if (row.state === 'disabled') refuse('the account is disabled');
        refuse(grantRefusal(context.actor, subject, platform.clock.now()));
        return invitations.makeWithin(tx, id);
      });
    },
  };

  async function applyChange(
    tx: Transaction,
    given: {
      readonly row: AccountRow;
      readonly subject: Subject;
      readonly change: AccountChange;
      readonly context: Context;
    },
  ): Promise<void> {
    const { row, subject, change, context } = given;
    const accounts = accountRepository(tx);
    const roles = change.assignments ? rolesOf(change.assignments) : subject.roles;
    const isPowerChanged = change.assignments !== undefined || change.reach !== undefined;
    const isEnabled = change.isDisabled === false && row.state === 'disabled';
    if (isPowerChanged || isEnabled) {
      const standing = { ...subject, reach: change.reach ?? subject.reach, roles };
      refuse(grantRefusal(context.actor, standing, platform.clock.now()));
    }
    if (change.isDisabled === true || !isOwner(row, roles))
      await requireOwnerLeft(tx, row, subject.roles);
    if (change.assignments)
      await accounts.replaceRoles({ id: row.id, tenantId: row.tenant_id }, roles);
    const state =
      change.isDisabled === undefined ? row.state : await nextState(tx, row, change.isDisabled);
    await accounts.update(row.id, {
      ...(change.name === undefined ? {} : { name: change.name }),
      ...(change.reach === undefined ? {} : { reach: change.reach }),
      state,
      isEpochRaised: isPowerChanged || state !== row.state,
    });
    if (state !== 'disabled') return;
    const revocation = { accountId: row.id, reason: 'account-disabled' };
    await sessionRepository(tx).revokeAll(revocation, platform.clock.now());
  }
}

export type Accounts = ReturnType<typeof createAccounts>;

/** An account that never set a password is invited again, not active, when it is enabled. */
async function nextState(tx: Transaction, row: AccountRow, isDisabled: boolean) {
  if (isDisabled) return 'disabled';
  if (row.state !== 'disabled') return row.state;
  const credential = await credentialRepository(tx).find(row.id);
  return (credential?.password_hash ?? null) === null ? 'invited' : 'active';
}

/**
 * The last active owner of the platform stays. So does a tenant's, for as long as others live in the
 * tenant: an empty one may be wound up.
 */
async function requireOwnerLeft(
  tx: Transaction,
  row: AccountRow,
  roles: readonly HeldRole[],
): Promise<void> {
  if (row.state !== 'active' || !isOwner(row, roles)) return;
  const accounts = accountRepository(tx);
  if ((await accounts.countOtherOwners(row.scope, row.id)) > 0) return;
  if (row.scope !== '' && (await accounts.countOthersWithin(row.scope, row.id)) === 0) return;
  throw new ControllerError('account-last-admin', `'${row.email}' is the last owner here`);
}

/** Whether an account is an owner of the platform or of a tenant, for good. */
function isOwner(row: AccountRow, roles: readonly HeldRole[]): boolean {
  const isTop = row.scope === '' || row.scope.length === 32;
  return (
    isTop &&
    row.kind === 'admin' &&
    roles.some(
      ({ role, scope, effect, expiresAt }) =>
        role === 'owner' && scope === row.scope && effect === 'allow' && expiresAt === null,
    )
  );
}

function refuse(reason: string | null): void {
  if (reason !== null) throw new ControllerError('account-layer-refused', reason);
}

function rolesOf(assignments: readonly RoleAssignment[]): HeldRole[] {
  const roles = assignments.map(({ role, scope, effect, expiresAt }) => ({
    role,
    scope,
    effect,
    expiresAt: expiresAt === null ? null : Date.parse(expiresAt),
  }));
  const keys = new Set(roles.map(({ role, scope, effect }) => `${role} ${scope} ${effect}`));
  if (keys.size < roles.length)
    throw new ControllerError('invalid-body', 'a role is given twice at the same scope', {
      issues: [{ pointer: '/assignments', detail: 'a role is given twice at the same scope' }],
    });
  return roles;
}

async function announce(
  platform: Platform,
  tx: Transaction,
  given: {
    readonly row: Pick<AccountRow, 'id' | 'tenant_id' | 'scope'>;
    readonly verb: 'created' | 'changed' | 'removed';
  },
): Promise<void> {
  const { row, verb } = given;
  const at = instantOf(platform.clock.now());
  const place = { tenantId: row.tenant_id, scope: row.scope };
  const event = { at, ...place, noun: 'accounts' as const, verb, entityId: row.id };
  await tx.publish({ topic: 'live', event });
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

function accountOf(
  row: NamedAccountRow,
  details: { readonly roles: readonly HeldRole[]; readonly hasTotp: boolean },
): Account {
  return {
    id: row.id as AccountId,
    email: row.email,
    name: row.name,
    kind: row.kind,
    layer: row.layer,
    tenantId: row.tenant_id as TenantId | null,
    tenantName: row.tenant_name,
    scope: row.scope,
    scopeName: row.scope_name,
    reach: row.reach,
    assignments: details.roles.map(({ role, scope, effect, expiresAt }) => ({
      role,
      scope,
      effect,
      expiresAt: instantOrNull(expiresAt),
    })),
    state: row.state,
    hasTotp: details.hasTotp,
    createdAt: instantOf(row.created_at),
    lastSignInAt: instantOrNull(row.last_sign_in_at),
  };
}
