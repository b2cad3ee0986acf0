import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '@wardgrid/base';
import { systemNewId } from '@wardgrid/base/system';
import {
  createDatabase,
  openTestServers,
  type TestDatabase,
} from '../../../../../../test/database/database.ts';
import { openDatabase, type Database, type Transaction } from '../../../platform/database.ts';
import { labelOf } from '../../../platform/authorize.ts';
import { referenceOf } from '../../../platform/person.ts';
import { migrate } from '../../../platform/migrate.ts';
import { captureTriggers, SYNC_TYPES } from './index.ts';

/** What the triggers wrote, oldest first. */
interface Captured {
  readonly type: string;
  readonly rowId: string;
  readonly kind: string;
  readonly scope: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

describe.each(openTestServers())('capture on PostgreSQL $name', (server) => {
  let temporary: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    temporary = await createDatabase(server, {
      name: 'sync-capture',
      migrate: (connection) => migrate(connection, silentLog),
    });
    database = openDatabase({ connection: temporary.connection, poolSize: 2, log: silentLog });
  });

  test('nothing is captured before somebody syncs', async () => {
    expect(await triggersOf(database)).toEqual([]);
    await ingest(database, (tx) => tx.run(sql`select sync_begin_capture()`));
    // Whoever comes second finds it done.
    await ingest(database, (tx) => tx.run(sql`select sync_begin_capture()`));
  });

  afterAll(async () => {
    await database.close();
    await temporary.drop();
  });

  test('the triggers of the database are those of the declaration: run node scripts/capture.ts', async () => {
    const found = await triggersOf(database);
    const declared = captureTriggers(SYNC_TYPES).map(({ arguments: given, ...trigger }) => ({
      ...trigger,
      given: [...given, ''],
    }));
    expect(found).toEqual(
      declared.toSorted(
        (left, right) => compare(left.table, right.table) || compare(left.name, right.name),
      ),
    );
  });

  test('of every column of a table that syncs it is said whether it travels', async () => {
    const columns = await ingest(database, (tx) =>
      tx.rows(sql<{ table: string; names: string[] }>`select attrelid::regclass::text as table,
        array_agg(attname::text order by attname) as names from pg_attribute
        where attnum > 0 and not attisdropped and attrelid in (select oid from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace)
        group by attrelid`),
    );
    const tables = new Map(columns.map(({ table, names }) => [table, names]));
    for (const type of SYNC_TYPES) {
      const said = ['tenant_id', 'scope', ...type.key, ...Object.keys(type.columns), ...type.local];
      expect([...new Set(said)].toSorted(), type.name).toEqual(tables.get(type.name));
      for (const fold of Object.values(type.folds)) {
        const { parent, key, columns: names, filled, local } = fold;
        const all = [parent, ...key, ...names, ...filled, ...local];
        expect(withoutDerived(all), fold.table).toEqual(
          withoutDerived(tables.get(fold.table) ?? []),
        );
      }
    }
  });

  test('a tenant that does not sync writes nothing', async () => {
    const tenant = await makeTenant(database);
    await makeOrganization(database, tenant, 'quiet');
    expect(await captured(database, tenant)).toEqual([]);
  });

  test('what is made, changed, moved and removed is captured once, with what changed alone', async () => {
    const tenant = await makeTenant(database, { isSyncing: true });
    const organization = await makeOrganization(database, tenant, 'Acme');
    await ingest(database, async (tx) => {
      await tx.run(
        sql`update organization set name = 'Apex', version = version + 1 where id = ${organization}`,
      );
      await tx.run(sql`update organization set name = name where id = ${organization}`);
      await tx.run(
        sql`update organization set scope = scope || 'x', version = 7 where id = ${organization}`,
      );
      await tx.run(sql`delete from organization where id = ${organization}`);
    });
    const scope = `${labelOf(tenant)}.${labelOf(organization)}`;
    const told = { type: 'organization', rowId: organization };
    expect(await captured(database, tenant)).toEqual([
      {
        ...told,
        kind: 'create',
        scope,
        fields: { name: 'Acme', version: 1, created_at: expect.any(String) },
      },
      { ...told, kind: 'patch', scope, fields: { name: 'Apex', version: 2 } },
      { ...told, kind: 'move', scope: `${scope}.x`, fields: {} },
      { ...told, kind: 'patch', scope: `${scope}.x`, fields: { version: 7 } },
      { ...told, kind: 'delete', scope: `${scope}.x`, fields: {} },
    ]);
  });

  test('who did it is captured with it by their account, whatever their address, and not for the next', async () => {
    const tenant = await makeTenant(database, { isSyncing: true });
    const accountId = systemNewId();
    const told: string[] = [];
    for (const email of ["o'brien@example.com", "x'); drop table tenant; --\\"]) {
      const actor = { accountId, email, scope: labelOf(tenant) };
      await database.transact({ kind: 'ingest', actor }, async (tx) => {
        await tx.run(sql`update tenant set version = version + 1 where id = ${tenant}`);
        const row = await tx.row(sql<{ name: string }>`select
          person_of(${referenceOf(actor)}, ${labelOf(tenant)}::ltree) as name`);
        told.push(row?.name ?? '');
      });
    }
    await makeOrganization(database, tenant, 'nobody');
    const actors = await ingest(database, (tx) =>
      tx.rows(
        sql<{
          actor: string;
        }>`select actor from sync_outbox where tenant_id = ${tenant} order by id`,
      ),
    );
    const reference = `account:${accountId}@${labelOf(tenant)}`;
    expect(actors.map(({ actor }) => actor)).toEqual([reference, reference, '']);
    // Who acts knows their own address, of which nothing but an address gets into a statement.
    expect(told).toEqual(["o'brien@example.com", "x'?? drop table tenant? --?"]);
  });

  test('one column of a document brings all of it along', async () => {
    const tenant = await makeTenant(database, { isSyncing: true });
    await ingest(database, async (tx) => {
      await tx.run(sql`insert into policy (id, tenant_id, scope, name, fields, created_at, changed_at, changed_by)
        values (${systemNewId()}, ${tenant}, ${labelOf(tenant)}::ltree, 'base', '{"a":1}', now(), now(), 'ada')`);
      await tx.run(sql`update policy set fields = '{"a":2}' where tenant_id = ${tenant}`);
    });
    const [, patch] = await captured(database, tenant);
    expect(Object.keys(patch?.fields ?? {}).toSorted()).toEqual(
      [
        'changed_at',
        'changed_by',
        'fields',
        'locks',
        'name',
        'next_end_at',
        'rollout',
        'version',
      ].toSorted(),
    );
  });

  test('children come as a field of their parent, and go with it', async () => {
    const tenant = await makeTenant(database, { isSyncing: true });
    const account = systemNewId();
    const scope = labelOf(tenant);
    await database.transact({ kind: 'auth' }, async (tx) => {
      await tx.run(sql`insert into account (id, tenant_id, scope, email, name, kind, layer, reach, state)
        values (${account}, ${tenant}, ${scope}::ltree, ${`${account}@x.test`}, 'Ada', 'admin', 1, 'direct', 'active')`);
      await tx.run(sql`insert into account_role (account_id, tenant_id, role, scope, effect)
        values (${account}, ${tenant}, 'owner', ${scope}::ltree, 'allow')`);
      await tx.run(
        sql`insert into account_credential (account_id, password_hash) values (${account}, 'hash')`,
      );
      await tx.run(
        sql`update account_credential set totp_last_step = 9 where account_id = ${account}`,
      );
      await tx.run(sql`update account set last_sign_in_at = now() where id = ${account}`);
      await tx.run(sql`delete from account where id = ${account}`);
    });
    const told = await captured(database, tenant);
    expect(told.map(({ kind, fields }) => [kind, Object.keys(fields)[0]])).toEqual([
      ['create', 'kind'],
      ['patch', 'roles'],
      ['patch', 'credential'],
      ['delete', undefined],
    ]);
    expect(told[1]?.fields['roles']).toEqual([
      { role: 'owner', scope, effect: 'allow', expires_at: null },
    ]);
  });

  test('what is replayed is not captured again', async () => {
    const tenant = await makeTenant(database, { isSyncing: true });
    await database.transact({ kind: 'sync' }, async (tx) => {
      await tx.run(sql`select set_config('wardgrid.replaying', 'on', true)`);
      await tx.run(sql`insert into organization (id, tenant_id, scope, name)
        values (${systemNewId()}, ${tenant}, ${`${labelOf(tenant)}.o`}::ltree, 'theirs')`);
    });
    expect(await captured(database, tenant)).toEqual([]);
    await makeOrganization(database, tenant, 'ours');
    expect(await captured(database, tenant)).toHaveLength(1);
  });
});

function triggersOf(database: Database) {
  return ingest(database, (tx) =>
    tx.rows(sql<{ table: string; name: string; routine: string; given: string[] }>`
      select tgrelid::regclass::text as table, tgname as name, tgfoid::regproc::text as routine,
        string_to_array(encode(tgargs, 'escape'), '\\000') as given
      from pg_trigger where not tgisinternal and tgname like 'sync\\_%' order by 1, 2`),
  );
}

/** What a scope or device of a child says again is not told apart here. */
function withoutDerived(names: readonly string[]): string[] {
  return [...new Set(names)].filter((name) => name !== 'scope').toSorted();
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function ingest<T>(database: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return database.transact({ kind: 'ingest' }, work);
}

async function makeTenant(
  database: Database,
  { isSyncing }: { readonly isSyncing?: boolean } = {},
): Promise<string> {
  const id = systemNewId();
  await ingest(database, async (tx) => {
    await tx.run(
      sql`insert into tenant (id, scope, name, public_key) values (${id}, ${labelOf(id)}::ltree, ${id}, 'key')`,
    );
    if (isSyncing !== true) return;
    await tx.run(
      sql`insert into sync_tenant (tenant_id, node, stream, head, hlc) values (${id}, 'cloud', 's', '', '')`,
    );
  });
  return id;
}

async function makeOrganization(database: Database, tenant: string, name: string): Promise<string> {
  const id = systemNewId();
  const scope = `${labelOf(tenant)}.${labelOf(id)}`;
  await ingest(database, (tx) =>
    tx.run(
      sql`insert into organization (id, tenant_id, scope, name) values (${id}, ${tenant}, ${scope}::ltree, ${name})`,
    ),
  );
  return id;
}

function captured(database: Database, tenant: string): Promise<Captured[]> {
  return ingest(database, (tx) =>
    tx.rows(sql<Captured>`select type, row_id as "rowId", kind, scope::text as scope, fields
      from sync_outbox where tenant_id = ${tenant} order by id`),
  );
}
