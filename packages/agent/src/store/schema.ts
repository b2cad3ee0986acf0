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
    size_bytes INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
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
  CREATE TABLE reserve (content BLOB) STRICT;
`;

/**
 * Room that is taken while the disk still has some, in bytes: pages of the file and of the log that
 * later writes go into, so that receipts, orders and ends of jobs still fit when the disk is full.
 */
const RESERVE_BYTES = 128 * 1_024;

/** Pages (4 KiB) after which the log is copied into the file and begun again: half the reserve. */
const CHECKPOINT_PAGES = 16;

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

/** Grows the file and its log once, then leaves the pages free for what comes. */
export function takeReserve(database: DatabaseSync): void {
  try {
    database.prepare('INSERT INTO reserve (content) VALUES (zeroblob(?))').run(RESERVE_BYTES);
    database.exec('DELETE FROM reserve');
  } catch {
    // The disk is full already: what there is must do, and every write says how it went.
  }
}

function userVersionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
}

/** Whether the file's own structure holds. */
export function isSound(database: DatabaseSync): boolean {
  return database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] === 'ok';
}
