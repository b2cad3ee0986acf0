import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createFakeClock, present, type FakeClock } from '@wardgrid/base';
import {
  deviceRoutes,
  jobRoutes,
  type DeviceId,
  type Job,
  type LinkRecord,
  type RecordBody,
} from '@wardgrid/wire';
import {
  createDatabase,
  openEmbeddedServer,
  type TestDatabase,
} from '../../../../../test/database/database.ts';
import { openGrid, type TestGrid, type TestSite } from './testdata/grid.ts';
import { createMachine, type TestMachine } from './testdata/machine.ts';

const INTERVAL_MS = 60_000;

let database: TestDatabase;
let grid: TestGrid;
let site: TestSite;
let key: string;
/** Stands still but for what a test adds; waiting goes on in real time. */
let clock: FakeClock;
let offsetMs = 0;
let number = 0;

beforeAll(async () => {
  database = await createDatabase(openEmbeddedServer(), {
    name: 'empty',
    migrate: async () => undefined,
  });
  clock = createFakeClock();
  grid = await openGrid({
    connection: database.connection,
    clock: {
      now: () => Date.now() + offsetMs,
      monotonic: () => performance.now(),
      sleep: (delayMs, signal) => clock.sleep(delayMs, signal),
      after: (delayMs, task) => {
        const timer = setTimeout(task, delayMs);
        return () => clearTimeout(timer);
      },
    },
  });
  site = await grid.makeSite('Acme');
  key = (await grid.makeKey(site)).value;
});

beforeEach(() => void (grid.told.length = 0));

afterAll(async () => {
  await grid?.close();
  await database?.drop();
});

async function enrolled(enrolmentKey = key): Promise<TestMachine> {
  number += 1;
  const machine = createMachine(grid.url, `machine-${number}`, {
    now: () => Date.now() + offsetMs,
  });
  await machine.enrol(enrolmentKey);
  return machine;
}

function deviceIdOf(machine: TestMachine): DeviceId {
  return present(machine.state.enrolment, 'an enrolment').deviceId as DeviceId;
}

async function inventoryJob(machine: TestMachine): Promise<Job> {
  return grid.callAs(site.actor)(jobRoutes.create, {
    body: { deviceId: deviceIdOf(machine), task: { kind: 'inventory', sections: ['system'] } },
  });
}

async function discoveryJob(machine: TestMachine): Promise<Job> {
  return grid.callAs(site.actor)(jobRoutes.create, {
    body: { deviceId: deviceIdOf(machine), task: { kind: 'discovery' } },
  });
}

const readJob = (id: string): Promise<Job> =>
  grid.callAs(site.actor)(jobRoutes.read, { params: { id } });

function finishedBody(jobId: string): RecordBody {
  return {
    kind: 'job-finished',
    jobId,
    outcome: 'succeeded',
    error: null,
    summary: { found: 1 },
    coverage: null,
  };
}

function systemInventory(hostname: string): RecordBody {
  return {
    kind: 'inventory',
    collectedAt: Date.now(),
    contentHash: 'a'.repeat(64),
    body: {
      section: 'system',
      hostname,
      fqdn: null,
      osName: 'Debian',
      osVersion: '12',
      osFamily: 'linux',
      kernel: '6.1',
      architecture: 'x64',
      bootId: 'b',
      machineIdHash: 'm',
      timeZone: 'UTC',
      virtualization: null,
      uptimeSeconds: 1,
    },
  };
}

describe('an exchange', () => {
  test('hands a new receipt each time, and settings once', async () => {
    const machine = await enrolled();
    const reply = await machine.exchange();
    expect(present(reply.settings, 'settings').payload).toContain('"type":"settings"');
    expect(reply).toMatchObject({ orders: [], nextExchangeMs: INTERVAL_MS, hasMore: false });
    const next = await machine.exchange();
    expect(next.settings).toBeNull();
    expect(next.receipt).not.toBe(reply.receipt);
  });

  test('shows in the device what the heartbeat says', async () => {
    const machine = await enrolled();
    await machine.exchange();
    const device = await grid.callAs(site.actor)(deviceRoutes.read, {
      params: { id: deviceIdOf(machine) },
    });
    expect(device).toMatchObject({
      status: 'online',
      localIp: '10.1.2.3',
      primaryCidr: '10.1.2.0/24',
      gatewayIp: '10.1.2.1',
      cpuPercent: 12.5,
      publicIp: '127.0.0.1',
    });
    const request = machine.request();
    await machine.exchange({
      heartbeat: {
        ...request.heartbeat,
        hostname: 'renamed',
        localIp: null,
        primaryCidr: 'nonsense',
      },
    });
    const changed = await grid.callAs(site.actor)(deviceRoutes.read, {
      params: { id: deviceIdOf(machine) },
    });
    expect(changed).toMatchObject({ name: 'renamed', localIp: null, primaryCidr: null });
  });

  test('needs a session', async () => {
    const machine = await enrolled();
    machine.state.token = 'v1.AAAA.BBBB';
    await expect(machine.exchange()).rejects.toMatchObject({ code: 'device-session-invalid' });
  });

  test('after a lost reply goes on with the receipt before', async () => {
    const machine = await enrolled();
    await machine.exchange();
    await machine.exchangeLost();
    await machine.exchangeLost();
    await machine.exchange();
    await machine.exchange();
  });

  test('delivered twice, or late, harms nothing', async () => {
    const machine = await enrolled();
    await machine.exchangeLost();
    await machine.exchange();
    const late = machine.request();
    const [one, other] = await Promise.all([machine.send(late), machine.send(late)]);
    expect(one.receipt).toBe(other.receipt);
    machine.state.receipt = one.receipt;
    const overtaken = machine.request();
    await machine.exchange();
    await machine.send(overtaken);
    await machine.exchange();
  });

  test('of a retired device says so', async () => {
    const machine = await enrolled();
    await machine.exchange();
    await grid.callAs(site.actor)(deviceRoutes.delete, { params: { id: deviceIdOf(machine) } });
    await expect(machine.exchange()).rejects.toMatchObject({ code: 'device-retired' });
    machine.state.token = '';
    await expect(machine.exchange()).rejects.toMatchObject({ code: 'device-retired' });
    await expect(machine.enrol(key)).rejects.toMatchObject({ code: 'device-retired' });
  });

  test('of a device that lies elsewhere now is no end of it', async () => {
    const machine = await enrolled();
    await machine.exchange();
    // As when the chain says that it was moved out of what this controller sees.
    await grid.platform.database.transact({ kind: 'ingest' }, (tx) =>
      tx.run(sql`delete from device where id = ${deviceIdOf(machine)}`),
    );
    await expect(machine.exchange()).rejects.toMatchObject({ code: 'device-session-invalid' });
    machine.state.token = '';
    await expect(machine.exchange()).rejects.toMatchObject({ code: 'device-assertion-invalid' });
  });
});

describe('a cloned identity', () => {
  test('is found, and its second machine enrols as itself', async () => {
    const first = await enrolled();
    await first.exchange();
    const second = first.clone();
    await first.exchange();
    await second.exchange();
    const problem = await first.exchange().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(problem).toMatchObject({ code: 'device-forked' });
    const { splitTicket } = (problem as { problem: { facts: { splitTicket: string } } }).problem
      .facts;
    const split = createMachine(grid.url, 'split');
    const { deviceId } = await split.enrol(null, { splitTicket });
    expect(deviceId).not.toBe(deviceIdOf(second));
    expect(grid.heard('identity-cloned')).toMatchObject([
      { originalDeviceId: deviceIdOf(second), newDeviceId: deviceId },
    ]);
    await second.exchange();
    await split.exchange();
    const shown = await grid.callAs(site.actor)(deviceRoutes.read, {
      params: { id: deviceId },
    });
    expect(shown).toMatchObject({
      splitFromId: deviceIdOf(second),
      organizationId: site.organizationId,
    });
    // The same machine may say it again, another may not use the ticket.
    expect((await split.enrol(null, { splitTicket })).deviceId).toBe(deviceId);
    await expect(
      createMachine(grid.url, 'third').enrol(null, { splitTicket }),
    ).rejects.toMatchObject({
      code: 'enrolment-key-invalid',
    });
  });

  test('is not suspected of a machine that was set back after a silence', async () => {
    const machine = await enrolled();
    await machine.exchange();
    const snapshot = machine.clone();
    await machine.exchange();
    await machine.exchange();
    await expect(snapshot.exchange()).rejects.toMatchObject({ code: 'device-forked' });
    offsetMs += 3 * INTERVAL_MS + 1_000;
    await snapshot.exchange();
    await snapshot.exchange();
  });

  test('is suspected of a first exchange when others went before', async () => {
    const machine = await enrolled();
    const copy = machine.clone();
    await machine.exchange();
    await machine.exchange();
    await expect(copy.exchange()).rejects.toMatchObject({ code: 'device-forked' });
  });
});

describe('records', () => {
  test('are each taken once, whatever is lost, repeated or reordered', async () => {
    const machine = await enrolled();
    const job = await discoveryJob(machine).catch(() => undefined);
    expect(job).toBeUndefined();
    await machine.exchange();
    const { id } = await discoveryJob(machine);
    await machine.exchange();
    const records: LinkRecord[] = [
      machine.record({ kind: 'job-started', jobId: id }),
      machine.record({ kind: 'job-hosts', jobId: id, hosts: [] }),
      machine.record({ kind: 'job-ports', jobId: id, ports: [] }),
      machine.record(finishedBody(id)),
    ];
    const early = machine.request({ records: records.slice(0, 2) });
    await machine.exchangeLost({ records: records.slice(0, 2) });
    const reply = await machine.exchange({ records: records.toReversed() });
    expect(reply.acknowledgedSequence).toBe(4);
    expect((await machine.send(early)).acknowledgedSequence).toBe(4);
    expect((await machine.exchange({ records })).acknowledgedSequence).toBe(4);
    const results = grid.heard('scan-results').flat();
    expect(results.map((result) => (result as { sequence: number }).sequence)).toEqual([2, 3]);
    expect(grid.heard('scan-finished')).toHaveLength(1);
    expect(await readJob(id)).toMatchObject({ state: 'succeeded', summary: { found: 1 } });
  });

  test('about the jobs of another device or tenant change nothing', async () => {
    const other = await grid.makeSite(`Other ${number}`);
    const stranger = await enrolled((await grid.makeKey(other)).value);
    const [machine, neighbour] = [await enrolled(), await enrolled()];
    const { id } = await inventoryJob(machine);
    for (const thief of [neighbour, stranger]) {
      const reply = await thief.exchange({
        records: [
          thief.record({ kind: 'job-started', jobId: id }),
          thief.record({ kind: 'job-hosts', jobId: id, hosts: [] }),
          thief.record(finishedBody(id)),
        ],
        progress: [
          { jobId: id, progress: { phase: 'x', done: 1, total: 1, found: 0, etaMs: null } },
        ],
      });
      expect(reply.acknowledgedSequence).toBe(3);
    }
    expect(await readJob(id)).toMatchObject({ state: 'queued', progress: null });
    expect(grid.heard('scan-results')).toEqual([]);
  });

  test('keep the newest inventory of each section', async () => {
    const machine = await enrolled();
    await machine.exchange({
      records: ['old', 'new'].map((hostname) => machine.record({ ...systemInventory(hostname) })),
    });
    const params = { id: deviceIdOf(machine), section: 'system' } as const;
    const inventory = await grid.callAs(site.actor)(deviceRoutes.inventory, { params });
    expect(inventory.content).toMatchObject({ hostname: 'new' });
  });

  test('hold what no database stores and are kept without it', async () => {
    const machine = await enrolled();
    await machine.exchange({ records: [machine.record(systemInventory('nul \u0000 and \ud800'))] });
    const params = { id: deviceIdOf(machine), section: 'system' } as const;
    const inventory = await grid.callAs(site.actor)(deviceRoutes.inventory, { params });
    expect(inventory.content).toMatchObject({ hostname: 'nul \ufffd and \ufffd' });
  });

  test('that cannot be stored stop neither those behind them nor other devices', async () => {
    const machine = await enrolled();
    const neighbour = await enrolled();
    await machine.exchange();
    const { id } = await discoveryJob(machine);
    grid.faults.store = new Error('no room');
    const [reply, theirs] = await Promise.all([
      machine.exchange({
        records: [
          machine.record({ kind: 'job-started', jobId: id }),
          machine.record({ kind: 'job-hosts', jobId: id, hosts: [] }),
          machine.record(finishedBody(id)),
        ],
      }),
      neighbour.exchange({ records: [neighbour.record(systemInventory('fine'))] }),
    ]);
    grid.faults.store = null;
    expect([reply.acknowledgedSequence, theirs.acknowledgedSequence]).toEqual([3, 1]);
    expect(await readJob(id)).toMatchObject({ state: 'succeeded' });
    const params = { id: deviceIdOf(neighbour), section: 'system' } as const;
    const inventory = await grid.callAs(site.actor)(deviceRoutes.inventory, { params });
    expect(inventory.content).toMatchObject({ hostname: 'fine' });
  });

  test('of refused orders fail the job and are told, a replayed one is only told', async () => {
    const machine = await enrolled();
    const [one, other] = [await inventoryJob(machine), await inventoryJob(machine)];
    await machine.exchange();
    await machine.exchange({
      records: [
        machine.record({
          kind: 'order-refused',
          jobId: one.id,
          reason: 'signature',
          detail: 'bad',
        }),
        machine.record({
          kind: 'order-refused',
          jobId: other.id,
          reason: 'replayed',
          detail: 'old',
        }),
        machine.record({ kind: 'order-refused', jobId: null, reason: 'unreadable', detail: '?' }),
      ],
    });
    expect(await readJob(one.id)).toMatchObject({
      state: 'failed',
      error: { code: 'order-refused' },
    });
    expect(await readJob(other.id)).toMatchObject({ state: 'sent' });
    expect(grid.heard('order-refused')).toHaveLength(3);
  });
});

describe('orders', () => {
  test('come until the device has them safe, in the order they were made', async () => {
    const machine = await enrolled();
    const jobs = [await inventoryJob(machine), await inventoryJob(machine)];
    const first = await machine.exchangeLost();
    expect(first.nextExchangeMs).toBe(2_000);
    const again = await machine.exchange();
    expect(again.orders).toEqual(first.orders);
    const ids = again.orders.map((order) => (JSON.parse(order.payload) as { id: string }).id);
    expect(ids).toEqual(jobs.map((job) => job.id));
    expect((await machine.exchange()).orders).toEqual([]);
    expect(await readJob(jobs[0]?.id ?? '')).toMatchObject({ state: 'sent' });
  });

  test('beyond what fits a reply follow at once', async () => {
    const machine = await enrolled();
    for (let count = 0; count < 70; count += 1) await inventoryJob(machine);
    const reply = await machine.exchange();
    expect(reply.orders).toHaveLength(64);
    expect(reply.hasMore).toBe(true);
    const rest = await machine.exchange();
    expect(rest.orders).toHaveLength(6);
    expect(rest.hasMore).toBe(false);
  });
});

describe('presence', () => {
  test('is lost after two and a half intervals and comes back with an exchange', async () => {
    const machine = await enrolled();
    await machine.exchange();
    // The controller judges nobody in its first two intervals, nor after a silence of its own.
    offsetMs += 2.4 * INTERVAL_MS;
    await grid.features.devices.sweep();
    for (let step = 0; step < 12; step += 1) {
      offsetMs += INTERVAL_MS / 4;
      await grid.features.devices.sweep();
    }
    const read = () =>
      grid.callAs(site.actor)(deviceRoutes.read, { params: { id: deviceIdOf(machine) } });
    expect(await read()).toMatchObject({ status: 'offline' });
    const [{ wentOffline }] = grid
      .heard('presence')
      .filter((one) => (one as { wentOffline: string[] }).wentOffline.length > 0) as [
      { wentOffline: string[] },
    ];
    expect(wentOffline).toContain(deviceIdOf(machine));
    await machine.exchange();
    expect(await read()).toMatchObject({ status: 'online' });
    expect(grid.heard('presence').at(-1)).toMatchObject({ cameBack: [deviceIdOf(machine)] });
  });

  test('is overdue after a week', async () => {
    const machine = await enrolled();
    await machine.exchange();
    offsetMs += 8 * 86_400_000;
    await grid.features.devices.sweep();
    for (let step = 0; step < 12; step += 1) {
      offsetMs += INTERVAL_MS / 4;
      await grid.features.devices.sweep();
    }
    const shown = await grid.callAs(site.actor)(deviceRoutes.read, {
      params: { id: deviceIdOf(machine) },
    });
    expect(shown.status).toBe('overdue');
  });
});
