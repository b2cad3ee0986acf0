import { createMachine } from '@wardgrid/controller/features/link/testdata/machine';
import { checkOrder, openLicence } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  controllerRoutes,
  deviceRoutes,
  enrolmentKeyRoutes,
  jobRoutes,
  joinTokenRoutes,
  organizationRoutes,
  type Organization,
} from '@wardgrid/wire';
import { startTestController, type SignedIn, type TestController } from '../harness.ts';

/* The shortest way through everything: two controllers, each with a database of its own, over HTTP. */

const EMAIL = 'berlin@example.com';
const WITHIN = { timeout: 20_000, interval: 50 };

let cloud: TestController;
let local: TestController;
let root: SignedIn;
let organization: Organization;

beforeAll(async () => {
  cloud = await startTestController();
  root = await cloud.setUp();
  const { data } = await root.call(organizationRoutes.list, { query: {} });
  organization = data[0] as Organization;
  await cloud.addAccount(root, {
    email: EMAIL,
    name: 'Berlin',
    kind: 'admin',
    scope: organization.scope,
    reach: 'subtree',
    assignments: [{ role: 'owner', scope: organization.scope, effect: 'allow', expiresAt: null }],
  });
  const { value: token } = await root.call(joinTokenRoutes.create, {
    body: { name: 'Berlin', scope: organization.scope },
  });
  local = await startTestController({
    config: { role: 'local', parent: cloud.url, token, syncIntervalMs: 2_000 },
  });
}, 60_000);
afterAll(async () => {
  await local.close();
  await cloud.close();
});

/** Signs in at the local, as soon as the account has come. */
async function signInHere(): Promise<SignedIn> {
  await expect
    .poll(
      () =>
        local.signIn(EMAIL).then(
          () => true,
          () => false,
        ),
      WITHIN,
    )
    .toBe(true);
  return local.signIn(EMAIL);
}

test('an organization renamed at the cloud is renamed at the local without waiting for its next turn', async () => {
  const admin = await signInHere();
  const params = { id: organization.id };
  const nameHere = async (): Promise<string> =>
    (await admin.call(organizationRoutes.read, { params })).name;
  expect(await nameHere()).toBe('Acme');
  await root.call(organizationRoutes.update, { params, body: { name: 'Acme Ltd' } });
  const from = performance.now();
  await expect.poll(nameHere, WITHIN).toBe('Acme Ltd');
  expect(performance.now() - from).toBeLessThan(5_000);
});

test('a device enrolled at the local is known at the cloud, and commanded by the local', async () => {
  const admin = await signInHere();
  const { value } = await admin.call(enrolmentKeyRoutes.create, {
    body: { name: 'desks', organizationId: organization.id, seats: 5 },
  });
  const machine = createMachine(local.url, 'desk-1');
  const enrolled = await machine.enrol(value);
  const { deviceId, tenantId } = enrolled;
  expect(enrolled.controllerId).toBe(local.controller.platform.keys.controllerId);
  expect(enrolled.scope).toBe(organization.scope);
  const seen = async (): Promise<string | undefined> => {
    const { data } = await root.call(deviceRoutes.list, { query: {} });
    return data.find(({ id }) => id === deviceId)?.hostname;
  };
  await expect.poll(seen, WITHIN).toBe('desk-1');

  await admin.call(jobRoutes.create, {
    body: {
      deviceId,
      task: { kind: 'inventory', sections: ['users'] },
    },
  });
  const { orders } = await machine.exchange();
  const licence = openLicence(systemCryptography, enrolled.platformKey, enrolled.licence);
  const device = {
    deviceId,
    tenantId,
    tenantKey: licence.kind === 'opened' ? licence.value.tenantKey : '',
    scope: enrolled.scope ?? null,
    nowMs: Date.now(),
    isRevoked: () => false,
    hasSeen: () => false,
  };
  const checked = orders.map((order) => checkOrder(systemCryptography, order, device).kind);
  expect(checked).toEqual(['accepted']);
});

test('the cloud knows how its controllers are', async () => {
  const berlin = async () =>
    (await root.call(controllerRoutes.list, { query: {} })).data.find(
      ({ name }) => name === 'Berlin',
    );
  await expect.poll(async () => (await berlin())?.lastSyncAt, WITHIN).toBeTypeOf('string');
  expect(await berlin()).toMatchObject({ isOnline: true, upstream: 'parent' });
  await expect.poll(async () => (await berlin())?.queueUp, WITHIN).toBe(0);
});

test('devices hear of a controller that was revoked', async () => {
  const { value } = await root.call(enrolmentKeyRoutes.create, {
    body: { name: 'others', organizationId: organization.id, seats: 5 },
  });
  const machine = createMachine(cloud.url, 'desk-2');
  await machine.enrol(value);
  const told = async (): Promise<unknown> => {
    const { settings } = await machine.exchange();
    return settings && (JSON.parse(settings.payload) as object);
  };
  expect(await told()).not.toHaveProperty('revokedControllers');
  const { data } = await root.call(controllerRoutes.list, { query: {} });
  const { id = '' } = data.find(({ name }) => name === 'Berlin') ?? {};
  await root.call(controllerRoutes.revoke, { params: { id }, body: { reason: 'stolen' } });
  expect(await told()).toMatchObject({ revokedControllers: [id] });
});
