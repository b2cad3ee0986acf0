import { readFile } from 'node:fs/promises';
import { silentLog } from '@wardgrid/base';
import { migrate } from '@wardgrid/controller/platform/migrate';
import { describe, expect, test } from 'vitest';
import { createDatabase, openTestServers } from '../database/database.ts';
import { SCHEMA_FILE } from './files.ts';
import { schemaText } from './schema-text.ts';

const template = {
  name: 'migrated',
  migrate: (connection: object) => migrate(connection, silentLog),
};

describe.each(openTestServers())('the schema on $name', (server) => {
  test('is the one checked in: run node scripts/schema.ts', async () => {
    await using database = await createDatabase(server, template);
    const expected = await readFile(SCHEMA_FILE, 'utf8');
    if (server.name === 'embedded') {
      expect(await schemaText(database.connection)).toBe(expected);
    } else {
      expect(await schemaText(database.connection, { hasViews: false })).toBe(
        withoutViews(expected),
      );
    }
  });
});

function withoutViews(text: string): string {
  return text.replace(/-- Views\n[\s\S]*?(?=-- Rights\n)/, '');
}
