/* Writes the schema that the migrations make: `node scripts/schema.ts`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { silentLog } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import { migrate } from '@wardgrid/controller/platform/migrate';
import { startEmbeddedPostgres } from '@wardgrid/controller/platform/postgres/index';
import { makeTestDirectory } from '../test/database/directory.ts';
import { SCHEMA_FILE } from '../test/generated/files.ts';
import { schemaText } from '../test/generated/schema-text.ts';

await using directory = await makeTestDirectory();
const database = await startEmbeddedPostgres({
  dataDir: `${directory.path}/postgres`,
  log: silentLog,
  clock: systemClock,
  signal: new AbortController().signal,
});
try {
  await migrate(database.connection, silentLog);
  await mkdir(new URL('./', SCHEMA_FILE), { recursive: true });
  await writeFile(SCHEMA_FILE, await schemaText(database.connection));
} finally {
  await database.stop();
}
