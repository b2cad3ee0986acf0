import { adminPermissions, Permission, platformPermissions, rolePermissions } from '@wardgrid/wire';
import type { RoleName } from '@wardgrid/wire';

/*
 * Who may see and do what, told a second time and as plainly as can be: places are paths of names
 * (`A/A1/G1`; the platform is empty), and every question is asked by walking. It shares no code with
 * the controller, so that a mistake there is not made here as well.
 */

/** A role somebody holds. */
export interface OracleRole {
  readonly role: RoleName;
  readonly place: string;
  readonly effect?: 'allow' | 'deny';
  readonly isExpired?: boolean;
}

/** Somebody, as the oracle knows them. */
export interface OracleActor {
  /** Why nothing at all is answered: nobody signed in, or somebody who may not be. */
  readonly isRefused?: boolean;
  readonly home: string;
  readonly reach: 'direct' | 'subtree';
  readonly kind: 'admin' | 'user';
  readonly roles: readonly OracleRole[];
  /** What an API token was limited to. */
  readonly token?: readonly Permission[];
  /** Why the tenant may only look. */
  readonly licence?: 'licence-expired' | 'licence-suspended';
}

/** Tenants that keep the platform out. */
export interface OracleWorld {
  readonly barred: readonly string[];
}

/** Nouns of which the platform keeps the records, whatever a tenant bars. */
const KEPT: ReadonlySet<string> = new Set(['tenants', 'licences']);

function partsOf(place: string): readonly string[] {
  return place === '' ? [] : place.split('/');
}

/** Whether a place is another or lies in it. */
export function isIn(place: string, outer: string): boolean {
  const inside = partsOf(place);
  return partsOf(outer).every((part, index) => inside[index] === part);
}

function isUsable(actor: OracleActor, permission: Permission): boolean {
  if (actor.isRefused === true) return false;
  if (actor.token && !actor.token.includes(permission)) return false;
  if (actor.kind === 'user' && adminPermissions.has(permission)) return false;
  return actor.home === '' || !platformPermissions.has(permission);
}

function heldRoles(actor: OracleActor, permission: Permission): readonly OracleRole[] {
  if (!isUsable(actor, permission)) return [];
  return actor.roles.filter(
    ({ role, place, isExpired }) =>
      isExpired !== true && rolePermissions[role].has(permission) && isIn(place, actor.home),
  );
}

/** Whether the actor holds a permission anywhere. */
export function holds(actor: OracleActor, permission: Permission): boolean {
  return heldRoles(actor, permission).some(({ effect }) => effect !== 'deny');
}

/** What is asked about: something of a noun, at a place. */
interface OracleThing {
  readonly noun: string;
  readonly place: string;
}

/** How a request about one thing must end. */
type Outcome =
  | 'allowed'
  | 'not-signed-in'
  | 'forbidden'
  | 'licence-expired'
  | 'licence-suspended'
  | 'not-found';

/** The permission to look at what a permission is about. */
export function readingOf(permission: Permission): Permission {
  return Permission.parse(`${permission.split(':')[0]}:read`);
}

/** Somebody's use of a permission. */
export interface Use {
  readonly actor: OracleActor;
  readonly permission: Permission;
}

/** Answers of one world. */
export interface Oracle {
  /** Whether a permission reaches a thing. */
  readonly reaches: (use: Use, thing: OracleThing) => boolean;
  /** What must happen when the actor uses a permission on a thing. */
  readonly outcomeOf: (use: Use, thing: OracleThing) => Outcome;
  /**
   * What row-level security alone shows: beyond what is reached, the nodes above somebody, so that
   * lists can name where a thing belongs.
   */
  readonly isShownByPolicies: (use: Use, thing: OracleThing) => boolean;
}

export function createOracle(world: OracleWorld): Oracle {
  function isBarred(actor: OracleActor, place: string): boolean {
    return actor.home === '' && world.barred.includes(partsOf(place)[0] ?? '');
  }

  function reaches({ actor, permission }: Use, { noun, place }: OracleThing): boolean {
    if (isBarred(actor, place) && !KEPT.has(noun)) return false;
    const roles = heldRoles(actor, permission);
    if (roles.some((held) => held.effect === 'deny' && isIn(place, held.place))) return false;
    const isNear =
      actor.reach === 'subtree' || partsOf(place).length <= partsOf(actor.home).length + 1;
    return isNear && roles.some((held) => held.effect !== 'deny' && isIn(place, held.place));
  }

  return {
    reaches,
    outcomeOf(use, thing) {
      const { actor, permission } = use;
      if (actor.isRefused === true) return 'not-signed-in';
      if (!holds(actor, permission)) return 'forbidden';
      const isFree = permission.endsWith(':read') || permission === 'licences:install';
      if (!isFree && actor.licence !== undefined) return actor.licence;
      if (reaches(use, thing)) return 'allowed';
      const looking = { actor, permission: readingOf(permission) };
      return reaches(looking, thing) ? 'forbidden' : 'not-found';
    },
    isShownByPolicies(use, thing) {
      if (reaches(use, thing)) return true;
      const isNode = thing.noun === 'tenants' || thing.noun === 'organizations';
      if (!isNode || isBarred(use.actor, thing.place)) return false;
      return heldRoles(use.actor, use.permission).some(
        ({ effect, place }) => effect !== 'deny' && isIn(place, thing.place),
      );
    },
  };
}
