import {
  adminPermissions,
  isLicenceFree,
  Permission,
  platformPermissions,
  rolePermissions,
  type LicenceState,
  type RoleName,
} from '@wardgrid/wire';

/** A role held at a scope, as loaded from the database. */
export interface HeldRole {
  readonly role: RoleName;
  readonly scope: string;
  readonly effect: 'allow' | 'deny';
  /** Epoch milliseconds, or null for ever. */
  readonly expiresAt: number | null;
}

/** Who acts: everything that a decision needs, so that a decision touches no database. */
export interface Actor {
  readonly accountId: string;
  readonly email: string;
  readonly name: string;
  readonly kind: 'admin' | 'user';
  readonly layer: number;
  /** Null at the platform. */
  readonly tenantId: string | null;
  /** The node the account is bound to; empty is the platform. */
  readonly scope: string;
  readonly reach: 'direct' | 'subtree';
  readonly roles: readonly HeldRole[];
  /** Of the account's tenant; the platform needs none. */
  readonly licenceState: LicenceState;
  /** Tenants that barred the platform. Empty for everybody else. */
  readonly barredTenantIds: readonly string[];
  /** What an API token was limited to; null for a person in a session. */
  readonly tokenPermissions: ReadonlySet<Permission> | null;
  readonly sessionId: string | null;
}

/** The part of the scope tree in which an actor holds a permission. */
export type Visibility =
  | { readonly kind: 'none' }
  | { readonly kind: 'tenant'; readonly tenantId: string }
  | {
      readonly kind: 'scoped';
      readonly tenantId: string;
      readonly allowed: readonly ScopeRange[];
      readonly denied: readonly string[];
    }
  | {
      readonly kind: 'platform';
      readonly allowed: readonly ScopeRange[];
      readonly denied: readonly string[];
      readonly barredTenantIds: readonly string[];
    };

/** A node and how many levels below it belong; null is all. */
export interface ScopeRange {
  readonly scope: string;
  readonly levels: number | null;
}

/** A thing that is acted on: where it lies. */
export interface Target {
  readonly tenantId: string | null;
  readonly scope: string;
}

export type Decision =
  | { readonly kind: 'allowed' }
  /** The thing is invisible to the actor: answer as if it did not exist. */
  | { readonly kind: 'invisible' }
  | {
      readonly kind: 'refused';
      readonly code: 'forbidden' | 'licence-expired' | 'licence-suspended' | 'licence-missing';
    };

/**
 * The one decision about what a person may do: allowed by a role, not denied, covered by the scope,
 * within the licence. REST, live streams and exports ask here; lists use `visibilityOf`, which is the
 * same decision turned into a predicate.
 */
export function authorize(
  actor: Actor,
  permission: Permission,
  request: { readonly target: Target; readonly nowMs: number },
): Decision {
  const visibility = visibilityOf(actor, permission, request.nowMs);
  if (covers(visibility, request.target)) return licenceDecision(actor, permission);
  const reading = READINGS.get(permission) ?? permission;
  const isVisible =
    reading !== permission && covers(visibilityOf(actor, reading, request.nowMs), request.target);
  return isVisible ? { kind: 'refused', code: 'forbidden' } : { kind: 'invisible' };
}

/** Whether the actor holds a permission anywhere at all: what a route asks before its handler runs. */
export function decideAnywhere(actor: Actor, permission: Permission, nowMs: number): Decision {
  if (visibilityOf(actor, permission, nowMs).kind === 'none')
    return { kind: 'refused', code: 'forbidden' };
  return licenceDecision(actor, permission);
}

function licenceDecision(actor: Actor, permission: Permission): Decision {
  if (isLicenceFree(permission) || actor.tenantId === null) return { kind: 'allowed' };
  if (actor.licenceState === 'expired') return { kind: 'refused', code: 'licence-expired' };
  if (actor.licenceState === 'suspended') return { kind: 'refused', code: 'licence-suspended' };
  if (actor.licenceState === 'missing') return { kind: 'refused', code: 'licence-missing' };
  return { kind: 'allowed' };
}

/** By permission: the one to see its noun, where there is one. */
const READINGS: ReadonlyMap<Permission, Permission> = new Map(
  Permission.options.map((permission) => {
    const reading = Permission.safeParse(`${permission.split(':')[0]}:read`);
    return [permission, reading.success ? reading.data : permission];
  }),
);

/** Where an actor holds a permission, as a predicate over scopes. */
export function visibilityOf(actor: Actor, permission: Permission, nowMs: number): Visibility {
  if (!isPossible(actor, permission)) return { kind: 'none' };
  const held = actor.roles.filter(
    (role) =>
      (role.expiresAt === null || role.expiresAt > nowMs) &&
      rolePermissions[role.role].has(permission) &&
      isWithin(role.scope, actor.scope),
  );
  const denied = held.filter((role) => role.effect === 'deny').map((role) => role.scope);
  // What is denied as a whole is not held at all, so that a session does not claim it.
  const allowed = held
    .filter(
      ({ effect, scope }) =>
        effect === 'allow' && !denied.some((deniedScope) => isWithin(scope, deniedScope)),
    )
    .map((role) => rangeOf(actor, role.scope));
  if (allowed.length === 0) return { kind: 'none' };
  return shapeOf(actor, allowed, denied);
}

function isPossible(actor: Actor, permission: Permission): boolean {
  if (actor.tokenPermissions && !actor.tokenPermissions.has(permission)) return false;
  if (actor.kind === 'user' && adminPermissions.has(permission)) return false;
  return actor.tenantId === null || !platformPermissions.has(permission);
}

/** Without reach over the subtree, an account sees its node and the nodes directly below. */
function rangeOf(actor: Actor, scope: string): ScopeRange {
  if (actor.reach === 'subtree') return { scope, levels: null };
  const levels = levelsOf(actor.scope) + 1 - levelsOf(scope);
  return { scope, levels: Math.max(0, levels) };
}

function shapeOf(
  actor: Actor,
  allowed: readonly ScopeRange[],
  denied: readonly string[],
): Visibility {
  if (actor.tenantId === null) {
    return { kind: 'platform', allowed, denied, barredTenantIds: actor.barredTenantIds };
  }
  const isWhole = allowed.some((range) => range.levels === null && levelsOf(range.scope) === 1);
  if (isWhole && denied.length === 0) return { kind: 'tenant', tenantId: actor.tenantId };
  return { kind: 'scoped', tenantId: actor.tenantId, allowed, denied };
}

/** Whether a visibility covers a thing: the same predicate as the database's, in words. */
export function covers(visibility: Visibility, target: Target): boolean {
  switch (visibility.kind) {
    case 'none':
      return false;
    case 'tenant':
      return target.tenantId === visibility.tenantId;
    case 'scoped':
      return target.tenantId === visibility.tenantId && isInRanges(visibility, target.scope);
    case 'platform':
      return (
        (target.tenantId === null || !visibility.barredTenantIds.includes(target.tenantId)) &&
        isInRanges(visibility, target.scope)
      );
  }
}

function isInRanges(
  visibility: { readonly allowed: readonly ScopeRange[]; readonly denied: readonly string[] },
  scope: string,
): boolean {
  if (visibility.denied.some((denied) => isWithin(scope, denied))) return false;
  return visibility.allowed.some(
    (range) =>
      isWithin(scope, range.scope) &&
      (range.levels === null || levelsOf(scope) <= levelsOf(range.scope) + range.levels),
  );
}

/** Whether `scope` is `ancestor` or lies below it. */
export function isWithin(scope: string, ancestor: string): boolean {
  return ancestor === '' || scope === ancestor || scope.startsWith(`${ancestor}.`);
}

/** How deep a scope lies: 0 is the platform, 1 a tenant, 2 an organization, 3 and more a group. */
export function levelsOf(scope: string): number {
  return scope === '' ? 0 : scope.split('.').length;
}

/** The scope label of an id: the UUID without dashes. */
export function labelOf(id: string): string {
  return id.replaceAll('-', '');
}

/** The id of a scope label. */
export function idOfLabel(label: string): string {
  return [
    label.slice(0, 8),
    label.slice(8, 12),
    label.slice(12, 16),
    label.slice(16, 20),
    label.slice(20),
  ].join('-');
}

/** The tenant id of a scope, or null at the platform. */
export function tenantOfScope(scope: string): string | null {
  return scope === '' ? null : idOfLabel(scope.slice(0, 32));
}
