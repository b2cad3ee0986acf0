import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import {
  FakeProblem,
  startFakeController,
  type FakeController,
  type FakeControllerOptions,
  type FakeHandlers,
} from './fake-controller.ts';
import { createFakeMachine, type FakeMachine } from './fake-machine.ts';
import { fakeSession, fakeToken, idOf } from './fake-rows.ts';
import { makeCertificate } from './self-made-certificate.ts';
import { fingerprintOf } from './trust-anchor.ts';

const open: FakeController[] = [];

afterEach(async () => {
  for (const controller of open.splice(0)) await controller.close();
});

async function start(handlers: FakeHandlers, options: FakeControllerOptions = {}) {
  const controller = await startFakeController(handlers, options);
  open.push(controller);
  return controller;
}

const handlers: FakeHandlers = {
  'setup.create': () => fakeSession(),
  'api-tokens.create': () => ({ token: fakeToken(5), value: 'wgt_made' }),
  'api-tokens.revoke': () => null,
  'sessions.create': () => fakeSession(),
  'sessions.signOut': () => null,
  'sessions.current': () => fakeSession(),
};

function profilesFile({ folder }: FakeMachine): string {
  return join(folder, 'config', 'wardgrid', 'profiles.json');
}

function fileIn({ folder }: FakeMachine, name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

test('setup makes the first admin, signs in with its cookie and keeps a token for this user alone', async () => {
  const controller = await start(handlers, { cookies: ['wg_access=a=b; HttpOnly; Path=/'] });
  const machine = createFakeMachine();
  fileIn(machine, 'data/setup-token', 'one-time\n');
  const passwordFile = fileIn(machine, 'password', 'correct horse battery\n');
  const { exitCode, stdout } = await machine.run([
    'setup',
    '--email=ada@acme.test',
    `--password-file=${passwordFile}`,
    `--controller=${controller.url}`,
    '--json',
  ]);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    controller: controller.url,
    profile: 'default',
    account: { email: 'ada@acme.test' },
  });
  expect(stdout).not.toContain('wgt_made');
  expect(controller.requests[0]?.body).toEqual({
    email: 'ada@acme.test',
    password: 'correct horse battery',
    organizationName: 'acme.test',
    token: 'one-time',
  });
  const { headers } = controller.requests[1] ?? {};
  expect(headers?.cookie).toBe('wg_access=a=b');
  expect(headers?.['x-wardgrid-csrf']).toBe('csrf-1');
  expect(controller.requests.map(({ route }) => route)).toEqual([
    'setup.create',
    'api-tokens.create',
    'sessions.signOut',
    'sessions.current',
  ]);
  const kept = controller.requests.at(-1)?.headers;
  expect(kept).toMatchObject({ authorization: 'Bearer wgt_made' });
  expect(kept?.cookie).toBeUndefined();
  expect(statSync(profilesFile(machine)).mode & 0o777).toBe(0o600);
  expect(statSync(join(profilesFile(machine), '..')).mode & 0o777).toBe(0o700);
});

test('setup takes the whole link as its token, and says what is missing without one', async () => {
  const controller = await start(handlers);
  const machine = createFakeMachine({ WARDGRID_CONTROLLER: controller.url });
  const passwordFile = fileIn(machine, 'password', 'correct horse battery');
  const argv = ['setup', '--email', 'ada@acme.test', '--password-file', passwordFile];
  const without = await machine.run(argv);
  expect(without.exitCode).toBe(2);
  expect(without.stderr).toContain('--data');
  await machine.run([
    ...argv,
    '--token',
    `${controller.url}/setup#one-time`,
    '--organization',
    'HQ',
  ]);
  expect(controller.requests[0]?.body).toMatchObject({ token: 'one-time', organizationName: 'HQ' });
});

test('login shows a code and asks until it is approved', async () => {
  let asked = 0;
  const controller = await start({
    ...handlers,
    'device-codes.create': () => ({
      deviceCode: 'secret-half-of-the-code',
      userCode: 'ABCD-EFGH',
      verificationPath: '/device',
      expiresInSeconds: 600,
      intervalSeconds: 5,
    }),
    'device-codes.redeem'() {
      asked += 1;
      if (asked < 3) throw new FakeProblem('device-code-pending');
      return { token: fakeToken(5), value: 'wgt_made' };
    },
  });
  const machine = createFakeMachine();
  const waits: number[] = [];
  const signedIn = await machine.run(['login', '--controller', controller.url], {
    onSleep: (delayMs) => waits.push(delayMs),
  });
  expect(signedIn.exitCode).toBe(0);
  expect(signedIn.stderr).toBe(`open ${controller.url}/device\nand approve this code: ABCD-EFGH\n`);
  expect(waits).toEqual([5_000, 5_000, 5_000]);
  expect((await machine.run(['whoami'])).stdout).toContain('ada@acme.test');

  const signedOut = await machine.run(['logout']);
  expect(signedOut.exitCode).toBe(0);
  expect(controller.requests.at(-1)).toMatchObject({
    route: 'api-tokens.revoke',
    params: { id: idOf(5) },
  });
  expect((await machine.run(['whoami'])).exitCode).toBe(3);
});

test('login by password makes a token, and api-tokens create asks for the password again', async () => {
  const controller = await start(handlers, { cookies: ['wg_access=c; HttpOnly'] });
  const machine = createFakeMachine({ WARDGRID_CONTROLLER: controller.url });
  const passwordFile = `--password-file=${fileIn(machine, 'password', 'correct horse battery')}`;
  const login = ['login', '--email', 'ada@acme.test', passwordFile, '--code', '123456'];
  expect((await machine.run(login)).exitCode).toBe(0);
  expect(controller.requests[0]).toMatchObject({
    route: 'sessions.create',
    body: { email: 'ada@acme.test', password: 'correct horse battery', code: '123456' },
  });
  const create = ['api-tokens', 'create', '--name', 'ci'];
  expect((await machine.run([...create, passwordFile])).exitCode).toBe(2);
  expect((await machine.run([...create, '--read-only'])).exitCode).toBe(2);
  const made = await machine.run([...create, '--read-only', passwordFile]);
  expect(made).toMatchObject({ exitCode: 0, stdout: 'the token is shown only once:\nwgt_made\n' });
  const order = controller.requests.findLast(({ route }) => route === 'api-tokens.create');
  expect(order?.body).toMatchObject({ name: 'ci', permissions: ['devices:read'] });
  expect(order?.headers).toMatchObject({ cookie: 'wg_access=c', 'x-wardgrid-csrf': 'csrf-1' });
  expect(order?.headers.authorization).toBeUndefined();
});

test('a code that nobody approves ends with 3', async () => {
  const controller = await start({
    'device-codes.create': () => ({
      deviceCode: 'secret-half-of-the-code',
      userCode: 'ABCD-EFGH',
      verificationPath: '/device',
      expiresInSeconds: 20,
      intervalSeconds: 5,
    }),
    'device-codes.redeem'() {
      throw new FakeProblem('device-code-pending');
    },
  });
  const { exitCode, stderr } = await createFakeMachine().run([
    'login',
    '--controller',
    controller.url,
  ]);
  expect(exitCode).toBe(3);
  expect(stderr).toMatch(/\(sign-in-expired\)\n$/);
});

test('a token that a person brought is kept, and sign-out leaves it theirs', async () => {
  const controller = await start(handlers);
  const machine = createFakeMachine();
  const tokenFile = fileIn(machine, 'token', 'wgt_brought\n');
  const argv = ['login', '--controller', controller.url, '--token-file', tokenFile];
  expect((await machine.run([...argv, '--profile', 'lab'])).exitCode).toBe(0);
  expect((await machine.run(['whoami'])).exitCode).toBe(3);
  const { stdout } = await machine.run(['whoami', '--json', '--profile', 'lab']);
  expect(JSON.parse(stdout)).not.toHaveProperty('csrfToken');
  await machine.run(['logout', '--profile', 'lab']);
  expect(controller.requests.some(({ route }) => route === 'api-tokens.revoke')).toBe(false);
});

test('a profile that cannot be revoked is forgotten all the same, with 6', async () => {
  const controller = await start({
    ...handlers,
    'api-tokens.revoke'() {
      throw new FakeProblem('internal');
    },
  });
  const machine = createFakeMachine({ WARDGRID_CONTROLLER: controller.url });
  const passwordFile = fileIn(machine, 'password', 'correct horse battery');
  fileIn(machine, 'data/setup-token', 'one-time');
  await machine.run(['setup', '--email', 'a@b.test', '--password-file', passwordFile]);
  const { exitCode, stderr } = await machine.run(['logout']);
  expect(exitCode).toBe(6);
  expect(stderr).toContain('could not be revoked');
  expect(readFileSync(profilesFile(machine), 'utf8')).not.toContain('wgt_made');
});

test('the token of a profile goes to its own controller and to no other', async () => {
  const [home, other] = [await start(handlers), await start(handlers)];
  const machine = createFakeMachine();
  const tokenFile = fileIn(machine, 'token', 'wgt_home');
  await machine.run(['login', '--controller', home.url, '--token-file', tokenFile]);
  const { exitCode } = await machine.run(['whoami', '--controller', other.url]);
  expect(exitCode).toBe(3);
  expect(other.requests).toEqual([]);
});

test('profiles that others can read, or that are damaged, are refused', async () => {
  const machine = createFakeMachine();
  const path = fileIn(machine, 'config/wardgrid/profiles.json', '{"version":1,"profiles":{}}');
  chmodSync(path, 0o644);
  const exposed = await machine.run(['whoami']);
  expect(exposed.exitCode).toBe(1);
  expect(exposed.stderr).toContain('chmod 600');
  chmodSync(path, 0o600);
  writeFileSync(path, '{"version":1,"profiles":{"default":{"token":7}}}');
  const damaged = await machine.run(['whoami']);
  expect(damaged.exitCode).toBe(1);
  expect(damaged.stderr).toMatch(/is damaged; .*\(profile-unusable\)\n$/);
});

test('a controller with its own CA is trusted only by the fingerprint that a person confirms', async () => {
  const tls = makeCertificate();
  const fingerprint = fingerprintOf(tls.certificate) ?? '';
  const controller = await start(handlers, { tls });
  const machine = createFakeMachine();
  const argv = ['login', '--controller', controller.url];
  const login = [...argv, '--token-file', fileIn(machine, 'token', 'wgt_home')];

  const unknown = await machine.run(login);
  expect(unknown.exitCode).toBe(1);
  expect(unknown.stderr).toContain(`--ca-fingerprint ${fingerprint} (controller-untrusted)`);
  const wrong = await machine.run([...login, '--ca-fingerprint', 'A'.repeat(43)]);
  expect(wrong.stderr).toMatch(/look for an interception \(controller-untrusted\)\n$/);
  expect(controller.requests).toEqual([]);

  expect((await machine.run([...login, '--ca-fingerprint', fingerprint])).exitCode).toBe(0);
  expect((await machine.run(['whoami'])).exitCode).toBe(0);
  const caFile = fileIn(machine, 'ca.pem', tls.certificate);
  expect((await machine.run([...login, '--profile', 'b', '--ca-file', caFile])).exitCode).toBe(0);
});
