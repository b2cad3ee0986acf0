import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { codeOf } from '@wardgrid/base';
import { EmbeddedPostgresError } from './error.ts';

/** A folder held by this process alone. */
export interface DirectoryLock {
  readonly release: () => void;
}

/** SQLite's result code of a file that somebody else holds (sqlite.org/rescode.html). */
const SQLITE_BUSY = 5;

/**
 * Holds `dir` for this process. The lock is the kernel's, on a file named `lock`, and ends with the
 * process however it ends: nothing goes stale and no process number has to be trusted. Node offers
 * file locks only through SQLite, so an empty SQLite file with an open transaction is the lock.
 *
 * @throws `database-data-in-use` when another process holds it.
 */
export function lockDirectory(dir: string): DirectoryLock {
  let file: DatabaseSync | undefined;
  try {
    file = new DatabaseSync(join(dir, 'lock'), { timeout: 0 });
    file.exec('BEGIN EXCLUSIVE');
    const held = file;
    return { release: () => held.close() };
  } catch (cause) {
    file?.close();
    if (isBusy(cause)) {
      throw new EmbeddedPostgresError(
        'database-data-in-use',
        `another controller runs on '${dir}'; stop it, or choose another data folder`,
        { cause },
      );
    }
    throw new EmbeddedPostgresError(
      'database-data-unreachable',
      `cannot lock '${dir}' (${codeOf(cause) ?? 'unknown'}); does it belong to this user?`,
      { cause },
    );
  }
}

function isBusy(thrown: unknown): boolean {
  return thrown instanceof Error && 'errcode' in thrown && thrown.errcode === SQLITE_BUSY;
}
