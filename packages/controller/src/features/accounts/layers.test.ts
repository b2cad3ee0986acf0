import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Permission, RoleName } from '@wardgrid/wire';
import {
  covers,
  tenantOfScope,
  visibilityOf,
  type Actor,
  type HeldRole,
} from '../../platform/authorize.ts';
import {
  grantRefusal,
  layerOfCreated,
  manageRefusal,
  placeRefusal,
  type Standing,
} from './layers.ts';

/* A small world: two tenants, organizations and groups three deep. */
const label = (digit: string): string => digit.repeat(32);
const T1 = label('1');
const T2 = label('2');
const O1 = `${T1}.${label('a')}`;
const O2 = `${T1}.${label('b')}`;
const G1 = `${O1}.${label('c')}`;
const G2 = `${G1}.${label('d')}`;
const SCOPES = ['', T1, T2, O1, O2, G1, G2, `${T2}.${label('e')}`];
const NOW_MS = 1_000;
const TIMES = [NOW_MS, 1_500, 1_999, 2_000, 2_500, 3_000, 1e15];

function actorOf(given: Partial<Actor> & Pick<Actor, 'scope' | 'roles'>): Actor {
  return {
    accountId: 'actor',
    email: '',
    name: '',
    kind: 'admin',
    layer: 1,
    tenantId: tenantOfScope(given.scope),
    reach: 'subtree',
    licenceState: 'active',
    barredTenantIds: [],
    tokenPermissions: null,
    sessionId: null,
    ...given,
  };
}

const within = (scope: string): string[] =>
  SCOPES.filter((other) => scope === '' || other === scope || other.startsWith(`${scope}.`));

function roles(scope: string): fc.Arbitrary<HeldRole[]> {
  return fc.array(
    fc.record({
      role: fc.constantFrom(...RoleName.options),
      scope: fc.constantFrom(...within(scope)),
      effect: fc.constantFrom('allow', 'allow', 'allow', 'deny'),
      expiresAt: fc.constantFrom(null, null, 1_500, 2_000, 3_000),
    }),
    { minLength: 1, maxLength: 4 },
  );
}

const standing: fc.Arbitrary<Standing> = fc.constantFrom(...SCOPES).chain((scope) =>
  fc.record({
    kind: fc.constantFrom('admin', 'user'),
    scope: fc.constant(scope),
    reach: fc.constantFrom('direct', 'subtree'),
    roles: roles(scope),
  }),
);

const creator: fc.Arbitrary<Actor> = fc
  .record({
    account: standing,
    tokenPermissions: fc.option(
      fc.uniqueArray(fc.constantFrom(...Permission.options)).map((list) => new Set(list)),
      { freq: 4 },
    ),
  })
  .map(({ account, tokenPermissions }) => actorOf({ ...account, tokenPermissions }));

/** What the receiver may do at a moment and the giver may not. */
function excessOf(receiver: Actor, giver: Actor, nowMs: number): string[] {
  return Permission.options.flatMap((permission) => {
    const given = visibilityOf(receiver, permission, nowMs);
    const own = visibilityOf(giver, permission, nowMs);
    return SCOPES.map((scope) => ({ tenantId: tenantOfScope(scope), scope }))
      .filter((target) => covers(given, target) && !covers(own, target))
      .map(({ scope }) => `${permission} at '${scope}'`);
  });
}

test('whatever may be given, the receiver can do nothing at any time that the giver cannot', () => {
  let granted = 0;
  fc.assert(
    fc.property(creator, standing, (actor, account) => {
      fc.pre(placeRefusal(actor, account) === null);
      if (grantRefusal(actor, account, NOW_MS) !== null) return;
      granted += 1;
      const receiver = actorOf({ ...account, layer: layerOfCreated(actor) });
      for (const nowMs of TIMES) expect(excessOf(receiver, actor, nowMs)).toEqual([]);
    }),
    { numRuns: 3_000 },
  );
  expect(granted).toBeGreaterThan(100);
});

test('an owner may give every role below, for as long as it likes', () => {
  const owner = actorOf({
    scope: T1,
    roles: [{ role: 'owner', scope: T1, effect: 'allow', expiresAt: null }],
  });
  for (const role of RoleName.options) {
    const account: Standing = {
      kind: 'admin',
      scope: O1,
      reach: 'subtree',
      roles: [{ role, scope: O1, effect: 'allow', expiresAt: null }],
    };
    expect(grantRefusal(owner, account, NOW_MS)).toBeNull();
  }
});

test('nobody gives what is denied to them below, beyond their reach, or longer than they hold it', () => {
  const account: Standing = {
    kind: 'user',
    scope: O1,
    reach: 'subtree',
    roles: [{ role: 'auditor', scope: O1, effect: 'allow', expiresAt: null }],
  };
  const allow = { role: 'owner', scope: T1, effect: 'allow', expiresAt: null } as const;
  const deny = { role: 'auditor', scope: G2, effect: 'deny', expiresAt: null } as const;
  const ask = (given: Partial<Actor>) =>
    grantRefusal(actorOf({ scope: T1, roles: [allow], ...given }), account, NOW_MS);
  expect(ask({})).toBeNull();
  expect(ask({ roles: [allow, deny] })).toMatch(/do not hold/);
  expect(ask({ reach: 'direct' })).toMatch(/do not hold/);
  expect(ask({ roles: [{ ...allow, expiresAt: 5_000 }] })).toMatch(/do not hold/);
  expect(ask({ tokenPermissions: new Set(['accounts:create']) })).toMatch(/do not hold/);
  const outside = {
    ...account,
    roles: [{ role: 'auditor', scope: T1, effect: 'allow', expiresAt: null } as const],
  };
  expect(grantRefusal(actorOf({ scope: T1, roles: [allow] }), outside, NOW_MS)).toMatch(/outside/);
});

test('the layer matrix is that of a naive oracle', () => {
  const actors = SCOPES.flatMap((scope) =>
    (['admin', 'user'] as const).flatMap((kind) =>
      [0, 1, 2, 3].map((layer) => ({ scope, kind, layer })),
    ),
  );
  const pairs = actors.flatMap((actor) =>
    actors.flatMap((subject) => ['actor', 'other'].map((id) => ({ actor, subject, id }))),
  );
  let allowed = 0;
  for (const { actor, subject, id } of pairs) {
    const by = actorOf({ ...actor, roles: [] });
    const of = { ...subject, id, reach: 'direct' as const, roles: [] };
    const isInside = within(actor.scope).includes(subject.scope);
    const isBelow = isInside && subject.scope !== actor.scope;
    const isPlaced = actor.kind === 'admin' && (subject.kind === 'admin' ? isBelow : isInside);
    const expected = isPlaced && subject.layer > actor.layer && id !== 'actor';
    expect(manageRefusal(by, of) === null).toBe(expected);
    expect(placeRefusal(by, of) === null).toBe(isPlaced);
    if (expected) allowed += 1;
  }
  expect(allowed).toBeGreaterThan(50);
});
