import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLog } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import { startEmbeddedPostgres } from '@wardgrid/controller/platform/postgres/index';
import type { TestServer } from './database.ts';
import { makeTestDirectory, removeDeadDirectories } from './directory.ts';

/** Where Debian keeps the oldest version we support. */
const DEBIAN_BIN_DIR = '/usr/lib/postgresql/15/bin';

/** Tests write much and lose nothing worth keeping: nothing waits for the disk. */
const SETTINGS = {
  fsync: false,
  synchronous_commit: false,
  full_page_writes: false,
  shared_buffers: '64MB',
  max_connections: 100,
  autovacuum: false,
};

/** The servers of one run, until stopped. */
export interface RunningServers {
  readonly servers: readonly TestServer[];
  readonly stop: () => Promise<void>;
}

/** Starts both servers in a temporary folder. */
export async function startTestServers(): Promise<RunningServers> {
  await access(join(DEBIAN_BIN_DIR, 'postgres')).catch(() => {
    throw new Error("PostgreSQL 15 is not installed: run 'node scripts/services.ts install'");
  });
  await removeDeadDirectories();
  const directory = await makeTestDirectory();
  const stopping = new AbortController();

  async function start(name: TestServer['name'], place: { readonly binDir?: string }) {
    const database = await startEmbeddedPostgres({
      ...place,
      dataDir: join(directory.path, name),
      sharedDir: join(directory.path, 'shared'),
      settings: SETTINGS,
      log: silentLog,
      clock: systemClock,
      signal: stopping.signal,
    });
    const { connection, maintenance } = database;
    return { server: { name, connection, maintenance }, stop: database.stop };
  }

  const starts = [start('embedded', {}), start('debian', { binDir: DEBIAN_BIN_DIR })];
  const stop = async (): Promise<void> => {
    const settled = await Promise.allSettled(starts);
    const started = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    await Promise.all(started.map((one) => one.stop()));
    await directory.remove();
  };
  try {
    const started = await Promise.all(starts);
    return { servers: started.map((one) => one.server), stop };
  } catch (error) {
    stopping.abort();
    await stop();
    throw error;
  }
}
