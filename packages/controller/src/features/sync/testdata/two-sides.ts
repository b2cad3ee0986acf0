import { sql } from 'kysely';
import { silentLog, type Json } from '@wardgrid/base';
import { applyOp, nodeOf, type Op, type Row, type RowSet } from '@wardgrid/sync';
import type pg from 'pg';
import { labelOf } from '../../../platform/authorize.ts';
import { openDatabase, type Database } from '../../../platform/database.ts';
import { createSecretStore, type SecretStore } from '../../../platform/secrets.ts';
import { devicesArrived, makeSettingsDue } from '../../devices/index.ts';
import { baselineReader } from '../baseline.ts';
import { createCodecs, type Codecs } from '../codecs.ts';
import type { RowChange } from '../deps.ts';
import { appliedHook, type HookDeps } from '../hooks.ts';
import { createMaterialiser } from '../materialise.ts';
import { registryOf, SYNC_TYPES } from '../types/index.ts';
import { CONTENT_DIGEST } from './random-edits.ts';

const registry = registryOf(SYNC_TYPES);

/* Two databases, and between them what carries changes: the engine's own rules, without its storage. */

/** One controller's database, with its own master key. */
export interface Side extends AsyncDisposable {
  readonly database: Database;
  readonly secrets: SecretStore;
  readonly codecs: Codecs;
}

export const DIRECTORY_KEY = new Uint8Array(32).fill(5);
/** Opens a database that captures. It is dropped with the side. */
export async function openSide(
  given: { readonly connection: pg.ClientConfig; readonly drop: () => Promise<void> },
  key: number,
): Promise<Side> {
  const { connection, drop } = given;
  const database = openDatabase({ connection, poolSize: 2, log: silentLog });
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
    codecs: createCodecs({
      types: SYNC_TYPES,
      secrets,
      directoryKeyOf: () => Promise.resolve(DIRECTORY_KEY),
    }),
    async [Symbol.asyncDispose]() {
      await database.close();
      await drop();
    },
  };
}

/** Begins to sync a tenant; on the side where it is made, makes it. */
export async function beginTenant(side: Side, tenantId: string, isMade: boolean): Promise<void> {
  await side.database.transact({ kind: 'ingest' }, async (tx) => {
    if (isMade) {
      await tx.run(
        sql`insert into tenant (id, scope, name, public_key) values (${tenantId}, ${labelOf(tenantId)}::ltree, ${tenantId}, 'key')`,
      );
    }
    await tx.run(
      sql`insert into sync_tenant (tenant_id, node, stream, head, hlc) values (${tenantId}, 'cloud', 's', '', '')`,
    );
  });
}

/** A captured change. */
interface Captured {
  readonly type: string;
  readonly id: string;
  readonly kind: Op['kind'];
  readonly home: string;
  readonly fields: Record<string, Json>;
}

/** Where a side stands. */
interface Standing {
  readonly side: Side;
  readonly name: string;
  /** The rows that it last had. */
  had: Map<string, Row>;
  seen: number;
  q: number;
}

/** What one chain has beside others. */
export interface ChainOptions {
  /** Whether a side may see a row; all may, unless told. */
  readonly sees?: (side: Side, row: Row) => boolean;
  readonly hooks?: Partial<HookDeps>;
}

/** What is decided, for all sides. */
interface Decided {
  readonly tenantId: string;
  readonly rows: Map<string, Row>;
  readonly set: RowSet;
  readonly options: ChainOptions;
  g: number;
}

/** Carries changes between sides: each exchange decides what all of them captured, and writes it to all. */
export function createChain(sides: readonly Side[], tenantId: string, options: ChainOptions = {}) {
  const rows = new Map<string, Row>();
  const set: RowSet = {
    get: (id) => rows.get(id),
    put: (row) => void rows.set(row.id, row),
    aliasOf: () => undefined,
    putAlias: () => undefined,
  };
  const decided: Decided = { tenantId, rows, set, options, g: 0 };
  const standings = sides.map((side, index): Standing => ({
    side,
    name: `n${index}`,
    had: new Map(),
    seen: 0,
    q: 0,
  }));
  return {
    rows,
    /** The first side has everything already; the others get it. */
    async carryBaseline(): Promise<void> {
      const [first, ...others] = standings;
      if (!first) return;
      const read = baselineReader(SYNC_TYPES, first.side.codecs);
      const found = await first.side.database.transact({ kind: 'sync' }, (tx) =>
        read(tx, { tenantId, after: null, limit: 1_000 }),
      );
      for (const row of found) {
        decide(decided, first, { kind: 'create', ...row, fields: { ...row.fields } });
      }
      first.had = new Map(rows);
      first.seen = decided.g;
      for (const standing of others) await write(decided, standing);
    },
    async exchange(): Promise<void> {
      for (const standing of standings) await drain(decided, standing);
      for (const standing of standings) await write(decided, standing);
    },
  };
}

function decide(decided: Decided, standing: Standing, captured: Captured): void {
  decided.g += 1;
  standing.q += 1;
  const { g, set } = decided;
  const { name, seen, q } = standing;
  const place = { opId: String(g), stream: `${name}/1/ctl`, q, hlc: String(g).padStart(16, '0') };
  const op = { ...captured, ...place, seen, by: '', schemaVersion: 1 };
  applyOp(set, op, { registry, g, layer: 0 });
}

async function drain(decided: Decided, standing: Standing): Promise<void> {
  const { database, codecs } = standing.side;
  const captured = await database.transact({ kind: 'sync' }, (tx) =>
    tx.rows(sql<Captured>`with taken as (delete from sync_outbox returning *)
      select type, row_id as id, kind, scope::text as home, fields from taken order by taken.id`),
  );
  for (const one of captured) {
    const fields = await codecs.outgoing(decided.tenantId, one);
    decide(decided, standing, { ...one, fields: { ...fields } });
  }
}

/** The side that stands for the cloud. */
const FIRST = 'n0';

/** One page: what is another than it was here, once for each row. */
async function write(decided: Decided, standing: Standing): Promise<void> {
  const { rows, tenantId, options } = decided;
  const { sees = () => true, hooks = {} } = options;
  const { side, had, name } = standing;
  const changes = [...rows.values()].flatMap((row): RowChange[] => {
    const previous = had.get(row.id) ?? null;
    if (previous === row || !sees(side, row) || (row.isDeleted && !previous)) return [];
    return [{ type: row.type, id: row.id, row: row.isDeleted ? null : row, previous }];
  });
  const materialise = createMaterialiser({
    types: SYNC_TYPES,
    codecs: side.codecs,
    isOwn: (stream) => nodeOf(stream) === name,
    isDecider: () => name === FIRST,
    onApplied: appliedHook({
      now: () => 0,
      devicesArrived,
      makeSettingsDue,
      jobsArrived: () => Promise.resolve(),
      ...hooks,
    }),
  });
  await side.database.transact({ kind: 'sync' }, (tx) => materialise(tx, changes, { tenantId }));
  standing.had = new Map(rows);
  standing.seen = decided.g;
}
