import { createMachine } from '@wardgrid/controller/features/link/testdata/machine';
import { createSeatLeases } from '@wardgrid/controller/features/sync/index';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  deviceRoutes,
  enrolmentKeyRoutes,
  licenceRoutes,
  platformRoutes,
  type Device,
} from '@wardgrid/wire';
import type { SignedIn } from '../harness.ts';
import { startSite, type Site } from './site.ts';

/* Seats under partition: what enrols beyond a lease is protected and marked, until seats come. */

const WITHIN = { timeout: 45_000, interval: 200 };
const TERMS = { validDays: 30, graceDays: 10, features: [] };
let site: Site;
let key: string;

beforeAll(async () => {
  site = await startSite();
  const { root, organization } = site;
  await issue(root, 6);
  const made = await site.admin.call(enrolmentKeyRoutes.create, {
    body: { name: 'desks', organizationId: organization.id, seats: 50 },
  });
  key = made.value;
}, 120_000);
afterAll(() => site?.close());

const issue = (root: SignedIn, seats: number): Promise<unknown> =>
  root.call(licenceRoutes.issue, {
    params: { id: site.organization.tenantId },
    body: { ...TERMS, seats },
  });
async function graceAt(person: SignedIn): Promise<string[]> {
  const { data } = await person.call(deviceRoutes.list, { query: { filter: 'grace:true' } });
  return data.map(({ hostname }: Device) => hostname).toSorted();
}
const leased = async (): Promise<number | undefined> =>
  (await site.admin.call(licenceRoutes.inForce)).seats?.leased;

test('a site is leased seats ahead, within the licence', async () => {
  const seats = createSeatLeases(site.cloud.controller.platform);
  await seats.grant(site.organization.tenantId);
  await expect.poll(leased, WITHIN).toBe(5);
});

test('cut off, what enrols beyond the lease is protected and marked, the last that came first', async () => {
  site.gate.cut();
  for (let index = 1; index <= 7; index += 1) {
    const machine = createMachine(site.local.url, `desk-${index}`);
    await machine.enrol(key);
    expect((await machine.exchange()).settings).toBeDefined();
  }
  await expect.poll(() => graceAt(site.admin), WITHIN).toEqual(['desk-6', 'desk-7']);
  const { seats } = await site.admin.call(licenceRoutes.inForce);
  expect(seats).toEqual({ leased: 5, used: 7, grace: 2 });
  const overview = await site.admin.call(platformRoutes.overview);
  expect(overview.graceDevices).toBe(2);
});

test('the cloud gives the leased seats to nobody else meanwhile', async () => {
  const { root, organization, cloud } = site;
  const { value } = await root.call(enrolmentKeyRoutes.create, {
    body: { name: 'cloud', organizationId: organization.id, seats: 50 },
  });
  await createMachine(cloud.url, 'cloud-1').enrol(value);
  await expect(createMachine(cloud.url, 'cloud-2').enrol(value)).rejects.toMatchObject({
    code: 'licence-seats-exhausted',
  });
});

test('together again both mark the same, and no lease grew beyond the licence', async () => {
  site.gate.heal();
  const expected = ['desk-6', 'desk-7'];
  await expect.poll(() => graceAt(site.root), WITHIN).toEqual(expected);
  await expect.poll(() => graceAt(site.admin), WITHIN).toEqual(expected);
  expect(await leased()).toBe(5);
});

test('the marks are gone when seats come', async () => {
  await issue(site.root, 20);
  await expect.poll(() => graceAt(site.root), WITHIN).toEqual([]);
  await expect.poll(() => graceAt(site.admin), WITHIN).toEqual([]);
  const { data } = await site.admin.call(deviceRoutes.list, { query: {} });
  expect(data).toHaveLength(8);
});
