import { createMachine } from '@wardgrid/controller/features/link/testdata/machine';
import { createSigner, sealEnvelope } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  enrolmentKeyRoutes,
  groupRoutes,
  LicenceDocument,
  licenceRoutes,
  tenantRoutes,
  type LicenceInForce,
  type SignedEnvelope,
} from '@wardgrid/wire';
import type { SignedIn } from '../harness.ts';
import { createWrongClock, SITE_EMAIL, startSite, type Site } from './site.ts';

/* A licence comes down, ends while its site is cut off, is renewed there from a file, and the two agree again. */

const DAY_MS = 86_400_000;
const WITHIN = { timeout: 30_000, interval: 100 };
const TERMS = { seats: 50, validDays: 30, graceDays: 10, features: [] };

/** Both machines go by one calendar, which the test turns. */
const calendar = createWrongClock(0);
let site: Site;
let root: SignedIn;
let machine: ReturnType<typeof createMachine>;
let key: string;
let renewed: SignedEnvelope;

beforeAll(async () => {
  site = await startSite({ cloud: { clock: calendar }, local: { clock: calendar } });
}, 120_000);
afterAll(() => site?.close());

const here = (person: SignedIn): Promise<LicenceInForce> => person.call(licenceRoutes.inForce);
const documentOf = ({ payload }: SignedEnvelope): LicenceDocument =>
  LicenceDocument.parse(JSON.parse(payload));
const install = (person: SignedIn, document: SignedEnvelope): Promise<LicenceInForce> =>
  person.call(licenceRoutes.install, { body: { document } });
const atSite = (): Promise<SignedIn> => site.local.signIn(SITE_EMAIL);
const atCloud = (): Promise<SignedIn> => site.cloud.signIn('root@example.com');
const machineNamed = (name: string): ReturnType<typeof createMachine> =>
  createMachine(site.local.url, name, { now: calendar.now });
const makeGroup = (person: SignedIn, name: string): Promise<unknown> =>
  person.call(groupRoutes.create, { body: { name, organizationId: site.organization.id } });

test('a licence issued at the cloud is the one that the site goes by', async () => {
  const { admin, organization } = site;
  root = await atCloud();
  const issued = await root.call(licenceRoutes.issue, {
    params: { id: organization.tenantId },
    body: TERMS,
  });
  await expect.poll(async () => (await here(admin)).validUntil, WITHIN).toBe(issued.validUntil);
  expect(await here(admin)).toMatchObject({ state: 'active', source: 'chain', installedBy: null });
  const made = await admin.call(enrolmentKeyRoutes.create, {
    body: { name: 'desks', organizationId: organization.id, seats: 50, expiresInHours: 8_760 },
  });
  key = made.value;
  machine = machineNamed('desk-1');
  await machine.enrol(key);
});

test('cut off, it ends: protection goes on, and in its grace people go on as well', async () => {
  site.gate.cut();
  calendar.set(31 * DAY_MS);
  const admin = await atSite();
  expect(await here(admin)).toMatchObject({ state: 'grace' });
  await makeGroup(admin, 'In grace');
  expect((await machine.exchange()).settings).toBeDefined();
});

test('after its grace people may look only, nobody enrols, and what runs is told and served', async () => {
  calendar.set(41 * DAY_MS);
  const admin = await atSite();
  expect(await here(admin)).toMatchObject({ state: 'expired' });
  await expect(makeGroup(admin, 'Too late')).rejects.toMatchObject({ code: 'licence-expired' });
  await expect(machineNamed('desk-2').enrol(key)).rejects.toMatchObject({
    code: 'licence-expired',
  });
  await admin.call(groupRoutes.list, { query: {} });
  await machine.openSession();
  await machine.exchange();
});

test('a file that the platform did not sign, or for another, or older, changes nothing', async () => {
  const { organization, cloud } = site;
  root = await atCloud();
  const admin = await atSite();
  const old = await root.call(licenceRoutes.read, { params: { id: organization.tenantId } });
  const other = await root.call(tenantRoutes.create, {
    body: { name: 'Another', licence: TERMS },
  });
  const foreign = await root.call(licenceRoutes.read, { params: { id: other.id } });
  ({ document: renewed } = await root.call(licenceRoutes.issue, {
    params: { id: organization.tenantId },
    body: { ...TERMS, validDays: 365 },
  }));
  const stranger = createSigner(systemCryptography, new Uint8Array(32).fill(7));
  const platform = cloud.controller.platform.keys.platform;
  const terms = documentOf(renewed);
  const longer = JSON.stringify({ ...terms, validUntil: terms.validUntil + 3_650 * DAY_MS });
  const bad: readonly (readonly [string, SignedEnvelope])[] = [
    ['licence-invalid', sealEnvelope(stranger, terms)],
    ['licence-invalid', { ...renewed, payload: longer }],
    ['licence-invalid', foreign.document],
    // The platform signed it, but the tenant's orders are signed with another key.
    [
      'licence-invalid',
      sealEnvelope(platform, { ...terms, tenantKey: documentOf(foreign.document).tenantKey }),
    ],
    ['licence-invalid', old.document],
    ['licence-invalid', sealEnvelope(platform, { ...terms, validFrom: terms.validFrom + DAY_MS })],
    [
      'licence-older',
      sealEnvelope(platform, {
        ...terms,
        id: foreign.id,
        issuedAt: documentOf(old.document).issuedAt - 1,
      }),
    ],
  ];
  for (const [code, document] of bad) {
    await expect(install(admin, document)).rejects.toMatchObject({ code });
  }
  expect(await here(admin)).toMatchObject({ state: 'expired', source: 'chain' });
});

test('the renewed file is installed by the admin of the site, with nobody above', async () => {
  const admin = await atSite();
  const installed = await install(admin, renewed);
  expect(installed).toMatchObject({ state: 'active', source: 'file', installedBy: SITE_EMAIL });
  // Twice is once.
  expect(await install(admin, renewed)).toMatchObject({ installedAt: installed.installedAt });
  await makeGroup(admin, 'Back to work');
  await machineNamed('desk-2').enrol(key);
});

test('with the way open again both go by the same licence, and what was made meanwhile is at the cloud', async () => {
  site.gate.heal();
  const admin = await atSite();
  const { organization } = site;
  await expect.poll(async () => (await here(admin)).source, WITHIN).toBe('chain');
  const cloudsOwn = await root.call(licenceRoutes.read, { params: { id: organization.tenantId } });
  expect((await here(admin)).issuedAt).toBe(cloudsOwn.issuedAt);
  expect(cloudsOwn.document).toEqual(renewed);
  const names = async (): Promise<string[]> =>
    (await root.call(groupRoutes.list, { query: {} })).data.map(({ name }) => name).toSorted();
  await expect.poll(names, WITHIN).toEqual(['Back to work', 'In grace']);
});

test('what the cloud issues later stands before any file', async () => {
  const { organization } = site;
  const admin = await atSite();
  const shorter = await root.call(licenceRoutes.issue, {
    params: { id: organization.tenantId },
    body: { ...TERMS, validDays: 60 },
  });
  await expect.poll(async () => (await here(admin)).validUntil, WITHIN).toBe(shorter.validUntil);
  await expect(install(admin, renewed)).rejects.toMatchObject({ code: 'licence-older' });
});
