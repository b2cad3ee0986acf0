import { sql } from 'kysely';
import { silentLog, type Log } from '@wardgrid/base';
import { systemNewId } from '@wardgrid/base/system';
import { createSigner, sealEnvelope } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  groupRoutes,
  joinTokenRoutes,
  LicenceDocument,
  licenceRoutes,
  tenantRoutes,
  type LicenceInForce,
  type SignedEnvelope,
} from '@wardgrid/wire';
import { startTestController, type SignedIn, type TestController } from '../harness.ts';
import { signInAt } from './arrival.ts';
import { openGate, type Gate } from './gate.ts';
import { SITE_EMAIL, startSite, type Site } from './site.ts';

/* A licence file that is brought to a site counts below it, too, while nobody there reaches the cloud. */

const WITHIN = { timeout: 30_000, interval: 100 };
const TERMS = { seats: 50, validDays: 30, graceDays: 10, features: [] };
const LAB_EMAIL = 'lab@example.com';
const TIMERS = {
  syncIntervalMs: 500,
  failoverAfterMs: 1_500,
  probeIntervalMs: 500,
  dwellMs: 1_000,
};

let site: Site;
let lab: TestController;
let labAdmin: SignedIn;
let localGate: Gate;
let renewed: SignedEnvelope;

/** What the sub-local says that it refused. */
const refused: string[] = [];
const log: Log = {
  ...silentLog,
  warn(message) {
    if (message === 'a licence file was refused') refused.push(message);
  },
};

const here = (person: SignedIn): Promise<LicenceInForce> => person.call(licenceRoutes.inForce);
const documentOf = ({ payload }: SignedEnvelope): LicenceDocument =>
  LicenceDocument.parse(JSON.parse(payload));

beforeAll(async () => {
  localGate = await openGate();
  site = await startSite({ local: { config: { publicUrl: localGate.url } } });
  const { root, admin, organization, cloud, local } = site;
  localGate.leadTo(local.url);
  const group = await root.call(groupRoutes.create, {
    body: { name: 'Lab', organizationId: organization.id },
  });
  const { scope } = group;
  await cloud.addAccount(root, {
    email: LAB_EMAIL,
    name: 'Lab',
    kind: 'admin',
    scope,
    reach: 'subtree',
    assignments: [{ role: 'owner', scope, effect: 'allow', expiresAt: null }],
  });
  const groupIsThere = async (): Promise<unknown> => {
    const { data } = await admin.call(groupRoutes.list, { query: {} });
    if (!data.some(({ id }) => id === group.id)) throw new Error('the group has not come yet');
    return admin.call(joinTokenRoutes.create, { body: { name: 'Lab', scope } });
  };
  const { value: token } = (await eventually(groupIsThere)) as { readonly value: string };
  lab = await startTestController({
    log,
    config: { role: 'sub-local', parent: localGate.url, token, ...TIMERS },
  });
  labAdmin = await signInAt(lab, LAB_EMAIL);
}, 120_000);

afterAll(async () => {
  await lab?.close();
  await site?.close();
  await localGate?.close();
});

/** Asks again until it works. */
async function eventually<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => {
        setTimeout(resolve, 200);
      });
    }
  }
}

/** Puts a file into the database of the site's controller, as somebody does who has taken it over. */
async function plant(document: SignedEnvelope): Promise<void> {
  const { tenantId, scope } = site.organization;
  await removeFiles();
  await site.local.controller.platform.database.transact({ kind: 'ingest' }, (tx) =>
    tx.run(sql`insert into licence_file (tenant_id, scope, id, envelope, features, seats, valid_from, valid_until,
        grace_days, issued_at, installed_at, installed_by)
      values (${tenantId}, ${scope}::ltree, ${systemNewId()}, ${JSON.stringify(document)}::jsonb, '{}', 50, now(),
        now() + interval '1 year', 0, now() + interval '1 hour', now(), ${`account:${systemNewId()}@platform`})`),
  );
}

async function removeFiles(): Promise<void> {
  await site.local.controller.platform.database.transact({ kind: 'ingest' }, (tx) =>
    tx.run(sql`delete from licence_file`),
  );
}

test("what is not the platform's, or another tenant's, goes no further than whoever hands it down", async () => {
  const { root, cloud } = site;
  const { tenantId } = site.organization;
  const before = await here(labAdmin);
  const other = await root.call(tenantRoutes.create, { body: { name: 'Another', licence: TERMS } });
  const foreign = await root.call(licenceRoutes.read, { params: { id: other.id } });
  site.gate.cut();
  ({ document: renewed } = await root.call(licenceRoutes.issue, {
    params: { id: tenantId },
    body: { ...TERMS, validDays: 365 },
  }));
  const terms = documentOf(renewed);
  const later = { ...terms, id: systemNewId(), issuedAt: terms.issuedAt + 1 };
  const stranger = createSigner(systemCryptography, new Uint8Array(32).fill(7));
  const bad: readonly SignedEnvelope[] = [
    sealEnvelope(stranger, later),
    { ...renewed, payload: JSON.stringify(later) },
    foreign.document,
    sealEnvelope(cloud.controller.platform.keys.platform, {
      ...later,
      tenantKey: documentOf(foreign.document).tenantKey,
    }),
  ];
  for (const document of bad) {
    const refusedBefore = refused.length;
    await plant(document);
    await expect.poll(() => refused.length, WITHIN).toBeGreaterThan(refusedBefore);
    expect(await here(labAdmin)).toEqual(before);
  }
  await removeFiles();
});

test('the file that the admin of the site installs is in force below it, with nobody above', async () => {
  const installed = await site.admin.call(licenceRoutes.install, { body: { document: renewed } });
  expect(installed).toMatchObject({ source: 'file', installedBy: SITE_EMAIL });
  await expect.poll(async () => (await here(labAdmin)).source, WITHIN).toBe('file');
  const below = await here(labAdmin);
  expect(below).toMatchObject({
    validUntil: installed.validUntil,
    issuedAt: installed.issuedAt,
    installedAt: installed.installedAt,
  });
});

test('below nobody reads the address of whoever installed it, and no row there holds it', async () => {
  const { installedBy } = await here(labAdmin);
  expect(installedBy).toBe(`@${site.organization.name}`);
  const rows = await lab.controller.platform.database.transact({ kind: 'ingest' }, (tx) =>
    tx.rows<{ text: string }>(sql`select row_to_json(f)::text as text from licence_file f`),
  );
  expect(rows).toHaveLength(1);
  expect(rows[0]?.text).not.toContain(SITE_EMAIL);
});

test('with the cloud back, all go by what it issued', async () => {
  site.gate.heal();
  const issued = await site.root.call(licenceRoutes.read, {
    params: { id: site.organization.tenantId },
  });
  for (const person of [site.admin, labAdmin]) {
    await expect.poll(async () => (await here(person)).source, WITHIN).toBe('chain');
    expect((await here(person)).issuedAt).toBe(issued.issuedAt);
  }
});
