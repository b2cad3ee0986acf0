import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, open, readlink, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { codeOf, type Log } from '@wardgrid/base';
import { EmbeddedPostgresError } from './error.ts';
import { findBarrier, type ServerIdentity } from './identity.ts';

/** Where the parts of one embedded database lie. */
export interface Home {
  /** Ours: configuration, log and, when needed, the copied programs. */
  readonly dir: string;
  /** The server's: PostgreSQL's data directory. */
  readonly clusterDir: string;
  /** The server's: only its user (and root) can enter, so nobody else can connect. */
  readonly socketDir: string;
  /** Marks the server's processes in the process table; different for every home. */
  readonly mark: string;
}

/** The port is only the ending of the socket's name: the server listens on no network. */
export const SOCKET_PORT = 5432;

/** Bytes of a socket's path that every platform takes (unix(7): `sun_path` less its final zero). */
const SOCKET_PATH_BYTES_MAX = process.platform === 'darwin' ? 103 : 107;

/** In the data folder: leads to where the data lies when the server cannot enter the data folder. */
const ELSEWHERE = 'elsewhere';

/** Opens a folder and never a link: what is checked is what is changed, whoever swaps the name. */
const OPEN_REAL_FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Makes the folders. When root keeps `dataDir` in a place the server's user cannot enter (such as
 * `/root`), the data goes to a new folder in `sharedDir`, and a link in `dataDir` leads there.
 *
 * @throws `database-data-unreachable` when there is data that the server cannot enter.
 */
export async function prepareHome(options: {
  readonly dataDir: string;
  readonly sharedDir: string;
  readonly identity: ServerIdentity;
  readonly log: Log;
}): Promise<Home> {
  const dir = await findHomeDir(options);
  await secureHome(dir, options.identity);
  const mark = `wardgrid-${digestOf(dir)}`;
  const socketDir = await makeSocketDir(dir, mark, options.identity);
  return { dir, clusterDir: join(dir, 'cluster'), socketDir, mark };
}

async function findHomeDir(options: {
  readonly dataDir: string;
  readonly sharedDir: string;
  readonly identity: ServerIdentity;
  readonly log: Log;
}): Promise<string> {
  const { dataDir, sharedDir, identity } = options;
  const link = join(dataDir, ELSEWHERE);
  const existing = await readlink(link).catch(() => undefined);
  if (existing !== undefined) return checkElsewhere(existing, dataDir);
  if (!identity.isSeparate) return dataDir;
  const barrier = await findBarrier(dirname(dataDir), identity.server);
  if (barrier === undefined) return dataDir;
  if (await isDirectory(join(dataDir, 'cluster'))) throw unreachable(dataDir, barrier);
  await mkdir(sharedDir, { recursive: true, mode: 0o755 });
  const sharedBarrier = await findBarrier(sharedDir, identity.server);
  if (sharedBarrier !== undefined) throw unreachable(sharedDir, sharedBarrier);
  const dir = await mkdtemp(join(sharedDir, 'postgres-'));
  await symlink(dir, link);
  options.log.warn('database kept outside the data folder, which its user cannot enter', {
    dataDir,
    barrier,
    dir,
  });
  return dir;
}

async function checkElsewhere(dir: string, dataDir: string): Promise<string> {
  if (await isDirectory(dir)) return dir;
  // Starting empty here would look like losing everything.
  throw new EmbeddedPostgresError(
    'database-data-unreachable',
    `the database of '${dataDir}' was kept in '${dir}', which is gone; bring it back`,
  );
}

async function secureHome(dir: string, identity: ServerIdentity): Promise<void> {
  try {
    if (identity.isSeparate) await chown(dir, 0, identity.server.gid);
    await chmod(dir, identity.isSeparate ? 0o710 : 0o700);
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'database-data-unreachable',
      `cannot set the owner and mode of '${dir}' (${codeOf(cause) ?? 'unknown'})`,
      { cause },
    );
  }
}

async function makeSocketDir(dir: string, mark: string, identity: ServerIdentity): Promise<string> {
  const near = join(dir, 'run');
  const socketDir = fitsSocket(near) ? near : join(tmpdir(), mark);
  if (!fitsSocket(socketDir)) throw unsafe(socketDir, 'its path is too long for a socket');
  await mkdir(socketDir, { mode: 0o700 }).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
  // In the temporary folder anybody may have made it first: then we do not go in.
  await using folder = await open(socketDir, OPEN_REAL_FOLDER).catch((cause: unknown) => {
    throw unsafe(socketDir, `it cannot be opened (${codeOf(cause) ?? 'unknown'})`);
  });
  const { uid } = await folder.stat();
  const isOurs = uid === process.getuid?.() || uid === identity.server.uid;
  if (!isOurs) throw unsafe(socketDir, 'it belongs to somebody else');
  await folder.chmod(0o700);
  if (identity.isSeparate) await folder.chown(identity.server.uid, identity.server.gid);
  return socketDir;
}

function fitsSocket(dir: string): boolean {
  return Buffer.byteLength(join(dir, `.s.PGSQL.${SOCKET_PORT}`)) <= SOCKET_PATH_BYTES_MAX;
}

function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function unreachable(path: string, barrier: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'database-data-unreachable',
    `the database's user cannot enter '${barrier}' on the way to '${path}'; ` +
      `allow it (chmod o+x '${barrier}') or choose another data folder`,
  );
}

function unsafe(path: string, why: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'database-socket-unsafe',
    `cannot keep the database's socket in '${path}': ${why}`,
  );
}
