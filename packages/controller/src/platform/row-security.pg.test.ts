import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '@wardgrid/base';
import { systemNewId } from '@wardgrid/base/system';
import {
  createDatabase,
  openTestServers,
  type TestDatabase,
} from '../../../../test/database/database.ts';
import { covers, labelOf, type Visibility } from './authorize.ts';
import { openDatabase, type Database } from './database.ts';
import { migrate } from './migrate.ts';

describe.each(openTestServers())('on PostgreSQL $name', (server) => {
  let temporary: TestDatabase;
  let database: Database;
  let blind: Database;
  const scopes: { tenantId: string; scope: string }[] = [];

  beforeAll(async () => {
    temporary = await createDatabase(server, {
      name: 'row-security',
      migrate: (connection) => migrate(connection, silentLog),
    });
    database = openDatabase({ connection: temporary.connection, poolSize: 2, log: silentLog });
    blind = openDatabase({
      connection: temporary.connection,
      poolSize: 2,
      log: silentLog,
      isPredicateOff: true,
    });
    await seed(database, scopes);
  });

  afterAll(async () => {
    await Promise.all([database.close(), blind.close()]);
    await temporary.drop();
  });

  test('the predicate, the policies alone and the rule in words give the same rows', async () => {
    for (const visibility of visibilities(scopes)) {
      const expected = scopes
        .filter((node) => node.scope.split('.').length > 2 && covers(visibility, node))
        .map((node) => node.scope);
      for (const [name, one] of [
        ['both', database],
        ['policies alone', blind],
      ] as const) {
        const rows = await one.transact({ kind: 'visible', visibility }, (tx) =>
          tx.rows(
            sql<{
              scope: string;
            }>`select scope::text as scope from device_group n where ${tx.visible('n')}`,
          ),
        );
        expect(
          rows.map((row) => row.scope).toSorted(),
          `${name}: ${JSON.stringify(visibility)}`,
        ).toEqual(expected.toSorted());
      }
    }
  });

  test('nobody can write into a scope that they do not see', async () => {
    const [own, foreign] = [
      scopes.find((node) => node.scope.length === 65),
      scopes.findLast((node) => node.scope.length === 65),
    ];
    if (!own || !foreign) throw new Error('expected two organizations');
    const visibility: Visibility = { kind: 'tenant', tenantId: own.tenantId };
    const insert = database.transact({ kind: 'visible', visibility }, (tx) =>
      tx.run(
        sql`insert into organization (id, tenant_id, scope, name) values (${systemNewId()}, ${foreign.tenantId}, 'x'::ltree, 'x')`,
      ),
    );
    await expect(insert).rejects.toThrow(/row-level security/);
    const updated = await blind.transact({ kind: 'visible', visibility }, (tx) =>
      tx.run(sql`update organization set name = 'taken' where scope = ${foreign.scope}::ltree`),
    );
    expect(updated).toBe(0);
  });

  test('every table with a tenant has row-level security that its owner cannot pass', async () => {
    const open = await temporaryRows<{ name: string }>(
      temporary,
      `
      select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'public' and c.relkind = 'r' and c.relname <> 'schema_migration'
        and not (c.relrowsecurity and c.relforcerowsecurity)`,
    );
    expect(open).toEqual([]);
  });
});

async function temporaryRows<Row>(temporary: TestDatabase, text: string): Promise<Row[]> {
  const database = openDatabase({ connection: temporary.connection, poolSize: 1, log: silentLog });
  try {
    return (await database.pool.query(text)).rows;
  } finally {
    await database.close();
  }
}

/** Two tenants, each with two organizations of nested groups. */
async function seed(
  database: Database,
  scopes: { tenantId: string; scope: string }[],
): Promise<void> {
  await database.transact({ kind: 'ingest' }, async (tx) => {
    for (const name of ['A', 'B']) {
      const tenantId = systemNewId();
      const tenantScope = labelOf(tenantId);
      scopes.push({ tenantId, scope: tenantScope });
      await tx.run(
        sql`insert into tenant (id, scope, name, public_key) values (${tenantId}, ${tenantScope}::ltree, ${name}, 'k')`,
      );
      for (const organization of ['one', 'two']) {
        const organizationId = systemNewId();
        let scope = `${tenantScope}.${labelOf(organizationId)}`;
        scopes.push({ tenantId, scope });
        await tx.run(
          sql`insert into organization (id, tenant_id, scope, name) values (${organizationId}, ${tenantId}, ${scope}::ltree, ${organization})`,
        );
        for (let depth = 0; depth < 3; depth += 1) {
          const id = systemNewId();
          scope = `${scope}.${labelOf(id)}`;
          scopes.push({ tenantId, scope });
          await tx.run(
            sql`insert into device_group (id, tenant_id, organization_id, scope, name) values (${id}, ${tenantId}, ${organizationId}, ${scope}::ltree, ${`group ${depth}`})`,
          );
        }
      }
    }
  });
}

/** Every kind of view on every node, with depth, denial and bars. */
function visibilities(scopes: readonly { tenantId: string; scope: string }[]): Visibility[] {
  const all: Visibility[] = [{ kind: 'none' }];
  for (const { tenantId, scope } of scopes) {
    for (const levels of [null, 0, 1, 2]) {
      for (const denied of [[], [scope], scopes.slice(2, 3).map((node) => node.scope)]) {
        all.push({ kind: 'scoped', tenantId, allowed: [{ scope, levels }], denied });
        all.push({
          kind: 'platform',
          allowed: [{ scope: '', levels }],
          denied,
          barredTenantIds: [tenantId],
        });
      }
    }
    all.push({ kind: 'tenant', tenantId });
  }
  all.push({
    kind: 'platform',
    allowed: [{ scope: '', levels: null }],
    denied: [],
    barredTenantIds: [],
  });
  return all;
}
