import {
  groupRoutes,
  joinTokenRoutes,
  organizationRoutes,
  policyRoutes,
  syncRoutes,
  type Conflict,
  type Group,
  type Organization,
  type Policy,
} from '@wardgrid/wire';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestController, type SignedIn, type TestController } from '../harness.ts';
import { signInAt } from './arrival.ts';
import { freePort, openLine, type Line } from './line.ts';

/* What is deleted on one side while the other, which is cut off, changes what belongs to it. */

const EMAIL = 'admin@example.com';
const WITHIN = { timeout: 30_000, interval: 100 };

let line: Line;
let cloud: TestController;
let local: TestController;
let root: SignedIn;
let admin: SignedIn;
let organization: Organization;

beforeAll(async () => {
  const port = await freePort();
  line = await openLine(port);
  cloud = await startTestController({
    config: { publicUrl: line.url, listen: `127.0.0.1:${port}` },
  });
  root = await cloud.setUp();
  [organization] = (await root.call(organizationRoutes.list, { query: {} })).data as [Organization];
  const { scope } = organization;
  await cloud.addAccount(root, {
    email: EMAIL,
    name: 'Admin',
    kind: 'admin',
    scope,
    reach: 'subtree',
    assignments: [{ role: 'owner', scope, effect: 'allow', expiresAt: null }],
  });
  const { value: token } = await root.call(joinTokenRoutes.create, {
    body: { name: 'Site', scope },
  });
  local = await startTestController({
    config: {
      role: 'local',
      parent: line.url,
      token,
      syncIntervalMs: 500,
      failoverAfterMs: 1_000,
      probeIntervalMs: 500,
    },
  });
  admin = await signInAt(local, EMAIL);
}, 120_000);

afterAll(async () => {
  await local?.close();
  await cloud?.close();
  await line?.close();
});

const makeGroup = (by: SignedIn, name: string): Promise<Group> =>
  by.call(groupRoutes.create, { body: { name, organizationId: organization.id } });
const makePolicy = (by: SignedIn, name: string, group: Group): Promise<Policy> =>
  by.call(policyRoutes.create, {
    body: { name, target: { kind: 'group', id: group.id }, fields: { mode: 'detect' }, locks: [] },
  });
const removeGroup = (by: SignedIn, { id }: Group): Promise<unknown> =>
  by.call(groupRoutes.delete, { params: { id } });
const namesOf = async (by: SignedIn): Promise<string[]> => {
  const groups = await by.call(groupRoutes.list, { query: { limit: 100 } });
  const policies = await by.call(policyRoutes.list, { query: { limit: 100 } });
  return [...groups.data, ...policies.data].map(({ name }) => name).toSorted();
};
const lostOf = async (by: SignedIn, id: string): Promise<Conflict[]> =>
  (await by.call(syncRoutes.conflicts, { query: { filter: `entityId:${id}` } })).data;
const bothKnow = (name: string): Promise<void> =>
  expect
    .poll(
      async () =>
        [await namesOf(root), await namesOf(admin)].every((names) => names.includes(name)),
      WITHIN,
    )
    .toBe(true);

async function apart(cloudDoes: () => Promise<unknown>, siteDoes: () => Promise<unknown>) {
  line.cut();
  await cloudDoes();
  await siteDoes();
  line.heal();
}

test('what the cloud made in a group that a site deletes goes everywhere, and is told to people', async () => {
  const group = await makeGroup(root, 'Quay');
  await bothKnow('Quay');
  let policy: Policy | undefined;
  await apart(
    async () => void (policy = await makePolicy(root, 'For the quay', group)),
    () => removeGroup(admin, group),
  );
  await expect.poll(() => namesOf(root), WITHIN).toEqual([]);
  await expect.poll(async () => (await lostOf(root, policy?.id ?? '')).length, WITHIN).toBe(1);
  const [conflict] = await lostOf(root, policy?.id ?? '');
  expect(conflict).toMatchObject({ noun: 'policies', kind: 'lost', reason: 'gone', isLive: false });
  expect(conflict?.fields).toContainEqual({ name: 'name', lost: 'For the quay', kept: null });
  // Neither the tables nor the chain have it, on either side.
  for (const { controller } of [cloud, local]) {
    const left = async () => {
      const { rows } = await controller.platform.database.pool.query(
        `select 1 from sync_row where row_id = $1 and not is_deleted union all select 1 from policy where id = $1::uuid
         union all select 1 from sync_aside`,
        [policy?.id],
      );
      return rows.length;
    };
    await expect.poll(left, WITHIN).toBe(0);
  }
  await expect(
    root.call(syncRoutes.reapply, {
      params: { id: conflict?.id ?? '' },
      body: { fields: ['name'] },
    }),
  ).rejects.toMatchObject({ problem: { code: 'conflict-gone' } });
}, 90_000);

test('what a site edited below what the cloud deletes is told to people of both', async () => {
  const group = await makeGroup(root, 'Pier');
  const policy = await makePolicy(root, 'For the pier', group);
  await bothKnow('For the pier');
  await apart(
    () => removeGroup(root, group),
    () =>
      admin.call(policyRoutes.update, {
        params: { id: policy.id },
        body: { name: 'Edited at the pier' },
      }),
  );
  for (const person of [root, admin]) {
    await expect.poll(() => namesOf(person), WITHIN).toEqual([]);
    await expect.poll(async () => (await lostOf(person, policy.id)).length, WITHIN).toBe(1);
    const [conflict] = await lostOf(person, policy.id);
    expect(conflict).toMatchObject({ reason: 'gone', isLive: false, changedBy: EMAIL });
    expect(conflict?.fields.find(({ name }) => name === 'name')?.lost).toBe('Edited at the pier');
  }
}, 90_000);

test('what a site made below what the cloud deleted is told to people of both', async () => {
  const group = await makeGroup(root, 'Mole');
  await bothKnow('Mole');
  let policy: Policy | undefined;
  await apart(
    () => removeGroup(root, group),
    async () => void (policy = await makePolicy(admin, 'For the mole', group)),
  );
  for (const person of [root, admin]) {
    await expect.poll(() => namesOf(person), WITHIN).toEqual([]);
    await expect.poll(async () => (await lostOf(person, policy?.id ?? '')).length, WITHIN).toBe(1);
    const [conflict] = await lostOf(person, policy?.id ?? '');
    expect(conflict?.fields.find(({ name }) => name === 'name')?.lost).toBe('For the mole');
  }
}, 90_000);
