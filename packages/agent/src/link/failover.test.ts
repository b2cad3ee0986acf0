/* An agent between two controllers of its tenant, over real HTTP: it leaves the one that is lost, takes
   its records to the other, and comes back. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFakeClock } from '@wardgrid/base';
import { systemNewId } from '@wardgrid/base/system';
import { sealEnvelope } from '@wardgrid/trust';
import { ProblemError, type AgentSettings, type Order, type RecordBody } from '@wardgrid/wire';
import {
  startFakeController,
  type FakeController,
  type FakeDevice,
} from '../testing/fake-controller.ts';
import { createTestAgent, until, type TestAgent } from '../testing/test-agent.ts';
import { createFailover } from './failover.ts';

/** As the agent's configuration has it. */
const USUAL = { patienceMs: 15_000 };
/** Short enough for a test: lost after 60 to 120 ms, back after half a second. */
const TIMES = { patienceMs: 60 };

let near: FakeController;
let far: FakeController;
let made: TestAgent[] = [];

beforeEach(async () => {
  near = await startFakeController();
  far = await startFakeController(0, near.tenantId);
  for (const { hooks } of [near, far]) hooks.exchangeIntervalMs = 200;
});

afterEach(async () => {
  for (const { stop } of made) stop.abort();
  made = [];
  await Promise.all([near.close(), far.close()]);
});

/** Every reply of a controller brings the list of both. */
function tell(controller: FakeController, version: number): void {
  controller.hooks.onReply = (reply) => {
    const payload: AgentSettings = {
      type: 'settings',
      tenantId: near.tenantId,
      version,
      issuedAt: Date.now(),
      exchangeIntervalMs: 1_000,
      inventoryIntervalMs: 86_400_000,
      controllers: [near, far].map(({ controllerId, url }) => ({
        controllerId,
        urls: [url],
        authority: null,
        publicKey: 'A'.repeat(43),
      })),
    };
    return { ...reply, settings: sealEnvelope(controller.tenantSigner, payload) };
  };
}

/** An agent that enrolled at the near controller, knows both, and is known to both. */
async function begin(): Promise<{ agent: TestAgent; atNear: FakeDevice; atFar: FakeDevice }> {
  tell(near, 1);
  const agent = createTestAgent(near, { failoverTimes: TIMES });
  made.push(agent);
  void agent.agent.run(agent.stop.signal).catch(() => undefined);
  const atNear = await until(() => near.devices[0]);
  const atFar = far.adopt(atNear);
  await until(() => agent.store.link().settings.controllers.length === 2);
  return { agent, atNear, atFar };
}

function said(jobId: string): RecordBody {
  return { kind: 'job-started', jobId };
}

const jobsAt = ({ records }: FakeDevice): string[] =>
  records.flatMap(({ body }) => (body.kind === 'job-started' ? [body.jobId] : []));

test('a lost controller is left for the next one, which gets what waits, and taken up again', async () => {
  const { agent, atNear, atFar } = await begin();
  const [first, second, third] = [systemNewId(), systemNewId(), systemNewId()];
  agent.store.append([{ at: 1, body: said(first) }]);
  await until(() => jobsAt(atNear).includes(first));
  await near.close();
  agent.store.append([{ at: 1, body: said(second) }]);
  await until(() => jobsAt(atFar).includes(second));
  expect(jobsAt(atFar)).toEqual([second]);
  expect(agent.store.link().controllerId).toBe(far.controllerId);

  const back = await reopen(near, atNear);
  await until(() => agent.store.link().controllerId === near.controllerId);
  agent.store.append([{ at: 1, body: said(third) }]);
  await until(() => jobsAt(back).includes(third));
  // Nothing twice, and the numbers go on where they stood at each.
  expect([jobsAt(back), jobsAt(atFar)]).toEqual([[first, third], [second]]);
  // The number of the second was given here first; the third has the one behind it.
  expect([near.gaps.length <= 1, far.gaps]).toEqual([true, []]);
});

test('a device goes nowhere that does not know it, and stays with a controller that answers', async () => {
  const { agent, atNear } = await begin();
  far.devices.length = 0;
  const exchanges = atNear.exchanges;
  let isRefusing = true;
  near.hooks.onRequest = (path) => {
    if (isRefusing && path.endsWith('exchange')) throw new Error('no body that fits');
  };
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(agent.store.link().controllerId).toBe(near.controllerId);
  isRefusing = false;
  await until(() => atNear.exchanges > exchanges);
  expect(far.devices).toEqual([]);
});

test('orders of either controller run once, though both gave the same one', async () => {
  const { agent, atNear, atFar } = await begin();
  const task: Order['task'] = { kind: 'inventory', arguments: { sections: ['system'] } };
  const order = near.order(atNear, task);
  await until(() => endsAt(atNear).includes(order.id));
  await near.close();
  await until(() => agent.store.link().controllerId === far.controllerId);
  far.order(atFar, task, { id: order.id });
  const other = far.order(atFar, task);
  await until(() => endsAt(atFar).includes(other.id));
  await until(() => atFar.acknowledgedOrder === 2);
  expect(endsAt(atFar)).toEqual([other.id]);
});

const endsAt = ({ records }: FakeDevice): string[] =>
  records.flatMap(({ body }) => (body.kind === 'job-finished' ? [body.jobId] : []));

/** The controller comes back with what it had. */
async function reopen(controller: FakeController, device: FakeDevice): Promise<FakeDevice> {
  near = await startFakeController(controller.port, controller.tenantId, controller.controllerId);
  near.hooks.exchangeIntervalMs = 200;
  near.devices.push(device);
  tell(near, 2);
  return device;
}

const gone = new Error('connect ECONNREFUSED');
const refused = new ProblemError({
  type: 'urn:wardgrid:problem:licence-expired',
  title: '',
  status: 403,
  detail: '',
  instance: 'test',
  code: 'licence-expired',
});

test('only a controller that does not answer is lost, and only after a while', async () => {
  const clock = createFakeClock(0);
  const random = { fraction: () => 0.5 };
  const failover = createFailover({ clock, random, times: USUAL });
  const { patienceMs } = USUAL;
  expect(failover.failed(refused, true)).toBe(false);
  expect(failover.failed(gone, true)).toBe(false);
  await clock.advance(patienceMs * 1.4);
  expect(failover.failed(gone, true)).toBe(false);
  await clock.advance(patienceMs * 0.2);
  expect(failover.failed(gone, true)).toBe(true);
  failover.turned();
  // A stand-in that would not have us is left at once.
  expect(failover.failed(refused, false)).toBe(true);
});

test('a controller that no longer knows the device is left for one above it, which does', async () => {
  const clock = createFakeClock(0);
  const failover = createFailover({ clock, random: { fraction: () => 0.5 }, times: USUAL });
  const stranger = new ProblemError({
    ...refused.problem,
    status: 401,
    code: 'device-assertion-invalid',
  });
  expect(failover.failed(stranger, true)).toBe(false);
  await clock.advance(USUAL.patienceMs * 1.6);
  expect(failover.failed(stranger, true)).toBe(true);
  failover.turned();
  // Nobody above is there, or they do not know it either: on to the next, and nearest again at last.
  expect(failover.failed(stranger, false)).toBe(true);
});

test('a stand-in is kept for two minutes; then the nearer one is tried, ever more seldom', async () => {
  const clock = createFakeClock(0);
  const failover = createFailover({
    clock,
    random: { fraction: () => 0.5 },
    times: USUAL,
  });
  const waits: number[] = [];
  let sinceMs = 0;
  while (waits.length < 8) {
    await clock.advance(5_000);
    sinceMs += 5_000;
    if (!failover.isProbeDue()) continue;
    waits.push(sinceMs / 1_000);
    failover.probeFailed();
    sinceMs = 0;
  }
  expect(waits).toEqual([120, 60, 120, 240, 480, 900, 900, 900]);
});
