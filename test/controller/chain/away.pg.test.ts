import { createMachine } from '@wardgrid/controller/features/link/testdata/machine';
import { present, silentLog } from '@wardgrid/base';
import { systemClock, systemNewId, systemRandom } from '@wardgrid/base/system';
import { startController, type Controller } from '@wardgrid/controller';
import {
  deviceRoutes,
  enrolmentKeyRoutes,
  joinTokenRoutes,
  organizationRoutes,
  platformRoutes,
  type Device,
  type DeviceId,
  type Organization,
} from '@wardgrid/wire';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestController, type SignedIn, type TestController } from '../harness.ts';
import { signInAt } from './arrival.ts';

/* A site that goes dark, and what the cloud says of its devices meanwhile. */

const EMAIL = 'harbour@example.com';
const WITHIN = { timeout: 30_000, interval: 100 };
const SYNC_INTERVAL_MS = 500;
/** Of the device's key: it is one machine wherever it calls. */
const SEED = systemRandom.bytes(32);

let cloud: TestController;
let local: TestController;
let restarted: Controller | undefined;
let root: SignedIn;
let organization: Organization;
let machine: ReturnType<typeof createMachine>;
let deviceId: DeviceId;

beforeAll(async () => {
  // Sweeps come four times in an interval.
  cloud = await startTestController({
    exchangeIntervalMs: 1_000,
    config: { syncIntervalMs: SYNC_INTERVAL_MS },
  });
  root = await cloud.setUp();
  [organization] = (await root.call(organizationRoutes.list, { query: {} })).data as [Organization];
  const { scope } = organization;
  await cloud.addAccount(root, {
    email: EMAIL,
    name: 'Harbour',
    kind: 'admin',
    scope,
    reach: 'subtree',
    assignments: [{ role: 'owner', scope, effect: 'allow', expiresAt: null }],
  });
  const { value: token } = await root.call(joinTokenRoutes.create, {
    body: { name: 'Harbour', scope },
  });
  local = await startTestController({
    config: { role: 'local', parent: cloud.url, token, syncIntervalMs: SYNC_INTERVAL_MS },
  });
  const admin = await signInAt(local, EMAIL);
  const { value } = await admin.call(enrolmentKeyRoutes.create, {
    body: { name: 'desks', organizationId: organization.id },
  });
  machine = createMachine(local.url, 'crane', { seed: SEED });
  deviceId = (await machine.enrol(value)).deviceId as DeviceId;
  await machine.exchange();
}, 120_000);

afterAll(async () => {
  await restarted?.close();
  await local?.close();
  await cloud?.close();
});

const atCloud = (): Promise<Device> => root.call(deviceRoutes.read, { params: { id: deviceId } });
const statusAtCloud = (): Promise<string> =>
  atCloud().then(
    ({ status }) => status,
    () => 'not there',
  );
const countOf = async (filter: string): Promise<number | null> =>
  (await root.call(deviceRoutes.list, { query: { filter } })).total;

test('a device of a site is shown at the cloud as its site says', async () => {
  await expect.poll(statusAtCloud, WITHIN).toBe('online');
  expect((await atCloud()).away).toBeNull();
}, 60_000);

test('while its site is away nobody knows how it is, and since when is said', async () => {
  const before = Date.now();
  await local.controller.close();
  await expect.poll(statusAtCloud, WITHIN).toBe('unknown');
  const { away } = await atCloud();
  expect(away?.controllerName).toBe('Harbour');
  expect(Math.abs(Date.parse(away?.since ?? '') - before)).toBeLessThan(5_000);
  expect([await countOf('status:unknown'), await countOf('status:online')]).toEqual([1, 0]);
  const overview = await root.call(platformRoutes.overview);
  expect(overview.devicesByStatus).toEqual({ online: 0, offline: 0, overdue: 0, unknown: 1 });
  expect(overview.counts).toMatchObject({ devices: 1, online: 0 });
}, 60_000);

test('a device that comes to the cloud itself is known again at once', async () => {
  const enrolment = present(machine.state.enrolment, 'an enrolled device');
  const { controllerId } = cloud.controller.platform.keys;
  // Its numbers with the cloud are other ones than those with its site.
  const fresh = { token: '', receipt: null, sequence: 0, acknowledgedOrder: 0, settingsVersion: 0 };
  const stray = createMachine(cloud.url, 'crane', {
    state: { ...fresh, enrolment: { ...enrolment, controllerId } },
    seed: SEED,
  });
  await stray.exchange();
  expect(await atCloud()).toMatchObject({ status: 'online', away: null });
}, 60_000);

test('a site that is back says again how its devices are', async () => {
  const { port } = new URL(local.url);
  restarted = await startController({
    config: { ...local.config, listen: { host: '127.0.0.1', port: Number(port) }, token: null },
    clock: systemClock,
    newId: systemNewId,
    log: silentLog,
  });
  // It left the cloud for its site, and the cloud does not hear that before the site tells.
  await expect.poll(statusAtCloud, WITHIN).toBe('offline');
  const afterExchange = async (): Promise<string> => {
    await machine.exchange();
    return statusAtCloud();
  };
  await expect.poll(afterExchange, { timeout: 60_000, interval: 500 }).toBe('online');
  expect((await atCloud()).away).toBeNull();
}, 120_000);
