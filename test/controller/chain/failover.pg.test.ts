import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  controllerRoutes,
  groupRoutes,
  joinTokenRoutes,
  organizationRoutes,
  syncRoutes,
  type Group,
  type Organization,
} from '@wardgrid/wire';
import { startController, type Controller } from '@wardgrid/controller';
import { silentLog } from '@wardgrid/base';
import { systemClock, systemNewId } from '@wardgrid/base/system';
import { startTestController, type SignedIn, type TestController } from '../harness.ts';
import { signInAt } from './arrival.ts';

/* Three levels: the cloud, a local for the organization, a sub-local for one group of it. */

const EMAIL = 'admin@example.com';
const WITHIN = { timeout: 30_000, interval: 100 };
const TIMERS = {
  syncIntervalMs: 500,
  failoverAfterMs: 1_500,
  probeIntervalMs: 500,
  dwellMs: 1_000,
};

let cloud: TestController;
let local: TestController;
let restarted: Controller | undefined;
let subLocal: TestController;
let root: SignedIn;
let admin: SignedIn;
let organization: Organization;
let group: Group;

beforeAll(async () => {
  cloud = await startTestController();
  root = await cloud.setUp();
  [organization] = (await root.call(organizationRoutes.list, { query: {} })).data as [Organization];
  group = await root.call(groupRoutes.create, {
    body: { name: 'Lab', organizationId: organization.id },
  });
  for (const [email, scope] of [
    [EMAIL, organization.scope],
    [`lab-${EMAIL}`, group.scope],
  ] as const) {
    await cloud.addAccount(root, {
      email,
      name: 'Admin',
      kind: 'admin',
      scope,
      reach: 'subtree',
      assignments: [{ role: 'owner', scope, effect: 'allow', expiresAt: null }],
    });
  }
  const { value: token } = await root.call(joinTokenRoutes.create, {
    body: { name: 'Site', scope: organization.scope },
  });
  local = await startTestController({
    config: { role: 'local', parent: cloud.url, token, ...TIMERS },
  });
  admin = await signInAt(local, EMAIL);
  const below = await admin.call(joinTokenRoutes.create, {
    body: { name: 'Lab', scope: group.scope },
  });
  subLocal = await startTestController({
    config: { role: 'sub-local', parent: local.url, token: below.value, ...TIMERS },
  });
}, 120_000);
afterAll(async () => {
  await subLocal.close();
  await restarted?.close();
  await local.close();
  await cloud.close();
});

const nameOf = async (person: SignedIn): Promise<string> =>
  (await person.call(groupRoutes.read, { params: { id: group.id } })).name;
const rename = (person: SignedIn, name: string): Promise<unknown> =>
  person.call(groupRoutes.update, { params: { id: group.id }, body: { name } });

test('a sub-local joins through its parent, which vouches for it at the cloud', async () => {
  const { data } = await root.call(controllerRoutes.list, { query: {} });
  const lab = data.find(({ name }) => name === 'Lab');
  const site = data.find(({ name }) => name === 'Site');
  expect(lab).toMatchObject({ role: 'sub-local', layer: 2, parentId: site?.id, state: 'active' });
  const membership = subLocal.controller.platform.place.membership();
  expect(membership?.upstreams.map(({ name }) => name)).toEqual(['Site', 'Cloud']);
});

test('a change goes up two levels, and down two levels', async () => {
  const lab = await signInAt(subLocal, `lab-${EMAIL}`);
  await rename(lab, 'Lab from below');
  await expect.poll(() => nameOf(root), WITHIN).toBe('Lab from below');
  await rename(root, 'Lab from above');
  await expect.poll(() => nameOf(lab), WITHIN).toBe('Lab from above');
  expect(await nameOf(admin)).toBe('Lab from above');
});

test('a sub-local goes to the cloud when its parent is gone, and comes back', async () => {
  const lab = await signInAt(subLocal, `lab-${EMAIL}`);
  const state = async (): Promise<string | null> => (await lab.call(syncRoutes.status)).state;
  await expect.poll(state, WITHIN).toBe('parent');
  const { config } = local;
  const { port } = new URL(local.url);
  await local.controller.close();
  await expect.poll(state, WITHIN).toBe('direct');
  await rename(lab, 'Lab alone');
  await expect.poll(() => nameOf(root), WITHIN).toBe('Lab alone');
  restarted = await startController({
    config: { ...config, listen: { host: '127.0.0.1', port: Number(port) }, token: null },
    clock: systemClock,
    newId: systemNewId,
    log: silentLog,
  });
  await expect.poll(state, WITHIN).toBe('parent');
  await rename(lab, 'Lab together');
  await expect.poll(() => nameOf(root), WITHIN).toBe('Lab together');
  const { conflicts, upstreams } = await lab.call(syncRoutes.status);
  expect(conflicts).toBe(0);
  expect(upstreams.map(({ name, isInUse }) => [name, isInUse])).toEqual([
    ['Site', true],
    ['Cloud', false],
  ]);
});

test('a revoked controller is refused everywhere, and says so', async () => {
  const lab = await signInAt(subLocal, `lab-${EMAIL}`);
  const { data } = await root.call(controllerRoutes.list, { query: {} });
  const id = data.find(({ name }) => name === 'Lab')?.id ?? '';
  await root.call(controllerRoutes.revoke, { params: { id }, body: { reason: 'stolen' } });
  const failures = async (): Promise<readonly (string | null)[]> =>
    (await lab.call(syncRoutes.status)).upstreams.map(({ failure }) => failure);
  await expect
    .poll(failures, WITHIN)
    .toEqual(['node-certificate-revoked', 'node-certificate-revoked']);
  await rename(lab, 'Lab of a thief');
  await systemClock.sleep(1_500, AbortSignal.timeout(10_000));
  expect(await nameOf(root)).toBe('Lab together');
});
