import { generateSync } from 'otplib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { blockedAddressRoutes, ProblemError, sessionRoutes, type Problem } from '@wardgrid/wire';
import {
  addPerson,
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

function attempt(browser: Browser, email: string, password: string): Promise<string> {
  return codeOf(browser.call(sessionRoutes.create, { body: { email, password } }));
}

async function problemOf(work: Promise<unknown>): Promise<Omit<Problem, 'instance'>> {
  const error = await work.catch((caught: unknown) => caught);
  if (!(error instanceof ProblemError)) throw new Error('no problem');
  const { instance: _instance, ...rest } = error.problem;
  return rest;
}

/** A different address each time, so that no block gets in the way. */
let addresses = 0;
const elsewhere = (): Browser =>
  openBrowser(server, `203.0.${Math.floor((addresses += 1) / 250)}.${addresses % 250}`);

test('unknown, disabled, invited and wrong look the same, word for word', async () => {
  const { accountRoutes } = await import('@wardgrid/wire');
  const auditor = [{ role: 'auditor' as const, scope: '' }];
  const gone = await addPerson(server, root, {
    email: 'gone@example.com',
    name: 'Gone',
    kind: 'user',
    scope: '',
    assignments: auditor,
  });
  const params = { id: gone.session.accountId };
  await root.call(accountRoutes.update, { params, body: { isDisabled: true } });
  const invited = { email: 'invited@example.com', name: 'I', kind: 'user', scope: '' } as const;
  await root.call(accountRoutes.create, { body: { ...invited, assignments: auditor } });
  const emails = [EMAIL, 'nobody@example.com', 'gone@example.com', 'invited@example.com'];
  const problems = await Promise.all(
    emails.map((email, index) =>
      problemOf(
        elsewhere().call(sessionRoutes.create, {
          body: { email, password: index === 0 ? 'wrong' : PASSWORD },
        }),
      ),
    ),
  );
  expect(new Set(problems.map((problem) => JSON.stringify(problem))).size).toBe(1);
  expect(problems[0]).toMatchObject({ code: 'sign-in-failed', status: 401 });
});

test('failures make the next attempt wait, alike for accounts that are and are not, and never for ever', async () => {
  for (const email of [EMAIL, 'nobody@example.com']) {
    for (let failure = 0; failure < 5; failure += 1)
      expect(await attempt(elsewhere(), email, 'wrong')).toBe('sign-in-failed');
    const problem = await problemOf(
      elsewhere().call(sessionRoutes.create, { body: { email, password: PASSWORD } }),
    );
    expect(problem.code).toBe('rate-limited');
    expect(problem.detail).toBe('too many failures; try again in 1 s');
  }
  await server.clock.advance(1_000);
  expect(await attempt(elsewhere(), EMAIL, PASSWORD)).toBe('ok');
  // Right once, all is forgiven.
  for (let failure = 0; failure < 5; failure += 1)
    expect(await attempt(elsewhere(), EMAIL, 'wrong')).toBe('sign-in-failed');
});

test('an attacker who goes on cannot keep the owner out for more than half a minute', async () => {
  for (let failure = 0; failure < 20; failure += 1) {
    expect(await attempt(elsewhere(), EMAIL, 'wrong')).toBe('sign-in-failed');
    await server.clock.advance(30_000);
  }
  expect(await attempt(elsewhere(), EMAIL, 'wrong')).toBe('sign-in-failed');
  expect(await attempt(elsewhere(), EMAIL, PASSWORD)).toBe('rate-limited');
  await server.clock.advance(30_000);
  expect(await attempt(elsewhere(), EMAIL, PASSWORD)).toBe('ok');
});

test('many attempts at once are as many failures', async () => {
  const codes = await Promise.all(
    Array.from({ length: 30 }, () => attempt(elsewhere(), EMAIL, 'wrong')),
  );
  expect(codes.filter((code) => code === 'sign-in-failed')).toHaveLength(5);
  expect(codes.filter((code) => code === 'rate-limited')).toHaveLength(25);
});

test('an address that fails ten times is blocked for everything, then longer, then let in again', async () => {
  const fail = async (): Promise<void> => {
    for (let failure = 0; failure < 10; failure += 1)
      await attempt(openBrowser(server, '203.0.113.66'), `a${failure}@example.com`, 'wrong');
  };
  await fail();
  const blocked = openBrowser(server, '203.0.113.66');
  expect(await attempt(blocked, EMAIL, PASSWORD)).toBe('address-blocked');
  expect(await attempt(openBrowser(server, '203.0.113.67'), EMAIL, PASSWORD)).toBe('ok');
  const { data } = await root.call(blockedAddressRoutes.list);
  expect(data).toMatchObject([{ cidr: '203.0.113.66/32', origin: 'automatic' }]);
  await server.clock.advance(15 * 60_000);
  expect(await attempt(blocked, 'x@example.com', PASSWORD)).toBe('sign-in-failed');
  await fail();
  await server.clock.advance(15 * 60_000);
  expect(await attempt(blocked, EMAIL, PASSWORD)).toBe('address-blocked');
  await server.clock.advance(15 * 60_000);
  expect(await attempt(blocked, EMAIL, PASSWORD)).toBe('ok');
});

test('an IPv6 client is blocked by its /64, an IPv4 client in IPv6 clothes by its address', async () => {
  for (let failure = 0; failure < 10; failure += 1) {
    const six = openBrowser(server, `2001:db8:5:5::${failure}`);
    await attempt(six, `b${failure}@example.com`, 'wrong');
    const coat = openBrowser(server, '::ffff:203.0.113.70');
    await attempt(coat, `c${failure}@example.com`, 'wrong');
  }
  expect(await attempt(openBrowser(server, '2001:db8:5:5:ffff::1'), EMAIL, PASSWORD)).toBe(
    'address-blocked',
  );
  expect(await attempt(openBrowser(server, '2001:db8:5:6::1'), EMAIL, PASSWORD)).toBe('ok');
  expect(await attempt(openBrowser(server, '203.0.113.70'), EMAIL, PASSWORD)).toBe(
    'address-blocked',
  );
});

test('a forged X-Forwarded-For neither hides an attacker nor blocks a victim', async () => {
  for (let failure = 0; failure < 10; failure += 1) {
    // The attacker writes the left part; the proxy appends the truth.
    const forged = openBrowser(server, `198.51.100.${failure}, 203.0.113.80`);
    await attempt(forged, `d${failure}@example.com`, 'wrong');
  }
  expect(await attempt(openBrowser(server, '198.51.100.1, 203.0.113.80'), EMAIL, PASSWORD)).toBe(
    'address-blocked',
  );
  expect(await attempt(openBrowser(server, '198.51.100.1'), EMAIL, PASSWORD)).toBe('ok');
});

test('loopback is never blocked: the way back in stays', async () => {
  for (let failure = 0; failure < 12; failure += 1)
    await attempt(openBrowser(server, '127.0.0.1'), `e${failure}@example.com`, 'wrong');
  expect(await attempt(openBrowser(server, '127.0.0.1'), EMAIL, PASSWORD)).toBe('ok');
});

test('a person blocks networks, not loopback, not the internet, not themselves by accident', async () => {
  const block = (cidr: string, isOwnAddressConfirmed = false) =>
    codeOf(
      root.call(blockedAddressRoutes.create, {
        body: { cidr, reason: 'test', expiresInHours: null, isOwnAddressConfirmed },
      }),
    );
  for (const wrong of [
    '127.0.0.1',
    '127.0.0.0/8',
    '::1',
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/7',
    'nonsense',
    '1.2.3.4/33',
  ])
    expect([wrong, await block(wrong)]).toEqual([wrong, 'invalid-body']);
  expect(await block('198.51.100.0/24')).toBe('conflict');
  expect(await block('192.0.2.9')).toBe('ok');
  expect(await block('2001:db8:9:9::1')).toBe('ok');
  expect(await attempt(openBrowser(server, '192.0.2.9'), EMAIL, PASSWORD)).toBe('address-blocked');
  expect(await attempt(openBrowser(server, '2001:db8:9:9:8::1'), EMAIL, PASSWORD)).toBe(
    'address-blocked',
  );
  const { data } = await root.call(blockedAddressRoutes.list);
  expect(data.map(({ cidr }) => cidr).toSorted()).toEqual(['192.0.2.9/32', '2001:db8:9:9::/64']);
  const id = data.find(({ cidr }) => cidr === '192.0.2.9/32')?.id ?? '';
  await root.call(blockedAddressRoutes.delete, { params: { id } });
  expect(await attempt(openBrowser(server, '192.0.2.9'), EMAIL, PASSWORD)).toBe('ok');
  expect(await block('198.51.100.0/24', true)).toBe('ok');
  expect(await codeOf(root.call(sessionRoutes.current))).toBe('address-blocked');
});

async function addFactor(person: Person): Promise<{ secret: string; backupCodes: string[] }> {
  const { secret } = await person.call(sessionRoutes.beginTotp, { body: { password: PASSWORD } });
  const code = generateSync({ secret, epoch: server.clock.now() / 1_000 });
  const { backupCodes } = await person.call(sessionRoutes.confirmTotp, { body: { code } });
  return { secret, backupCodes };
}

test('with a second factor a code is needed, each is good once, and backup codes work once', async () => {
  const { secret, backupCodes } = await addFactor(root);
  const codeNow = (): string => generateSync({ secret, epoch: server.clock.now() / 1_000 });
  const enter = (code?: string) =>
    codeOf(signIn(server, { email: EMAIL, ...(code === undefined ? {} : { code }) }, elsewhere()));
  expect(await enter()).toBe('totp-required');
  // The code that confirmed the factor is used up.
  expect(await enter(codeNow())).toBe('sign-in-failed');
  await server.clock.advance(30_000);
  const code = codeNow();
  const codes = await Promise.all([enter(code), enter(code), enter(code)]);
  expect(codes.filter((one) => one === 'ok')).toHaveLength(1);
  expect(await enter(backupCodes[0])).toBe('ok');
  expect(await enter(backupCodes[0])).toBe('sign-in-failed');
  expect(await enter(backupCodes[1]?.toLowerCase().replace('-', ''))).toBe('ok');
});

test('who knows the password cannot guess the second factor: waits grow to a quarter of an hour', async () => {
  await addFactor(root);
  let tried = 0;
  for (let round = 0; round < 200; round += 1) {
    // Asking without a code between guesses must not forgive them.
    await codeOf(signIn(server, { email: EMAIL }, elsewhere()));
    const result = await codeOf(signIn(server, { email: EMAIL, code: '000000' }, elsewhere()));
    if (result === 'sign-in-failed') tried += 1;
    await server.clock.advance(30_000);
  }
  // A hundred minutes of trying.
  expect(tried).toBeLessThan(20);
});

test('a second factor is removed by password and code, and ends other sessions as adding does', async () => {
  const other = await signIn(server, { email: EMAIL });
  const { backupCodes } = await addFactor(root);
  expect(await codeOf(other.call(sessionRoutes.current))).toBe('session-expired');
  expect(await codeOf(other.call(sessionRoutes.refresh))).toBe('session-expired');
  expect((await root.call(sessionRoutes.current)).hasTotp).toBe(true);
  const remove = (password: string, code: string) =>
    codeOf(root.call(sessionRoutes.removeTotp, { body: { password, code } }));
  expect(await remove('wrong', backupCodes[0] ?? '')).toBe('sign-in-failed');
  expect(await remove(PASSWORD, '000000')).toBe('account-totp-invalid');
  expect(await remove(PASSWORD, backupCodes[0] ?? '')).toBe('ok');
  expect((await root.call(sessionRoutes.current)).hasTotp).toBe(false);
  expect(await codeOf(signIn(server, { email: EMAIL }))).toBe('ok');
});
