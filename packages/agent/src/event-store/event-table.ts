import { closeSync, openSync, rmSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { DeviceEvent, EventClass } from '@wardgrid/wire';

/** How many events may be kept and for how long. From the policy. */
export interface EventStoreLimits {
  readonly bytesMax: number;
  readonly daysMax: number;
}

/** What to look for; everything that is given must fit. */
export interface EventQuery {
  readonly class?: EventClass;
  /** Epoch milliseconds, both included. */
  readonly from?: number;
  readonly to?: number;
  readonly executable?: string;
  readonly sha256?: string;
  readonly path?: string;
  readonly ip?: string;
  readonly limit: number;
}

/** How the store is. */
export interface EventStoreState {
  readonly events: number;
  readonly sizeBytes: number;
  /** Since the agent started: the disk refused them, or they came faster than they could be kept. */
  readonly dropped: number;
}

/** Events on disk, in one thread. Nothing throws for the disk's sake. */
export interface EventTable {
  /** Keeps events in one transaction; how many were kept: all or none. */
  readonly add: (events: readonly DeviceEvent[]) => number;
  /** Newest first. */
  readonly find: (query: EventQuery) => DeviceEvent[];
  /** Lets go of what is too old and too much. */
  readonly trim: (nowMs: number, limits: EventStoreLimits) => void;
  readonly state: () => Omit<EventStoreState, 'dropped'>;
  readonly close: () => void;
}

const SCHEMA_VERSION = 1;
const SCHEMA = `
  PRAGMA auto_vacuum = INCREMENTAL;
  CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    class TEXT NOT NULL,
    executable TEXT,
    sha256 TEXT,
    path TEXT,
    source_ip TEXT,
    destination_ip TEXT,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX event_time ON event (at);
  CREATE INDEX event_class ON event (class, at);
  CREATE INDEX event_executable ON event (executable, at) WHERE executable IS NOT NULL;
  CREATE INDEX event_sha256 ON event (sha256, at) WHERE sha256 IS NOT NULL;
  CREATE INDEX event_path ON event (path, at) WHERE path IS NOT NULL;
  CREATE INDEX event_source ON event (source_ip, at) WHERE source_ip IS NOT NULL;
  CREATE INDEX event_destination ON event (destination_ip, at) WHERE destination_ip IS NOT NULL;
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** Room on the disk that events leave to everybody else: they are the first to go without. */
const DISK_RESERVE_BYTES = 32 * 1_024 * 1_024;
/** Rows let go in one statement, so that a smaller policy does not hold up what comes. */
const TRIM_ROWS = 2_000;
const TRIM_ROUNDS_MAX = 50;
/** A trimmed store has this share of its bound left, so that it is not trimmed with every event. */
const TRIM_SHARE = 0.9;
const DAY_MS = 86_400_000;
/** Longest text that an index takes: longer ones are hostile, and still found in the event itself. */
const INDEXED_TEXT_MAX = 1_024;

/** Opens the table in a file; one that is broken begins anew: events are worth less than working. */
export function openEventTable(file: string): EventTable {
  try {
    return createEventTable(file);
  } catch {
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
    return createEventTable(file);
  }
}

function createEventTable(file: string): EventTable {
  const database = openDatabase(file);
  const insert = database.prepare(
    `INSERT INTO event (at, class, executable, sha256, path, source_ip, destination_ip, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const count = database.prepare('SELECT count(*) AS count FROM event');
  const sizeBytes = (): number => usedBytes(database);
  return {
    add(events) {
      if (events.length === 0 || !hasRoom(file)) return 0;
      return transact(database, () => events.forEach((event) => insert.run(...rowOf(event))))
        ? events.length
        : 0;
    },
    find: (query) => find(database, query),
    trim: (nowMs, limits) => trim(database, nowMs, limits),
    state: () => ({ events: Number(count.get()?.['count']), sizeBytes: sizeBytes() }),
    close: () => database.close(),
  };
}

function openDatabase(file: string): DatabaseSync {
  // Made before SQLite does, which gives its other files the permissions of this one.
  closeSync(openSync(file, 'a', 0o600));
  const database = new DatabaseSync(file);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA cache_size = -1024;
    PRAGMA temp_store = MEMORY;
  `);
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (version < SCHEMA_VERSION) database.exec(SCHEMA);
  return database;
}

function hasRoom(file: string): boolean {
  const { bavail, bsize } = statfsSync(dirname(file));
  return bavail * bsize > DISK_RESERVE_BYTES;
}

function rowOf({ at, class: kind, fields, ...event }: DeviceEvent): SQLInputValue[] {
  const text = (name: keyof typeof fields): string | null => {
    const value = fields[name];
    return typeof value === 'string' ? value.slice(0, INDEXED_TEXT_MAX) : null;
  };
  return [
    at,
    kind,
    text('process.executable'),
    text('file.hash.sha256') ?? text('process.hash.sha256'),
    text('file.path'),
    text('source.ip'),
    text('destination.ip'),
    JSON.stringify({ ...event, at, class: kind, fields }),
  ];
}

/** Whether the work was committed: a full or failing disk takes nothing. */
function transact(database: DatabaseSync, work: () => void): boolean {
  try {
    database.exec('BEGIN IMMEDIATE');
    work();
    database.exec('COMMIT');
    return true;
  } catch {
    if (database.isTransaction) database.exec('ROLLBACK');
    return false;
  }
}

const CONDITIONS = {
  class: 'class = ?',
  from: 'at >= ?',
  to: 'at <= ?',
  executable: 'executable = ?',
  sha256: 'sha256 = ?',
  path: 'path = ?',
} as const;

function find(database: DatabaseSync, query: EventQuery): DeviceEvent[] {
  const conditions: string[] = [];
  const values: SQLInputValue[] = [];
  for (const [name, condition] of Object.entries(CONDITIONS)) {
    const value = query[name as keyof typeof CONDITIONS];
    if (value === undefined) continue;
    conditions.push(condition);
    values.push(value);
  }
  if (query.ip !== undefined) {
    conditions.push('(source_ip = ? OR destination_ip = ?)');
    values.push(query.ip, query.ip);
  }
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const rows = database
    .prepare(`SELECT body FROM event ${where} ORDER BY at DESC, id DESC LIMIT ?`)
    .all(...values, query.limit);
  return rows.map((row) => JSON.parse(String(row['body'])) as DeviceEvent);
}

function trim(database: DatabaseSync, nowMs: number, limits: EventStoreLimits): void {
  const oldest = nowMs - limits.daysMax * DAY_MS;
  const old = database.prepare(
    `DELETE FROM event WHERE id IN (SELECT id FROM event WHERE at < ? ORDER BY at LIMIT ${TRIM_ROWS})`,
  );
  const first = database.prepare(
    `DELETE FROM event WHERE id IN (SELECT id FROM event ORDER BY id LIMIT ${TRIM_ROWS})`,
  );
  const letGo = (statement: typeof old, ...values: number[]): boolean => {
    let count = 0;
    transact(database, () => (count = Number(statement.run(...values).changes)));
    return count > 0;
  };
  let isOver = usedBytes(database) > limits.bytesMax;
  for (let round = 0; round < TRIM_ROUNDS_MAX; round += 1) {
    if (letGo(old, oldest)) continue;
    if (!isOver || !letGo(first)) break;
    isOver = usedBytes(database) > limits.bytesMax * TRIM_SHARE;
  }
  database.exec('PRAGMA incremental_vacuum(4096)');
}

function usedBytes(database: DatabaseSync): number {
  const numberOf = (pragma: string): number =>
    Number(database.prepare(`PRAGMA ${pragma}`).get()?.[pragma]);
  return (numberOf('page_count') - numberOf('freelist_count')) * numberOf('page_size');
}
