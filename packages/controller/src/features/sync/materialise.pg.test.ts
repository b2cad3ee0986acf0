import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemNewId } from '@wardgrid/base/system';
import { silentLog } from '@wardgrid/base';
import { createDatabase, openTestServers } from '../../../../../test/database/database.ts';
import { migrate } from '../../platform/migrate.ts';
import { baselineReader } from './baseline.ts';
import { createCodecs } from './codecs.ts';
import { createWorld, editAll, editOnce, seeded } from './testdata/random-edits.ts';
import {
  beginTenant,
  createChain,
  DIRECTORY_KEY,
  openSide,
  type Side,
} from './testdata/two-sides.ts';
import { SYNC_TYPES } from './types/index.ts';

const TEMPLATE = {
  name: 'sync-two-sides',
  migrate: (connection: object) => migrate(connection, silentLog),
};
const EDITS = 150;

describe.each(openTestServers())('materialising on PostgreSQL $name', (server) => {
  let above: Side;
  let below: Side;
  let tenantId: string;

  beforeEach(async () => {
    above = await openSide(await createDatabase(server, TEMPLATE), 1);
    below = await openSide(await createDatabase(server, TEMPLATE), 2);
    tenantId = systemNewId();
    await beginTenant(above, tenantId, true);
  });

  afterEach(async () => {
    await above[Symbol.asyncDispose]();
    await below[Symbol.asyncDispose]();
  });

  test.each([1, 2, 3])(
    'whatever changes on one side is the same on the other, and is not captured there (seed %i)',
    async (seed) => {
      const random = seeded(seed);
      const world = createWorld({ tenantId, secrets: above.secrets, random });
      const chain = createChain([above, below], tenantId);
      await chain.carryBaseline();
      await beginTenant(below, tenantId, false);
      await editAll(above.database, world);
      const done: string[] = [];
      for (let round = 0; round < EDITS; round += 1) {
        done.push(await editOnce(above.database, world));
        if (random() < 0.2) await chain.exchange();
      }
      await chain.exchange();
      expect(await waiting(below, tenantId), done.join(', ')).toEqual([]);
      const [theirs, ours] = await Promise.all([
        stateOf(above, tenantId),
        stateOf(below, tenantId),
      ]);
      expect(ours).toEqual(theirs);
      expect(new Set(theirs.map(({ type }) => type)).size).toBeGreaterThan(15);
      expect(await capturedOf(below, tenantId)).toEqual([]);
    },
  );
});

/** Every row that syncs, secrets opened. */
async function stateOf(side: Side, tenantId: string) {
  const plain = createCodecs({
    types: SYNC_TYPES,
    secrets: { open: side.secrets.open, seal: (bytes) => Buffer.from(bytes) },
    directoryKeyOf: () => Promise.resolve(DIRECTORY_KEY),
  });
  const read = baselineReader(SYNC_TYPES, {
    async outgoing(tenant, given) {
      const fields = await side.codecs.outgoing(tenant, given);
      const type = SYNC_TYPES.find(({ name }) => name === given.type);
      const credential = fields['credential'];
      if (!type || !Array.isArray(credential)) return fields;
      const items = { type, id: given.id, field: 'credential', items: credential };
      return { ...fields, credential: await plain.incoming(tenant, items) };
    },
  });
  return side.database.transact({ kind: 'sync' }, (tx) =>
    read(tx, { tenantId, after: null, limit: 10_000 }),
  );
}

function waiting(side: Side, tenantId: string) {
  return side.database.transact({ kind: 'sync' }, (tx) =>
    tx.rows(sql`select type, row_id, reason, detail from sync_aside where tenant_id = ${tenantId}`),
  );
}

function capturedOf(side: Side, tenantId: string) {
  return side.database.transact({ kind: 'sync' }, (tx) =>
    tx.rows(sql`select type, row_id, kind, fields from sync_outbox where tenant_id = ${tenantId}`),
  );
}
