/* Starts the database in the folder that is its argument and writes rows until it is killed. */
import { silentLog } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../index.ts';

const [, , dataDir = ''] = process.argv;
const database = await startEmbeddedPostgres({
  dataDir,
  log: silentLog,
  clock: systemClock,
  signal: new AbortController().signal,
});
process.stdout.write(`pid ${database.pid()}\n`);
const client = new Client(database.connection);
// The test kills the server too: the next query then fails and ends this process.
client.on('error', () => undefined);
await client.connect();
await client.query('create table if not exists note (number bigint primary key)');
const { rows } = await client.query<{ next: string }>(
  'select coalesce(max(number), 0) + 1 as next from note',
);
for (let number = Number(rows[0]?.next); ; number += 1) {
  await client.query('insert into note values ($1)', [number]);
  // Said only after the commit was acknowledged: the row must never be missing again.
  process.stdout.write(`acknowledged ${number}\n`);
}
