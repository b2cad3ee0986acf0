import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  adminPermissions,
  Permission,
  platformPermissions,
  RoleName,
  rolePermissions,
  type LicenceState,
} from '@wardgrid/wire';
import {
  authorize,
  covers,
  decideAnywhere,
  idOfLabel,
  labelOf,
  tenantOfScope,
  visibilityOf,
  type Actor,
  type HeldRole,
} from './authorize.ts';

const label = (digit: string): string => digit.repeat(32);
/** Labels that begin alike, so that a comparison of text without dots would be fooled. */
const NODES = ['', ...trees(label('1')), ...trees(label('2'))];
const NOW_MS = 1_000;

function trees(tenant: string): string[] {
  const organizations = [`${tenant}.${label('a')}`, `${tenant}.${label('b')}`];
  const groups = organizations.map((organization) => `${organization}.${label('c')}`);
  return [tenant, ...organizations, ...groups, ...groups.map((group) => `${group}.${label('d')}`)];
}

/* The oracle: the words of tenancy.md on lists of labels, with no thought of speed. */

const path = (scope: string): string[] => (scope === '' ? [] : scope.split('.'));
const isBelowOrAt = (node: string, top: string): boolean =>
  path(top).every((part, index) => path(node)[index] === part);

function isPossible(actor: Actor, permission: Permission): boolean {
  if (actor.tokenPermissions !== null && !actor.tokenPermissions.has(permission)) return false;
  if (actor.kind === 'user' && adminPermissions.has(permission)) return false;
  return actor.tenantId === null || !platformPermissions.has(permission);
}

function isOfTenant(actor: Actor, tenantId: string | null): boolean {
  if (actor.tenantId !== null) return tenantId === actor.tenantId;
  return tenantId === null || !actor.barredTenantIds.includes(tenantId);
}

function holds(actor: Actor, permission: Permission, scope: string): boolean {
  if (!isPossible(actor, permission) || !isOfTenant(actor, tenantOfScope(scope))) return false;
  const effective = actor.roles.filter(
    (role) =>
      rolePermissions[role.role].has(permission) &&
      isBelowOrAt(role.scope, actor.scope) &&
      isBelowOrAt(scope, role.scope) &&
      !(role.expiresAt !== null && role.expiresAt <= NOW_MS),
  );
  if (effective.some((role) => role.effect === 'deny')) return false;
  return effective.some((role) => {
    if (actor.reach === 'subtree') return true;
    const deepest = Math.max(path(actor.scope).length + 1, path(role.scope).length);
    return path(scope).length <= deepest;
  });
}

function expectedKind(actor: Actor, permission: Permission, scope: string): string {
  const reading = Permission.safeParse(`${permission.split(':')[0]}:read`);
  if (!holds(actor, permission, scope)) {
    const isSeen =
      reading.success && reading.data !== permission && holds(actor, reading.data, scope);
    return isSeen ? 'refused' : 'invisible';
  }
  const isStopped = ['expired', 'suspended', 'missing'].includes(actor.licenceState);
  // A new licence may always be brought: it is the way out.
  const isFree = permission.endsWith(':read') || permission === 'licences:install';
  return actor.tenantId !== null && isStopped && !isFree ? 'refused' : 'allowed';
}

const held: fc.Arbitrary<HeldRole> = fc.record({
  role: fc.constantFrom(...RoleName.options),
  scope: fc.constantFrom(...NODES),
  effect: fc.constantFrom('allow', 'allow', 'deny'),
  expiresAt: fc.constantFrom(null, null, NOW_MS - 1, NOW_MS, NOW_MS + 1),
});

const actors: fc.Arbitrary<Actor> = fc
  .record({
    accountId: fc.constant('a'),
    email: fc.constant(''),
    name: fc.constant(''),
    kind: fc.constantFrom('admin' as const, 'user' as const),
    layer: fc.nat(3),
    scope: fc.constantFrom(...NODES),
    reach: fc.constantFrom('direct' as const, 'subtree' as const),
    roles: fc.array(held, { maxLength: 5 }),
    licenceState: fc.constantFrom<LicenceState>(
      'active',
      'grace',
      'expired',
      'suspended',
      'missing',
    ),
    barred: fc.subarray([idOfLabel(label('1')), idOfLabel(label('2'))]),
    tokenPermissions: fc.option(
      fc.subarray([...Permission.options]).map((list) => new Set(list)),
      { freq: 5 },
    ),
    sessionId: fc.constant(null),
  })
  .map(({ barred, ...actor }) => ({
    ...actor,
    tenantId: tenantOfScope(actor.scope),
    barredTenantIds: actor.scope === '' ? barred : [],
  }));

test('authorize decides as the naive oracle does, over ten thousand random pairs', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(
      actors,
      fc.constantFrom(...Permission.options),
      fc.constantFrom(...NODES),
      (actor, permission, scope) => {
        const target = { tenantId: tenantOfScope(scope), scope };
        const { kind } = authorize(actor, permission, { target, nowMs: NOW_MS });
        expect(kind).toBe(expectedKind(actor, permission, scope));
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
        // Lists and gets cannot disagree, and what may be done somewhere is held at some node.
        const isCovered = covers(visibilityOf(actor, permission, NOW_MS), target);
        expect(isCovered).toBe(holds(actor, permission, scope));
        if (kind === 'allowed')
          expect(decideAnywhere(actor, permission, NOW_MS).kind).toBe('allowed');
      },
    ),
    { numRuns: 10_000 },
  );
  expect([...seen.keys()].toSorted()).toEqual(['allowed', 'invisible', 'refused']);
});

test('a label and its id are each other', () => {
  const id = '01890a5d-ac96-774b-bcce-b302099a8057';
  expect(idOfLabel(labelOf(id))).toBe(id);
});

test('a decision costs little', () => {
  const tenant = label('1');
  const base = { accountId: 'a', email: '', name: '', kind: 'admin', layer: 1 } as const;
  const role = { role: 'operator', effect: 'allow', expiresAt: null } as const;
  const actor: Actor = {
    ...base,
    tenantId: tenantOfScope(tenant),
    scope: tenant,
    reach: 'subtree',
    roles: [
      { ...role, scope: tenant },
      { ...role, scope: `${tenant}.${label('a')}` },
      { ...role, scope: `${tenant}.${label('b')}`, effect: 'deny' },
    ],
    licenceState: 'active',
    barredTenantIds: [],
    tokenPermissions: null,
    sessionId: null,
  };
  const request = {
    target: { tenantId: tenantOfScope(tenant), scope: `${tenant}.${label('a')}.${label('c')}` },
    nowMs: 1,
  };
  const batch = 200;
  const samples = Array.from({ length: 1_000 }, () => {
    const startMs = performance.now();
    for (let run = 0; run < batch; run += 1) authorize(actor, 'jobs:create', request);
    return ((performance.now() - startMs) * 1_000) / batch;
  }).toSorted((left, right) => left - right);
  const [median = 0, slow = 0] = [samples[500], samples[989]];
  process.stdout.write(
    `authorize: median ${median.toFixed(2)} µs, p99 of batches ${slow.toFixed(2)} µs\n`,
  );
  expect(authorize(actor, 'jobs:create', request).kind).toBe('allowed');
});
