import { lchown, mkdtemp, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf } from '@wardgrid/base';
import type { PostgresBinaries } from './binaries.ts';
import { EmbeddedPostgresError } from './error.ts';
import type { Ids, ServerIdentity } from './identity.ts';
import { runProgram } from './program.ts';
import { MAINTENANCE_USER } from './settings.ts';

/** The end of initdb's words that an error repeats. */
const MESSAGE_CHARS_MAX = 2_000;

/**
 * Makes sure of a cluster in `clusterDir` that fits the binaries and belongs to the server's user.
 * A new one is made aside and renamed when whole: a crash leaves none or one, never a half.
 *
 * @throws `database-initialize-failed`, `database-data-version`, `database-data-unreachable`
 */
export async function prepareCluster(options: {
  readonly clusterDir: string;
  readonly binaries: PostgresBinaries;
  readonly identity: ServerIdentity;
  readonly isDurable: boolean;
  readonly signal: AbortSignal;
}): Promise<'found' | 'made'> {
  const { clusterDir, binaries, identity } = options;
  const owner = await stat(clusterDir).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw foreign(clusterDir, error);
  });
  if (owner === undefined) {
    await makeCluster(options);
    return 'made';
  }
  if (owner.uid !== identity.server.uid || owner.gid !== identity.server.gid) {
    if (!identity.isSeparate && owner.uid !== identity.server.uid) throw foreign(clusterDir);
    // Made while we ran as somebody else, or by a crash between making it and giving it away.
    if (identity.isSeparate) await giveTo(clusterDir, identity.server);
  }
  await checkVersion(clusterDir, binaries.majorVersion);
  return 'found';
}

async function makeCluster(options: {
  readonly clusterDir: string;
  readonly binaries: PostgresBinaries;
  readonly identity: ServerIdentity;
  readonly isDurable: boolean;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { clusterDir, binaries, identity, signal } = options;
  await removePartials(clusterDir);
  // A new name each time: an initdb that outlived a killed controller writes into nothing of ours.
  const partial = await mkdtemp(`${clusterDir}.new-`);
  const { initializer } = identity;
  if (identity.isSeparate) await lchown(partial, initializer.uid, initializer.gid);
  const result = await runProgram(
    binaries.initdb,
    [
      `--pgdata=${partial}`,
      `--username=${MAINTENANCE_USER}`,
      '--encoding=UTF8',
      '--locale=C.UTF-8',
      '--data-checksums',
      '--auth-local=peer',
      // Refused even if a later configuration opened a network port.
      '--auth-host=reject',
      '--no-instructions',
      ...(options.isDurable ? [] : ['--no-sync']),
    ],
    { ids: initializer, signal },
  ).catch((cause: unknown) => {
    throw failed(`cannot run initdb (${codeOf(cause) ?? 'unknown'})`, cause);
  });
  if (result.code !== 0)
    throw failed(`initdb failed: ${result.output.trim().slice(-MESSAGE_CHARS_MAX)}`);
  if (identity.isSeparate) await giveTo(partial, identity.server);
  await rename(partial, clusterDir);
  await syncDirectory(dirname(clusterDir));
}

async function removePartials(clusterDir: string): Promise<void> {
  const names = await readdir(dirname(clusterDir));
  for (const name of names.filter((name) => name.startsWith(`${basename(clusterDir)}.new-`))) {
    await rm(join(dirname(clusterDir), name), { recursive: true, force: true });
  }
}

/** Gives a tree away. Its folders are closed to everybody else, so nobody can swap a name for a link. */
async function giveTo(path: string, ids: Ids): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true });
  for (const entry of entries) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) await giveTo(child, ids);
    else await lchown(child, ids.uid, ids.gid);
  }
  // The root of the tree comes last: its owner says that all below is done.
  await lchown(path, ids.uid, ids.gid);
}

async function checkVersion(clusterDir: string, majorVersion: number): Promise<void> {
  const text = await readFile(join(clusterDir, 'PG_VERSION'), 'utf8').catch((cause: unknown) => {
    throw foreign(clusterDir, cause);
  });
  if (Number(text) === majorVersion) return;
  throw new EmbeddedPostgresError(
    'database-data-version',
    `'${clusterDir}' is of PostgreSQL ${text.trim().slice(0, 10)}, the programs are of ${majorVersion}; ` +
      'dump it with its own version and load it into a new data folder',
  );
}

async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r');
  await directory.sync();
}

function foreign(path: string, cause?: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'database-data-unreachable',
    `'${path}' belongs to another user; start as that user, or choose another data folder`,
    { cause },
  );
}

function failed(message: string, cause?: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError('database-initialize-failed', message, { cause });
}
