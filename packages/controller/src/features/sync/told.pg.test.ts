import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '@wardgrid/base';
import { systemNewId } from '@wardgrid/base/system';
import { createDatabase, openTestServers } from '../../../../../test/database/database.ts';
import { labelOf } from '../../platform/authorize.ts';
import type { Transaction } from '../../platform/database.ts';
import { migrate } from '../../platform/migrate.ts';
import { giveNames, nameAll } from './references/service.ts';
import { SYNC_TYPES } from './types/index.ts';
import { beginTenant, createChain, openSide, type Side } from './testdata/two-sides.ts';
import { toldRepository } from './told-repository.ts';

const TEMPLATE = {
  name: 'sync-two-sides',
  migrate: (connection: object) => migrate(connection, silentLog),
};
const MINUTE_MS = 60_000;

describe.each(openTestServers())('what a worker tells on PostgreSQL $name', (server) => {
  let cloud: Side;
  let local: Side;
  let tenantId: string;
  let deviceId: string;
  let chain: ReturnType<typeof createChain>;

  beforeEach(async () => {
    cloud = await openSide(await createDatabase(server, TEMPLATE), 1);
    local = await openSide(await createDatabase(server, TEMPLATE), 2);
    tenantId = systemNewId();
    deviceId = systemNewId();
    await beginTenant(cloud, tenantId, true);
    chain = createChain([cloud, local], tenantId);
    await chain.carryBaseline();
    await beginTenant(local, tenantId, false);
    await addDevice();
    await chain.exchange();
  });

  afterEach(async () => {
    await cloud[Symbol.asyncDispose]();
    await local[Symbol.asyncDispose]();
  });

  /** A device that enrolled at the local controller. */
  async function addDevice(): Promise<void> {
    const organization = systemNewId();
    const scope = `${labelOf(tenantId)}.${labelOf(organization)}`;
    await run(local, async (tx) => {
      await tx.run(
        sql`insert into organization (id, tenant_id, scope, name) values (${organization}, ${tenantId}, ${scope}::ltree, 'o')`,
      );
      await tx.run(sql`insert into device (id, tenant_id, organization_id, scope, name, hostname, os_family, os_name, os_version,
          architecture, agent_version, public_key, fingerprint)
        values (${deviceId}, ${tenantId}, ${organization}, ${scope}::ltree, 'd', 'd', 'linux', 'Debian', '12', 'x64', '1', ${deviceId}, 'f')`);
      await tx.run(
        sql`insert into device_presence (device_id, tenant_id, scope) values (${deviceId}, ${tenantId}, ${scope}::ltree)`,
      );
    });
  }

  const see = (side: Side, status: string, minutesAgo: number) =>
    run(side, (tx) =>
      tx.run(sql`update device_presence set status = ${status}, public_ip = '192.0.2.7',
        last_seen_at = now() - make_interval(mins => ${minutesAgo})`),
    );
  const tell = (side: Side, silentMs = 10 * MINUTE_MS) =>
    run(side, (tx) => toldRepository(tx).tellPresence({ silentMs, limit: 100 }));
  const told = (side: Side) =>
    run(side, (tx) => tx.rows(sql<{ fields: unknown }>`select fields from sync_outbox`));
  const statusOf = async (side: Side) =>
    (await run(side, (tx) => tx.row(sql<{ status: string }>`select status from device_presence`)))
      ?.status;

  test('a device that comes and goes is told once, and one that stays now and then', async () => {
    await see(local, 'online', 5);
    await tell(local);
    expect(await told(local)).toHaveLength(1);
    await see(local, 'online', 1);
    await tell(local);
    expect(await told(local)).toHaveLength(1);
    await tell(local, 3 * MINUTE_MS);
    expect(await told(local)).toHaveLength(2);
    await chain.exchange();
    expect(await statusOf(cloud)).toBe('online');
    await see(local, 'offline', 1);
    await tell(local);
    await chain.exchange();
    expect(await statusOf(cloud)).toBe('offline');
  });

  test('what was seen elsewhere is not told again, until it is seen here', async () => {
    await see(local, 'online', 5);
    await tell(local);
    await chain.exchange();
    await tell(cloud, 0);
    expect(await told(cloud)).toEqual([]);
    // Its agent turned to the cloud.
    await see(cloud, 'online', 0);
    await tell(cloud);
    expect(await told(cloud)).toHaveLength(1);
    await chain.exchange();
    await tell(local, 0);
    expect(await told(local)).toEqual([]);
  });

  test('a thing has a provisional name until the cloud gave one, and is found by both', async () => {
    const refOf = async (side: Side) =>
      (await run(side, (tx) => tx.row(sql<{ ref: string }>`select ref from device`)))?.ref;
    await run(local, (tx) => nameAll(tx, { types: SYNC_TYPES, code: 'BERL' }));
    expect(await refOf(local)).toBe('~BERL-0001');
    expect(await told(local)).toEqual([]);
    const row = chain.rows.get(deviceId);
    if (!row) throw new Error('the device is decided');
    chain.rows.set(deviceId, { ...row, ref: 'DEV-004217' });
    await chain.exchange();
    for (const side of [cloud, local]) expect(await refOf(side)).toBe('DEV-004217');
    await run(local, (tx) => nameAll(tx, { types: SYNC_TYPES, code: 'BERL' }));
    const found = await run(local, (tx) =>
      tx.rows(sql`select row_id, provisional_ref, ref from sync_reference`),
    );
    expect(found).toEqual([{ row_id: deviceId, provisional_ref: '~BERL-0001', ref: 'DEV-004217' }]);
  });

  test('things of several types are named in one transaction, and former names are noted', async () => {
    const unknown = '01900000-0000-7000-8000-0000000000ff';
    const named = (ref: string) => [
      { type: 'device', id: deviceId, ref },
      ...['policy', 'incident', 'controller'].map((type) => ({ type, id: unknown, ref })),
    ];
    const formerAt = (side: Side) =>
      run(side, (tx) =>
        tx.rows(sql`select provisional_ref from sync_reference where provisional_ref like 'DEV-%'`),
      );
    await run(local, (tx) => giveNames(tx, SYNC_TYPES, named('DEV-000105')));
    const row = chain.rows.get(deviceId);
    if (!row) throw new Error('the device is decided');
    chain.rows.set(deviceId, { ...row, ref: 'DEV-004217' });
    await chain.exchange();
    expect(await formerAt(local)).toEqual([{ provisional_ref: 'DEV-000105' }]);
  });
});

function run<T>(side: Side, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return side.database.transact({ kind: 'sync' }, work);
}
