import { createRequire } from 'node:module';
import { join } from 'node:path';
import { makeTestDirectory } from '../../../test/database/directory.ts';
import type { BenchContext } from '../figure.ts';
import { documentAt } from './devices.ts';

/** As much of PouchDB as the yardstick uses. */
interface Pouch {
  readonly bulkDocs: (documents: readonly object[]) => Promise<unknown>;
  readonly destroy: () => Promise<unknown>;
}
interface PouchDb {
  new (name: string): Pouch;
  readonly replicate: (
    source: Pouch,
    target: Pouch,
    options: { readonly batch_size: number },
  ) => Promise<{ readonly docs_written: number }>;
}

const PouchDB = createRequire(import.meta.url)('pouchdb') as PouchDb;

/** As many as a page of ours has. */
const BATCH = 1_000;

/** PouchDB's own replication between two LevelDB databases of this process, without HTTP. */
export interface Yardstick {
  /** Replicates everything into a fresh database. How many documents. */
  readonly replicate: () => Promise<number>;
}

/** Fills a database with as many devices. */
export async function preparePouch(context: BenchContext, devices: number): Promise<Yardstick> {
  const directory = await makeTestDirectory();
  context.defer(() => directory.remove());
  const source = new PouchDB(join(directory.path, 'source'));
  context.defer(() => source.destroy().then(() => undefined));
  for (let start = 0; start < devices; start += BATCH) {
    const count = Math.min(BATCH, devices - start);
    await source.bulkDocs(Array.from({ length: count }, (_, index) => documentAt(start + index)));
  }
  let made = 0;
  return {
    async replicate() {
      made += 1;
      const target = new PouchDB(join(directory.path, `target-${made}`));
      try {
        const { docs_written: written } = await PouchDB.replicate(source, target, {
          batch_size: BATCH,
        });
        return written;
      } finally {
        await target.destroy();
      }
    },
  };
}
