import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { present } from '@wardgrid/base';
import { enrolmentKeyRoutes } from '@wardgrid/wire';
import {
  createDatabase,
  openEmbeddedServer,
  type TestDatabase,
} from '../../../../../test/database/database.ts';
import { createMachine, type TestMachine } from './testdata/machine.ts';
import { openGrid, type TestGrid, type TestSite } from './testdata/grid.ts';

let database: TestDatabase;
let grid: TestGrid;
let site: TestSite;
let key: string;

beforeAll(async () => {
  database = await createDatabase(openEmbeddedServer(), {
    name: 'empty',
    migrate: async () => undefined,
  });
  grid = await openGrid({ connection: database.connection });
  site = await grid.makeSite('Acme');
  key = await makeKey();
});

afterAll(async () => {
  await grid?.close();
  await database?.drop();
});

async function makeKey(): Promise<string> {
  const made = await grid.callAs(site.actor)(enrolmentKeyRoutes.create, {
    body: { name: 'test', organizationId: site.organizationId, seats: 1_000 },
  });
  return made.value;
}

async function enrolled(hostname: string): Promise<TestMachine> {
  const machine = createMachine(grid.url, hostname);
  await machine.enrol(key);
  return machine;
}

describe('an exchange', () => {
  test('follows enrolment and session, and hands a receipt and settings', async () => {
    const machine = await enrolled('first');
    const reply = await machine.exchange();
    expect(reply.orders).toEqual([]);
    expect(present(reply.settings, 'settings').payload).toContain('"type":"settings"');
    expect(reply.nextExchangeMs).toBe(60_000);
    const next = await machine.exchange();
    expect(next.settings).toBeNull();
    expect(next.receipt).not.toBe(reply.receipt);
  });
});
