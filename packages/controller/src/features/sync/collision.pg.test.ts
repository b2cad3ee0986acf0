import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '@wardgrid/base';
import { systemNewId } from '@wardgrid/base/system';
import { createDatabase, openTestServers } from '../../../../../test/database/database.ts';
import { labelOf } from '../../platform/authorize.ts';
import type { Transaction } from '../../platform/database.ts';
import { migrate } from '../../platform/migrate.ts';
import { fetchMissing, STRETCH_BYTES } from './content.ts';
import { contentRepository } from './content-repository.ts';
import { retrySetAside } from './materialise.ts';
import { beginTenant, createChain, openSide, type Side } from './testdata/two-sides.ts';
import { SYNC_TYPES } from './types/index.ts';

const TEMPLATE = {
  name: 'sync-two-sides',
  migrate: (connection: object) => migrate(connection, silentLog),
};

describe.each(openTestServers())('rows that stand in the way on PostgreSQL $name', (server) => {
  let above: Side;
  let below: Side;
  let tenantId: string;
  let chain: ReturnType<typeof createChain>;

  beforeEach(async () => {
    above = await openSide(await createDatabase(server, TEMPLATE), 1);
    below = await openSide(await createDatabase(server, TEMPLATE), 2);
    tenantId = systemNewId();
    await beginTenant(above, tenantId, true);
    chain = createChain([above, below], tenantId);
    await chain.carryBaseline();
    await beginTenant(below, tenantId, false);
  });

  afterEach(async () => {
    await above[Symbol.asyncDispose]();
    await below[Symbol.asyncDispose]();
  });

  async function makeOrganization(side: Side, name: string): Promise<string> {
    const id = systemNewId();
    await run(side, (tx) =>
      tx.run(sql`insert into organization (id, tenant_id, scope, name)
        values (${id}, ${tenantId}, ${`${labelOf(tenantId)}.${labelOf(id)}`}::ltree, ${name})`),
    );
    return id;
  }

  const names = (side: Side) =>
    run(side, (tx) =>
      tx.rows(sql<{ id: string; name: string }>`select id, name from organization order by id`),
    );

  test('of two of one name the first keeps it, on both sides, and people are told', async () => {
    const first = await makeOrganization(below, 'Acme');
    const second = await makeOrganization(above, 'ACME');
    await chain.exchange();
    const expected = [
      { id: first, name: 'Acme' },
      { id: second, name: `ACME ~${second.slice(-4)}` },
    ];
    expect(await names(above)).toEqual(expected);
    expect(await names(below)).toEqual(expected);
    expect(await conflicts(above)).toEqual([{ row_id: second, reason: 'taken' }]);
    expect(await conflicts(below)).toEqual([{ row_id: second, reason: 'taken' }]);
    // Nobody tells the other name as if somebody had wished it.
    expect(await captured(above)).toEqual([]);
    expect(await captured(below)).toEqual([]);
    await run(below, (tx) =>
      tx.run(sql`update organization set name = 'Apex' where id = ${first}`),
    );
    await chain.exchange();
    const made = [
      { id: first, name: 'Apex' },
      { id: second, name: 'ACME' },
    ];
    expect(await names(above)).toEqual(made);
    expect(await names(below)).toEqual(made);
    expect(await conflicts(above)).toEqual([]);
  });

  test('names change places in one page', async () => {
    const first = await makeOrganization(above, 'one');
    const second = await makeOrganization(above, 'two');
    await chain.exchange();
    await run(above, async (tx) => {
      await tx.run(sql`update organization set name = 'other' where id = ${first}`);
      await tx.run(sql`update organization set name = 'one' where id = ${second}`);
      await tx.run(sql`update organization set name = 'two' where id = ${first}`);
    });
    await chain.exchange();
    expect(await names(below)).toEqual([
      { id: first, name: 'two' },
      { id: second, name: 'one' },
    ]);
    expect(await conflicts(below)).toEqual([]);
  });

  test('a row that nothing can be made of is set aside, and the others go on', async () => {
    const good = await makeOrganization(above, 'good');
    const bad = await makeOrganization(above, 'bad');
    await chain.exchange();
    const row = chain.rows.get(bad);
    const name = row?.fields['name'];
    if (!row || !name) throw new Error('the row is there');
    // As from a controller that is broken, or hostile.
    const poisoned = { ...row, fields: { ...row.fields, name: { ...name, value: { deep: [] } } } };
    const long = { ...row, fields: { ...row.fields, name: { ...name, value: 'x'.repeat(121) } } };
    for (const broken of [poisoned, long]) {
      chain.rows.set(bad, broken);
      await run(above, (tx) =>
        tx.run(sql`update organization set name = name || '!' where id = ${good}`),
      );
      await chain.exchange();
    }
    expect((await names(below)).map((one) => one.name)).toEqual(['good!!', '{"deep": []}']);
    expect(await conflicts(below)).toEqual([{ row_id: bad, reason: 'unfit' }]);
    chain.rows.set(bad, { ...row, g: row.g + 1 });
    await chain.exchange();
    expect(await conflicts(below)).toEqual([]);
  });

  test('a rule set waits for its content, which is fetched in stretches and must be what it says', async () => {
    const content = Buffer.alloc(STRETCH_BYTES * 2 + 7, 'rules of ours ');
    const digest = createHash('sha256').update(content).digest('hex');
    await run(above, async (tx) => {
      await contentRepository(tx).keep({ digest, kind: 'rules', bytes: content });
      await tx.run(sql`insert into rule_set (id, tenant_id, scope, name, format, licence, rules, size_bytes, digest, created_at, changed_at, changed_by)
        values (${systemNewId()}, ${tenantId}, ${labelOf(tenantId)}::ltree, 'ours', 'sigma', 'MIT', 1, ${content.length}, ${digest}, now(), now(), 'ada')`);
    });
    await chain.exchange();
    const sets = () => run(below, (tx) => tx.rows(sql`select name from rule_set`));
    expect(await sets()).toEqual([]);
    const fetchFrom = (change: (data: Buffer) => Buffer): Promise<number> =>
      fetchMissing(
        below,
        async (_tenant, asked, offset) => {
          const found = await run(above, (tx) =>
            contentRepository(tx).stretch(asked, { offset, length: STRETCH_BYTES }),
          );
          return found ? { ...found, data: change(found.data) } : null;
        },
        (tx, tenant) =>
          retrySetAside(tx, { types: SYNC_TYPES, onApplied: () => Promise.resolve() }, tenant),
      );
    expect(await fetchFrom((data) => Buffer.from(data.toString().replace('ours', 'evil')))).toBe(0);
    expect(await fetchFrom((data) => data)).toBe(1);
    expect(await sets()).toEqual([{ name: 'ours' }]);
    expect(await fetchFrom((data) => data)).toBe(0);
  });

  test('what comes before what it belongs to waits for it', async () => {
    const organization = await makeOrganization(above, 'late');
    const device = systemNewId();
    const scope = `${labelOf(tenantId)}.${labelOf(organization)}`;
    await run(above, (tx) =>
      tx.run(sql`insert into device (id, tenant_id, organization_id, scope, name, hostname, os_family, os_name, os_version,
          architecture, agent_version, public_key, fingerprint)
        values (${device}, ${tenantId}, ${organization}, ${scope}::ltree, 'd', 'd', 'linux', 'Debian', '12', 'x64', '1', ${device}, 'f')`),
    );
    // The organization is told one exchange later.
    const held = await run(above, (tx) =>
      tx.rows(sql`delete from sync_outbox where type = 'organization' returning row_id`),
    );
    expect(held).toHaveLength(1);
    await chain.exchange();
    const devices = () => run(below, (tx) => tx.rows(sql`select id from device`));
    expect(await devices()).toEqual([]);
    expect(await conflicts(below)).toEqual([{ row_id: device, reason: 'bad-ref' }]);
    await run(above, (tx) =>
      tx.run(sql`insert into sync_outbox (tenant_id, type, row_id, kind, scope, fields, seen)
        select tenant_id, 'organization', id::text, 'create', scope, sync_fields(to_jsonb(o), '{name,version,created_at}'), 0
        from organization o where id = ${organization}`),
    );
    await chain.exchange();
    expect(await devices()).toEqual([{ id: device }]);
    expect(await conflicts(below)).toEqual([]);
    const seats = await run(below, (tx) => tx.row(sql`select seats_used from tenant`));
    expect(seats).toEqual({ seats_used: 1 });
  });
});

function run<T>(side: Side, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return side.database.transact({ kind: 'sync' }, work);
}

function conflicts(side: Side) {
  return run(side, (tx) =>
    tx.rows(sql`select row_id, reason from sync_conflict where state = 'open' order by at`),
  );
}

function captured(side: Side) {
  return run(side, (tx) => tx.rows(sql`select type, kind, fields from sync_outbox`));
}
