import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { createDatabase, openTestServers, type TestTemplate } from './database.ts';

let migrationCount = 0;
const template: TestTemplate = {
  name: 'database.pg.test',
  async migrate(connection) {
    migrationCount += 1;
    const client = new Client(connection);
    await client.connect();
    await client.query('create extension ltree; create table note (number int)');
    await client.end();
  },
};

async function query(connection: object, sql: string): Promise<unknown[]> {
  const client = new Client(connection);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('both the embedded and the oldest supported version are there', async () => {
  const versions = await Promise.all(
    openTestServers().map(({ connection }) => query(connection, 'show server_version_num')),
  );
  expect(
    versions.map((rows) => Math.floor(Number(Object.values(rows[0] ?? {})[0]) / 10_000)),
  ).toEqual([18, 15]);
});

describe.each(openTestServers())('a database on $name', (server) => {
  test('is migrated once, belongs to its test alone and is dropped after it', async () => {
    migrationCount = 0;
    const names: string[] = [];
    {
      await using first = await createDatabase(server, template);
      await using second = await createDatabase(server, template);
      names.push(first.connection.database, second.connection.database);
      await query(first.connection, 'insert into note values (1)');
      expect(await query(second.connection, 'select * from note')).toEqual([]);
    }
    expect(migrationCount).toBe(1);
    const left = await query(server.connection, 'select datname from pg_database');
    expect(left.filter((row) => names.includes(String(Object.values(row as object)[0])))).toEqual(
      [],
    );
  });

  test('made by many at once is migrated by one of them', async () => {
    migrationCount = 0;
    const own = { ...template, name: 'database.pg.test at once' };
    const made = await Promise.all(Array.from({ length: 4 }, () => createDatabase(server, own)));
    expect(migrationCount).toBe(1);
    await Promise.all(made.map((database) => database.drop()));
  });

  test('whose migration failed is migrated again by the next', async () => {
    const name = 'database.pg.test failing';
    const failing = { name, migrate: () => Promise.reject(new Error('broken')) };
    await expect(createDatabase(server, failing)).rejects.toThrow('broken');
    await using database = await createDatabase(server, { ...template, name });
    expect(await query(database.connection, 'select * from note')).toEqual([]);
  });
});
