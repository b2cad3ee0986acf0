import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf } from '@wardgrid/base';

/** A temporary folder that goes away with its test. */
export interface TestDirectory extends AsyncDisposable {
  readonly path: string;
  readonly remove: () => Promise<void>;
}

const PREFIX = 'wardgrid-test-';

/**
 * A temporary folder in which a database can be kept. `mkdtemp` alone closes it to everybody else,
 * and when tests run as root the database's user is somebody else.
 */
export async function makeTestDirectory(): Promise<TestDirectory> {
  const path = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  await chmod(path, 0o755);
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true });
  return { path, remove, [Symbol.asyncDispose]: remove };
}

/** Removes the folders of runs that were killed: those whose process is no more. */
export async function removeDeadDirectories(): Promise<void> {
  const names = await readdir(tmpdir());
  for (const name of names.filter((name) => name.startsWith(PREFIX))) {
    const pid = Number.parseInt(name.slice(PREFIX.length), 10);
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    // Another user's run is theirs to remove.
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}
