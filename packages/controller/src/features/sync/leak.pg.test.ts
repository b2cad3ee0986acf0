import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFakeClock, silentLog } from '@wardgrid/base';
import { systemNewId } from '@wardgrid/base/system';
import { CLOUD, homesByPath } from '@wardgrid/sync';
import { createDatabase, openTestServers } from '../../../../../test/database/database.ts';
import { labelOf } from '../../platform/authorize.ts';
import { migrate } from '../../platform/migrate.ts';
import { baselineReader } from './baseline.ts';
import { createSyncEngine, type SyncDeps, type SyncEngine } from './index.ts';
import { createWorld, editAll, editOnce, seeded, type World } from './testdata/random-edits.ts';
import { openSide, type Side } from './testdata/two-sides.ts';
import { registryOf, SYNC_TYPES } from './types/index.ts';

const registry = registryOf(SYNC_TYPES);

const TEMPLATE = {
  name: 'sync-two-sides',
  migrate: (connection: object) => migrate(connection, silentLog),
};
const EDITS = 60;

/** Tells what belongs to an organization apart from everything else that is random. */
const MARKED = ['account_credential.password_hash', 'enrolment_key.key_hash'] as const;

describe.each(openTestServers())('what controllers are told on PostgreSQL $name', (server) => {
  let cloud: Side;
  let world: World;
  let engine: SyncEngine;
  const roots = new Map<string, string>();

  beforeAll(async () => {
    cloud = await openSide(await createDatabase(server, TEMPLATE), 1);
    const tenantId = systemNewId();
    await cloud.database.transact({ kind: 'ingest' }, (tx) =>
      tx.run(sql`insert into tenant (id, scope, name, public_key)
        values (${tenantId}, ${labelOf(tenantId)}::ltree, ${tenantId}, 'key')`),
    );
    world = createWorld({ tenantId, secrets: cloud.secrets, random: seeded(7) });
    for (let round = 0; round < 3; round += 1) await editAll(cloud.database, world);
    for (let round = 0; round < EDITS; round += 1) await editOnce(cloud.database, world);
    await markSecrets(cloud);
    engine = createEngine(cloud, roots);
    await engine.activate(tenantId);
    for (let round = 0; round < EDITS; round += 1) await editOnce(cloud.database, world);
    await markSecrets(cloud);
    await engine.seal(tenantId);
  });

  afterAll(() => cloud[Symbol.asyncDispose]());

  test('nothing of accounts, credentials or keys comes from outside of what one serves', async () => {
    const places = ['organization', 'device_group'].flatMap((table) => world.things[table] ?? []);
    expect(places.length).toBeGreaterThan(2);
    for (const { scope } of places) {
      const node = systemNewId();
      roots.set(node, scope);
      const told = await readAll(engine, world.tenantId, node);
      expect(told.rows.length).toBeGreaterThan(3);
      for (const row of told.rows) {
        const isBelow = row.home === scope || row.home.startsWith(`${scope}.`);
        const isAbove = scope.startsWith(`${row.home}.`);
        expect(isBelow || (isAbove && registry[row.type]?.isInherited === true), row.type).toBe(
          true,
        );
      }
      for (const [secret, home] of await secretsOf(cloud)) {
        const isMine = home === scope || home.startsWith(`${scope}.`);
        if (!isMine) expect(told.text).not.toContain(secret);
      }
    }
  });

  test('an account comes with what it takes to sign in, to whom serves it alone', async () => {
    const account = (world.things['account'] ?? [])[0];
    if (!account) throw new Error('there is an account');
    const node = systemNewId();
    roots.set(node, account.scope);
    const told = await readAll(engine, world.tenantId, node);
    const row = told.rows.find(({ id }) => id === account.id);
    expect(row?.fields['credential']?.value).toMatchObject([
      { password_hash: expect.stringMatching(/^hash-/) },
    ]);
    // Secrets of second factors are sealed with the directory's key, never with this controller's.
    const kept = await cloud.database.transact({ kind: 'auth' }, (tx) =>
      tx.rows(sql<{ sealed: string }>`select encode(totp_sealed, 'hex') as sealed
        from account_credential where totp_sealed is not null`),
    );
    for (const { sealed } of kept) expect(told.text).not.toContain(sealed);
  });
});

function createEngine(cloud: Side, roots: ReadonlyMap<string, string>): SyncEngine {
  const tree = {
    parentOf: (node: string) => (node === CLOUD ? undefined : CLOUD),
    scopeVersionOf: () => 1,
    scopeRootOf: (node: string) => roots.get(node),
  };
  const topology = {
    ...homesByPath(tree),
    scopeRootOf: tree.scopeRootOf,
    layerOf: (node: string) => (node === CLOUD ? 0 : 1),
    isRevoked: () => false,
    isSigned: () => null,
    hasChildren: () => true,
    controllers: () => [...roots.keys()],
  };
  const deps: SyncDeps = {
    registry,
    declarations: {},
    widenSight: () => Promise.resolve(),
    isCloud: true,
    nodeId: CLOUD,
    topologyOf: () => Promise.resolve(topology),
    signOps: () => Promise.resolve(null),
    openVoucher: () => null,
    outgoing: cloud.codecs.outgoing,
    baselineOf: baselineReader(SYNC_TYPES, cloud.codecs),
  };
  const clock = createFakeClock(Date.now());
  return createSyncEngine(
    { database: cloud.database, log: silentLog, clock, newId: systemNewId },
    deps,
  );
}

/** Gives every secret a value that is nowhere else. */
async function markSecrets(cloud: Side): Promise<void> {
  await cloud.database.transact({ kind: 'sync' }, async (tx) => {
    for (const name of MARKED) {
      const [table = '', column = ''] = name.split('.');
      await tx.run(
        sql`update ${sql.table(table)} set ${sql.ref(column)} = 'hash-' || gen_random_uuid()`,
      );
    }
  });
}

async function secretsOf(cloud: Side): Promise<[string, string][]> {
  const rows = await cloud.database.transact({ kind: 'sync' }, (tx) =>
    tx.rows(sql<{ secret: string; home: string }>`
      select c.password_hash as secret, a.scope::text as home from account_credential c join account a on a.id = c.account_id
      union all select key_hash, scope::text from enrolment_key`),
  );
  return rows.map(({ secret, home }) => [secret, home]);
}

type Response = Awaited<ReturnType<SyncEngine['handle']>>;
type Row = NonNullable<NonNullable<Response['page']>['entries'][number]['row']>;

/** Where a new controller stands. */
interface Reading {
  readonly nodeId: string;
  readonly rows: Map<string, Row>;
  text: string;
  cursor: number;
  catchup: { at: number; after: string | null } | null;
}

/** More pages than there is anything to tell. */
const PAGES_MAX = 100;

/** Everything that a new controller is told, page by page. */
async function readAll(engine: SyncEngine, tenantId: string, nodeId: string) {
  const reading: Reading = { nodeId, rows: new Map(), text: '', cursor: 0, catchup: null };
  for (let page = 1; page < PAGES_MAX; page += 1) {
    const response = await engine.handle({ nodeId, tenantId }, requestOf(reading, page));
    expect(response.status).toBe('ok');
    reading.text += JSON.stringify(response);
    const { cursor, catchup } = reading;
    if (response.snapshot) takeSnapshot(reading, response.snapshot);
    else takePage(reading, response.page);
    if (cursor === reading.cursor && catchup === reading.catchup) break;
  }
  return { text: reading.text, rows: [...reading.rows.values()] };
}

function requestOf({ nodeId, cursor, catchup }: Reading, requestNumber: number) {
  const claim = { stream: `${nodeId}/1/ctl`, last: 0, head: '0'.repeat(64) };
  const nothing = { streams: [], decided: [], ops: [] };
  const at = { epoch: 1, scopeVersion: 1, cursor, catchup };
  return { from: nodeId, requestNumber, ...at, claim, ...nothing };
}

function takeSnapshot(reading: Reading, { at, next, rows }: NonNullable<Response['snapshot']>) {
  for (const row of rows) reading.rows.set(row.id, row);
  reading.catchup = next === null ? null : { at, after: next };
  if (next === null) reading.cursor = at;
}

function takePage(reading: Reading, page: Response['page']): void {
  for (const { row } of page?.entries ?? []) {
    // Of what was moved away only that it is gone is told.
    const isGone = row && (row.isDeleted || Object.keys(row.fields).length === 0);
    if (row && !isGone) reading.rows.set(row.id, row);
    else if (row) reading.rows.delete(row.id);
  }
  reading.cursor = page?.upTo ?? reading.cursor;
}
