import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog, type Json } from '@wardgrid/base';
import { systemNewId } from '@wardgrid/base/system';
import { applyOp, type Op, type Row, type RowSet } from '@wardgrid/sync';
import {
  createDatabase,
  openTestServers,
  type TestDatabase,
  type TestServer,
} from '../../../../../test/database/database.ts';
import { labelOf } from '../../platform/authorize.ts';
import { openDatabase, type Database } from '../../platform/database.ts';
import { migrate } from '../../platform/migrate.ts';
import { createSecretStore, type SecretStore } from '../../platform/secrets.ts';
import { baselineReader } from './baseline.ts';
import { createCodecs, type Codecs } from './codecs.ts';
import type { RowChange } from './deps.ts';
import { devicesArrived, makeSettingsDue } from '../devices/index.ts';
import { appliedHook } from './hooks.ts';
import { createMaterialiser } from './materialise.ts';
import { CONTENT_DIGEST, createWorld, editAll, editOnce } from './testdata/random-edits.ts';
import { registry, typeOf } from './types/index.ts';

/** One controller's database, with its own master key. */
interface Side extends AsyncDisposable {
  readonly database: Database;
  readonly secrets: SecretStore;
  readonly codecs: Codecs;
}

const DIRECTORY_KEY = new Uint8Array(32).fill(5);
const EDITS = 150;

describe.each(openTestServers())('materialising on PostgreSQL $name', (server) => {
  let above: Side;
  let below: Side;
  let tenantId: string;

  beforeEach(async () => {
    above = await openSide(server, 1);
    below = await openSide(server, 2);
    tenantId = systemNewId();
    await beginTenant(above, tenantId, true);
  });

  afterEach(async () => {
    await above[Symbol.asyncDispose]();
    await below[Symbol.asyncDispose]();
  });

  test.each([1, 2, 3])(
    'whatever changes on one side is the same on the other, and is not captured there (seed %i)',
    async (seed) => {
      const random = seeded(seed);
      const world = createWorld({ tenantId, secrets: above.secrets, random });
      const chain = createChain({ above, below, tenantId });
      await chain.carryBaseline();
      await beginTenant(below, tenantId, false);
      await editAll(above.database, world);
      const done: string[] = [];
      for (let round = 0; round < EDITS; round += 1) {
        done.push(await editOnce(above.database, world));
        if (random() < 0.2) await chain.carry();
      }
      await chain.carry();
      expect(await waiting(below, tenantId), done.join(', ')).toEqual([]);
      const [theirs, ours] = await Promise.all([
        stateOf(above, tenantId),
        stateOf(below, tenantId),
      ]);
      expect(ours).toEqual(theirs);
      expect(new Set(theirs.map(({ type }) => type)).size).toBeGreaterThan(15);
      expect(await capturedOf(below, tenantId)).toEqual([]);
    },
  );
});

async function openSide(server: TestServer, key: number): Promise<Side> {
  const temporary: TestDatabase = await createDatabase(server, {
    name: 'sync-materialise',
    migrate: (connection) => migrate(connection, silentLog),
  });
  const database = openDatabase({ connection: temporary.connection, poolSize: 2, log: silentLog });
  await database.transact({ kind: 'ingest' }, async (tx) => {
    await tx.run(sql`select sync_begin_capture()`);
    await tx.run(
      sql`insert into content_part (digest, kind, size_bytes, content) values (${CONTENT_DIGEST}, 'rules', 1, 'x')`,
    );
  });
  const secrets = createSecretStore(database, new Uint8Array(32).fill(key));
  return {
    database,
    secrets,
    codecs: createCodecs(secrets, () => Promise.resolve(DIRECTORY_KEY)),
    async [Symbol.asyncDispose]() {
      await database.close();
      await temporary.drop();
    },
  };
}

async function beginTenant(side: Side, tenantId: string, isMade: boolean): Promise<void> {
  await side.database.transact({ kind: 'ingest' }, async (tx) => {
    if (isMade) {
      await tx.run(
        sql`insert into tenant (id, scope, name, public_key) values (${tenantId}, ${labelOf(tenantId)}::ltree, ${tenantId}, 'key')`,
      );
    }
    await tx.run(
      sql`insert into sync_tenant (tenant_id, node, stream, head, hlc) values (${tenantId}, 'n', 's', '', '')`,
    );
  });
}

/** A chain of one link: what one side captures is decided and written on the other. */
function createChain({
  above,
  below,
  tenantId,
}: {
  readonly above: Side;
  readonly below: Side;
  readonly tenantId: string;
}) {
  const rows = new Map<string, Row>();
  const set: RowSet = {
    get: (id) => rows.get(id),
    put: (row) => void rows.set(row.id, row),
    aliasOf: () => undefined,
    putAlias: () => undefined,
  };
  const materialise = createMaterialiser({
    codecs: below.codecs,
    isOwn: () => false,
    onApplied: appliedHook({
      now: () => 0,
      devicesArrived,
      makeSettingsDue,
      jobsArrived: () => Promise.resolve(),
    }),
  });
  let g = 0;

  function decide(op: Pick<Op, 'kind' | 'type' | 'id' | 'home' | 'fields'>): void {
    g += 1;
    const whole = { ...op, opId: String(g), stream: 's', q: g, hlc: String(g).padStart(16, '0') };
    applyOp(set, { ...whole, seen: g, by: '', schemaVersion: 1 }, { registry, g, layer: 0 });
  }

  /** One page: what is another than it was, once for each row. */
  async function write(ids: readonly (readonly [string, string])[], before: Map<string, Row>) {
    const changes: RowChange[] = [...new Map(ids)].map(([id, type]) => {
      const row = rows.get(id);
      return {
        type,
        id,
        row: row && !row.isDeleted ? row : null,
        previous: before.get(id) ?? null,
      };
    });
    await below.database.transact({ kind: 'sync' }, (tx) => materialise(tx, changes, { tenantId }));
  }

  return {
    async carryBaseline(): Promise<void> {
      const read = baselineReader(above.codecs);
      const found = await above.database.transact({ kind: 'sync' }, (tx) =>
        read(tx, { tenantId, after: null, limit: 1_000 }),
      );
      for (const row of found) decide({ kind: 'create', ...row });
      await write(
        found.map(({ id, type }) => [id, type]),
        new Map(),
      );
    },
    async carry(): Promise<void> {
      const before = new Map(rows);
      const captured = await above.database.transact({ kind: 'sync' }, (tx) =>
        tx.rows(sql<{
          type: string;
          id: string;
          kind: Op['kind'];
          home: string;
          fields: Record<string, Json>;
        }>`with taken as (delete from sync_outbox returning *)
          select type, row_id as id, kind, scope::text as home, fields from taken order by taken.id`),
      );
      for (const op of captured) {
        decide({ ...op, fields: await above.codecs.outgoing(tenantId, op) });
      }
      await write(
        captured.map(({ id, type }) => [id, type]),
        before,
      );
    },
  };
}

/** Every row that syncs, secrets opened. */
async function stateOf(side: Side, tenantId: string) {
  const plain = createCodecs({ open: side.secrets.open, seal: (bytes) => Buffer.from(bytes) }, () =>
    Promise.resolve(DIRECTORY_KEY),
  );
  const read = baselineReader({
    async outgoing(tenant, given) {
      const fields = await side.codecs.outgoing(tenant, given);
      const type = typeOf(given.type);
      const credential = fields['credential'];
      if (!type || !Array.isArray(credential)) return fields;
      const items = { type, id: given.id, field: 'credential', items: credential };
      return { ...fields, credential: await plain.incoming(tenant, items) };
    },
  });
  return side.database.transact({ kind: 'sync' }, (tx) =>
    read(tx, { tenantId, after: null, limit: 10_000 }),
  );
}

function waiting(side: Side, tenantId: string) {
  return side.database.transact({ kind: 'sync' }, (tx) =>
    tx.rows(sql`select type, row_id, reason, detail from sync_aside where tenant_id = ${tenantId}`),
  );
}

function capturedOf(side: Side, tenantId: string) {
  return side.database.transact({ kind: 'sync' }, (tx) =>
    tx.rows(sql`select type, row_id, kind, fields from sync_outbox where tenant_id = ${tenantId}`),
  );
}

/** Mulberry32: the same numbers for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
