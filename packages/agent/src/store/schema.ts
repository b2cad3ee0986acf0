import type { DatabaseSync } from 'node:sqlite';

/** The version of the tables below, kept in `user_version`. */
const SCHEMA_VERSION = 1;

const TABLES = `
  CREATE TABLE identity (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seed BLOB NOT NULL,
    split_ticket TEXT,
    enrolment TEXT
  ) STRICT;
  CREATE TABLE link (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    state TEXT NOT NULL
  ) STRICT;
  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sequence INTEGER UNIQUE,
    at INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    section TEXT,
    hash TEXT,
    size_bytes INTEGER NOT NULL
  ) STRICT;
  -- Apart from the rest, so that giving a record its number does not write its content again.
  CREATE TABLE outbox_body (
    id INTEGER PRIMARY KEY,
    body TEXT NOT NULL
  ) STRICT;
  CREATE TRIGGER outbox_gone AFTER DELETE ON outbox BEGIN
    DELETE FROM outbox_body WHERE id = old.id;
  END;
  CREATE INDEX outbox_victims ON outbox (rank, id) WHERE sequence IS NULL;
  CREATE TABLE inbox (
    job_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    kind TEXT NOT NULL,
    target_id TEXT,
    state TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    body TEXT,
    PRIMARY KEY (job_id, sequence)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX inbox_targets ON inbox (target_id) WHERE target_id IS NOT NULL;
  CREATE TABLE inventory (
    section TEXT PRIMARY KEY,
    hash TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** Pages (4 KiB) after which the log is copied into the file and begun again: the log stays small. */
const CHECKPOINT_PAGES = 64;

/** Sets up a connection, and the tables of a new file. */
export function prepareDatabase(database: DatabaseSync): void {
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
    PRAGMA cache_size = -512;
    PRAGMA temp_store = MEMORY;
    PRAGMA foreign_keys = ON;
  `);
  if (userVersionOf(database) < SCHEMA_VERSION) {
    database.exec(`BEGIN IMMEDIATE; ${TABLES} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
  }
}

function userVersionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
}

/** Whether the file's own structure holds. */
export function isSound(database: DatabaseSync): boolean {
  return database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] === 'ok';
}
