import { generateSync } from 'otplib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { present } from '@wardgrid/base';
import { accountRoutes, sessionRoutes, tenantRoutes } from '@wardgrid/wire';
import { openTestServers } from '../../database/database.ts';
import { accept, codeOf, openBrowser, PASSWORD, setUp, signIn } from './browser.ts';
import { startAccountsServer, type AccountsServer } from './server.ts';

const EMAIL = 'root@example.com';
const NEW_PASSWORD = 'a quite different staple 8';

describe.each(openTestServers())('recovery on PostgreSQL $name', (database) => {
  let server: AccountsServer;
  beforeEach(async () => {
    server = await startAccountsServer({ server: database });
  });
  afterEach(() => server.close());

  test('there is nobody to recover before set-up', async () => {
    expect(await server.accounts.recover()).toBeNull();
  });

  test('ends password, second factor and sessions at once; its link, once, sets a new password', async () => {
    const root = await setUp(server);
    const { secret } = await root.call(sessionRoutes.beginTotp, { body: { password: PASSWORD } });
    const code = generateSync({ secret, epoch: server.clock.now() / 1_000 });
    await root.call(sessionRoutes.confirmTotp, { body: { code } });

    const recovery = present(await server.accounts.recover(), 'a Global Admin');
    expect(recovery.email).toBe(EMAIL);
    expect(await codeOf(root.call(sessionRoutes.current))).toBe('session-expired');
    expect(await codeOf(root.call(sessionRoutes.refresh))).toBe('session-expired');
    expect(await codeOf(signIn(server, { email: EMAIL }))).toBe('sign-in-failed');

    await accept(server, recovery.path, NEW_PASSWORD);
    expect(await codeOf(accept(server, recovery.path, PASSWORD))).toBe(
      'account-invitation-invalid',
    );
    const back = await signIn(server, { email: EMAIL, password: NEW_PASSWORD });
    expect(back.session).toMatchObject({ layer: 0, roles: ['owner'], hasTotp: false });
    expect((await back.call(accountRoutes.list)).total).toBe(1);
  });

  test('the newest link alone is good, and for three days', async () => {
    await setUp(server);
    const first = present(await server.accounts.recover(), 'a Global Admin');
    const second = present(await server.accounts.recover(), 'a Global Admin');
    expect(await codeOf(accept(server, first.path))).toBe('account-invitation-invalid');
    await server.clock.advance(72 * 3_600_000 + 1);
    expect(await codeOf(accept(server, second.path))).toBe('account-invitation-invalid');
  });

  test('touches nobody else', async () => {
    const root = await setUp(server);
    const [tenant] = (await root.call(tenantRoutes.list)).data;
    const scope = present(tenant, 'the first tenant').scope;
    const email = 'admin@example.com';
    const { invitation } = await root.call(accountRoutes.create, {
      body: {
        email,
        name: 'Admin',
        kind: 'admin',
        scope,
        reach: 'subtree',
        assignments: [{ role: 'owner', scope }],
      },
    });
    await accept(server, invitation.path);
    const admin = await signIn(server, { email }, openBrowser(server, '192.0.2.8'));
    await server.accounts.recover();
    expect(await admin.call(sessionRoutes.current)).toMatchObject({ email });
  });
});
