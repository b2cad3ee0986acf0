import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { codeOf, messageOf, silentLog, type Log } from '@wardgrid/base';
import { AgentError } from '../errors.ts';
import { createFileReserve } from './reserve.ts';
import { isSound } from './schema.ts';
import { createSqliteStore } from './sqlite.ts';
import type { AgentStore } from './store.ts';

const DATABASE_FILE = 'agent.sqlite';
const LOCK_FILE = 'agent.lock';
const RESERVE_FILE = 'reserve';
/** What belongs to the database file. */
const SUFFIXES = ['', '-wal', '-shm'];
/** Broken databases kept for a person to look at; a disk that breaks daily must not fill itself. */
const MOVED_ASIDE_MAX = 3;
/** How long a reader such as `agent status` may hold a writer up. */
const BUSY_TIMEOUT_MS = 2_000;

/** The agent's data folder, held by this process alone. */
export interface DataFolder {
  readonly path: string;
  readonly store: AgentStore;
  /** Where a database that was broken now lies; null when it was sound. */
  readonly movedAsidePath: string | null;
  /** Forgets everything: nothing of a refused enrolment stays. */
  readonly erase: () => void;
  readonly close: () => void;
}

/**
 * Opens the folder and its database. A broken database is moved aside, not deleted: it may hold what
 * a person wants to look at. @throws AgentError `already-running` when another agent holds the
 * folder, `disk-full` when there is no room to open it, `data-unusable` when it cannot be opened.
 */
export function openDataFolder(path: string, log: Log = silentLog): DataFolder {
  const unlock = lock(prepareFolder(path));
  try {
    const opened = openOrMoveAside(join(path, DATABASE_FILE), log);
    let isOpen = true;
    const close = (): void => {
      if (!isOpen) return;
      isOpen = false;
      opened.store.close();
      unlock();
    };
    return {
      path,
      ...opened,
      close,
      erase() {
        close();
        removeDatabase(join(path, DATABASE_FILE));
        for (const name of [LOCK_FILE, RESERVE_FILE]) rmSync(join(path, name), { force: true });
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** The store of a folder for reading beside a running agent; undefined when there is none. */
export function readDataFolder(path: string): AgentStore | undefined {
  const file = join(path, DATABASE_FILE);
  if (!existsSync(file)) return undefined;
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  return createSqliteStore(database);
}

function prepareFolder(path: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    chmodSync(path, 0o700);
  } catch (error) {
    throw unusable(path, error);
  }
  return path;
}

/** Held by an open transaction, so that the system itself lets go when the process dies. */
function lock(path: string): () => void {
  const file = join(path, LOCK_FILE);
  const database = openPrivate(file, 0);
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isFull(error)) throw unusable(path, error);
    throw new AgentError('already-running', `another agent is using '${path}'`, { cause: error });
  }
  return () => database.close();
}

function openOrMoveAside(
  file: string,
  log: Log,
): { readonly store: AgentStore; readonly movedAsidePath: string | null } {
  try {
    return { store: openSound(file, log), movedAsidePath: null };
  } catch (error) {
    if (!isBroken(error)) throw unusable(file, error);
    const movedAsidePath = moveAside(file);
    log.error('the database is broken and was moved aside', {
      path: movedAsidePath,
      reason: messageOf(error),
    });
    return { store: openSound(file, log), movedAsidePath };
  }
}

function openSound(file: string, log: Log): AgentStore {
  const database = openPrivate(file);
  try {
    if (!isSound(database)) throw new BrokenDatabase('its structure does not hold');
    const store = createSqliteStore(database, {
      log,
      reserve: createFileReserve(reservePathOf(file)),
    });
    store.identity();
    return store;
  } catch (error) {
    database.close();
    throw error;
  }
}

function reservePathOf(file: string): string {
  return join(dirname(file), RESERVE_FILE);
}

class BrokenDatabase extends Error {
  override readonly name = 'BrokenDatabase';
}

/** Primary result codes of SQLite that say the file itself is bad: ERROR in a table, CORRUPT, NOTADB. */
const BROKEN_CODES: ReadonlySet<number> = new Set([1, 11, 26]);

function isBroken(error: unknown): boolean {
  if (error instanceof BrokenDatabase || error instanceof SyntaxError) return true;
  if (error instanceof Error && error.name === 'ZodError') return true;
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return false;
  return typeof error.errcode === 'number' && BROKEN_CODES.has(error.errcode & 0xff);
}

function openPrivate(file: string, timeout = BUSY_TIMEOUT_MS): DatabaseSync {
  const before = process.umask(0o077);
  try {
    return new DatabaseSync(file, { timeout });
  } catch (error) {
    throw unusable(file, error);
  } finally {
    process.umask(before);
  }
}

function moveAside(file: string): string {
  let number = 1;
  while (number < MOVED_ASIDE_MAX && existsSync(`${file}.broken-${number}`)) number += 1;
  for (const suffix of SUFFIXES) {
    if (existsSync(file + suffix)) renameSync(file + suffix, `${file}.broken-${number}${suffix}`);
  }
  return `${file}.broken-${number}`;
}

function removeDatabase(file: string): void {
  for (const suffix of SUFFIXES) rmSync(file + suffix, { force: true });
}

/** Primary result codes of SQLite for a disk without room: IOERR, FULL, CANTOPEN (no room for the log). */
const FULL_CODES: ReadonlySet<number> = new Set([10, 13, 14]);

function isFull(error: unknown): boolean {
  if (codeOf(error) === 'ENOSPC') return true;
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return false;
  return typeof error.errcode === 'number' && FULL_CODES.has(error.errcode & 0xff);
}

function unusable(path: string, cause: unknown): AgentError {
  if (cause instanceof AgentError) return cause;
  return new AgentError(
    isFull(cause) ? 'disk-full' : 'data-unusable',
    `'${path}' cannot be used: ${messageOf(cause)}`,
    {
      cause,
    },
  );
}
