import { execFile } from 'node:child_process';
import { chown, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { present } from '@wardgrid/base';
import { Client } from 'pg';
import { openEmbeddedServer } from '../../database/database.ts';
import { makeTestDirectory } from '../../database/directory.ts';
import type { TestController } from '../harness.ts';

const run = promisify(execFile);

/** A filesystem of its own, so small that it fills up, on which tables of a controller lie. */
export interface SmallDisk {
  /** Moves tables of a controller's database there, with what they hold. */
  readonly takeTables: (controller: TestController, tables: readonly string[]) => Promise<void>;
  /** Leaves nothing free. */
  readonly fill: () => Promise<void>;
  readonly free: () => Promise<void>;
  /** After the databases that lie there are gone. */
  readonly close: () => Promise<void>;
}

const SPACE = 'small_disk';

/** Mounts it (which takes root) and gives it to the embedded server as a tablespace. */
export async function openSmallDisk(sizeBytes: number): Promise<SmallDisk> {
  const server = openEmbeddedServer();
  const directory = await makeTestDirectory();
  const mount = join(directory.path, 'disk');
  await mkdir(mount);
  await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes},mode=0711`, 'tmpfs', mount]);
  const location = join(mount, 'space');
  const filler = join(mount, 'filler');
  await mkdir(location, { mode: 0o700 });
  await withClient(server.maintenance, async (client) => {
    const { rows } = await client.query<{ data_directory: string }>('show data_directory');
    const owner = await stat(rows[0]?.data_directory ?? '');
    await chown(location, owner.uid, owner.gid);
    await client.query(`create tablespace ${SPACE} location '${location}'`);
  });
  return {
    takeTables: (controller, tables) =>
      withClient({ ...server.maintenance, database: databaseOf(controller) }, async (client) => {
        for (const table of tables)
          await client.query(`alter table ${table} set tablespace ${SPACE}`);
      }),
    async fill() {
      // As much as fits: the last writes fail.
      const block = Buffer.alloc(65_536);
      for (let failed = false; !failed;) {
        failed = await writeFile(filler, block, { flag: 'a' }).then(
          () => false,
          () => true,
        );
      }
    },
    free: () => rm(filler, { force: true }),
    async close() {
      await withClient(server.maintenance, (client) =>
        client.query(`drop tablespace ${SPACE}`).then(() => undefined),
      );
      await run('umount', [mount]);
      await directory.remove();
    },
  };
}

function databaseOf({ config }: TestController): string {
  const address = present(config.database, 'a database by address').reveal();
  return present(/@\/([^?]+)/.exec(address)?.[1], 'a name in the address');
}

async function withClient(
  connection: ConstructorParameters<typeof Client>[0],
  work: (client: Client) => Promise<void>,
): Promise<void> {
  const client = new Client(connection);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
