import { mkdir, realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { codeOf, messageOf, type Clock, type Log } from '@wardgrid/base';
import { findBinaries } from './binaries.ts';
import { prepareCluster } from './cluster.ts';
import { CONTROLLER_DATABASE, prepareDatabase, type PostgresConnection } from './database.ts';
import { EmbeddedPostgresError } from './error.ts';
import { prepareHome, SOCKET_PORT, type Home } from './home.ts';
import { findServerIdentity, type ServerIdentity } from './identity.ts';
import { lockDirectory } from './lock.ts';
import { createLogFile, type LogFile } from './log-file.ts';
import { stopOrphan } from './orphan.ts';
import { startPostmaster, type Postmaster, type ServerExit } from './postmaster.ts';
import {
  CONTROLLER_USER,
  MAINTENANCE_USER,
  writeConfiguration,
  type Settings,
} from './settings.ts';
import { supervise } from './supervision.ts';

export interface EmbeddedPostgresOptions {
  /** A folder for this database alone; made when absent, closed to others by its mode. */
  readonly dataDir: string;
  readonly log: Log;
  readonly clock: Clock;
  /** Aborting cancels a start; later it stops the server as `stop` does. */
  readonly signal: AbortSignal;
  /** Where data goes when we are root and the server's user cannot enter `dataDir`. */
  readonly sharedDir?: string;
  /** Where the programs are copied when they cannot run in place; the data folder when absent. */
  readonly cacheDir?: string;
  /** Another installation's programs, such as Debian's; the npm package's when absent. */
  readonly binDir?: string;
  /** Settings that replace ours. */
  readonly settings?: Settings;
  /** The server ended without being asked; connections fail until `onRestart`. */
  readonly onExit?: (exit: ServerExit) => void;
  /** The server takes connections again. */
  readonly onRestart?: () => void;
}

export interface EmbeddedPostgres {
  /** The controller's own database and user. */
  readonly connection: PostgresConnection;
  /** The superuser: for repairs and tests, never for the controller's queries. */
  readonly maintenance: PostgresConnection;
  /** The present server process. */
  readonly pid: () => number;
  /** Writes everything down and ends the server; a second call waits for the first. */
  readonly stop: () => Promise<void>;
}

/** The file system standard's place for what services keep (FHS 3.0, 5.8). */
const SHARED_DIR = '/var/lib/wardgrid';

/**
 * Starts PostgreSQL as a child of this process on a Unix socket that only this user can reach, and
 * keeps it running until stopped.
 *
 * @throws EmbeddedPostgresError
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const identity = await findServerIdentity();
  const dataDir = await makeDataDir(resolve(options.dataDir));
  const lock = lockDirectory(dataDir);
  try {
    const home = await prepareHome({
      ...options,
      dataDir,
      sharedDir: options.sharedDir ?? SHARED_DIR,
      identity,
    });
    const start = await prepareStart({ ...options, home, identity });
    return await open({ ...options, home, start, release: lock.release });
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Everything done before the first start that later starts need not do again. */
async function prepareStart(
  options: EmbeddedPostgresOptions & {
    readonly home: Home;
    readonly identity: ServerIdentity;
  },
): Promise<(signal: AbortSignal) => Promise<Postmaster>> {
  const { home, identity, clock, log, signal, binDir } = options;
  const logFile: LogFile = createLogFile(join(home.dir, 'postgres.log'));
  const cacheDir = options.cacheDir ?? join(home.dir, 'programs');
  const place = binDir === undefined ? { cacheDir } : { cacheDir, binDir };
  const binaries = await findBinaries({ ...place, identity, signal });
  const ids = identity.server;
  await stopOrphan({ home, uid: ids.uid, clock, log, signal });
  const isDurable = options.settings?.['fsync'] !== false;
  const origin = await prepareCluster({ ...home, binaries, identity, isDurable, signal });
  if (origin === 'made') log.info('database made', { dir: home.dir });
  const files = await writeConfiguration({
    ...home,
    port: SOCKET_PORT,
    clientName: identity.clientName,
    settings: options.settings ?? {},
  });
  return async (signal) => {
    await stopOrphan({ home, uid: ids.uid, clock, log, signal });
    return startPostmaster({
      postgres: binaries.postgres,
      settingsFile: files.settings,
      home,
      ids,
      logFile,
      clock,
      signal,
    });
  };
}

async function open(
  options: EmbeddedPostgresOptions & {
    readonly home: Home;
    readonly start: (signal: AbortSignal) => Promise<Postmaster>;
    readonly release: () => void;
  },
): Promise<EmbeddedPostgres> {
  const { home, signal } = options;
  const supervision = await supervise(options);
  const server = { host: home.socketDir, port: SOCKET_PORT };
  try {
    await prepareDatabase(server);
    signal.throwIfAborted();
  } catch (cause) {
    await supervision.stop();
    if (signal.aborted) throw cause;
    throw new EmbeddedPostgresError('database-start-failed', messageOf(cause), { cause });
  }

  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= supervision.stop().finally(options.release));
  signal.addEventListener('abort', () => void stop(), { once: true });
  return {
    connection: { ...server, database: CONTROLLER_DATABASE, user: CONTROLLER_USER },
    maintenance: { ...server, database: 'postgres', user: MAINTENANCE_USER },
    pid: supervision.pid,
    stop,
  };
}

async function makeDataDir(dataDir: string): Promise<string> {
  try {
    await mkdir(dirname(dataDir), { recursive: true });
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    return await realpath(dataDir);
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'database-data-unreachable',
      `cannot make the data folder '${dataDir}' (${codeOf(cause) ?? 'unknown'})`,
      { cause },
    );
  }
}
