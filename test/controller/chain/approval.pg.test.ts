import { createMachine } from '@wardgrid/controller/features/link/testdata/machine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLog } from '@wardgrid/base';
import { systemClock, systemNewId } from '@wardgrid/base/system';
import { startController, type Controller } from '@wardgrid/controller';
import {
  controllerRoutes,
  enrolmentKeyRoutes,
  groupRoutes,
  joinCandidateRoutes,
  joinTokenRoutes,
  organizationRoutes,
  type Controller as ControllerView,
  type Group,
  type Organization,
} from '@wardgrid/wire';
import { startTestController, type SignedIn, type TestController } from '../harness.ts';

/* A sub-local that a person of its local lets in, the cloud being away for a while. */

const EMAIL = 'site@example.com';
const WITHIN = { timeout: 30_000, interval: 100 };
const TIMERS = {
  syncIntervalMs: 500,
  failoverAfterMs: 1_500,
  probeIntervalMs: 500,
  dwellMs: 1_000,
};

let cloud: TestController;
let restarted: Controller | undefined;
let local: TestController;
let root: SignedIn;
let admin: SignedIn;
let organization: Organization;
let group: Group;

beforeAll(async () => {
  cloud = await startTestController();
  root = await cloud.setUp();
  [organization] = (await root.call(organizationRoutes.list, { query: {} })).data as [Organization];
  const { scope } = organization;
  group = await root.call(groupRoutes.create, {
    body: { name: 'Lab', organizationId: organization.id },
  });
  await cloud.addAccount(root, {
    email: EMAIL,
    name: 'Site',
    kind: 'admin',
    scope,
    reach: 'subtree',
    assignments: [{ role: 'owner', scope, effect: 'allow', expiresAt: null }],
  });
  const { value: token } = await root.call(joinTokenRoutes.create, {
    body: { name: 'Site', scope },
  });
  local = await startTestController({
    config: { role: 'local', parent: cloud.url, token, ...TIMERS },
  });
  admin = await signInAt(local, EMAIL);
}, 120_000);
afterAll(async () => {
  await local?.close();
  await restarted?.close();
  await cloud?.close();
});

/** Signs in as soon as the account has come. */
async function signInAt(controller: TestController, email: string): Promise<SignedIn> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await controller.signIn(email);
    } catch (error) {
      if (tries > 100) throw error;
      await systemClock.sleep(200, AbortSignal.timeout(10_000));
    }
  }
}

async function named(person: SignedIn, name: string): Promise<ControllerView | undefined> {
  const { data } = await person.call(controllerRoutes.list, { query: {} });
  return data.find((one) => one.name === name);
}

const tokenFor = async (name: string): Promise<string> => {
  const body = { name, scope: group.scope, isApprovalNeeded: true };
  return (await admin.call(joinTokenRoutes.create, { body })).value;
};

/** Lets the one in that waits under a name, as a person of the local does. */
async function letIn(name: string): Promise<void> {
  const waiting = async () => {
    const { data } = await admin.call(joinCandidateRoutes.list, { query: {} });
    return data.find((one) => one.name === name);
  };
  await expect.poll(() => waiting().then((one) => one?.state), WITHIN).toBe('waiting');
  const fingerprint = (await waiting())?.fingerprint ?? '';
  await admin.call(joinCandidateRoutes.approve, { params: { fingerprint }, body: {} });
}

const joinAs = (token: string) =>
  startTestController({ config: { role: 'sub-local', parent: local.url, token, ...TIMERS } });

test('a sub-local that a person of its local lets in is certified by the cloud', async () => {
  const joining = joinAs(await tokenFor('Lab'));
  await letIn('Lab');
  const lab = await joining;
  try {
    for (const person of [root, admin]) {
      await expect
        .poll(() => named(person, 'Lab').then((one) => one?.state), WITHIN)
        .toBe('active');
      expect(await named(person, 'Lab')).toMatchObject({ layer: 2, approvedBy: EMAIL });
    }
  } finally {
    await lab.close();
  }
});

test('a sub-local without a token is let in at its local, which vouches for what it asked', async () => {
  const joining = startTestController({
    config: { role: 'sub-local', parent: local.url, ...TIMERS },
  });
  const waiting = async () =>
    (await admin.call(joinCandidateRoutes.list, { query: { filter: 'source:asked' } })).data[0];
  await expect.poll(() => waiting().then((one) => one?.state), WITHIN).toBe('waiting');
  const { fingerprint = '', role } = (await waiting()) ?? {};
  expect(role).toBe('sub-local');
  const params = { fingerprint };
  // Not what the local itself serves: that place has its controller.
  await expect(
    admin.call(joinCandidateRoutes.approve, { params, body: { scope: organization.scope } }),
  ).rejects.toMatchObject({ code: 'controller-scope-invalid' });
  const body = { name: 'Loft', scope: group.scope };
  await admin.call(joinCandidateRoutes.approve, { params, body });
  const loft = await joining;
  try {
    expect(loft.controller.platform.place.membership()).toMatchObject({ name: 'Loft', layer: 2 });
    expect(await named(root, 'Loft')).toMatchObject({ state: 'active', approvedBy: EMAIL });
  } finally {
    await loft.close();
  }
}, 60_000);

test('devices of a local hear of a sub-local that was revoked at the cloud', async () => {
  const { value } = await admin.call(enrolmentKeyRoutes.create, {
    body: { name: 'lab', organizationId: organization.id, groupId: group.id, seats: 5 },
  });
  const machine = createMachine(local.url, 'bench-1');
  await machine.enrol(value);
  const settings = async (): Promise<object> => {
    const answer = await machine.exchange();
    return answer.settings ? (JSON.parse(answer.settings.payload) as object) : {};
  };
  const first = await settings();
  expect(first).toMatchObject({ controllers: expect.anything() as unknown });
  expect(first).not.toHaveProperty('revokedControllers');
  // What it was told once is not told again while nothing changes.
  expect(await settings()).toEqual({});
  const id = (await named(root, 'Lab'))?.id ?? '';
  await root.call(controllerRoutes.revoke, { params: { id }, body: { reason: 'stolen' } });
  await expect.poll(settings, WITHIN).toMatchObject({ revokedControllers: [id] });
}, 60_000);

test('it waits for the cloud when a person let it in while that was away', async () => {
  const { config } = cloud;
  const { port } = new URL(cloud.url);
  await cloud.controller.close();
  const joining = joinAs(await tokenFor('Cellar'));
  await letIn('Cellar');
  restarted = await startController({
    config: { ...config, listen: { host: '127.0.0.1', port: Number(port) } },
    clock: systemClock,
    newId: systemNewId,
    log: silentLog,
  });
  const cellar = await joining;
  try {
    root = await cloud.signIn('root@example.com');
    for (const person of [root, admin]) {
      await expect
        .poll(() => named(person, 'Cellar').then((one) => one?.state), WITHIN)
        .toBe('active');
      expect(await named(person, 'Cellar')).toMatchObject({ approvedBy: EMAIL });
    }
  } finally {
    await cellar.close();
  }
}, 90_000);
