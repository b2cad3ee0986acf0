import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isIn } from './oracle.ts';
import { startProgram, type Program } from './program.ts';
import { makeWorld, type World } from './world.ts';

/** Tables that no row of a tenant is in, so that they need no policy: each with its reason. */
const UNPROTECTED: ReadonlyMap<string, string> = new Map([
  ['schema_migration', 'names of migrations; no role but the owner may read it'],
]);

/** What people's roles read without a tenant of its own: the product's rules, the same for all. */
const WITHOUT_TENANT: readonly string[] = ['rule_product'];

/** Tables of sign-in. The link and the workers have no business there. */
const SECRETS = [
  'account_credential',
  'session',
  'api_token',
  'device_code',
  'platform_secret',
  'idempotency_key',
  'temporary_id',
  'saved_view',
];

/** A reader as the database knows one: a role and the settings that policies read. */
interface Reader {
  readonly name: string;
  readonly role: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Whether a row that lies at a place may be seen. Null: the row lies nowhere. */
  readonly mayShow: (place: string, table: string) => boolean;
}

/** Tables whose rows name the nodes above somebody. */
const NODE_TABLES: ReadonlySet<string> = new Set([
  'tenant',
  'organization',
  'reporting.tenants',
  'reporting.organizations',
  'reporting.clients',
]);

interface Table {
  readonly name: string;
  readonly columns: ReadonlySet<string>;
}

let program: Program;
let world: World;
let owner: Client;
let tables: readonly Table[];
let placeOf: ReadonlyMap<string, string>;

beforeAll(async () => {
  program = await startProgram();
  world = await makeWorld(program);
  owner = new Client(program.connection);
  await owner.connect();
  tables = await tablesOf(program.client);
  placeOf = new Map(world.nodes.map((node) => [node.scope, node.place]));
});

afterAll(async () => {
  await owner.end();
  await program.close();
});

async function tablesOf(client: Client): Promise<readonly Table[]> {
  const { rows } = await client.query<{ name: string; columns: string[] }>(
    `select case n.nspname when 'public' then c.relname else n.nspname || '.' || c.relname end
       as name, array_agg(a.attname::text) as columns
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where n.nspname in ('public', 'reporting') and c.relkind in ('r', 'p', 'v', 'm')
     group by 1 order by 1`,
  );
  return rows.map(({ name, columns }) => ({ name, columns: new Set(columns) }));
}

function scopeOf(place: string): string {
  return world.nodeAt(place).scope;
}

/** Settings are written out by hand: the program's own way of writing them is what is tried elsewhere. */
function readers(): readonly Reader[] {
  const tenantA = world.nodeAt('A').tenantId;
  const a1 = scopeOf('A/A1');
  const g1 = scopeOf('A/A1/G1');
  const isNodeAbove = (place: string, table: string, at: string): boolean =>
    NODE_TABLES.has(table) && isIn(at, place);
  return [
    {
      name: 'all of A',
      role: 'wardgrid_tenant',
      settings: { 'app.tenant': tenantA },
      mayShow: (place) => isIn(place, 'A'),
    },
    {
      name: 'A1 and below',
      role: 'wardgrid_scoped',
      settings: { 'app.tenant': tenantA, 'app.scopes': `{${a1}.*}` },
      mayShow: (place, table) => isIn(place, 'A/A1') || isNodeAbove(place, table, 'A/A1'),
    },
    {
      name: 'A1 and one level below',
      role: 'wardgrid_scoped',
      settings: { 'app.tenant': tenantA, 'app.scopes': `{"${a1}.*{0,1}"}` },
      mayShow: (place, table) =>
        (isIn(place, 'A/A1') && place.split('/').length <= 3) || isNodeAbove(place, table, 'A/A1'),
    },
    {
      name: 'A without G1',
      role: 'wardgrid_scoped',
      settings: {
        'app.tenant': tenantA,
        'app.scopes': `{${scopeOf('A')}.*}`,
        'app.denied': `{${g1}.*}`,
      },
      mayShow: (place) => isIn(place, 'A') && !isIn(place, 'A/A1/G1'),
    },
    {
      name: 'a scope of another tenant',
      role: 'wardgrid_scoped',
      settings: { 'app.tenant': tenantA, 'app.scopes': `{${scopeOf('B')}.*}` },
      mayShow: (place, table) => place === 'A' && /^(?:reporting\.)?tenants?$/.test(table),
    },
    {
      name: 'the platform without C, which bars it',
      role: 'wardgrid_platform',
      settings: { 'app.scopes': '{*}', 'app.barred': `{${world.nodeAt('C').tenantId}}` },
      mayShow: (place) => !isIn(place, 'C'),
    },
    {
      name: 'the platform without B, which is denied',
      role: 'wardgrid_platform',
      settings: { 'app.scopes': '{*}', 'app.denied': `{${scopeOf('B')}.*}` },
      mayShow: (place) => !isIn(place, 'B'),
    },
    ...['wardgrid_tenant', 'wardgrid_scoped', 'wardgrid_platform'].map((role) => ({
      name: `${role} with nothing set`,
      role,
      settings: {},
      mayShow: () => false,
    })),
  ];
}

/** Everything a reader gets from a table; undefined where it may not even ask. */
async function rowsFor(
  reader: Pick<Reader, 'role' | 'settings'>,
  query: string,
): Promise<readonly Readonly<Record<string, unknown>>[] | undefined> {
  await owner.query('begin');
  try {
    await owner.query(`set local role ${reader.role}`);
    for (const [name, value] of Object.entries(reader.settings)) {
      await owner.query('select set_config($1, $2, true)', [name, value]);
    }
    return (await owner.query<Record<string, unknown>>(query)).rows;
  } catch (error) {
    if (error instanceof Error && /permission denied/.test(error.message)) return undefined;
    throw error;
  } finally {
    await owner.query('rollback');
  }
}

/** Where a row lies: by its scope, or its tenant; nowhere when it has neither. */
function placeOfRow(row: Readonly<Record<string, unknown>>): string | null {
  const { scope, tenant_id: tenantId } = row;
  if (typeof scope === 'string') return placeOf.get(scope) ?? scope;
  const tenant = world.nodes.find(
    (node) => node.kind === 'tenant' && (node.id === tenantId || node.id === row['id']),
  );
  return tenant?.place ?? null;
}

test('the world is in every table that tells where a row lies', async () => {
  const scoped = tables.filter(({ name, columns }) => !name.includes('.') && columns.has('scope'));
  for (const { name } of scoped) {
    const { rows } = await program.client.query<Record<string, unknown>>(`select * from ${name}`);
    expect(new Set(rows.map((row) => placeOfRow(row)?.[0])).size, name).toBeGreaterThan(1);
  }
});

test('every table is under row-level security, its owner included', async () => {
  const { rows } = await program.client.query<{ name: string; is_held: boolean }>(
    `select c.relname as name, c.relrowsecurity and c.relforcerowsecurity and exists (
       select from pg_policy p where p.polrelid = c.oid) as is_held
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public' and c.relkind in ('r', 'p') order by 1`,
  );
  const open = rows.filter((row) => !row.is_held).map((row) => row.name);
  expect(open).toEqual([...UNPROTECTED.keys()]);
  expect(rows.length).toBeGreaterThan(20);
});

test('no role of ours owns a table, may sign in or goes past policies', async () => {
  const { rows } = await program.client.query<{ rolname: string }>(
    `select rolname from pg_roles where rolname like 'wardgrid\\_%'
       and (rolsuper or rolbypassrls or rolcanlogin or rolcreaterole or rolcreatedb
         or exists (select from pg_class where relowner = pg_roles.oid))`,
  );
  expect(rows).toEqual([]);
});

test('what is left over from others is readable by nobody', async () => {
  for (const [name] of UNPROTECTED) {
    for (const { role, settings } of readers()) {
      expect(await rowsFor({ role, settings }, `select * from ${name}`), role).toBeUndefined();
    }
  }
});

test('nobody reads a row from a place that is not theirs, whatever the table', async () => {
  for (const reader of readers()) {
    for (const table of tables) {
      const rows = await rowsFor(reader, `select * from ${table.name}`);
      if (rows === undefined) continue;
      const context = `${reader.name}: ${table.name}`;
      const isPlaced = table.columns.has('scope') || table.columns.has('tenant_id');
      const isNode = NODE_TABLES.has(table.name);
      expect(isPlaced || isNode || WITHOUT_TENANT.includes(table.name), context).toBe(true);
      if (WITHOUT_TENANT.includes(table.name)) continue;
      for (const row of rows) expectTheirs(reader, table, row);
    }
  }
});

function expectTheirs(reader: Reader, table: Table, row: Readonly<Record<string, unknown>>): void {
  const place = placeOfRow(row);
  const context = `${reader.name}: ${table.name}: ${place}`;
  // Rows of the platform's own people lie nowhere in a tenant.
  if (place === null || place === '') expect(reader.role, context).toBe('wardgrid_platform');
  else expect(isShown(reader, place, table), context).toBe(true);
}

/** A table without scopes tells no more than the tenant. */
function isShown(reader: Reader, place: string, table: Table): boolean {
  if (table.columns.has('scope') || NODE_TABLES.has(table.name)) {
    return reader.mayShow(place, table.name);
  }
  return ['', '/A1', '/A1/G1', '/A2', '/B1'].some((below) =>
    reader.mayShow(`${place}${below}`, table.name),
  );
}

test('every reader with something set gets something, so that the walls are not all there is', async () => {
  for (const reader of readers().filter((one) => Object.keys(one.settings).length > 0)) {
    const rows = await rowsFor(reader, 'select * from device');
    const expected = reader.name === 'a scope of another tenant';
    expect((rows?.length ?? 0) === 0, reader.name).toBe(expected);
  }
});

test('nobody changes or takes away a row of another tenant', async () => {
  const tenantB = world.nodeAt('B').tenantId;
  const placed = tables.filter(
    ({ name, columns }) => !name.includes('.') && columns.has('tenant_id'),
  );
  const people = readers().filter(({ settings }) => settings['app.tenant'] !== undefined);
  for (const reader of people) {
    for (const { name } of placed) {
      const column = name === 'tenant' ? 'name' : 'tenant_id';
      for (const query of [
        `update ${name} set ${column} = ${column} where tenant_id = '${tenantB}' returning 1`,
        `delete from ${name} where tenant_id = '${tenantB}' returning 1`,
      ]) {
        expect((await rowsFor(reader, query)) ?? [], `${reader.name}: ${query}`).toEqual([]);
      }
    }
  }
});

test('sign-in sees no tenant’s things, the workers no secrets, people neither', async () => {
  const nouns = ['device', 'job', 'finding', 'incident', 'discovery_asset', 'enrolment_key'];
  for (const name of nouns) {
    const asked = rowsFor({ role: 'wardgrid_auth', settings: {} }, `select * from ${name}`);
    expect((await asked) ?? [], name).toEqual([]);
  }
  for (const name of SECRETS) {
    for (const { role, settings } of [...readers(), { role: 'wardgrid_ingest', settings: {} }]) {
      const asked = rowsFor({ role, settings }, `select * from ${name}`);
      expect((await asked) ?? [], `${role}: ${name}`).toEqual([]);
    }
  }
});

describe('functions that run with the rights of others', () => {
  test('are few, fixed to a search path and closed to the public', async () => {
    const { rows } = await program.client.query<{ name: string; is_closed: boolean }>(
      `select p.proname as name, p.proconfig::text like '%search_path%'
         and not exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
           where a.grantee = 0) as is_closed
       from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where n.nspname in ('public', 'reporting') and p.prosecdef order by 1`,
    );
    expect(rows.filter((row) => !row.is_closed)).toEqual([]);
    // Those of scopes answer with numbers or yes and no, for scopes the caller was found to see before;
    // that of places with a name of the caller's own way up; those of accounts and synchronisation with nothing.
    expect(rows.map((row) => row.name)).toEqual([
      'account_left',
      'place_name',
      'scope_counts',
      'scope_is_empty',
      'sync_begin_capture',
      'sync_capture',
      'sync_capture_fold',
    ]);
  });
});
