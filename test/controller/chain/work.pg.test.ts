import { createMachine } from '@wardgrid/controller/features/link/testdata/machine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  deviceRoutes,
  enrolmentKeyRoutes,
  jobRoutes,
  joinTokenRoutes,
  organizationRoutes,
  policyRoutes,
  ruleSetRoutes,
  syncRoutes,
  tenantRoutes,
  type DeviceId,
  type Order,
  type Organization,
  type SignedEnvelope,
  type TenantId,
} from '@wardgrid/wire';
import { startTestController, type SignedIn, type TestController } from '../harness.ts';

/* Work across the chain: ordered at the cloud, done behind a local controller, known at the cloud. */

const EMAIL = 'berlin@example.com';
const WITHIN = { timeout: 20_000, interval: 50 };

let cloud: TestController;
let local: TestController;
let root: SignedIn;
let admin: SignedIn;
let organization: Organization;
let machine: ReturnType<typeof createMachine>;
let deviceId: DeviceId;

beforeAll(async () => {
  cloud = await startTestController();
  root = await cloud.setUp();
  const { data } = await root.call(organizationRoutes.list, { query: {} });
  organization = data[0] as Organization;
  const { scope } = organization;
  await cloud.addAccount(root, {
    email: EMAIL,
    name: 'Berlin',
    kind: 'admin',
    scope,
    reach: 'subtree',
    assignments: [{ role: 'owner', scope, effect: 'allow', expiresAt: null }],
  });
  const { value: token } = await root.call(joinTokenRoutes.create, {
    body: { name: 'Berlin', scope },
  });
  local = await startTestController({
    config: { role: 'local', parent: cloud.url, token, syncIntervalMs: 2_000 },
  });
}, 60_000);

afterAll(async () => {
  await local?.close();
  await cloud?.close();
});

const isKnownAtCloud = async (): Promise<boolean> => {
  const { data } = await root.call(deviceRoutes.list, { query: {} });
  return data.some(({ id }) => id === deviceId);
};

const orderAtCloud = async (): Promise<string> => {
  const made = await root.call(jobRoutes.create, {
    body: { deviceId, task: { kind: 'inventory', sections: ['users'] } },
  });
  return made.id;
};

/** What the device gets next, once it is there. */
async function nextOrder(): Promise<Order> {
  let envelope: SignedEnvelope | undefined;
  await expect
    .poll(async () => {
      envelope = (await machine.exchange()).orders[0];
      return envelope !== undefined;
    }, WITHIN)
    .toBe(true);
  return JSON.parse(envelope?.payload ?? '') as Order;
}

const stateOf = (person: SignedIn, id: string) => async () =>
  (await person.call(jobRoutes.read, { params: { id } })).state;

test('who belongs to the site signs in at its local, and a device enrols there', async () => {
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
  admin = await local.signIn(EMAIL);
  const { value } = await admin.call(enrolmentKeyRoutes.create, {
    body: { name: 'desks', organizationId: organization.id, seats: 5 },
  });
  machine = createMachine(local.url, 'desk-1');
  deviceId = (await machine.enrol(value)).deviceId as DeviceId;
  await machine.exchange();
  await expect.poll(isKnownAtCloud, WITHIN).toBe(true);
});

test('a job ordered at the cloud is done by a device behind a local, and its end comes back', async () => {
  const id = await orderAtCloud();
  expect(await nextOrder()).toMatchObject({ id, deviceId, task: { kind: 'inventory' } });
  await machine.exchange({ records: [machine.record({ kind: 'job-started', jobId: id })] });
  await expect.poll(stateOf(root, id), WITHIN).toBe('running');
  const end = { kind: 'job-finished', jobId: id, outcome: 'succeeded' } as const;
  await machine.exchange({
    records: [machine.record({ ...end, error: null, summary: { hosts: 3 }, coverage: null })],
  });
  await expect.poll(stateOf(root, id), WITHIN).toBe('succeeded');
  const told = await root.call(jobRoutes.read, { params: { id } });
  expect(told).toMatchObject({ summary: { hosts: 3 } });
  expect((await machine.exchange()).orders).toEqual([]);
});

test('a job cancelled at the cloud is cancelled on its device', async () => {
  const id = await orderAtCloud();
  await nextOrder();
  await machine.exchange({ records: [machine.record({ kind: 'job-started', jobId: id })] });
  await expect.poll(stateOf(root, id), WITHIN).toBe('running');
  await root.call(jobRoutes.cancel, { params: { id } });
  expect(await nextOrder()).toMatchObject({ task: { kind: 'cancel', arguments: { jobId: id } } });
  const end = { kind: 'job-finished', jobId: id, outcome: 'cancelled' } as const;
  await machine.exchange({
    records: [machine.record({ ...end, error: null, summary: {}, coverage: null })],
  });
  for (const person of [root, admin])
    await expect.poll(stateOf(person, id), WITHIN).toBe('cancelled');
});

test('a device has one name everywhere, and is found by it', async () => {
  const found = async (person: SignedIn) => {
    const { data } = await person.call(deviceRoutes.list, { query: { filter: 'DEV' } });
    return data.map(({ ref }) => ref);
  };
  await expect.poll(() => found(root), { ...WITHIN, timeout: 40_000 }).toHaveLength(1);
  const [ref] = await found(root);
  expect(ref).toMatch(/^DEV-\d{6}$/);
  await expect.poll(() => found(admin), { ...WITHIN, timeout: 40_000 }).toEqual([ref]);
}, 90_000);

test('a policy of the tenant holds for the device at its local, and locks bind there', async () => {
  const { data } = await root.call(tenantRoutes.list, { query: {} });
  const [tenant] = data;
  if (!tenant) throw new Error('set-up made a tenant');
  await root.call(policyRoutes.create, {
    body: {
      name: 'all of us',
      target: { kind: 'tenant', id: tenant.id },
      fields: { mode: 'strict' },
      locks: ['mode'],
    },
  });
  const effective = (person: SignedIn) =>
    person.call(policyRoutes.effective, { params: { id: deviceId } });
  const modeHere = async () => (await effective(admin)).policy.mode;
  await expect.poll(modeHere, WITHIN).toBe('strict');
  expect((await effective(admin)).policy).toEqual((await effective(root)).policy);
  const against = admin.call(policyRoutes.create, {
    body: {
      name: 'ours',
      target: { kind: 'organization', id: organization.id },
      fields: { mode: 'off' },
    },
  });
  await expect(against).rejects.toMatchObject({ problem: { code: 'policy-field-locked' } });
});

test('rules that the tenant brought along come with their content', async () => {
  const { data: tenants } = await root.call(tenantRoutes.list, { query: {} });
  const content = `${'0123456789abcdef'.repeat(4)} Test.Malware.Chain\n`;
  await root.call(ruleSetRoutes.create, {
    body: {
      name: 'ours',
      tenantId: tenants[0]?.id as TenantId,
      format: 'hashes',
      licence: 'own',
      files: [{ name: 'ours.txt', text: content }],
    },
  });
  // What lies at the tenant nobody of the site sees; its devices run it all the same.
  const sets = async () => {
    const { rows } = await local.controller.platform.database.pool.query<{ name: string }>(
      'select s.name from rule_set s join content_part c on c.digest = s.digest',
    );
    return rows.map(({ name }) => name);
  };
  await expect.poll(sets, { ...WITHIN, timeout: 40_000 }).toEqual(['ours']);
}, 90_000);

test('two who change one thing without having heard of each other: one holds, the other is shown', async () => {
  const params = { id: organization.id };
  const rename = (person: SignedIn, name: string) =>
    person.call(organizationRoutes.update, { params, body: { name } });
  await Promise.all([rename(root, 'By the cloud'), rename(admin, 'By Berlin')]);
  const nameOf = async (person: SignedIn) =>
    (await person.call(organizationRoutes.read, { params })).name;
  const conflicts = async () =>
    (await root.call(syncRoutes.conflicts, { query: { filter: 'state:open' } })).data;
  await expect.poll(async () => (await nameOf(root)) === (await nameOf(admin)), WITHIN).toBe(true);
  await expect.poll(async () => (await conflicts()).length, WITHIN).toBe(1);
  const [conflict] = await conflicts();
  const winner = await nameOf(root);
  const loser = winner === 'By Berlin' ? 'By the cloud' : 'By Berlin';
  expect(conflict).toMatchObject({ noun: 'organizations', isLive: true });
  expect(conflict?.fields).toContainEqual({ name: 'name', lost: loser, kept: winner });
  await root.call(syncRoutes.reapply, {
    params: { id: conflict?.id ?? '' },
    body: { fields: ['name'] },
  });
  for (const person of [root, admin]) await expect.poll(() => nameOf(person), WITHIN).toBe(loser);
});
