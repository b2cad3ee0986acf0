import { stat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sessionRoutes, setupRoutes } from '@wardgrid/wire';
import { openTestServers } from '../../database/database.ts';
import { codeOf, openBrowser, PASSWORD, setUp, signIn } from './browser.ts';
import { startAccountsServer, type AccountsServer } from './server.ts';

const request = {
  token: 'x'.repeat(43),
  email: 'root@example.com',
  password: PASSWORD,
  organizationName: 'Acme',
};

describe.each(openTestServers())('first-run set-up on PostgreSQL $name', (database) => {
  let server: AccountsServer;
  beforeEach(async () => {
    server = await startAccountsServer({ server: database });
  });
  afterEach(() => server.close());

  test('set-up makes the Global Admin, the first tenant with a licence and its organization, and signs in', async () => {
    const root = await setUp(server);
    expect(root.session).toMatchObject({
      kind: 'admin',
      layer: 0,
      scope: '',
      tenantId: null,
      reach: 'subtree',
      shell: 'master-grid',
      scopeName: 'Platform',
      roles: ['owner'],
    });
    const { tenantRoutes, organizationRoutes, licenceRoutes } = await import('@wardgrid/wire');
    const tenants = await root.call(tenantRoutes.list);
    expect(tenants.data.map(({ name }) => name)).toEqual(['Acme']);
    const id = tenants.data[0]?.id;
    if (!id) throw new Error('no tenant');
    const licence = await root.call(licenceRoutes.read, { params: { id } });
    expect(licence).toMatchObject({ state: 'active', seats: 250 });
    const organizations = await root.call(organizationRoutes.list);
    expect(organizations.data.map(({ name }) => name)).toEqual(['Acme']);
    expect(await root.call(sessionRoutes.current)).toMatchObject({ email: 'root@example.com' });
  });

  test('the token is in a file that only its owner may read, and gone after set-up', async () => {
    const path = join(server.folder, 'setup-token');
    const token = await server.accounts.openSetup(path);
    expect(await readFile(path, 'utf8')).toBe(token);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await setUp(server);
    await expect(stat(path)).rejects.toThrow('ENOENT');
    expect(await server.accounts.openSetup(path)).toBeNull();
  });

  test('a wrong, old or expired token makes nothing', async () => {
    const browser = openBrowser(server, '127.0.0.1');
    const path = join(server.folder, 'setup-token');
    expect(await codeOf(browser.call(setupRoutes.create, { body: request }))).toBe(
      'setup-token-invalid',
    );
    const old = (await server.accounts.openSetup(path)) ?? '';
    const token = (await server.accounts.openSetup(path)) ?? '';
    const attempt = (given: string) =>
      codeOf(browser.call(setupRoutes.create, { body: { ...request, token: given } }));
    expect(await attempt(old)).toBe('setup-token-invalid');
    await server.clock.advance(86_400_001);
    expect(await attempt(token)).toBe('setup-token-invalid');
    expect(await browser.call(setupRoutes.read)).toEqual({ isOpen: true });
    expect(await codeOf(signIn(server, { email: request.email }))).toBe('sign-in-failed');
  });

  test('a weak password is refused and the token stays good', async () => {
    const token = (await server.accounts.openSetup(join(server.folder, 'setup-token'))) ?? '';
    const browser = openBrowser(server);
    const attempt = (password: string) =>
      codeOf(browser.call(setupRoutes.create, { body: { ...request, token, password } }));
    expect(await attempt('Password1234')).toBe('account-password-weak');
    expect(await attempt('root@example.com')).toBe('account-password-weak');
    expect(await attempt(PASSWORD)).toBe('ok');
  });

  test('of many who set up at once, one succeeds and the installation is made once', async () => {
    const token = (await server.accounts.openSetup(join(server.folder, 'setup-token'))) ?? '';
    const codes = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        codeOf(
          openBrowser(server).call(setupRoutes.create, {
            body: { ...request, token, email: `root${index}@example.com` },
          }),
        ),
      ),
    );
    expect(codes.toSorted()).toEqual(['ok', ...Array.from({ length: 4 }, () => 'setup-closed')]);
    expect(await openBrowser(server).call(setupRoutes.read)).toEqual({ isOpen: false });
  });
});
