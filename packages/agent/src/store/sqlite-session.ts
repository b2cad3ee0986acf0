import type { DatabaseSync } from 'node:sqlite';
import { messageOf, type Log } from '@wardgrid/base';
import { parseLink } from './codec.ts';
import { noReserve, type DiskReserve } from './reserve.ts';
import { INITIAL_LINK, type LinkState } from './store.ts';

/**
 * Primary result codes of SQLite that mean "not now": BUSY, NOMEM, READONLY, IOERR, FULL, CANTOPEN.
 * The agent goes on without the write, counts it and recovers when the disk does.
 */
const PASSING_FAILURES: ReadonlySet<number> = new Set([5, 7, 8, 10, 13, 14]);

/** Whether a write may use up the reserve: records to send are spare, all else is essential. */
export type Weight = 'essential' | 'spare';

/** Free pages (4 KiB) in the file from which on spare writes need no room on the disk. */
const FREE_PAGES_MIN = 64;

/** One connection, and the link state as the agent must go on with it whatever the disk says. */
export interface SqliteSession {
  readonly database: DatabaseSync;
  readonly link: () => LinkState;
  readonly setLink: (link: LinkState) => void;
  /**
   * Runs `work` and writes the link state in one transaction. False, with nothing of it kept, when
   * the disk refuses; `link` as it stood before is then in force. On a full disk what is essential
   * may use the reserve, what is spare may not. @throws on a broken file.
   */
  readonly attempt: (work: () => void, weight?: Weight) => boolean;
  /** Called after a transaction was taken back, so that what was counted is counted again. */
  readonly onRollback: (listener: () => void) => void;
  readonly isDegraded: () => boolean;
}

const SAVE_LINK = `INSERT INTO link (id, state) VALUES (1, ?)
  ON CONFLICT (id) DO UPDATE SET state = excluded.state`;

/** A session over a prepared database. */
export function createSqliteSession(
  database: DatabaseSync,
  log: Log,
  reserve: DiskReserve = noReserve,
): SqliteSession {
  const freePages = database.prepare('PRAGMA freelist_count');
  const saveLink = database.prepare(SAVE_LINK);
  const listeners: (() => void)[] = [];
  let link = readLink(database);
  let saved = link;
  let isDegraded = false;

  function attempt(work: () => void, weight: Weight = 'essential'): boolean {
    if (weight === 'spare' && !hasRoom()) return refused('the reserve of the disk is used up');
    const failure = transact(work);
    if (failure === undefined) return accepted();
    if (weight === 'spare' || !reserve.release()) return refused(failure);
    const second = transact(work);
    return second === undefined ? accepted() : refused(second);
  }

  function hasRoom(): boolean {
    return reserve.restore() || Number(freePages.get()?.['freelist_count']) >= FREE_PAGES_MIN;
  }

  /** Undefined when the work was committed, else why the disk refused it. */
  function transact(work: () => void): string | undefined {
    const before = link;
    try {
      database.exec('BEGIN IMMEDIATE');
      work();
      if (link !== saved) saveLink.run(JSON.stringify(link));
      database.exec('COMMIT');
      saved = link;
      return undefined;
    } catch (error) {
      link = before;
      rollback(database);
      for (const listener of listeners) listener();
      if (!isPassing(error)) throw error;
      return messageOf(error);
    }
  }

  function accepted(): true {
    if (isDegraded) log.info('the data folder takes writes again');
    isDegraded = false;
    return true;
  }

  function refused(reason: string): false {
    if (!isDegraded) log.error('the data folder refuses writes', { reason });
    isDegraded = true;
    return false;
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
