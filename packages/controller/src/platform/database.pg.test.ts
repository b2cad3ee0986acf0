import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '@wardgrid/base';
import {
  createDatabase,
  openTestServers,
  type TestDatabase,
} from '../../../../test/database/database.ts';
import { openDatabase, type Database, type Transaction } from './database.ts';
import { migrate } from './migrate.ts';

describe.each(openTestServers())('transactions on PostgreSQL $name', (server) => {
  let temporary: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    temporary = await createDatabase(server, {
      name: 'transactions',
      migrate: (connection) => migrate(connection, silentLog),
    });
    // One connection: what a transaction leaves behind, the next one would meet.
    database = openDatabase({ connection: temporary.connection, poolSize: 1, log: silentLog });
  });

  afterAll(async () => {
    await database.close();
    await temporary.drop();
  });

  const sync = <T>(work: (tx: Transaction) => Promise<T>): Promise<T> =>
    database.transact({ kind: 'sync' }, work);
  const note = (tx: Transaction, node: string): Promise<number> =>
    tx.run(sql`insert into sync_living (tenant_id, node, stream, at)
      values ('00000000-0000-7000-8000-000000000001', ${node}, '', '')`);
  const count = (): Promise<number | undefined> =>
    sync(async (tx) => {
      const row = await tx.row(
        sql<{ count: number }>`with gone as (delete from sync_living returning node)
          select count(*) as count from gone`,
      );
      return row?.count;
    });

  test('statements that are asked at once run in the order in which they were asked', async () => {
    const seen = await sync((tx) =>
      Promise.all(
        ['a', 'b', 'c'].map(async (node) => {
          await note(tx, node);
          const row = await tx.row(
            sql<{ count: number }>`select count(*) as count from sync_living`,
          );
          return row?.count;
        }),
      ),
    );
    // All three were asked to write before any was asked to count.
    expect(seen).toEqual([3, 3, 3]);
    expect(await count()).toBe(3);
  });

  test('one that fails takes those with it that were asked while it ran, and nothing is kept', async () => {
    const failing = sync(async (tx) => {
      await note(tx, 'before');
      const all = [tx.run(sql`select 1 / 0`), note(tx, 'behind'), note(tx, 'last')];
      const results = await Promise.allSettled(all);
      expect(results.map(({ status }) => status)).toEqual(Array(3).fill('rejected'));
      await Promise.all(all);
    });
    await expect(failing).rejects.toThrow('division by zero');
    expect(await count()).toBe(0);
  });

  test('what waits when the work fails for another reason is not run behind its end', async () => {
    const left: Promise<unknown>[] = [];
    const failing = sync(async (tx) => {
      left.push(note(tx, 'runs'), note(tx, 'waits'), note(tx, 'waits, too'));
      for (const one of left) one.catch(() => undefined);
      // The first is under way.
      await Promise.resolve();
      throw new Error('a fault of the caller');
    });
    await expect(failing).rejects.toThrow('a fault of the caller');
    const results = await Promise.allSettled(left);
    expect(results.map(({ status }) => status)).toContain('rejected');
    expect(await count()).toBe(0);
  });

  test('behind a savepoint that was gone back to, work goes on', async () => {
    await sync(async (tx) => {
      await tx.run(sql`savepoint here`);
      await expect(tx.run(sql`select 1 / 0`)).rejects.toThrow('division by zero');
      await tx.run(sql`rollback to savepoint here`);
      await note(tx, 'after');
    });
    expect(await count()).toBe(1);
  });
});
