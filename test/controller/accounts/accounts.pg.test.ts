import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  accountRoutes,
  groupRoutes,
  organizationRoutes,
  sessionRoutes,
  tenantRoutes,
  type Account,
  type NewAccount,
} from '@wardgrid/wire';
import type * as z from 'zod';
import {
  accept,
  addPerson,
  codeOf,
  openBrowser,
  PASSWORD,
  setUp,
  signIn,
  type Person,
} from './browser.ts';
import { startAccountsServer, type AccountsServer } from './server.ts';

type Given = z.input<typeof NewAccount>;

let server: AccountsServer;
let root: Person;
/** Scopes by name: a.b.c are a tenant, its organization and the group in it. */
const scopes: Record<string, string> = { '': '' };
const people: Record<string, Person> = {};

const owner = (scope: string) => [{ role: 'owner' as const, scope }];
let count = 0;
const email = (): string => `person${(count += 1)}@example.com`;

function given(scope: string, over: Partial<Given> = {}): Given {
  return {
    email: email(),
    name: 'P',
    kind: 'admin',
    scope,
    reach: 'subtree',
    assignments: owner(scope),
    ...over,
  };
}

beforeAll(async () => {
  server = await startAccountsServer();
  root = await setUp(server);
  for (const name of ['t', 'u']) {
    const tenant = await root.call(tenantRoutes.create, {
      body: { name: `Tenant ${name}`, licence: { seats: 10, validDays: 30 } },
    });
    scopes[name] = tenant.scope;
    for (const part of ['o', 'p']) {
      const organization = await root.call(organizationRoutes.create, {
        body: { name: `${name} ${part}`, tenantId: tenant.id },
      });
      scopes[`${name}.${part}`] = organization.scope;
      const group = await root.call(groupRoutes.create, {
        body: { name: 'g', organizationId: organization.id },
      });
      scopes[`${name}.${part}.g`] = group.scope;
    }
  }
  const at = (name: string): string => scopes[name] ?? '';
  people['root'] = root;
  people['helper'] = await addPerson(server, root, given('', { kind: 'user' }));
  people['t'] = await addPerson(server, root, given(at('t')));
  people['t2'] = await addPerson(server, root, given(at('t')));
  people['u'] = await addPerson(server, root, given(at('u')));
  people['t-direct'] = await addPerson(server, root, given(at('t'), { reach: 'direct' }));
  const t = people['t'];
  people['t-user'] = await addPerson(server, t, given(at('t'), { kind: 'user' }));
  people['t.o'] = await addPerson(server, t, given(at('t.o')));
  people['t.p'] = await addPerson(server, t, given(at('t.p')));
  people['t.o.g'] = await addPerson(server, people['t.o'], given(at('t.o.g')));
  people['t.o.g-user'] = await addPerson(
    server,
    people['t.o.g'],
    given(at('t.o.g'), { kind: 'user' }),
  );
  people['t.o-viewer'] = await addPerson(
    server,
    people['t.o'],
    given(at('t.o'), {
      kind: 'user',
      assignments: [{ role: 'client-viewer', scope: at('t.o') }],
    }),
  );
});
afterAll(() => server.close());

const levels = (scope: string): number => (scope === '' ? 0 : scope.split('.').length);
const isInside = (scope: string, top: string): boolean =>
  top === '' || `${scope}.`.startsWith(`${top}.`);

/** What tenancy.md says, naively: everybody here but the viewer is owner of the own scope. */
function seesOf(actor: Account, other: Account): boolean {
  if (actor.assignments[0]?.role !== 'owner') return false;
  if (!isInside(other.scope, actor.scope)) return false;
  return actor.reach === 'subtree' || levels(other.scope) <= levels(actor.scope) + 1;
}

function managesOf(actor: Account, other: Account): boolean {
  const isBelow = other.kind === 'user' || other.scope !== actor.scope;
  return (
    actor.kind === 'admin' &&
    other.layer > actor.layer &&
    isBelow &&
    isInside(other.scope, actor.scope)
  );
}

async function accountsByName(): Promise<Map<string, Account>> {
  const { data } = await root.call(accountRoutes.list, { query: { limit: 500 } });
  const byId = new Map(data.map((account) => [account.id, account]));
  return new Map(
    Object.entries(people).map(([name, person]) => {
      const account = byId.get(person.session.accountId);
      if (!account) throw new Error(`no account of ${name}`);
      return [name, account];
    }),
  );
}

test('layers count from the Global Admin, and names are those of the places', async () => {
  const accounts = await accountsByName();
  const layers = Object.fromEntries([...accounts].map(([name, { layer }]) => [name, layer]));
  expect(layers).toEqual({
    root: 0,
    helper: 1,
    t: 1,
    t2: 1,
    u: 1,
    't-direct': 1,
    't-user': 2,
    't.o': 2,
    't.p': 2,
    't.o.g': 3,
    't.o.g-user': 4,
    't.o-viewer': 3,
  });
  expect(accounts.get('root')).toMatchObject({ tenantName: null, scopeName: 'Platform' });
  expect(accounts.get('t')).toMatchObject({ tenantName: 'Tenant t', scopeName: 'Tenant t' });
  expect(accounts.get('t.o')).toMatchObject({ tenantName: 'Tenant t', scopeName: 't o' });
  expect(accounts.get('t.o.g')).toMatchObject({ tenantName: 'Tenant t', scopeName: 'g' });
  const shells = Object.fromEntries(
    Object.entries(people).map(([name, { session }]) => [name, session.shell]),
  );
  expect(shells).toMatchObject({
    root: 'master-grid',
    t: 'partner',
    't.o': 'client',
    't.o.g-user': 'client',
  });
  expect(people['t.o.g']?.session).toMatchObject({ tenantName: 'Tenant t', scopeName: 'g' });
});

const isOwner = (actor: Account): boolean => actor.assignments[0]?.role === 'owner';

function expectedRead(actor: Account, other: Account): string {
  if (!isOwner(actor)) return 'forbidden';
  return seesOf(actor, other) ? 'ok' : 'not-found';
}

function expectedChange(actor: Account, other: Account): string {
  if (actor.kind === 'user' || !isOwner(actor)) return 'forbidden';
  if (!seesOf(actor, other)) return 'not-found';
  return managesOf(actor, other) ? 'ok' : 'account-layer-refused';
}

test('every actor lists what the oracle lets them see', async () => {
  const accounts = await accountsByName();
  for (const [name, actor] of accounts) {
    if (!isOwner(actor)) continue;
    const { call } = people[name] ?? root;
    const { data } = await call(accountRoutes.list, { query: { limit: 500 } });
    const expected = [...accounts.values()].filter((other) => seesOf(actor, other));
    expect([name, data.map(({ id }) => id).toSorted()]).toEqual([
      name,
      expected.map(({ id }) => id).toSorted(),
    ]);
  }
});

test('every actor reads, changes, invites and deletes what the oracle allows, and nothing else', async () => {
  const accounts = [...(await accountsByName())];
  const pairs = accounts.flatMap((actor) => accounts.map((other) => [actor, other] as const));
  const seen = new Map<string, number>();
  for (const [[actorName, actor], [name, other]] of pairs) {
    const { call } = people[actorName] ?? root;
    const params = { id: other.id };
    const pair = `${actorName} → ${name}`;
    expect([pair, await codeOf(call(accountRoutes.read, { params }))]).toEqual([
      pair,
      expectedRead(actor, other),
    ]);
    const expected = expectedChange(actor, other);
    const change = codeOf(call(accountRoutes.update, { params, body: { name: 'Q' } }));
    expect([pair, await change]).toEqual([pair, expected]);
    seen.set(expected, (seen.get(expected) ?? 0) + 1);
    if (expected === 'ok') continue;
    expect(await codeOf(call(accountRoutes.invite, { params }))).toBe(expected);
    expect(await codeOf(call(accountRoutes.delete, { params }))).toBe(expected);
  }
  expect(seen.size).toBe(4);
  expect(Math.min(...seen.values())).toBeGreaterThan(10);
});

test("an unknown account and another tenant's are the same to the last letter", async () => {
  const { call } = people['t'] ?? root;
  const hidden = people['u']?.session.accountId ?? ('' as never);
  const unknown = '01890a5d-ac96-774b-bcce-b302099a8057' as typeof hidden;
  const answers = await Promise.all(
    [hidden, unknown].map((id) =>
      call(accountRoutes.read, { params: { id } }).catch((error: { problem: object }) => ({
        ...error.problem,
        instance: '',
      })),
    ),
  );
  expect(answers[0]).toEqual(answers[1]);
});

function expectedCreation(actor: Account, scope: string, kind: 'admin' | 'user'): string {
  if (actor.kind === 'user' || !isOwner(actor)) return 'forbidden';
  if (!isInside(scope, actor.scope)) return 'not-found';
  const isDeeper = levels(scope) > levels(actor.scope);
  if (actor.reach === 'subtree')
    return isDeeper || kind === 'user' ? 'ok' : 'account-layer-refused';
  if (levels(scope) > levels(actor.scope) + 1) return 'not-found';
  // Of a node below, someone with direct reach sees nothing deeper, so cannot give it away.
  return !isDeeper && kind === 'user' ? 'ok' : 'account-layer-refused';
}

test('where and whom each may create is as the oracle says', async () => {
  const accounts = [...(await accountsByName())];
  const cases = accounts.flatMap(([name, actor]) =>
    Object.entries(scopes).flatMap(([place, scope]) =>
      (['admin', 'user'] as const).map((kind) => ({ name, actor, place, scope, kind })),
    ),
  );
  const seen = new Set<string>();
  for (const { name, actor, place, scope, kind } of cases) {
    const { call } = people[name] ?? root;
    const { reach } = actor;
    const made = codeOf(call(accountRoutes.create, { body: given(scope, { kind, reach }) }));
    const expected = expectedCreation(actor, scope, kind);
    expect([name, place, kind, await made]).toEqual([name, place, kind, expected]);
    seen.add(expected);
  }
  expect(seen.size).toBe(4);
});

test('scopes that do not exist, roles outside the scope, and doubles are refused', async () => {
  const { call } = people['t'] ?? root;
  const scope = `${scopes['t']}.${'0'.repeat(32)}`;
  expect(await codeOf(call(accountRoutes.create, { body: given(scope) }))).toBe('not-found');
  const outside = given(scopes['t.o'] ?? '', { assignments: owner(scopes['t.p'] ?? '') });
  expect(await codeOf(call(accountRoutes.create, { body: outside }))).toBe('account-layer-refused');
  const twice = given(scopes['t.o'] ?? '', {
    assignments: [...owner(scopes['t.o'] ?? ''), ...owner(scopes['t.o'] ?? '')],
  });
  expect(await codeOf(call(accountRoutes.create, { body: twice }))).toBe('invalid-body');
  const taken = given(scopes['t.o'] ?? '', { email: 'root@example.com' });
  expect(await codeOf(call(accountRoutes.create, { body: taken }))).toBe('account-email-taken');
});

test('who lacks a right gives it to nobody: by creating, changing, widening, enabling or inviting', async () => {
  const scope = scopes['t.o'] ?? '';
  const below = scopes['t.o.g'] ?? '';
  const viewer = [{ role: 'client-viewer' as const, scope: below }];
  const weak = await addPerson(
    server,
    people['t'] ?? root,
    given(scope, {
      assignments: [...owner(scope), { role: 'client-viewer', scope, effect: 'deny' }],
    }),
  );
  expect(weak.session.permissions).toContain('accounts:create');
  expect(weak.session.permissions).not.toContain('devices:read');
  const strong = await addPerson(
    server,
    people['t.o'] ?? root,
    given(below, { kind: 'user', reach: 'direct', assignments: viewer }),
  );
  const params = { id: strong.session.accountId };
  const change = (body: z.input<typeof accountRoutes.update.body>) =>
    codeOf(weak.call(accountRoutes.update, { params, body }));
  const body = given(below, { kind: 'user', assignments: viewer });
  expect(await codeOf(weak.call(accountRoutes.create, { body }))).toBe('account-layer-refused');
  expect(await codeOf(weak.call(accountRoutes.invite, { params }))).toBe('account-layer-refused');
  expect(await change({ reach: 'subtree' })).toBe('account-layer-refused');
  expect(await change({ assignments: viewer })).toBe('account-layer-refused');
  // Taking power away is within anybody's layer; giving it back is not.
  expect(await change({ name: 'Renamed' })).toBe('ok');
  expect(await change({ isDisabled: true })).toBe('ok');
  expect(await change({ isDisabled: false })).toBe('account-layer-refused');
});

test('a change of roles takes effect at once everywhere, and the session goes on with them', async () => {
  const beside = await startAccountsServer({ beside: server });
  try {
    const person = await addPerson(
      server,
      people['t'] ?? root,
      given(scopes['t.o'] ?? '', { kind: 'user' }),
    );
    const there = openBrowser(beside);
    for (const [name, value] of person.cookies) there.cookies.set(name, value);
    expect(await codeOf(there.call(organizationRoutes.list))).toBe('ok');
    const params = { id: person.session.accountId };
    const assignments = [{ role: 'client-viewer' as const, scope: scopes['t.o'] ?? '' }];
    await (people['t'] ?? root).call(accountRoutes.update, { params, body: { assignments } });
    expect(await codeOf(person.call(accountRoutes.list))).toBe('session-expired');
    await vi.waitFor(
      async () => expect(await codeOf(there.call(organizationRoutes.list))).toBe('session-expired'),
      { timeout: 1_000 },
    );
    const session = await person.call(sessionRoutes.refresh);
    expect(session.roles).toEqual(['client-viewer']);
    expect(await codeOf(person.call(accountRoutes.list))).toBe('forbidden');
    expect(await codeOf(person.call(organizationRoutes.list))).toBe('ok');
  } finally {
    await beside.close();
  }
});

test('disabling ends sessions and sign-in; enabling lets sign in again', async () => {
  const mail = email();
  const person = await addPerson(
    server,
    people['t'] ?? root,
    given(scopes['t.o'] ?? '', { kind: 'user', email: mail }),
  );
  const params = { id: person.session.accountId };
  const set = (isDisabled: boolean) =>
    (people['t'] ?? root).call(accountRoutes.update, { params, body: { isDisabled } });
  expect((await set(true)).state).toBe('disabled');
  expect(await codeOf(person.call(sessionRoutes.current))).toBe('session-expired');
  expect(await codeOf(person.call(sessionRoutes.refresh))).toBe('session-expired');
  expect(await codeOf(signIn(server, { email: mail }, openBrowser(server, '127.0.0.1')))).toBe(
    'sign-in-failed',
  );
  expect(await codeOf((people['t'] ?? root).call(accountRoutes.invite, { params }))).toBe(
    'account-layer-refused',
  );
  expect((await set(false)).state).toBe('active');
  expect(await codeOf(person.call(sessionRoutes.refresh))).toBe('session-expired');
  expect(await codeOf(signIn(server, { email: mail }))).toBe('ok');
});

test('an invitation works once, for three days, the newest alone, and ends what the old password opened', async () => {
  const { call } = people['t'] ?? root;
  const mail = email();
  const first = await call(accountRoutes.create, {
    body: given(scopes['t.o'] ?? '', { kind: 'user', email: mail }),
  });
  expect(first.account.state).toBe('invited');
  const params = { id: first.account.id };
  const second = await call(accountRoutes.invite, { params });
  expect(await codeOf(accept(server, first.invitation.path))).toBe('account-invitation-invalid');
  expect(await codeOf(accept(server, second.path, 'password1234'))).toBe('account-password-weak');
  const codes = await Promise.all([1, 2, 3].map(() => codeOf(accept(server, second.path))));
  expect(codes.toSorted()).toEqual([
    'account-invitation-invalid',
    'account-invitation-invalid',
    'ok',
  ]);
  const person = await signIn(server, { email: mail });
  const third = await call(accountRoutes.invite, { params });
  expect(await codeOf(person.call(sessionRoutes.current))).toBe('ok');
  await accept(server, third.path, 'eine ganz andere Passphrase 9');
  expect(await codeOf(person.call(sessionRoutes.current))).toBe('session-expired');
  expect(await codeOf(signIn(server, { email: mail }))).toBe('sign-in-failed');
});

test('a tenant that bars the platform hides its accounts from it', async () => {
  const { data } = await root.call(tenantRoutes.list);
  const id = data.find(({ name }) => name === 'Tenant u')?.id ?? ('' as never);
  const uOwner = people['u'] ?? root;
  const params = { id: uOwner.session.accountId };
  expect(await codeOf(root.call(accountRoutes.read, { params }))).toBe('ok');
  await uOwner.call(tenantRoutes.update, { params: { id }, body: { isSupportAccessOn: false } });
  await vi.waitFor(
    async () => expect(await codeOf(root.call(accountRoutes.read, { params }))).toBe('not-found'),
    { timeout: 1_000 },
  );
  expect(
    await codeOf(root.call(accountRoutes.update, { params, body: { isDisabled: true } })),
  ).toBe('not-found');
  expect(await codeOf(root.call(accountRoutes.create, { body: given(scopes['u.o'] ?? '') }))).toBe(
    'not-found',
  );
  await uOwner.call(tenantRoutes.update, { params: { id }, body: { isSupportAccessOn: true } });
});

test('the last owner of a tenant stays while others live in it, and may go after them', async () => {
  const uOwner = people['u'] ?? root;
  const params = { id: uOwner.session.accountId };
  await vi.waitFor(async () =>
    expect(await codeOf(root.call(accountRoutes.read, { params }))).toBe('ok'),
  );
  const { data } = await root.call(accountRoutes.list, { query: { limit: 500 } });
  const others = data.filter(
    ({ scope, id }) => isInside(scope, scopes['u'] ?? '') && id !== params.id,
  );
  expect(others.length).toBeGreaterThan(0);
  const analyst = [{ role: 'analyst' as const, scope: scopes['u'] ?? '' }];
  for (const body of [{ isDisabled: true }, { assignments: analyst }])
    expect(await codeOf(root.call(accountRoutes.update, { params, body }))).toBe(
      'account-last-admin',
    );
  expect(await codeOf(root.call(accountRoutes.delete, { params }))).toBe('account-last-admin');
  // Whoever was only invited cannot take over, so does not count as another owner.
  for (const { id } of others) await root.call(accountRoutes.delete, { params: { id } });
  expect(await codeOf(root.call(accountRoutes.delete, { params }))).toBe('ok');
  expect(await codeOf(uOwner.call(sessionRoutes.current))).toBe('session-expired');
});

test("the Global Admin is beyond everybody's reach, its own included", async () => {
  const params = { id: root.session.accountId };
  for (const body of [{ isDisabled: true }, { name: 'X' }])
    expect(await codeOf(root.call(accountRoutes.update, { params, body }))).toBe(
      'account-layer-refused',
    );
  expect(await codeOf(root.call(accountRoutes.delete, { params }))).toBe('account-layer-refused');
  expect(await codeOf(signIn(server, { email: 'root@example.com', password: PASSWORD }))).toBe(
    'ok',
  );
});

test('lists filter, sort and page like every list', async () => {
  const admins = await root.call(accountRoutes.list, {
    query: { filter: 'kind:admin layer:<2', sort: '-layer' },
  });
  expect(admins.data.at(-1)?.layer).toBe(0);
  expect(new Set(admins.data.map(({ kind }) => kind))).toEqual(new Set(['admin']));
  const page = await root.call(accountRoutes.list, { query: { limit: 2 } });
  const next = await root.call(accountRoutes.list, {
    query: { limit: 2, cursor: page.nextCursor ?? '' },
  });
  expect(next.data[0]?.email.localeCompare(page.data[1]?.email ?? '')).toBe(1);
  const named = await root.call(accountRoutes.list, { query: { filter: 'tenant:"Tenant t"' } });
  expect(new Set(named.data.map(({ tenantName }) => tenantName))).toEqual(new Set(['Tenant t']));
});
