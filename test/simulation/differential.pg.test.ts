import { silentLog } from '@wardgrid/base';
import { openDatabase, type Database } from '@wardgrid/controller/platform/database';
import { migrate } from '@wardgrid/controller/platform/migrate';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, openTestServers, type TestDatabase } from '../database/database.ts';
import { Story, type Happened } from './store/story.ts';

/* The engine on PostgreSQL says at every step what the pure model says. */

const SEEDS = Number(process.env['SYNC_SEEDS'] ?? 4);
const FIRST_SEED = Number(process.env['SYNC_FIRST_SEED'] ?? 1);
const STEPS = 100;

/** Tells one story to its end. @throws Error with the seed and step when model and database differ. */
async function tell(
  seed: number,
  given: { readonly client: Client; readonly database: Database },
): Promise<Happened> {
  const story = await Story.begin(seed, given);
  let step = 0;
  try {
    for (; step < STEPS; step += 1) {
      if (step === STEPS / 4) await story.keepCloud();
      if (step === STEPS / 2) await story.restoreCloud();
      await story.step();
    }
    await story.settle();
    return story.happened;
  } catch (error) {
    throw new Error(`seed ${seed}, step ${step}: ${String(error)}`, { cause: error });
  }
}

describe.each(openTestServers())('synchronisation on $name', (server) => {
  let temporary: TestDatabase;
  let database: Database;
  let client: Client;

  beforeAll(async () => {
    temporary = await createDatabase(server, {
      name: 'controller',
      migrate: (connection) => migrate(connection, silentLog),
    });
    database = openDatabase({ connection: temporary.connection, poolSize: 3, log: silentLog });
    client = new Client({ ...server.maintenance, database: temporary.connection.database });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.close();
    await temporary.drop();
  });

  test('decides again what a cloud forgot of a copied disk', { timeout: 240_000 }, async () => {
    for (const seed of [1, 2]) {
      const story = await Story.begin(seed, { client, database });
      expect(await story.tellTwoDisks()).toEqual([]);
      await story.settle();
    }
  });

  test(
    'forgets names of wishes, and decides none a second time',
    { timeout: 240_000 },
    async () => {
      for (const seed of [1, 2]) {
        const story = await Story.begin(seed, { client, database });
        const { forgotten, refused } = await story.tellLateCopy();
        expect(forgotten).toBeGreaterThanOrEqual(5);
        expect(refused).toEqual(['too-late', 'too-late']);
        await story.settle();
      }
    },
  );

  test('is what the model says, whatever happens', { timeout: 240_000 }, async () => {
    const all: Happened[] = [];
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed += 1) {
      all.push(await tell(seed, { client, database }));
    }
    const sum = (key: Exclude<keyof Happened, 'statuses'>): number =>
      all.reduce((total, one) => total + one[key], 0);
    const statuses = new Set(all.flatMap((one) => [...one.statuses]));
    // A story in which nothing went wrong would show nothing.
    expect([...statuses].toSorted()).toEqual(['behind', 'epoch', 'fork', 'ok']);
    expect(
      Math.min(sum('crashes'), sum('snapshots'), sum('restores') + sum('copies')),
    ).toBeGreaterThan(0);
  });
});
