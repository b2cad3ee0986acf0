import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { accountRoutes, organizationRoutes, sessionRoutes } from '@wardgrid/wire';
import {
  codeOf,
  openBrowser,
  PASSWORD,
  setUp,
  signIn,
  type Browser,
  type Person,
} from './browser.ts';
import { startAccountsServer, type AccountsServer } from './server.ts';

let server: AccountsServer;
let root: Person;
beforeEach(async () => {
  server = await startAccountsServer();
  root = await setUp(server);
});
afterEach(() => server.close());

const EMAIL = 'root@example.com';
const ACCESS = 'wardgrid-access';
const REFRESH = 'wardgrid-refresh';

const isAlive = (browser: Browser): Promise<string> => codeOf(browser.call(sessionRoutes.current));

/** A browser with another's cookies: a second tab, or a thief. */
function copyOf(person: Browser): Browser {
  const copy = openBrowser(server);
  for (const [name, value] of person.cookies) copy.cookies.set(name, value);
  return copy;
}

test('cookies are out of reach for scripts and other sites, and the refresh token goes to its route alone', () => {
  const [access = '', refresh = ''] = root.setCookies();
  expect(access).toMatch(/HttpOnly/);
  expect(access).toMatch(/SameSite=Lax/);
  expect(access).not.toMatch(/Secure|Domain/);
  expect(refresh).toMatch(/Path=\/api\/v1\/sessions\/refresh;/);
  expect(refresh).toMatch(/HttpOnly/);
  expect(refresh).toMatch(/SameSite=Strict/);
});

test('behind TLS the names carry their protection, and plain names are not looked at', async () => {
  const browser = openBrowser(server);
  browser.headers.set('x-forwarded-proto', 'https');
  const person = await signIn(server, { email: EMAIL }, browser);
  for (const line of person.setCookies()) expect(line).toMatch(/Secure/);
  expect([...person.cookies.keys()]).toEqual([
    '__Host-wardgrid-access',
    '__Secure-wardgrid-refresh',
  ]);
  expect(await isAlive(person)).toBe('ok');
  expect(await codeOf(person.call(sessionRoutes.refresh))).toBe('ok');
  const tossed = openBrowser(server);
  tossed.headers.set('x-forwarded-proto', 'https');
  tossed.cookies.set(ACCESS, person.cookies.get('__Host-wardgrid-access') ?? '');
  expect(await isAlive(tossed)).toBe('not-signed-in');
});

test('access ends after five minutes; refreshing rotates both tokens', async () => {
  const before = new Map(root.cookies);
  await server.clock.advance(300_000);
  expect(await isAlive(root)).toBe('session-expired');
  const session = await root.call(sessionRoutes.refresh);
  expect(Date.parse(session.accessExpiresAt) - server.clock.now()).toBe(300_000);
  expect(await isAlive(root)).toBe('ok');
  for (const name of [ACCESS, REFRESH]) expect(root.cookies.get(name)).not.toBe(before.get(name));
});

test('tabs that refresh at once get the same successor and all go on', async () => {
  const tabs = Array.from({ length: 8 }, () => copyOf(root));
  expect(await Promise.all(tabs.map((tab) => codeOf(tab.call(sessionRoutes.refresh))))).toEqual(
    tabs.map(() => 'ok'),
  );
  expect(new Set(tabs.map((tab) => tab.cookies.get(REFRESH))).size).toBe(1);
  expect(await isAlive(tabs[7] ?? root)).toBe('ok');
});

test('an old refresh token after the grace ends the session for thief and owner', async () => {
  const thief = copyOf(root);
  await root.call(sessionRoutes.refresh);
  await server.clock.advance(20_001);
  expect(await codeOf(thief.call(sessionRoutes.refresh))).toBe('session-expired');
  expect(await isAlive(root)).toBe('session-expired');
  expect(await codeOf(root.call(sessionRoutes.refresh))).toBe('session-expired');
});

test('a refresh token of long ago ends the session at once, grace or not', async () => {
  const thief = copyOf(root);
  for (let round = 0; round < 5; round += 1) await root.call(sessionRoutes.refresh);
  expect(await codeOf(thief.call(sessionRoutes.refresh))).toBe('session-expired');
  expect(await isAlive(root)).toBe('session-expired');
});

test('a thief who refreshes first is thrown out when the owner does', async () => {
  const thief = copyOf(root);
  await thief.call(sessionRoutes.refresh);
  await server.clock.advance(30_000);
  expect(await codeOf(root.call(sessionRoutes.refresh))).toBe('session-expired');
  expect(await isAlive(thief)).toBe('session-expired');
});

test('a made-up refresh token for a known session harms nobody', async () => {
  const forger = openBrowser(server);
  const token = root.cookies.get(REFRESH) ?? '';
  for (const forged of [
    '',
    'x',
    token.slice(0, 22) + 'A'.repeat(64),
    `${token}A`,
    token.toLowerCase(),
  ]) {
    forger.cookies.set(REFRESH, forged);
    expect(await codeOf(forger.call(sessionRoutes.refresh))).toBe('session-expired');
  }
  expect(await isAlive(root)).toBe('ok');
  expect(await codeOf(root.call(sessionRoutes.refresh))).toBe('ok');
});

test('a session unused for twelve hours ends, one in use after a week', async () => {
  const idle = await signIn(server, { email: EMAIL });
  for (let hours = 0; hours < 7 * 24 - 6; hours += 6) {
    await server.clock.advance(6 * 3_600_000);
    expect(await codeOf(root.call(sessionRoutes.refresh))).toBe('ok');
    if (hours === 6) expect(await codeOf(idle.call(sessionRoutes.refresh))).toBe('session-expired');
  }
  await server.clock.advance(6 * 3_600_000);
  expect(await codeOf(root.call(sessionRoutes.refresh))).toBe('session-expired');
});

test('access tokens that we did not sign, or for other sessions, open nothing', async () => {
  const [header, payload = ''] = (root.cookies.get(ACCESS) ?? '').split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<
    string,
    unknown
  >;
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = (key: Uint8Array, body: unknown) => {
    const text = `${header}.${encode(body)}`;
    return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
  };
  const { accessToken } = server.platform.keys;
  const none = `${encode({ alg: 'none', typ: 'JWT' })}.${payload}.`;
  const other = '01890a5d-ac96-774b-bcce-b302099a8057';
  const attempts = [
    none,
    signed(new Uint8Array(32), claims),
    signed(accessToken, { ...claims, sid: other }),
    signed(accessToken, { ...claims, sub: other }),
    signed(accessToken, { ...claims, epoch: 2 }),
  ];
  for (const token of attempts) {
    const browser = openBrowser(server);
    browser.cookies.set(ACCESS, token);
    expect(await isAlive(browser)).toBe('session-expired');
  }
  expect(await isAlive(root)).toBe('ok');
});

test('signing out ends the session at once, on every controller within a second', async () => {
  const beside = await startAccountsServer({ beside: server });
  try {
    const there = openBrowser(beside);
    for (const [name, value] of root.cookies) there.cookies.set(name, value);
    const thief = copyOf(root);
    expect(await isAlive(there)).toBe('ok');
    await root.call(sessionRoutes.signOut);
    expect([...root.cookies.keys()]).toEqual([]);
    expect(await isAlive(thief)).toBe('session-expired');
    expect(await codeOf(thief.call(sessionRoutes.refresh))).toBe('session-expired');
    await vi.waitFor(async () => expect(await isAlive(there)).toBe('session-expired'), {
      timeout: 1_000,
    });
  } finally {
    await beside.close();
  }
});

test('a session made at one controller is good at another at once, and so is its end', async () => {
  const beside = await startAccountsServer({ beside: server });
  try {
    for (let round = 0; round < 5; round += 1) {
      const person = await signIn(beside, { email: EMAIL }, openBrowser(beside));
      const here = openBrowser(server);
      for (const [name, value] of person.cookies) here.cookies.set(name, value);
      await vi.waitFor(async () => expect(await isAlive(here)).toBe('ok'), { timeout: 1_000 });
    }
  } finally {
    await beside.close();
  }
});

test('a person sees the own sessions and ends one', async () => {
  const phone = await signIn(server, { email: EMAIL }, openBrowser(server, '203.0.113.200'));
  const { data } = await root.call(sessionRoutes.list);
  expect(data).toHaveLength(2);
  expect(data.filter(({ isCurrent }) => isCurrent)).toHaveLength(1);
  const other = data.find(({ isCurrent }) => !isCurrent);
  expect(other?.address).toBe('203.0.113.200');
  await root.call(sessionRoutes.revoke, { params: { id: other?.id ?? '' } });
  expect(await isAlive(phone)).toBe('session-expired');
  expect(await codeOf(root.call(sessionRoutes.revoke, { params: { id: other?.id ?? '' } }))).toBe(
    'not-found',
  );
});

test('a new password needs the old one, ends other sessions, and keeps the own', async () => {
  const other = await signIn(server, { email: EMAIL });
  const change = (currentPassword: string, newPassword: string) =>
    codeOf(root.call(sessionRoutes.changePassword, { body: { currentPassword, newPassword } }));
  const fresh = 'eine ganz andere Passphrase 9';
  expect(await change('wrong', fresh)).toBe('sign-in-failed');
  expect(await change(PASSWORD, 'password1234')).toBe('account-password-weak');
  expect(await change(PASSWORD, fresh)).toBe('ok');
  expect(await isAlive(root)).toBe('ok');
  expect(await isAlive(other)).toBe('session-expired');
  expect(await codeOf(other.call(sessionRoutes.refresh))).toBe('session-expired');
  expect(await codeOf(signIn(server, { email: EMAIL }))).toBe('sign-in-failed');
  expect(await codeOf(signIn(server, { email: EMAIL, password: fresh }))).toBe('ok');
});

test('a stolen session cannot try out the password without end', async () => {
  const body = { currentPassword: 'wrong', newPassword: 'eine ganz andere Passphrase 9' };
  const codes: string[] = [];
  for (let round = 0; round < 8; round += 1)
    codes.push(await codeOf(root.call(sessionRoutes.changePassword, { body })));
  expect(codes.slice(5)).toEqual(['rate-limited', 'rate-limited', 'rate-limited']);
});

test("an unsafe request needs the session's token and may not come from another site", async () => {
  const { data } = await root.call(organizationRoutes.list);
  const params = { id: data[0]?.id ?? ('' as never) };
  const rename = (browser: Browser) =>
    codeOf(browser.call(organizationRoutes.update, { params, body: { name: 'Renamed' } }));
  const other = await signIn(server, { email: EMAIL });
  const cases: readonly [string, Readonly<Record<string, string>>, string][] = [
    ['no token', { 'x-wardgrid-csrf': '' }, 'csrf-refused'],
    ["another session's token", { 'x-wardgrid-csrf': other.session.csrfToken }, 'csrf-refused'],
    ['another site', { 'sec-fetch-site': 'cross-site' }, 'csrf-refused'],
    ['a neighbouring subdomain', { 'sec-fetch-site': 'same-site' }, 'csrf-refused'],
    ['another origin', { origin: 'https://evil.example' }, 'csrf-refused'],
    ['an opaque origin', { origin: 'null' }, 'csrf-refused'],
    ['the console', { 'sec-fetch-site': 'same-origin', origin: server.url }, 'ok'],
  ];
  for (const [name, headers, expected] of cases) {
    const browser = copyOf(root);
    browser.headers.set('x-wardgrid-csrf', root.session.csrfToken);
    for (const [header, value] of Object.entries(headers)) browser.headers.set(header, value);
    expect([name, await rename(browser)]).toEqual([name, expected]);
  }
});

test("signing in, refreshing and accepting cannot be done by another site's page", async () => {
  const browser = copyOf(root);
  browser.headers.set('sec-fetch-site', 'cross-site');
  expect(await codeOf(browser.call(sessionRoutes.refresh))).toBe('csrf-refused');
  const body = { email: EMAIL, password: PASSWORD };
  expect(await codeOf(browser.call(sessionRoutes.create, { body }))).toBe('csrf-refused');
  const invitation = { token: 'x'.repeat(43), password: PASSWORD };
  expect(await codeOf(browser.call(accountRoutes.accept, { body: invitation }))).toBe(
    'csrf-refused',
  );
});

test('a document is shown while the session lives, also when access must be renewed, and not after', async () => {
  const access = (cookies: Record<string, string>) =>
    server.accounts.documentAccess({ headers: {}, cookies });
  const own = { [ACCESS]: root.cookies.get(ACCESS) ?? '' };
  expect(access({})).toBe('anonymous');
  expect(access({ [ACCESS]: 'a.b.c' })).toBe('anonymous');
  const seen = access(own);
  expect(seen !== 'anonymous' && seen.permissions.has('tenants:create')).toBe(true);
  await server.clock.advance(3_600_000);
  expect(access(own)).not.toBe('anonymous');
  await server.clock.advance(12 * 3_600_000);
  expect(access(own)).toBe('anonymous');
});

test('at most fifty sessions live; the least recently used end', async () => {
  await server.clock.advance(1_000);
  for (let count = 0; count < 50; count += 1) {
    await signIn(server, { email: EMAIL });
    await server.clock.advance(10);
  }
  const newest = await signIn(server, { email: EMAIL });
  expect((await newest.call(sessionRoutes.list)).data).toHaveLength(50);
  expect(await isAlive(root)).toBe('session-expired');
});
