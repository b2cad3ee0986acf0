import { sql } from 'kysely';
import { silentLog, type Json } from '@wardgrid/base';
import { systemNewId } from '@wardgrid/base/system';
import type { Row } from '@wardgrid/sync';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDatabase, openTestServers } from '../../../../../test/database/database.ts';
import { labelOf } from '../../platform/authorize.ts';
import { migrate } from '../../platform/migrate.ts';
import type { Applied } from './applied.ts';
import { createMaterialiser } from './materialise.ts';
import { rowRepository } from './store/row-repository.ts';
import { beginTenant, openSide, type Side } from './testdata/two-sides.ts';
import { registryOf, SYNC_TYPES } from './types/index.ts';

const registry = registryOf(SYNC_TYPES);

const TEMPLATE = {
  name: 'sync-two-sides',
  migrate: (connection: object) => migrate(connection, silentLog),
};

describe.each(openTestServers())('loose references on PostgreSQL $name', (server) => {
  let side: Side;
  let tenantId: string;
  let applied: Applied[];

  beforeEach(async () => {
    side = await openSide(await createDatabase(server, TEMPLATE), 1);
    tenantId = systemNewId();
    applied = [];
    await beginTenant(side, tenantId, true);
  });

  afterEach(() => side[Symbol.asyncDispose]());

  /** One page: rows that are decided, and written into the tables. */
  async function page(rows: readonly Row[]): Promise<void> {
    const materialise = createMaterialiser({
      types: SYNC_TYPES,
      codecs: side.codecs,
      isOwn: () => false,
      isDecider: () => false,
      onApplied(_tx, _tenantId, some) {
        applied.push(...some);
        return Promise.resolve();
      },
    });
    const changes = rows.map((row) => ({ type: row.type, id: row.id, row, previous: null }));
    await side.database.transact({ kind: 'sync' }, async (tx) => {
      await rowRepository(tx, tenantId).write(
        { made: () => [...rows], replaced: () => [] },
        { registry, snapshotNumber: 0 },
      );
      await materialise(tx, changes, { tenantId });
    });
  }

  const keysOf = () =>
    side.database.transact({ kind: 'sync' }, (tx) =>
      tx.rows(
        sql<{ key: string | null }>`select enrolment_key_id as key from device order by name`,
      ),
    );

  test('what comes in a later page is named by what came before it, and nothing else changes', async () => {
    const organization = systemNewId();
    const [key, other] = [systemNewId(), systemNewId()];
    const home = `${labelOf(tenantId)}.${labelOf(organization)}`;
    const rowOf = given(home);
    const deviceOf = (name: string, named: string): Row =>
      rowOf('device', systemNewId(), {
        ...DEVICE,
        name,
        organization_id: organization,
        public_key: name,
        enrolment_key_id: named,
      });
    await page([
      rowOf('organization', organization, { name: 'Acme' }),
      deviceOf('a', key),
      deviceOf('b', other),
    ]);
    expect(await keysOf()).toEqual([{ key: null }, { key: null }]);
    applied = [];
    await page([rowOf('enrolment_key', key, { ...KEY, organization_id: organization })]);
    expect(await keysOf()).toEqual([{ key }, { key: null }]);
    expect(applied.map(({ type, kind, columns }) => [type.name, kind, [...columns][0]])).toEqual([
      ['enrolment_key', 'created', expect.any(String)],
      ['device', 'changed', 'enrolment_key_id'],
    ]);
    // What was filled in here is not told back.
    const told = await side.database.transact({ kind: 'sync' }, (tx) =>
      tx.rows(sql`select from sync_outbox where type = 'device'`),
    );
    expect(told).toEqual([]);
  });
});

const AT = '2026-11-27T12:00:00Z';
const DEVICE = {
  hostname: 'host',
  os_family: 'linux',
  os_name: 'Debian',
  os_version: '13',
  architecture: 'x64',
  agent_version: '1.0.0',
  fingerprint: 'f'.repeat(64),
  state: 'active',
  tags: [],
  is_named: false,
  enrolled_at: AT,
};
const KEY = {
  name: 'desks',
  key_id: 'k'.repeat(16),
  key_hash: 'h'.repeat(64),
  seats: 5,
  used: 0,
  created_at: AT,
  created_by: 'ada@example.com',
  expires_at: AT,
};

/** Rows of one place, as somebody else wrote them. */
function given(home: string) {
  return (type: string, id: string, values: Readonly<Record<string, Json>>): Row => {
    const written = { g: 1, hlc: '1'.padStart(16, '0'), stream: 'cloud/1/ctl', q: 1 };
    const fields = Object.entries(values).map(([name, value]) => [name, { value, ...written }]);
    return {
      id,
      type,
      home,
      g: 1,
      ref: null,
      isDeleted: false,
      fields: Object.fromEntries(fields) as Row['fields'],
    };
  };
}
