import { join } from 'node:path';
import PouchDB from 'pouchdb';
import { makeTestDirectory } from '../../../test/database/directory.ts';
import type { BenchContext } from '../figure.ts';
import { documentAt } from './devices.ts';

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
