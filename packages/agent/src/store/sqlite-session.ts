import type { DatabaseSync } from 'node:sqlite';
import type { Log } from '@wardgrid/base';
import { parseLink } from './codec.ts';
import { INITIAL_LINK, type LinkState } from './store.ts';

/**
 * Primary result codes of SQLite that mean "not now": BUSY, NOMEM, READONLY, IOERR, FULL, CANTOPEN.
 * The agent goes on without the write, counts it and recovers when the disk does.
 */
const PASSING_FAILURES: ReadonlySet<number> = new Set([5, 7, 8, 10, 13, 14]);

/** One connection, and the link state as the agent must go on with it whatever the disk says. */
export interface SqliteSession {
  readonly database: DatabaseSync;
  readonly link: () => LinkState;
  readonly setLink: (link: LinkState) => void;
  /**
   * Runs `work` and writes the link state in one transaction. False, with nothing of it kept, when
   * the disk refuses; `link` as it stood before is then in force. @throws on a broken file.
   */
  readonly attempt: (work: () => void) => boolean;
  /** Called after a transaction was taken back, so that what was counted is counted again. */
  readonly onRollback: (listener: () => void) => void;
  readonly isDegraded: () => boolean;
}

/** A session over a prepared database. */
export function createSqliteSession(database: DatabaseSync, log: Log): SqliteSession {
  const saveLink = database.prepare(
    `INSERT INTO link (id, state) VALUES (1, ?)
     ON CONFLICT (id) DO UPDATE SET state = excluded.state`,
  );
  const listeners: (() => void)[] = [];
  let link = readLink(database);
  let saved = link;
  let isDegraded = false;

  function attempt(work: () => void): boolean {
    const before = link;
    try {
      database.exec('BEGIN IMMEDIATE');
      work();
      if (link !== saved) saveLink.run(JSON.stringify(link));
      database.exec('COMMIT');
    } catch (error) {
      link = before;
      rollback(database);
      for (const listener of listeners) listener();
      if (!isPassing(error)) throw error;
      if (!isDegraded) log.error('the data directory refuses writes', { reason: `${error}` });
      isDegraded = true;
      return false;
    }
    saved = link;
    if (isDegraded) log.info('the data directory takes writes again');
    isDegraded = false;
    return true;
  }

  return {
    database,
    link: () => link,
    setLink: (next) => void (link = next),
    attempt,
    onRollback: (listener) => void listeners.push(listener),
    isDegraded: () => isDegraded,
  };
}

function readLink(database: DatabaseSync): LinkState {
  const row = database.prepare('SELECT state FROM link WHERE id = 1').get();
  return row ? parseLink(String(row['state'])) : INITIAL_LINK;
}

function rollback(database: DatabaseSync): void {
  if (!database.isTransaction) return;
  try {
    database.exec('ROLLBACK');
  } catch {
    // SQLite has already rolled back by itself, as it does on a full disk.
  }
}

function isPassing(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return false;
  return typeof error.errcode === 'number' && PASSING_FAILURES.has(error.errcode & 0xff);
}
