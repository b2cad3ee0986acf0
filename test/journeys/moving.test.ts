import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  deviceRoutes,
  enrolmentKeyRoutes,
  groupRoutes,
  jobRoutes,
  joinTokenRoutes,
  organizationRoutes,
  syncRoutes,
  type DeviceId,
  type Group,
  type Organization,
} from '@wardgrid/wire';
import { startTestController, type SignedIn, type TestController } from '../controller/harness.ts';
import { signInAt } from '../controller/chain/arrival.ts';
import { openGate, type Gate } from '../controller/chain/gate.ts';
import { makeTestDirectory, type TestDirectory } from '../database/directory.ts';
import { startWardgrid, type Program } from './processes.ts';

/*
 * A machine goes from one site to another: a real agent, and the controllers of two groups of one organization.
 * At the cloud its group is changed; it finds the other site's controller by what the tenant signed.
 */

const WITHIN = { timeout: 60_000, interval: 200 };
const NAMES = ['East', 'West'] as const;
type Name = (typeof NAMES)[number];
const TIMERS = {
  exchangeIntervalMs: 1_000,
  syncIntervalMs: 1_000,
  failoverAfterMs: 2_500,
  probeIntervalMs: 1_500,
  dwellMs: 2_000,
};

interface Place {
  readonly group: Group;
  readonly local: TestController;
  readonly admin: SignedIn;
}

let directory: TestDirectory;
let cloud: TestController;
/** The way to the cloud, for sites and for the machine. */
let gate: Gate;
let root: SignedIn;
let organization: Organization;
const places = {} as Record<Name, Place>;
let agent: Program;
let deviceId: DeviceId;

beforeAll(async () => {
  directory = await makeTestDirectory();
  gate = await openGate();
  cloud = await startTestController({ config: { publicUrl: gate.url, ...TIMERS } });
  gate.leadTo(cloud.url);
  root = await cloud.setUp();
  [organization] = (await root.call(organizationRoutes.list, { query: {} })).data as [Organization];
  for (const name of NAMES) places[name] = await openPlace(name);
  const { value } = await places.East.admin.call(enrolmentKeyRoutes.create, {
    body: { name: 'desks', groupId: places.East.group.id },
  });
  agent = startAgent(value);
}, 240_000);

afterAll(async () => {
  await agent?.kill('SIGTERM');
  for (const { local } of Object.values(places)) await local.close();
  await cloud?.close();
  await gate?.close();
  await directory?.remove();
}, 60_000);

async function openPlace(name: Name): Promise<Place> {
  const group = await root.call(groupRoutes.create, {
    body: { name, organizationId: organization.id },
  });
  const { scope } = group;
  const email = `${name.toLowerCase()}@example.com`;
  await cloud.addAccount(root, {
    email,
    name,
    kind: 'admin',
    scope,
    reach: 'subtree',
    assignments: [{ role: 'owner', scope, effect: 'allow', expiresAt: null }],
  });
  const { value: token } = await root.call(joinTokenRoutes.create, { body: { name, scope } });
  const local = await startTestController({
    config: { role: 'local', parent: gate.url, token, ...TIMERS },
  });
  return { group, local, admin: await signInAt(local, email) };
}

function startAgent(key?: string): Program {
  const enrol = key === undefined ? [] : ['--enrolment-key', key];
  const words = ['agent', 'run', '--controller', places.East.local.url, ...enrol];
  const data = ['--data', join(directory.path, 'agent')];
  return startWardgrid([...words, ...data, '--failover-after-ms', '1500']);
}

async function theDevice(): Promise<DeviceId> {
  const devices = async () => (await root.call(deviceRoutes.list, { query: {} })).data;
  await expect.poll(async () => (await devices()).length, WITHIN).toBe(1);
  const [device] = await devices();
  return (device?.id ?? '') as DeviceId;
}

const order = async (person: SignedIn): Promise<string> => {
  const task = { kind: 'inventory' as const, sections: ['users' as const] };
  return (await person.call(jobRoutes.create, { body: { deviceId, task } })).id;
};
const stateOf = async (person: SignedIn, id: string): Promise<string | undefined> => {
  const { data } = await person.call(jobRoutes.list, { query: { limit: 100 } });
  return data.find((job) => job.id === id)?.state;
};
const isKnownAt = async ({ admin }: Place): Promise<boolean> =>
  (await admin.call(deviceRoutes.list, { query: {} })).data.some(({ id }) => id === deviceId);
const statusAt = async ({ admin }: Place): Promise<string | undefined> =>
  (await admin.call(deviceRoutes.list, { query: {} })).data.find(({ id }) => id === deviceId)
    ?.status;
const moveTo = (name: Name): Promise<unknown> =>
  root.call(deviceRoutes.update, {
    params: { id: deviceId },
    body: { groupId: places[name].group.id },
  });

/** The tables of a site in which something still names the device. */
async function tablesNaming({ local }: Place): Promise<string[]> {
  const { pool } = local.controller.platform.database;
  const client = await pool.connect();
  try {
    await client.query('set role wardgrid_ingest');
    const { rows } = await client.query<{ name: string }>(
      `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
        and has_table_privilege(oid, 'select') order by 1`,
    );
    const found: string[] = [];
    for (const { name } of rows) {
      const { rows: naming } = await client.query(
        `select from "${name}" t where to_jsonb(t)::text like '%' || $1 || '%' limit 1`,
        [deviceId],
      );
      if (naming.length > 0) found.push(name);
    }
    return found;
  } finally {
    await client.query('reset role');
    client.release();
  }
}

/** Kept at a site of what it told itself and what was decided there, until that is forgotten: ADR 0020. */
const OF_THE_LOG = ['sync_alias', 'sync_log', 'sync_op', 'sync_op_id', 'sync_reference'];

let done: string;
let open: string;

test('a machine works at the site where it enrolled', async () => {
  deviceId = await theDevice();
  done = await order(places.East.admin);
  await expect.poll(() => stateOf(places.East.admin, done), WITHIN).toBe('succeeded');
  await expect.poll(() => stateOf(root, done), WITHIN).toBe('succeeded');
  expect(await isKnownAt(places.West)).toBe(false);
}, 90_000);

test('its group is changed at the cloud: it follows to the controller of the other site', async () => {
  await agent.kill('SIGTERM');
  // Nobody is there to take it.
  open = await order(places.East.admin);
  await expect.poll(() => stateOf(root, open), WITHIN).toBeDefined();
  await moveTo('West');
  await expect.poll(() => isKnownAt(places.West), WITHIN).toBe(true);
  await expect.poll(() => isKnownAt(places.East), WITHIN).toBe(false);
  agent = startAgent();
  await agent.waitFor(
    new RegExp(
      `turned to another controller.*${places.West.local.controller.platform.keys.controllerId}`,
    ),
  );
  await expect.poll(() => statusAt(places.West), WITHIN).toBe('online');
}, 120_000);

test('the order that was open at the old site is done once, and ended the same everywhere', async () => {
  await expect.poll(() => stateOf(places.West.admin, open), WITHIN).toBe('succeeded');
  await expect.poll(() => stateOf(root, open), WITHIN).toBe('succeeded');
  const { data } = await root.call(jobRoutes.list, { query: { limit: 100 } });
  expect(data.filter(({ id }) => id === open)).toHaveLength(1);
}, 90_000);

test('its history is at the new site, and new orders of that site reach it', async () => {
  expect(await stateOf(places.West.admin, done)).toBe('succeeded');
  const fresh = await order(places.West.admin);
  await expect.poll(() => stateOf(places.West.admin, fresh), WITHIN).toBe('succeeded');
  await expect.poll(() => stateOf(root, fresh), WITHIN).toBe('succeeded');
}, 90_000);

test('the old site has none of its rows any more', async () => {
  const left = async (): Promise<string[]> =>
    (await tablesNaming(places.East)).filter((name) => !OF_THE_LOG.includes(name));
  await expect.poll(left, WITHIN).toEqual([]);
  await expect(order(places.East.admin)).rejects.toMatchObject({ problem: { code: 'not-found' } });
}, 90_000);

test('moved while the sites are cut off, it stays where it is and works there, until they are not', async () => {
  gate.cut();
  await moveTo('East');
  const there = await order(places.West.admin);
  await expect.poll(() => stateOf(places.West.admin, there), WITHIN).toBe('succeeded');
  expect(await isKnownAt(places.East)).toBe(false);
  gate.heal();
  await expect.poll(() => statusAt(places.East), WITHIN).toBe('online');
  const back = await order(places.East.admin);
  await expect.poll(() => stateOf(places.East.admin, back), WITHIN).toBe('succeeded');
  // It ran, and its site may say nothing any more of a device that was gone: people are told of it.
  const refused = async (): Promise<string[]> => {
    const { data } = await root.call(syncRoutes.conflicts, { query: { limit: 100 } });
    return data.filter(({ entityId }) => entityId === there).map(({ reason }) => reason ?? '');
  };
  await expect.poll(refused, WITHIN).toContain('bad-ref');
  expect(await stateOf(places.East.admin, there)).toBeUndefined();
}, 150_000);

test('where it left its site and the cloud is away, it waits as it is: nobody has orders for it', async () => {
  await agent.kill('SIGTERM');
  await moveTo('West');
  await expect.poll(() => isKnownAt(places.West), WITHIN).toBe(true);
  await expect.poll(() => isKnownAt(places.East), WITHIN).toBe(false);
  gate.cut();
  agent = startAgent();
  const waiting = await order(places.West.admin);
  // It asks its old site, which does not know it, and the cloud, which is not there.
  await agent.waitFor(/turned to another controller/);
  expect(await stateOf(places.West.admin, waiting)).not.toBe('succeeded');
  gate.heal();
  await expect.poll(() => stateOf(places.West.admin, waiting), WITHIN).toBe('succeeded');
  await expect.poll(() => stateOf(root, waiting), WITHIN).toBe('succeeded');
}, 150_000);
