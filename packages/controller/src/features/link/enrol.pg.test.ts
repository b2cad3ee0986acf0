import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from 'kysely';
import { encodeBase64Url, present } from '@wardgrid/base';
import { openLicence } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import { deviceRoutes, enrolmentKeyRoutes, licenceRoutes } from '@wardgrid/wire';
import {
  createDatabase,
  openEmbeddedServer,
  type TestDatabase,
} from '../../../../../test/database/database.ts';
import { openGrid, type TestGrid, type TestSite } from './testdata/grid.ts';
import { createMachine } from './testdata/machine.ts';

let database: TestDatabase;
let grid: TestGrid;
let site: TestSite;

beforeAll(async () => {
  database = await createDatabase(openEmbeddedServer(), {
    name: 'empty',
    migrate: async () => undefined,
  });
  grid = await openGrid({ connection: database.connection });
  site = await grid.makeSite('Acme');
});

afterAll(async () => {
  await grid?.close();
  await database?.drop();
});

const machine = (hostname: string) => createMachine(grid.url, hostname);

async function seatsUsed(of: TestSite): Promise<number> {
  const licence = await grid.callAs(of.actor)(licenceRoutes.read, { params: { id: of.tenantId } });
  return licence.seatsUsed;
}

describe('enrolling', () => {
  test('hands the chain of keys and takes a seat', async () => {
    const own = await grid.makeSite('Chain');
    const key = await grid.makeKey(own);
    const reply = await machine('one').enrol(key.value);
    expect(reply.tenantId).toBe(own.tenantId);
    const licence = openLicence(systemCryptography, reply.platformKey, reply.licence);
    const signer = await grid.platform.keys.tenant(own.tenantId);
    expect(licence).toMatchObject({
      kind: 'opened',
      value: { tenantId: own.tenantId, tenantKey: encodeBase64Url(signer.publicKey) },
    });
    expect(await seatsUsed(own)).toBe(1);
    const shown = await grid.callAs(own.actor)(enrolmentKeyRoutes.read, { params: { id: key.id } });
    expect(shown).toMatchObject({ used: 1, state: 'active', seats: 1_000 });
  });

  test('again with the same key pair is the same device and no second seat', async () => {
    const own = await grid.makeSite('Again');
    const key = await grid.makeKey(own, { seats: 1 });
    const first = machine('one');
    const { deviceId } = await first.enrol(key.value);
    expect((await first.enrol(key.value)).deviceId).toBe(deviceId);
    const both = await Promise.all([first.enrol(key.value), first.enrol(key.value)]);
    expect(both.map((reply) => reply.deviceId)).toEqual([deviceId, deviceId]);
    expect(await seatsUsed(own)).toBe(1);
  });

  test('of fifty at once takes exactly the ten seats there are', async () => {
    const own = await grid.makeSite('Race', 10);
    const key = await grid.makeKey(own);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => machine(`racer-${index}`).enrol(key.value)),
    );
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(outcomes.length - refused.length).toBe(10);
    expect(new Set(refused.map((outcome) => (outcome.reason as { code: string }).code))).toEqual(
      new Set(['licence-seats-exhausted']),
    );
    expect(await seatsUsed(own)).toBe(10);
  });

  test('takes no more seats of a key than it has', async () => {
    const key = await grid.makeKey(site, { seats: 3 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => machine(`key-${index}`).enrol(key.value)),
    );
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(3);
    const shown = await grid.callAs(site.actor)(enrolmentKeyRoutes.read, {
      params: { id: key.id },
    });
    expect(shown).toMatchObject({ used: 3, state: 'exhausted' });
  });

  test('into a retired device gives its seat back first', async () => {
    const own = await grid.makeSite('Retire', 1);
    const key = await grid.makeKey(own);
    const { deviceId } = await machine('first').enrol(key.value);
    await expect(machine('second').enrol(key.value)).rejects.toMatchObject({
      code: 'licence-seats-exhausted',
    });
    const call = grid.callAs(own.actor);
    await call(deviceRoutes.delete, { params: { id: deviceId } });
    await machine('second').enrol(key.value);
    expect(await seatsUsed(own)).toBe(1);
  });
});

describe('a key', () => {
  test('that is wrong is refused, and counted by address', async () => {
    const key = (await grid.makeKey(site)).value;
    const wrong = `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`;
    for (const value of [wrong, 'wgk_nonsense', `wgk_${'0'.repeat(16)}_${'0'.repeat(40)}`]) {
      grid.told.length = 0;
      await expect(machine('guess').enrol(value, { address: '10.9.9.9' })).rejects.toMatchObject({
        code: 'enrolment-key-invalid',
      });
      expect(grid.heard('guess')).toEqual(['10.9.9.9']);
    }
  });

  test('with the fingerprint of the authority behind it is the same key', async () => {
    const key = (await grid.makeKey(site)).value;
    await machine('pinned').enrol(`${key}_${'A'.repeat(43)}`);
  });

  test('is refused when revoked or expired', async () => {
    const revoked = await grid.makeKey(site);
    const call = grid.callAs(site.actor);
    const shown = await call(enrolmentKeyRoutes.revoke, { params: { id: revoked.id } });
    expect(shown.state).toBe('revoked');
    await expect(machine('late').enrol(revoked.value)).rejects.toMatchObject({
      code: 'enrolment-key-revoked',
    });
    const expired = await grid.makeKey(site);
    await grid.platform.database.transact({ kind: 'ingest' }, (tx) =>
      tx.run(
        sql`update enrolment_key set expires_at = now() - interval '1 second' where id = ${expired.id}`,
      ),
    );
    await expect(machine('late').enrol(expired.value)).rejects.toMatchObject({
      code: 'enrolment-key-expired',
    });
  });

  test('bound to a network is good there alone', async () => {
    const key = (await grid.makeKey(site, { allowedCidr: '10.20.0.0/16' })).value;
    await expect(machine('outside').enrol(key, { address: '192.0.2.1' })).rejects.toMatchObject({
      code: 'enrolment-address-refused',
    });
    await machine('inside').enrol(key, { address: '10.20.3.4' });
  });

  test('is shown once, kept as a hash, and listed without its secret', async () => {
    const call = grid.callAs(site.actor);
    const made = await call(enrolmentKeyRoutes.create, {
      body: { name: 'shown', organizationId: site.organizationId },
    });
    expect(made.command).toBe(
      `npx wardgrid agent run --controller ${grid.url} --enrolment-key ${made.value}`,
    );
    const listed = await call(enrolmentKeyRoutes.list, { query: { filter: 'name:shown' } });
    expect(JSON.stringify(listed)).not.toContain(made.value);
    expect(present(listed.data[0], 'the key').prefix).toBe(made.value.slice(0, 20));
    const dump = await grid.platform.database.transact({ kind: 'ingest' }, (tx) =>
      tx.rows(sql<{ row: string }>`select row_to_json(k)::text as row from enrolment_key k`),
    );
    expect(dump.map(({ row }) => row).join()).not.toContain(made.value.split('_')[2]);
  });

  test('of one tenant is invisible to another', async () => {
    const other = await grid.makeSite('Stranger');
    const key = await grid.makeKey(site);
    const call = grid.callAs(other.actor);
    await expect(call(enrolmentKeyRoutes.read, { params: { id: key.id } })).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(call(enrolmentKeyRoutes.revoke, { params: { id: key.id } })).rejects.toMatchObject(
      { code: 'not-found' },
    );
    await expect(
      call(enrolmentKeyRoutes.create, {
        body: { name: 'x', organizationId: site.organizationId },
      }),
    ).rejects.toMatchObject({ code: 'not-found' });
  });
});
