import {
  adminPermissions,
  platformPermissions,
  rolePermissions,
  type Permission,
} from '@wardgrid/wire';
import {
  isWithin,
  levelsOf,
  tenantOfScope,
  visibilityOf,
  type Actor,
  type HeldRole,
  type ScopeRange,
  type Visibility,
} from '../../platform/authorize.ts';

/* Who may make, change and empower whom (tenancy.md, D6). Pure: everything is in the arguments. */

/** What an account is, as far as these rules go. */
export interface Standing {
  readonly kind: 'admin' | 'user';
  readonly scope: string;
  readonly reach: 'direct' | 'subtree';
  readonly roles: readonly HeldRole[];
}

/** An account that exists. */
export interface Subject extends Standing {
  readonly id: string;
  readonly layer: number;
}

/** Everybody stands one layer below who made them. */
export function layerOfCreated(actor: Pick<Actor, 'layer'>): number {
  return actor.layer + 1;
}

/** Why the actor may not put an account of this kind there, or null. */
export function placeRefusal(
  actor: Pick<Actor, 'kind' | 'scope'>,
  account: Pick<Standing, 'kind' | 'scope'>,
): string | null {
  if (actor.kind !== 'admin') return 'users create nobody';
  if (!isWithin(account.scope, actor.scope)) return 'the scope is not below yours';
  if (account.kind === 'admin' && account.scope === actor.scope)
    return 'an admin is bound below its creator, never beside it';
  return null;
}

/** Why the actor may not change, disable, invite or delete the account, or null. */
export function manageRefusal(actor: Actor, subject: Subject): string | null {
  if (subject.id === actor.accountId) return 'nobody changes their own account here';
  if (subject.layer <= actor.layer) return 'the account is of your layer or above';
  return placeRefusal(actor, subject);
}

/**
 * Why the account may not hold these roles by the actor's hand, or null. Whatever the account could
 * do, its maker must be able to do as well: now, and for as long as the role lasts. Rights only
 * shrink with time on both sides, so both ends suffice.
 */
export function grantRefusal(actor: Actor, account: Standing, nowMs: number): string | null {
  for (const role of account.roles) {
    if (!isWithin(role.scope, account.scope)) return "a role lies outside the account's scope";
    if (role.effect === 'deny') continue;
    const missing = missingPermission(actor, { account, role }, nowMs);
    if (missing !== undefined) return `you do not hold '${missing}' there yourself`;
  }
  return null;
}

function missingPermission(
  actor: Actor,
  grant: { readonly account: Standing; readonly role: HeldRole },
  nowMs: number,
): Permission | undefined {
  const range = rangeOfRole(grant.account, grant.role.scope);
  const endMs = grant.role.expiresAt ?? Number.POSITIVE_INFINITY;
  return effectivePermissions(grant.account, grant.role).find(
    (permission) =>
      !containsRange(visibilityOf(actor, permission, nowMs), range) ||
      !containsRange(visibilityOf(actor, permission, endMs - 1), range),
  );
}

/** What a role is worth to an account: users hold nothing of admins, tenants nothing of the platform. */
function effectivePermissions(account: Standing, role: HeldRole): Permission[] {
  return [...rolePermissions[role.role]].filter(
    (permission) =>
      !(account.kind === 'user' && adminPermissions.has(permission)) &&
      !(account.scope !== '' && platformPermissions.has(permission)),
  );
}

/** The nodes that a role of the account covers, as `visibilityOf` will see it. */
function rangeOfRole(account: Standing, scope: string): ScopeRange {
  if (account.reach === 'subtree') return { scope, levels: null };
  return { scope, levels: Math.max(0, levelsOf(account.scope) + 1 - levelsOf(scope)) };
}

/** Whether a visibility covers a whole range, so that no denied or barred node lies in it. */
function containsRange(visibility: Visibility, range: ScopeRange): boolean {
  switch (visibility.kind) {
    case 'none':
      return false;
    case 'tenant':
      return tenantOfScope(range.scope) === visibility.tenantId;
    case 'scoped':
      return tenantOfScope(range.scope) === visibility.tenantId && isCovered(visibility, range);
    case 'platform': {
      const tenantId = tenantOfScope(range.scope);
      const isBarred = tenantId !== null && visibility.barredTenantIds.includes(tenantId);
      return !isBarred && isCovered(visibility, range);
    }
  }
}

function isCovered(
  visibility: { readonly allowed: readonly ScopeRange[]; readonly denied: readonly string[] },
  range: ScopeRange,
): boolean {
  const isTouched = visibility.denied.some(
    (denied) =>
      isWithin(range.scope, denied) || (isWithin(denied, range.scope) && isReached(range, denied)),
  );
  if (isTouched) return false;
  return visibility.allowed.some(
    (own) => isWithin(range.scope, own.scope) && deepestOf(range) <= deepestOf(own),
  );
}

function isReached(range: ScopeRange, scope: string): boolean {
  return levelsOf(scope) <= deepestOf(range);
}

/** The deepest level that a range covers. */
function deepestOf(range: ScopeRange): number {
  return range.levels === null ? Number.POSITIVE_INFINITY : levelsOf(range.scope) + range.levels;
}
