import { createMachine } from '@wardgrid/controller/features/link/testdata/machine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  assetRoutes,
  controllerRoutes,
  deviceRoutes,
  enrolmentKeyRoutes,
  findingRoutes,
  groupRoutes,
  jobRoutes,
  joinTokenRoutes,
  networkRoutes,
  organizationRoutes,
  syncRoutes,
  type DeviceId,
  type Group,
  type Order,
  type Organization,
  type ScannedHost,
} from '@wardgrid/wire';
import { startTestController, type SignedIn, type TestController } from '../harness.ts';
import { signInAt } from './arrival.ts';

/* Two sites that each serve a group of one organization, and stand on one and the same network. */

const WITHIN = { timeout: 30_000, interval: 100 };
const NAMES = ['East', 'West'] as const;
type Name = (typeof NAMES)[number];
const NETWORK = '10.1.2.0/24';

interface Place {
  readonly group: Group;
  readonly local: TestController;
  readonly admin: SignedIn;
  readonly machine: ReturnType<typeof createMachine>;
  readonly deviceId: DeviceId;
}

let cloud: TestController;
let root: SignedIn;
let organization: Organization;
const places = {} as Record<Name, Place>;

const emailOf = (name: Name): string => `${name.toLowerCase()}@example.com`;

beforeAll(async () => {
  cloud = await startTestController();
  root = await cloud.setUp();
  [organization] = (await root.call(organizationRoutes.list, { query: {} })).data as [Organization];
  for (const name of NAMES) places[name] = await openPlace(name);
}, 120_000);

afterAll(async () => {
  for (const { local } of Object.values(places)) await local.close();
  await cloud?.close();
});

async function openPlace(name: Name): Promise<Place> {
  const group = await root.call(groupRoutes.create, {
    body: { name, organizationId: organization.id },
  });
  const { scope } = group;
  await cloud.addAccount(root, {
    email: emailOf(name),
    name,
    kind: 'admin',
    scope,
    reach: 'subtree',
    assignments: [{ role: 'owner', scope, effect: 'allow', expiresAt: null }],
  });
  const { value: token } = await root.call(joinTokenRoutes.create, { body: { name, scope } });
  const local = await startTestController({
    config: { role: 'local', parent: cloud.url, token, syncIntervalMs: 1_000 },
  });
  const admin = await signInAt(local, emailOf(name));
  const key = await admin.call(enrolmentKeyRoutes.create, {
    body: { name: 'desks', groupId: group.id },
  });
  expect(key.enrolmentKey).toMatchObject({ organizationId: organization.id, groupId: group.id });
  const machine = createMachine(local.url, `${name}-1`);
  const deviceId = (await machine.enrol(key.value)).deviceId as DeviceId;
  await machine.exchange();
  return { group, local, admin, machine, deviceId };
}

/** A scan that a person orders, as the device's agent does it. */
async function scan(by: SignedIn, { machine, deviceId }: Place, found: readonly string[]) {
  const { id: jobId } = await by.call(jobRoutes.create, {
    body: { deviceId, task: { kind: 'discovery', isNetworkApproved: true, ports: '23' } },
  });
  let order: Order | undefined;
  await expect
    .poll(async () => {
      const [envelope] = (await machine.exchange()).orders;
      order = envelope && (JSON.parse(envelope.payload) as Order);
      return order?.id;
    }, WITHIN)
    .toBe(jobId);
  const hosts = found.map(hostAt);
  const ports = found.map((ip) => ({
    ip,
    port: 23,
    transport: 'tcp' as const,
    service: 'telnet',
  }));
  const done = { kind: 'job-finished', jobId, outcome: 'succeeded', error: null } as const;
  const coverage = { cidr: NETWORK, hosts: null, ports: '23', isComplete: true };
  await machine.exchange({
    records: [
      machine.record({ kind: 'job-started', jobId }),
      machine.record({ kind: 'job-hosts', jobId, hosts }),
      machine.record({ kind: 'job-ports', jobId, ports }),
      machine.record({ ...done, summary: {}, coverage }),
    ],
  });
  const stateOf = async () => (await by.call(jobRoutes.read, { params: { id: jobId } })).state;
  await expect.poll(stateOf, WITHIN).toBe('succeeded');
}

const hostAt = (ip: string): ScannedHost => ({
  ip,
  mac: `02:00:00:00:01:${(ip.split('.').at(-1) ?? '').padStart(2, '0')}`,
  names: [],
  isSelf: false,
  rttMs: 1,
  evidence: ['arp'],
});

const assetsOf = async (person: SignedIn): Promise<string[]> => {
  const { data } = await person.call(assetRoutes.list, { query: { sort: 'ip', limit: 100 } });
  return data.map(({ ip, groupName }) => `${ip} ${groupName ?? ''}`).toSorted();
};

test('what a site of a group finds in its network is known above it, and stays', async () => {
  await expect
    .poll(async () => (await root.call(deviceRoutes.list, { query: {} })).total, WITHIN)
    .toBe(2);
  await scan(root, places.East, ['10.1.2.50', '10.1.2.51']);
  await expect.poll(() => assetsOf(root), WITHIN).toEqual(['10.1.2.50 East', '10.1.2.51 East']);
  expect(await assetsOf(places.East.admin)).toEqual(await assetsOf(root));
  const { data: networks } = await root.call(networkRoutes.list, { query: {} });
  const own = networks.find(({ groupName }) => groupName === 'East');
  expect(own).toMatchObject({
    cidr: NETWORK,
    state: 'approved',
    scope: places.East.group.scope,
    assets: 2,
    devices: 1,
  });
  const rules = async (person: SignedIn) =>
    (await person.call(findingRoutes.list, { query: { filter: 'rule:open-port' } })).total;
  await expect.poll(() => rules(root), WITHIN).toBe(2);
  expect(await rules(places.East.admin)).toBe(2);
}, 60_000);

test('two sites on one network have it each for itself, and see nothing of each other', async () => {
  await scan(places.West.admin, places.West, ['10.1.2.50', '10.1.2.60']);
  await expect
    .poll(() => assetsOf(root), WITHIN)
    .toEqual(['10.1.2.50 East', '10.1.2.50 West', '10.1.2.51 East', '10.1.2.60 West']);
  expect(await assetsOf(places.West.admin)).toEqual(['10.1.2.50 West', '10.1.2.60 West']);
  expect(await assetsOf(places.East.admin)).toEqual(['10.1.2.50 East', '10.1.2.51 East']);
  for (const { local, admin, group } of Object.values(places)) {
    const { rows } = await local.controller.platform.database.pool.query<{ scope: string }>(
      'select distinct scope::text as scope from discovery_asset union select scope::text from discovery_network',
    );
    expect(rows.map(({ scope }) => scope)).toEqual([group.scope]);
    expect((await admin.call(syncRoutes.conflicts, { query: {} })).data).toEqual([]);
  }
  expect((await root.call(syncRoutes.conflicts, { query: {} })).data).toEqual([]);
}, 60_000);

test('the admin of a group moves devices within it, and makes keys nowhere else', async () => {
  const { admin, group, deviceId } = places.East;
  const inner = await admin.call(groupRoutes.create, {
    body: { name: 'Inner', organizationId: organization.id, parentId: group.id },
  });
  const moved = await admin.call(deviceRoutes.update, {
    params: { id: deviceId },
    body: { groupId: inner.id },
  });
  expect(moved.scope).toBe(inner.scope);
  const refused = (body: { readonly groupId?: Group['id'] }) =>
    admin.call(enrolmentKeyRoutes.create, {
      body: { name: 'no', organizationId: organization.id, ...body },
    });
  await expect(refused({})).rejects.toMatchObject({ problem: { code: 'not-found' } });
  await expect(refused({ groupId: places.West.group.id })).rejects.toMatchObject({
    problem: { code: 'not-found' },
  });
  await expect(
    admin.call(enrolmentKeyRoutes.create, { body: { name: 'nowhere' } }),
  ).rejects.toMatchObject({ problem: { code: 'invalid-body' } });
  const scopeAtCloud = async () =>
    (await root.call(deviceRoutes.read, { params: { id: deviceId } })).scope;
  await expect.poll(scopeAtCloud, WITHIN).toBe(inner.scope);
  // Its network is the site's as before: the group inside has no controller of its own.
  const networks = await root.call(networkRoutes.list, { query: { filter: 'group:Inner' } });
  expect(networks.total).toBe(0);
}, 60_000);

test('a group whose controller is revoked keeps its networks', async () => {
  const { data } = await root.call(controllerRoutes.list, { query: {} });
  const id = data.find(({ name }) => name === 'West')?.id ?? '';
  await root.call(controllerRoutes.revoke, { params: { id }, body: { reason: 'closed' } });
  const { data: networks } = await root.call(networkRoutes.list, { query: {} });
  expect(networks.map(({ groupName }) => groupName ?? '').toSorted()).toEqual(['East', 'West']);
});
