import type { DatabaseSync } from 'node:sqlite';

/** The version of the tables below, kept in `user_version`. */
const SCHEMA_VERSION = 2;

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
    size_bytes INTEGER NOT NULL,
    job TEXT
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
  CREATE TABLE inventory (
    section TEXT PRIMARY KEY,
    hash TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** Since version 2: numbers belong to a controller. */
const NUMBERS = `
  -- The numbers that records have at controllers other than the one that is talked with.
  CREATE TABLE parked (
    controller TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    record INTEGER NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
    PRIMARY KEY (controller, sequence)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX parked_records ON parked (record);
  CREATE INDEX outbox_jobs ON outbox (job) WHERE job IS NOT NULL;
  CREATE TABLE inbox (
    job_id TEXT NOT NULL,
    controller TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    kind TEXT NOT NULL,
    target_id TEXT,
    state TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    body TEXT,
    PRIMARY KEY (job_id, controller, sequence)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX inbox_targets ON inbox (target_id) WHERE target_id IS NOT NULL;
`;

/** What version 1 becomes. */
const FROM_VERSION_1 = `
  ALTER TABLE outbox ADD COLUMN job TEXT;
  DROP INDEX inbox_targets;
  ALTER TABLE inbox RENAME TO old_inbox;
  ${NUMBERS}
  INSERT INTO inbox SELECT job_id, '', sequence, kind, target_id, state, expires_at, body FROM old_inbox;
  DROP TABLE old_inbox;
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
  const version = userVersionOf(database);
  if (version >= SCHEMA_VERSION) return;
  const change = version === 1 ? FROM_VERSION_1 : TABLES + NUMBERS;
  database.exec(`BEGIN IMMEDIATE; ${change} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
}

function userVersionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
}

/** Whether the file's own structure holds. */
export function isSound(database: DatabaseSync): boolean {
  return database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] === 'ok';
}
