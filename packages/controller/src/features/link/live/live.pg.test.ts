import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { present } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import {
  deviceRoutes,
  jobRoutes,
  LIVE_LINK_PATH,
  LiveFrame,
  type DeviceId,
  type Order,
} from '@wardgrid/wire';
import {
  createDatabase,
  openEmbeddedServer,
  type TestDatabase,
} from '../../../../../../test/database/database.ts';
import { openGrid, type TestGrid, type TestSite } from '../testdata/grid.ts';
import { createMachine, type TestMachine } from '../testdata/machine.ts';

/** Long enough for an order that is handed over twice to come again. */
const QUIET_MS = 300;
/** A busy machine takes its time. */
const WAIT = { timeout: 15_000 };

let database: TestDatabase;
let grid: TestGrid;
let site: TestSite;
let key: string;
let number = 0;

beforeAll(async () => {
  database = await createDatabase(openEmbeddedServer(), {
    name: 'empty',
    migrate: async () => undefined,
  });
  grid = await openGrid({ connection: database.connection });
  site = await grid.makeSite('Acme');
  key = (await grid.makeKey(site)).value;
});

afterAll(async () => {
  await grid?.close();
  await database?.drop();
});

async function enrolled(): Promise<TestMachine> {
  number += 1;
  const machine = createMachine(grid.url, `machine-${number}`);
  await machine.enrol(key);
  await machine.openSession();
  return machine;
}

const idOf = (machine: TestMachine): DeviceId =>
  present(machine.state.enrolment, 'an enrolment').deviceId as DeviceId;

/** A live connection that keeps what it gets. */
async function connect(token: string) {
  const socket = new WebSocket(grid.url.replace('http', 'ws') + LIVE_LINK_PATH, {
    headers: { authorization: `Device ${token}` },
  });
  const frames: LiveFrame[] = [];
  socket.on('message', (data: Buffer) => frames.push(LiveFrame.parse(JSON.parse(data.toString()))));
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await once(socket, 'open');
  return { socket, frames, closed };
}

function createJob(machine: TestMachine) {
  return grid.callAs(site.actor)(jobRoutes.create, {
    body: { deviceId: idOf(machine), task: { kind: 'inventory', sections: ['system'] } },
  });
}

test('an order goes down the live connection at once, and again with the exchange', async () => {
  const machine = await enrolled();
  const live = await connect(machine.state.token);
  const job = await createJob(machine);
  await expect.poll(() => live.frames.length, WAIT).toBe(1);
  const [frame] = live.frames;
  const shown = await grid.callAs(site.actor)(jobRoutes.read, { params: { id: job.id } });
  expect(shown.state).toBe('sent');
  const { orders } = await machine.exchange();
  expect(frame).toEqual({ kind: 'order', order: orders[0] });
  live.socket.close();
});

test('an order for a device on the line is made as sent; without the line it waits', async () => {
  const machine = await enrolled();
  const live = await connect(machine.state.token);
  // When the first has come, what waited was asked for: from then on orders go the short way.
  await createJob(machine);
  await expect.poll(() => live.frames.length, WAIT).toBe(1);
  const job = await createJob(machine);
  expect(job).toMatchObject({ state: 'sent', sentAt: job.createdAt });
  await expect.poll(() => live.frames.length, WAIT).toBe(2);
  live.socket.close();
  await live.closed;
  await expect.poll(async () => (await createJob(machine)).state, WAIT).toBe('queued');
  expect((await machine.exchange()).orders.length).toBeGreaterThan(2);
});

test('a bulk order reaches each device on the line once', async () => {
  const machines = await Promise.all(Array.from({ length: 12 }, enrolled));
  const lives = await Promise.all(machines.map(({ state }) => connect(state.token)));
  const ids = machines.map(idOf);
  const made = await grid.callAs(site.actor)(jobRoutes.createMany, {
    body: { selection: { ids }, task: { kind: 'inventory', sections: ['system'] } },
  });
  expect(made).toMatchObject({ jobs: 12, refused: [] });
  await expect.poll(() => lives.every(({ frames }) => frames.length > 0), WAIT).toBe(true);
  await systemClock.sleep(QUIET_MS);
  for (const [index, { frames, socket }] of lives.entries()) {
    expect(frames).toHaveLength(1);
    const { orders } = await present(machines[index], 'a machine').exchange();
    expect(frames).toEqual(orders.map((order) => ({ kind: 'order', order })));
    socket.close();
  }
});

test('a job on the line that is cancelled at once is cancelled by an order behind its own', async () => {
  const machine = await enrolled();
  const live = await connect(machine.state.token);
  await createJob(machine);
  await expect.poll(() => live.frames.length, WAIT).toBe(1);
  const { id } = await createJob(machine);
  const cancelled = await grid.callAs(site.actor)(jobRoutes.cancel, { params: { id } });
  expect(cancelled).toMatchObject({ state: 'sent', isCancelRequested: true });
  await expect.poll(() => live.frames.length, WAIT).toBe(3);
  const orders = live.frames.map((frame) =>
    frame.kind === 'order' ? (JSON.parse(frame.order.payload) as Order) : undefined,
  );
  expect(orders.slice(1)).toMatchObject([
    { id },
    { task: { kind: 'cancel', arguments: { jobId: id } } },
  ]);
  live.socket.close();
});

test('orders that waited come with the connection', async () => {
  const machine = await enrolled();
  await createJob(machine);
  const live = await connect(machine.state.token);
  await expect.poll(() => live.frames.length, WAIT).toBe(1);
  live.socket.close();
});

test('a device shows as connected while it is', async () => {
  const machine = await enrolled();
  const isConnected = async (): Promise<boolean> =>
    (await grid.callAs(site.actor)(deviceRoutes.read, { params: { id: idOf(machine) } }))
      .isConnected;
  const live = await connect(machine.state.token);
  await expect.poll(isConnected, WAIT).toBe(true);
  live.socket.close();
  await expect.poll(isConnected, WAIT).toBe(false);
});

test('the newest connection of a device wins', async () => {
  const machine = await enrolled();
  const first = await connect(machine.state.token);
  const second = await connect(machine.state.token);
  expect(await first.closed).toBe(4000);
  await createJob(machine);
  await expect.poll(() => second.frames.length, WAIT).toBe(1);
  expect(first.frames).toEqual([]);
  second.socket.close();
});

test('a retired device is told to ask why, and let go', async () => {
  const machine = await enrolled();
  const live = await connect(machine.state.token);
  await grid.callAs(site.actor)(deviceRoutes.delete, { params: { id: idOf(machine) } });
  expect(await live.closed).toBe(4003);
  expect(live.frames).toEqual([{ kind: 'exchange' }]);
});

test('a connection without a session, or elsewhere, is refused', async () => {
  for (const [path, token] of [
    [LIVE_LINK_PATH, 'v1.AAAA.BBBB'],
    ['/api/v1/elsewhere', (await enrolled()).state.token],
  ] as const) {
    const socket = new WebSocket(grid.url.replace('http', 'ws') + path, {
      headers: { authorization: `Device ${token}` },
    });
    await expect(once(socket, 'open')).rejects.toThrow(/401|404/);
  }
});

test('a device that talks too much is cut off', async () => {
  const machine = await enrolled();
  const live = await connect(machine.state.token);
  live.socket.send('x'.repeat(5_000));
  expect(await live.closed).toBe(1009);
});
