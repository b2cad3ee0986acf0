import { readdir, readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import pg from 'pg';
import { WardgridError, type Log } from '@wardgrid/base';

const FOLDER = new URL('../../migrations/', import.meta.url);
/** One migrator at a time on a database: the key of a PostgreSQL advisory lock. */
const LOCK_KEY = 7_236_451;
/** SQLSTATE of a name that is not known. */
const UNDEFINED_OBJECT = '42704';
/** Oldest server that has everything our SQL uses. */
const SERVER_VERSION_MIN = 150_000;

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly hash: string;
}

/** A migration that cannot be applied, or that was changed after it had been. */
export class MigrationError extends WardgridError<
  'migration-changed' | 'migration-failed' | 'server-too-old'
> {}

/**
 * Brings a database to the newest schema. Forward only: each numbered file runs once, in order, in
 * its own transaction; several controllers may start at once.
 */
export async function migrate(connection: pg.ClientConfig, log: Log): Promise<void> {
  const client = new pg.Client(connection);
  // A connection lost between two statements fails the next statement; that is enough to know.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK_KEY]);
    await requireVersion(client);
    await client.query(
      'create table if not exists schema_migration (name text primary key, hash text not null, applied_at timestamptz not null default now())',
    );
    const applied = await client.query<{ name: string; hash: string }>(
      'select name, hash from schema_migration',
    );
    const known = new Map(applied.rows.map((row) => [row.name, row.hash]));
    for (const migration of await readMigrations()) {
      await applyOnce(client, migration, known.get(migration.name));
      if (!known.has(migration.name)) log.info('migration applied', { name: migration.name });
    }
  } finally {
    await client.end();
  }
}

async function requireVersion(client: pg.Client): Promise<void> {
  const result = await client.query<{ server_version_num: string }>('show server_version_num');
  if (Number(result.rows[0]?.server_version_num) >= SERVER_VERSION_MIN) return;
  throw new MigrationError('server-too-old', 'PostgreSQL 15 or newer is needed');
}

async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(FOLDER))
    .filter((name) => /^\d{4}_[a-z_-]+\.sql$/.test(name))
    .toSorted();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, FOLDER), 'utf8');
      return { name, sql, hash: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function applyOnce(
  client: pg.Client,
  migration: Migration,
  appliedHash: string | undefined,
): Promise<void> {
  if (appliedHash === migration.hash) return;
  if (appliedHash !== undefined) {
    throw new MigrationError(
      'migration-changed',
      `migration '${migration.name}' was changed after it had been applied`,
    );
  }
  try {
    await apply(client, migration).catch((error: unknown) => {
      if (!isRoleUnseen(error)) throw error;
      return apply(client, migration);
    });
  } catch (error) {
    throw new MigrationError('migration-failed', `migration '${migration.name}' failed`, {
      cause: error,
    });
  }
}

async function apply(client: pg.Client, { name, sql, hash }: Migration): Promise<void> {
  try {
    await client.query('begin');
    await client.query(sql);
    await client.query('insert into schema_migration (name, hash) values ($1, $2)', [name, hash]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/**
 * Roles belong to the server, the lock of migrators to one database: when two databases are made at the
 * same moment, a transaction may not see yet the role that the other one has just made.
 */
function isRoleUnseen(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === UNDEFINED_OBJECT;
}
