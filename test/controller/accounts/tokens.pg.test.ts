import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  accountRoutes,
  apiTokenRoutes,
  createClient,
  deviceCodeRoutes,
  organizationRoutes,
  savedViewRoutes,
  sessionRoutes,
  tenantRoutes,
  type Call,
  type Permission,
} from '@wardgrid/wire';
import { addPerson, codeOf, openBrowser, PASSWORD, setUp, type Person } from './browser.ts';
import { startAccountsServer, type AccountsServer } from './server.ts';

let server: AccountsServer;
let root: Person;
beforeEach(async () => {
  server = await startAccountsServer();
  root = await setUp(server);
});
afterEach(() => server.close());

function bearer(value: string, headers: Readonly<Record<string, string>> = {}): Call {
  return createClient({
    baseUrl: server.url,
    transport: fetch,
    headers: () => ({ authorization: `Bearer ${value}`, ...headers }),
  });
}

async function makeToken(person: Person, permissions: readonly Permission[], expiresInDays = 1) {
  const body = { name: 'script', permissions: [...permissions], expiresInDays };
  return person.call(apiTokenRoutes.create, { body });
}

test('a token does what it may within what its owner may, and is shown once', async () => {
  const { token, value } = await makeToken(root, ['tenants:read']);
  expect(value).toMatch(/^wgt_/);
  const script = bearer(value);
  expect((await script(tenantRoutes.list)).data).toHaveLength(1);
  expect(await codeOf(script(organizationRoutes.list))).toBe('forbidden');
  const { data } = await root.call(apiTokenRoutes.list);
  expect(data).toMatchObject([{ id: token.id, prefix: value.slice(0, 12) }]);
  expect(JSON.stringify(data)).not.toContain(value);
  const session = await script(sessionRoutes.current);
  expect(session).toMatchObject({ permissions: ['tenants:read'], csrfToken: '' });
  expect(session.sessionExpiresAt).toBe(token.expiresAt);
});

test('a token loses what its owner loses, at once', async () => {
  const assignments = [{ role: 'operator' as const, scope: '' }];
  const person = await addPerson(server, root, {
    email: 'op@example.com',
    name: 'Op',
    kind: 'user',
    scope: '',
    reach: 'subtree',
    assignments,
  });
  const { value } = await makeToken(person, ['tenants:read', 'organizations:update']);
  const script = bearer(value);
  expect(await codeOf(script(tenantRoutes.list))).toBe('ok');
  const params = { id: person.session.accountId };
  const body = { assignments: [{ role: 'client-viewer' as const, scope: '' }] };
  await root.call(accountRoutes.update, { params, body });
  expect(await codeOf(script(tenantRoutes.list))).toBe('forbidden');
  await root.call(accountRoutes.update, { params, body: { isDisabled: true } });
  expect(await codeOf(script(sessionRoutes.current))).toBe('not-signed-in');
});

test('a token ends with its time and its revocation, on every controller within a second', async () => {
  const { token, value } = await makeToken(root, ['tenants:read']);
  const beside = await startAccountsServer({ beside: server });
  try {
    const there = createClient({
      baseUrl: beside.url,
      transport: fetch,
      headers: () => ({ authorization: `Bearer ${value}` }),
    });
    expect(await codeOf(there(tenantRoutes.list))).toBe('ok');
    await root.call(apiTokenRoutes.revoke, { params: { id: token.id } });
    expect(await codeOf(bearer(value)(tenantRoutes.list))).toBe('not-signed-in');
    await vi.waitFor(
      async () => expect(await codeOf(there(tenantRoutes.list))).toBe('not-signed-in'),
      { timeout: 1_000 },
    );
  } finally {
    await beside.close();
  }
  const short = await makeToken(root, ['tenants:read']);
  await server.clock.advance(86_400_000);
  expect(await codeOf(bearer(short.value)(tenantRoutes.list))).toBe('not-signed-in');
});

test('a token cannot make tokens, approve programs or change what proves its owner', async () => {
  const { value } = await makeToken(root, root.session.permissions);
  const script = bearer(value);
  const attempts = [
    script(apiTokenRoutes.create, { body: { name: 'x', permissions: ['tenants:read'] } }),
    script(deviceCodeRoutes.approve, { body: { userCode: 'BCDF-GHJK' } }),
    script(sessionRoutes.changePassword, {
      body: { currentPassword: PASSWORD, newPassword: PASSWORD },
    }),
    script(sessionRoutes.beginTotp, { body: { password: PASSWORD } }),
    script(sessionRoutes.confirmTotp, { body: { code: '000000' } }),
    script(sessionRoutes.removeTotp, { body: { password: PASSWORD, code: '000000' } }),
  ];
  expect(await Promise.all(attempts.map((attempt) => codeOf(attempt)))).toEqual(
    attempts.map(() => 'forbidden'),
  );
});

test('a token that may manage accounts alone cannot make or take an account that may more', async () => {
  const operator = await addPerson(server, root, {
    email: 'op@example.com',
    name: 'Op',
    kind: 'user',
    scope: '',
    reach: 'subtree',
    assignments: [{ role: 'operator', scope: '' }],
  });
  const { value } = await makeToken(root, ['accounts:read', 'accounts:create', 'accounts:update']);
  const script = bearer(value);
  const params = { id: operator.session.accountId };
  expect(await codeOf(script(accountRoutes.invite, { params }))).toBe('account-layer-refused');
  const body = { assignments: [{ role: 'owner' as const, scope: '' }] };
  expect(await codeOf(script(accountRoutes.update, { params, body }))).toBe(
    'account-layer-refused',
  );
  const account = {
    email: 'new@example.com',
    name: 'N',
    kind: 'user' as const,
    scope: '',
    assignments: [{ role: 'auditor' as const, scope: '' }],
  };
  expect(await codeOf(script(accountRoutes.create, { body: account }))).toBe(
    'account-layer-refused',
  );
});

test('with a cookie and a bearer token, the bearer token is all that counts', async () => {
  const { value } = await makeToken(root, ['tenants:read']);
  const cookie = [...root.cookies].map(([name, text]) => `${name}=${text}`).join('; ');
  const both = bearer(value, { cookie });
  expect((await both(sessionRoutes.current)).permissions).toEqual(['tenants:read']);
  expect(await codeOf(bearer('nonsense', { cookie })(sessionRoutes.current))).toBe('not-signed-in');
  expect(await codeOf(bearer(`${value}x`, { cookie })(sessionRoutes.current))).toBe(
    'not-signed-in',
  );
});

test('when a token was used is noted at most once a minute', async () => {
  const { value } = await makeToken(root, ['tenants:read']);
  const script = bearer(value);
  const usedAt = async () => (await root.call(apiTokenRoutes.list)).data[0]?.lastUsedAt;
  await script(sessionRoutes.current);
  const first = await usedAt();
  expect(first).not.toBeNull();
  await server.clock.advance(59_000);
  await script(sessionRoutes.current);
  expect(await usedAt()).toBe(first);
  await server.clock.advance(1_000);
  await script(sessionRoutes.current);
  expect(await usedAt()).not.toBe(first);
});

test('nobody makes a token that may more than themselves, nor more than fifty', async () => {
  const person = await addPerson(server, root, {
    email: 'aud@example.com',
    name: 'A',
    kind: 'user',
    scope: '',
    assignments: [{ role: 'auditor', scope: '' }],
  });
  expect(await codeOf(makeToken(person, ['devices:update']))).toBe('forbidden');
  const codes = await Promise.all(
    Array.from({ length: 55 }, () => codeOf(makeToken(person, ['devices:read']))),
  );
  expect(codes.filter((code) => code === 'ok')).toHaveLength(50);
  expect(codes.filter((code) => code === 'limit-reached')).toHaveLength(5);
});

test('signing out with a token revokes it', async () => {
  const { value } = await makeToken(root, ['tenants:read']);
  await bearer(value)(sessionRoutes.signOut);
  expect(await codeOf(bearer(value)(sessionRoutes.current))).toBe('not-signed-in');
  expect(await codeOf(root.call(sessionRoutes.current))).toBe('ok');
});

test('a program gets its token once, after a person approved its code', async () => {
  const program = openBrowser(server, '203.0.113.9');
  const code = await program.call(deviceCodeRoutes.create, {
    body: { clientName: 'wardgrid on laptop' },
  });
  const redeem = () =>
    program.call(deviceCodeRoutes.redeem, { body: { deviceCode: code.deviceCode } });
  expect(await codeOf(redeem())).toBe('device-code-pending');
  const approve = (userCode: string) => root.call(deviceCodeRoutes.approve, { body: { userCode } });
  expect(await codeOf(approve('BCDF-GHJK'))).toBe('device-code-invalid');
  expect(await approve(code.userCode.replace('-', ''))).toEqual({
    clientName: 'wardgrid on laptop',
  });
  expect(await codeOf(approve(code.userCode))).toBe('device-code-invalid');
  const results = await Promise.allSettled([redeem(), redeem(), redeem()]);
  const made = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  expect(made).toHaveLength(1);
  expect((await bearer(made[0]?.value ?? '')(sessionRoutes.current)).email).toBe(
    'root@example.com',
  );
  expect(await codeOf(redeem())).toBe('device-code-invalid');
});

test('a code expires, cannot be guessed at speed, and cannot be made without end', async () => {
  const program = openBrowser(server, '203.0.113.10');
  const create = () => program.call(deviceCodeRoutes.create, { body: { clientName: 'x' } });
  const { deviceCode, userCode } = await create();
  await server.clock.advance(600_000);
  expect(await codeOf(root.call(sessionRoutes.refresh))).toBe('ok');
  const approve = (given: string) =>
    codeOf(root.call(deviceCodeRoutes.approve, { body: { userCode: given } }));
  expect(await approve(userCode)).toBe('device-code-invalid');
  expect(await codeOf(program.call(deviceCodeRoutes.redeem, { body: { deviceCode } }))).toBe(
    'device-code-invalid',
  );
  const guesses: string[] = [];
  for (let guess = 0; guess < 12; guess += 1) guesses.push(await approve('BCDF-GHJK'));
  expect(guesses.at(-1)).toBe('rate-limited');
  const made: string[] = [];
  for (let count = 0; count < 12; count += 1) made.push(await codeOf(create()));
  expect(made.at(-1)).toBe('rate-limited');
});

test("saved views are their owner's alone and at most two hundred", async () => {
  const body = {
    noun: 'devices',
    name: 'Late',
    filter: 'status:offline',
    sort: null,
    columns: ['name'],
  };
  const view = await root.call(savedViewRoutes.create, { body });
  expect((await root.call(savedViewRoutes.list)).data).toEqual([view]);
  const other = await addPerson(server, root, {
    email: 'o@example.com',
    name: 'O',
    kind: 'user',
    scope: '',
    assignments: [{ role: 'auditor', scope: '' }],
  });
  expect((await other.call(savedViewRoutes.list)).data).toEqual([]);
  const params = { id: view.id };
  expect(await codeOf(other.call(savedViewRoutes.delete, { params }))).toBe('not-found');
  const codes = await Promise.all(
    Array.from({ length: 202 }, () => codeOf(root.call(savedViewRoutes.create, { body }))),
  );
  expect(codes.filter((code) => code === 'ok')).toHaveLength(199);
  expect(codes.filter((code) => code === 'limit-reached')).toHaveLength(3);
  await root.call(savedViewRoutes.delete, { params });
  expect((await root.call(savedViewRoutes.list)).data).toHaveLength(199);
});
