import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '@wardgrid/base';
import { systemNewId } from '@wardgrid/base/system';
import { createDatabase, openTestServers } from '../../../../../test/database/database.ts';
import { labelOf } from '../../platform/authorize.ts';
import type { Transaction } from '../../platform/database.ts';
import { migrate } from '../../platform/migrate.ts';
import { beginTenant, openSide, type Side } from './testdata/two-sides.ts';
import { typedRepository } from './typed-repository.ts';
import { SYNC_TYPES } from './types/index.ts';
import type { Applied } from './applied.ts';
import { writeRows } from './writer.ts';

/* What the chain says of a row that somebody here changes at the same moment. */

const TEMPLATE = {
  name: 'sync-two-sides',
  migrate: (connection: object) => migrate(connection, silentLog),
};
const ORGANIZATION = SYNC_TYPES.find(({ name }) => name === 'organization');

describe.each(openTestServers())('writing on PostgreSQL $name', (server) => {
  let side: Side;
  let tenantId: string;
  let id: string;

  beforeEach(async () => {
    side = await openSide(await createDatabase(server, TEMPLATE), 1);
    [tenantId, id] = [systemNewId(), systemNewId()];
    await beginTenant(side, tenantId, true);
    await edit(
      sql`insert into organization (id, tenant_id, scope, name)
        values (${id}, ${tenantId}, ${scopeOf()}::ltree, 'at first')`,
    );
    await side.database.transact({ kind: 'sync' }, (tx) => tx.run(sql`delete from sync_outbox`));
  });
  afterEach(() => side[Symbol.asyncDispose]());

  const scopeOf = (): string => `${labelOf(tenantId)}.${labelOf(id)}`;

  function edit(statement: Parameters<Transaction['run']>[0]): Promise<number> {
    return side.database.transact({ kind: 'ingest' }, (tx) => tx.run(statement));
  }

  /** As the chain has it: with the name that somebody gave before. */
  function writeTheirs(): Promise<Applied[]> {
    return side.database.transact({ kind: 'sync' }, async (tx) => {
      if (!ORGANIZATION) throw new Error('organizations sync');
      await typedRepository(tx).setReplaying(true);
      const record = { id, tenant_id: tenantId, scope: scopeOf(), name: 'theirs' };
      const write = { id, scope: scopeOf(), record, changed: Object.keys(record), folds: {} };
      return writeRows({ tx, tenantId, type: ORGANIZATION }, [write]);
    });
  }

  async function names(): Promise<string[]> {
    const rows = await side.database.transact({ kind: 'sync' }, (tx) =>
      tx.rows(sql<{ name: string }>`select name from organization where tenant_id = ${tenantId}`),
    );
    return rows.map(({ name }) => name);
  }

  test('what nobody changed here meanwhile is written', async () => {
    await writeTheirs();
    expect(await names()).toEqual(['theirs']);
  });

  test('a change that is not sealed yet is not written over', async () => {
    await edit(sql`update organization set name = 'ours' where id = ${id}`);
    const [applied] = await writeTheirs();
    expect(await names()).toEqual(['ours']);
    expect(applied?.columns.has('name')).toBe(false);
    expect(applied?.columns.has('scope')).toBe(true);
  });

  test('nor one that is about to be committed', async () => {
    let theirs: Promise<Applied[]> | undefined;
    await side.database.transact({ kind: 'ingest' }, async (tx) => {
      await tx.run(sql`update organization set name = 'ours' where id = ${id}`);
      theirs = writeTheirs();
      const early = await Promise.race([
        theirs,
        new Promise((done) => setTimeout(done, 300, null)),
      ]);
      expect(early, 'it waits').toBeNull();
    });
    await theirs;
    expect(await names()).toEqual(['ours']);
  });

  test('what was removed here does not come back', async () => {
    await edit(sql`delete from organization where id = ${id}`);
    expect(await writeTheirs()).toEqual([]);
    expect(await names()).toEqual([]);
  });
});
