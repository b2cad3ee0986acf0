import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '@wardgrid/base';
import { systemClock, systemNewId } from '@wardgrid/base/system';
import { startController } from '@wardgrid/controller';
import {
  controllerRoutes,
  joinCandidateRoutes,
  joinTokenRoutes,
  organizationRoutes,
  tenantRoutes,
  type Controller as ControllerView,
  type JoinCandidate,
} from '@wardgrid/wire';
import { startTestController, type SignedIn, type TestController } from '../harness.ts';

let cloud: TestController;
let root: SignedIn;
let scope: string;

beforeAll(async () => {
  cloud = await startTestController();
  root = await cloud.setUp();
  const { data } = await root.call(organizationRoutes.list, { query: {} });
  scope = data[0]?.scope ?? '';
});
afterAll(() => cloud.close());

async function makeToken(name: string, more: { readonly isApprovalNeeded?: boolean } = {}) {
  const made = await root.call(joinTokenRoutes.create, { body: { name, scope, ...more } });
  return made.value;
}

const joinAs = (token: string, role: 'local' | 'sub-local' = 'local', signal?: AbortSignal) =>
  startTestController({
    config: { role, parent: cloud.url, token },
    ...(signal ? { signal } : {}),
  });

/** The one that waits under a name, once it is there. */
async function waiting(name: string): Promise<JoinCandidate> {
  let found: JoinCandidate | undefined;
  await expect
    .poll(
      async () => {
        const { data } = await root.call(joinCandidateRoutes.list, { query: {} });
        found = data.find((one) => one.name === name && one.state === 'waiting');
        return found !== undefined;
      },
      { timeout: 20_000 },
    )
    .toBe(true);
  return found as JoinCandidate;
}

async function named(name: string): Promise<ControllerView | undefined> {
  const { data } = await root.call(controllerRoutes.list, { query: {} });
  return data.find((one) => one.name === name);
}

describe('a local controller', () => {
  test('joins with a token, once, and is listed below the cloud', async () => {
    const token = await makeToken('Berlin');
    const local = await joinAs(token);
    try {
      const berlin = await named('Berlin');
      expect(berlin).toMatchObject({ role: 'local', layer: 1, state: 'active', scope });
      const cloudRow = await named('Cloud');
      expect(cloudRow).toMatchObject({ role: 'cloud', isSelf: true, children: 1 });
      expect(berlin?.parentId).toBe(cloudRow?.id);
      expect(local.controller.setupPath).toBeNull();
      await expect(joinAs(token)).rejects.toThrow(/join-token-used/);
    } finally {
      await local.close();
    }
  });

  test('starts again without a token, and only as what it is', async () => {
    const local = await joinAs(await makeToken('Bremen'));
    const { config } = local;
    await local.controller.close();
    const again = (change: object) =>
      startController({
        config: { ...config, parent: null, token: null, ...change },
        clock: systemClock,
        newId: systemNewId,
        log: silentLog,
      });
    await expect(again({ role: 'cloud' })).rejects.toThrow(/belongs to a local controller/);
    const restarted = await again({ role: null });
    expect(restarted.platform.place.membership()).toMatchObject({ name: 'Bremen', layer: 1 });
    await restarted.close();
  });

  test.each([
    ['wgj_0123456789abcdef_0123456789abcdef0123456789abcdef01234567', /join-token-invalid/],
    ['nonsense', /join-token-invalid/],
  ])('is refused with the token %s', async (token, reason) => {
    await expect(joinAs(token)).rejects.toThrow(reason);
  });

  test('is told what it has to be', async () => {
    await expect(joinAs(await makeToken('Bonn'), 'sub-local')).rejects.toThrow(/--role local/);
    await expect(startTestController({ config: { role: 'local' } })).rejects.toThrow(
      /needs --parent URL, or --listen on a network/,
    );
  });

  test('waits until a person lets it in, and goes when it is turned away', async () => {
    const joining = joinAs(await makeToken('Mainz', { isApprovalNeeded: true }));
    const mainz = await waiting('Mainz');
    expect(mainz).toMatchObject({ source: 'token', scope, role: 'local' });
    expect(await named('Mainz')).toBeUndefined();
    const { fingerprint } = mainz;
    await root.call(joinCandidateRoutes.approve, { params: { fingerprint }, body: {} });
    const local = await joining;
    expect(await named('Mainz')).toMatchObject({ state: 'active', approvedBy: 'root@example.com' });
    await local.close();

    const refused = joinAs(await makeToken('Trier', { isApprovalNeeded: true }));
    const ended = expect(refused).rejects.toThrow(/join-refused/);
    const trier = await waiting('Trier');
    const params = { fingerprint: trier.fingerprint };
    await root.call(joinCandidateRoutes.deny, { params, body: {} });
    await ended;
  });

  test('makes no tenants', async () => {
    const local = await joinAs(await makeToken('Jena'));
    try {
      await expect(
        local.anonymous(tenantRoutes.create, {
          body: { name: 'x', licence: { seats: 1, validDays: 1 } },
        }),
      ).rejects.toMatchObject({ code: 'not-signed-in' });
      await expect(local.controller.platform.keys.tenant('x')).rejects.toMatchObject({
        code: 'cloud-only',
      });
    } finally {
      await local.close();
    }
  });
});
