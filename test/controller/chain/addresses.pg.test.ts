import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLog } from '@wardgrid/base';
import { systemClock, systemNewId } from '@wardgrid/base/system';
import { startController, type Controller } from '@wardgrid/controller';
import { joinTokenRoutes, organizationRoutes, type Organization } from '@wardgrid/wire';
import { startTestController, type SignedIn, type TestController } from '../harness.ts';

/* A controller of several addresses, of which some refuse and some take every connection and say
   nothing: those below find the one that answers, and stay with it. */

const WITHIN = { timeout: 30_000, interval: 100 };
const TIMERS = { syncIntervalMs: 300, failoverAfterMs: 1_500 };

let cloud: TestController;
let local: TestController;
let root: SignedIn;
let organization: Organization;
let silent: Server;
let silentUrl: string;
let restarted: Controller | undefined;
let calls = 0;

beforeAll(async () => {
  silent = createServer((socket) => {
    calls += 1;
    socket.on('error', () => undefined);
  });
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = silent.address();
  silentUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  cloud = await startTestController();
  root = await cloud.setUp();
  [organization] = (await root.call(organizationRoutes.list, { query: {} })).data as [Organization];
  const { value: token } = await root.call(joinTokenRoutes.create, {
    body: { name: 'Site', scope: organization.scope },
  });
  local = await startTestController({
    config: { role: 'local', parent: cloud.url, token, ...TIMERS },
  });
}, 60_000);
afterAll(async () => {
  await restarted?.close();
  await local?.close();
  await cloud?.close();
  silent?.close();
});

async function nameAtLocal(): Promise<string | undefined> {
  const { pool } = (restarted ?? local.controller).platform.database;
  const { rows } = await pool.query<{ name: string }>('select name from organization');
  return rows[0]?.name;
}

test('every address of the one above is tried, and the one that answers is kept', async () => {
  const urls = [silentUrl, 'http://127.0.0.1:1', cloud.url];
  await cloud.controller.platform.database.pool.query(
    'update controller set urls = $1::jsonb where layer = 0',
    [JSON.stringify(urls)],
  );
  const known = () =>
    local.controller.platform.place.membership()?.upstreams.map((upstream) => upstream.urls);
  await expect.poll(known, WITHIN).toEqual([urls]);
  // What is remembered is remembered in memory: a start tries the addresses from the first on.
  await local.controller.close();
  restarted = await startController({
    config: { ...local.config, token: null },
    clock: systemClock,
    newId: systemNewId,
    log: silentLog,
  });
  const rename = async (name: string): Promise<void> => {
    const params = { id: organization.id };
    await root.call(organizationRoutes.update, { params, body: { name } });
    await expect.poll(nameAtLocal, WITHIN).toBe(name);
  };
  await rename('By the third address');
  expect(calls).toBeGreaterThan(0);
  const before = calls;
  await rename('Again');
  await rename('And again');
  expect(calls).toBe(before);
}, 60_000);
