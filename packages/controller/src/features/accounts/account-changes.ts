import { instantOf, type Permission, type RoleAssignment } from '@wardgrid/wire';
import type { Actor, HeldRole } from '../../platform/authorize.ts';
import type { Context } from '../../platform/context.ts';
import type { Transaction } from '../../platform/database.ts';
import { ControllerError, notFound } from '../../platform/error.ts';
import { requireAllowed, type Platform } from '../../platform/services.ts';
import type { AccountReader } from './account-reader.ts';
import type { Actors } from './actors.ts';
import { grantRefusal, manageRefusal, type Subject } from './layers.ts';
import { isOwner, requireOwnerLeft } from './owners.ts';
import {
  accountRepository,
  credentialRepository,
  roleRepository,
  type AccountRow,
} from './repository.ts';
import { sessionRepository } from './sessions/repository.ts';

/** What may be changed of an account. */
export interface AccountChange {
  readonly name?: string;
  readonly reach?: 'direct' | 'subtree';
  readonly assignments?: readonly RoleAssignment[];
  readonly isDisabled?: boolean;
}

/** An account under the lock of its row. */
export interface Managed {
  readonly row: AccountRow;
  readonly subject: Subject;
}

/** Which account is to be managed, and by which permission. */
export interface ManageTarget {
  readonly id: string;
  readonly permission: Permission;
  readonly verb: 'changed' | 'removed';
}

/**
 * Runs changes of accounts. Each is decided twice: on the row as the actor sees it under row-level
 * security, and again on the locked row, with sign-in's rights, where the change is written.
 */
export function createManagement(
  platform: Platform,
  parts: { readonly actors: Actors; readonly reader: AccountReader },
) {
  return async <T>(
    context: Context,
    target: ManageTarget,
    work: (tx: Transaction, managed: Managed) => Promise<T>,
  ): Promise<T> => {
    const { id, permission, verb } = target;
    await parts.reader.findVisible(context, id);
    const access = { kind: 'auth', actor: context.actor } as const;
    const result = await platform.database.transact(access, async (tx) => {
      const managed = await requireManageable(platform, tx, {
        id,
        actor: context.actor,
        permission,
      });
      const done = await work(tx, managed);
      await tx.publish({ topic: 'account.changed', accountId: id });
      await announceAccount(platform, tx, { row: managed.row, verb });
      return done;
    });
    parts.actors.forget(id);
    return result;
  };
}

/** The locked row and its roles, once the actor may manage it. */
async function requireManageable(
  platform: Platform,
  tx: Transaction,
  given: { readonly id: string; readonly actor: Actor; readonly permission: Permission },
): Promise<Managed> {
  const roles = roleRepository(tx);
  await roles.lockOwners();
  const row = await accountRepository(tx).lock(given.id);
  if (!row) throw notFound('account');
  const place = { tenantId: row.tenant_id, scope: row.scope };
  requireAllowed(platform, { ...given, noun: 'account' }, place);
  const subject = { ...row, roles: await roles.rolesOf([given.id]) };
  refuse(manageRefusal(given.actor, subject));
  return { row, subject };
}

/** Writes a change of a managed account. More power, or power given back, must be the actor's own. */
export async function applyChange(
  tx: Transaction,
  managed: Managed,
  given: { readonly change: AccountChange; readonly actor: Actor; readonly nowMs: number },
): Promise<void> {
  const { row, subject } = managed;
  const { change, actor, nowMs } = given;
  const roles = change.assignments ? heldRolesOf(change.assignments) : subject.roles;
  const reach = change.reach ?? row.reach;
  const state = await nextState(tx, row, change.isDisabled);
  const isPowerChanged = change.assignments !== undefined || reach !== row.reach;
  const isEnabled = row.state === 'disabled' && state !== 'disabled';
  if (isPowerChanged || isEnabled) refuse(grantRefusal(actor, { ...subject, reach, roles }, nowMs));
  if (state === 'disabled' || !isOwner(row, roles)) await requireOwnerLeft(tx, row, subject.roles);
  await roleRepository(tx).replaceRoles({ id: row.id, tenantId: row.tenant_id }, roles);
  await accountRepository(tx).update(row.id, {
    name: change.name ?? row.name,
    reach,
    state,
    isEpochRaised: isPowerChanged || state !== row.state,
  });
  if (state !== 'disabled') return;
  await sessionRepository(tx).revokeAll({ accountId: row.id, reason: 'account-disabled' }, nowMs);
}

/** An account that never set a password is invited again, not active, when it is enabled. */
async function nextState(
  tx: Transaction,
  row: AccountRow,
  isDisabled: boolean | undefined,
): Promise<AccountRow['state']> {
  if (isDisabled === true) return 'disabled';
  if (isDisabled === undefined || row.state !== 'disabled') return row.state;
  const credential = await credentialRepository(tx).find(row.id);
  return (credential?.password_hash ?? null) === null ? 'invited' : 'active';
}

/** @throws ControllerError `account-layer-refused` when there is a reason. */
export function refuse(reason: string | null): void {
  if (reason !== null) throw new ControllerError('account-layer-refused', reason);
}

/** Roles as they are kept. @throws ControllerError when one is given twice. */
export function heldRolesOf(assignments: readonly RoleAssignment[]): HeldRole[] {
  const keys = new Set(assignments.map(({ role, scope, effect }) => `${role} ${scope} ${effect}`));
  if (keys.size < assignments.length) {
    const detail = 'a role is given twice at the same scope';
    throw new ControllerError('invalid-body', detail, {
      issues: [{ pointer: '/assignments', detail }],
    });
  }
  return assignments.map(({ role, scope, effect, expiresAt }) => ({
    role,
    scope,
    effect,
    expiresAt: expiresAt === null ? null : Date.parse(expiresAt),
  }));
}

/** Tells consoles that may see it. */
export async function announceAccount(
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
