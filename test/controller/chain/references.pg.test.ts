/* Names that last, given at a site that nobody above answers: out of the numbers that the cloud lent to
   it, and when those are used up provisional ones, which the cloud replaces later. */
import { createMachine } from '@wardgrid/controller/features/link/testdata/machine';
import { nameAll } from '@wardgrid/controller/features/sync/references/service';
import { SYNC_TYPES } from '@wardgrid/controller/features/sync/types/index';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deviceRoutes, enrolmentKeyRoutes } from '@wardgrid/wire';
import type { SignedIn } from '../harness.ts';
import { startSite, type Site } from './site.ts';

const WITHIN = { timeout: 45_000, interval: 200 };
/** More than two blocks hold. */
const DEVICES = 205;
let site: Site;
let key: string;
let given: ReadonlyMap<string, string>;

beforeAll(async () => {
  site = await startSite();
  const { value } = await site.admin.call(enrolmentKeyRoutes.create, {
    body: { name: 'desks', organizationId: site.organization.id, seats: 1_000 },
  });
  key = value;
}, 120_000);
afterAll(() => site?.close());

const enrol = (name: string) => createMachine(site.local.url, name).enrol(key);

async function refsAt(person: SignedIn, search = ''): Promise<Map<string, string>> {
  const query = { limit: 500, ...(search === '' ? {} : { search }) };
  const { data } = await person.call(deviceRoutes.list, { query });
  return new Map(data.map(({ hostname, ref }) => [hostname, ref ?? '']));
}

test('a site names a device for good at once, with the cloud out of reach', async () => {
  await enrol('before');
  await expect.poll(async () => (await refsAt(site.root)).get('before'), WITHIN).toMatch(/^DEV-/);
  site.gate.cut();
  await enrol('desk-0');
  await expect
    .poll(async () => (await refsAt(site.admin)).get('desk-0'), { timeout: 5_000, interval: 50 })
    .toMatch(/^DEV-\d{6}$/);
});

test('what was lent runs out, and then names are provisional', async () => {
  for (let index = 1; index < DEVICES; index += 1) await enrol(`desk-${index}`);
  await site.local.controller.platform.database.transact({ kind: 'sync' }, (tx) =>
    nameAll(tx, { types: SYNC_TYPES, code: 'BERL' }),
  );
  await expect
    .poll(async () => [...(await refsAt(site.admin)).values()].filter((ref) => ref === ''), WITHIN)
    .toEqual([]);
  const refs = await refsAt(site.admin);
  const lasting = [...refs].filter(([, ref]) => ref.startsWith('DEV-'));
  expect(new Set(lasting.map(([, ref]) => ref)).size).toBe(lasting.length);
  expect(lasting.length).toBeGreaterThan(50);
  expect([...refs.values()].some((ref) => ref.startsWith('~'))).toBe(true);
  given = new Map(lasting);
}, 180_000);

test('together again all have the names that their site gave them, and the others get theirs', async () => {
  site.gate.heal();
  await expect.poll(async () => (await refsAt(site.root)).size, WITHIN).toBe(DEVICES + 1);
  const isLasting = async (person: SignedIn): Promise<boolean> =>
    [...(await refsAt(person)).values()].every((ref) => ref.startsWith('DEV-'));
  for (const person of [site.root, site.admin]) {
    await expect.poll(() => isLasting(person), WITHIN).toBe(true);
    const refs = await refsAt(person);
    for (const [name, ref] of given) expect([name, refs.get(name)]).toEqual([name, ref]);
    expect(new Set(refs.values()).size).toBe(DEVICES + 1);
  }
  expect(await refsAt(site.root)).toEqual(await refsAt(site.admin));
}, 120_000);
