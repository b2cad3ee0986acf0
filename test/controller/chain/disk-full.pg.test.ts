import { afterAll, beforeAll, expect, test } from 'vitest';
import { groupRoutes, organizationRoutes, platformRoutes, syncRoutes } from '@wardgrid/wire';
import type { SignedIn } from '../harness.ts';
import { startSite, type Site } from './site.ts';
import { openSmallDisk, type SmallDisk } from './small-disk.ts';

/* A site's disk fills up while a large page is taken in: nothing of the page is kept, nothing is lost. */

const WITHIN = { timeout: 60_000, interval: 200 };
const GROUPS = 400;
const DISK_BYTES = 16 * 1_048_576;
/** What a page is written into. */
const TABLES = ['sync_row', 'sync_log', 'sync_op', 'device_group'];

let site: Site;
let disk: SmallDisk;

beforeAll(async () => {
  site = await startSite();
  disk = await openSmallDisk(DISK_BYTES);
  await disk.takeTables(site.local, TABLES);
}, 120_000);
afterAll(async () => {
  await disk?.free();
  await site?.close();
  await disk?.close();
});

const groupsAt = async ({ call }: SignedIn): Promise<number> =>
  (await call(groupRoutes.list, { query: { limit: 1 } })).total ?? 0;
const failureHere = async (): Promise<string | null> =>
  (await site.admin.call(syncRoutes.status)).localFailure;

test('a page that does not fit is kept in no part, and a person is told why', async () => {
  const { root, gate, organization } = site;
  gate.cut();
  for (let index = 0; index < GROUPS; index += 1) {
    await root.call(groupRoutes.create, {
      body: { name: `Group ${index} ${'x'.repeat(100)}`, organizationId: organization.id },
    });
  }
  await disk.fill();
  gate.heal();
  await expect.poll(failureHere, WITHIN).toBe('storage-full');
  // All of a page or nothing of it, and the controller goes on serving what it has.
  expect(await groupsAt(site.admin)).toBe(0);
  const { cursor } = await site.admin.call(syncRoutes.status);
  expect(cursor).toBeLessThan(GROUPS);
}, 120_000);

test('what people write meanwhile is refused with a reason, and changes nothing', async () => {
  const { admin, organization } = site;
  let refusal: unknown = null;
  for (let index = 0; index < 200 && refusal === null; index += 1) {
    const name = `Here ${index} ${'y'.repeat(100)}`;
    refusal = await admin
      .call(groupRoutes.create, { body: { name, organizationId: organization.id } })
      .then(
        () => null,
        (error: unknown) => error,
      );
  }
  expect(refusal).toMatchObject({ code: 'storage-full' });
}, 120_000);

test('with space again everything is taken in, and both hold the same', async () => {
  const { root, admin, organization } = site;
  await disk.free();
  await expect.poll(failureHere, WITHIN).toBeNull();
  const namesOf = async (person: typeof root): Promise<string[]> => {
    const { data } = await person.call(groupRoutes.list, { query: { limit: 500 } });
    return data.map(({ name }) => name).toSorted();
  };
  await expect.poll(async () => (await namesOf(admin)).length, WITHIN).toBeGreaterThanOrEqual(400);
  const params = { id: organization.id };
  await admin.call(organizationRoutes.update, { params, body: { name: 'After the flood' } });
  await expect
    .poll(async () => (await root.call(organizationRoutes.read, { params })).name, WITHIN)
    .toBe('After the flood');
  await expect.poll(() => namesOf(root), WITHIN).toEqual(await namesOf(admin));
  const { conflicts } = await admin.call(syncRoutes.status);
  expect(conflicts).toBe(0);
}, 180_000);

test('a full disk of the cloud is told to those below, who keep what they have', async () => {
  const { cloud, root, admin, gate, organization } = site;
  gate.cut();
  await disk.takeTables(cloud, TABLES);
  for (let index = 0; index < GROUPS / 2; index += 1) {
    const name = `Below ${index} ${'z'.repeat(100)}`;
    await admin.call(groupRoutes.create, { body: { name, organizationId: organization.id } });
  }
  await disk.fill();
  gate.heal();
  const failures = async (): Promise<readonly (string | null)[]> =>
    (await admin.call(syncRoutes.status)).upstreams.map(({ failure }) => failure);
  await expect.poll(failures, WITHIN).toContain('storage-full');
  await disk.free();
  const here = await groupsAt(admin);
  expect(here).toBeGreaterThanOrEqual(GROUPS + GROUPS / 2);
  await expect.poll(() => groupsAt(root), WITHIN).toBe(here);
  expect((await root.call(platformRoutes.health)).dependencies[0]?.name).toBe('database');
}, 180_000);
