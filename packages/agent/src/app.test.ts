import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sealEnvelope } from '@wardgrid/trust';
import { systemClock, systemNewId } from '@wardgrid/base/system';
import {
  DEFAULT_PROTECTION,
  type AgentSettings,
  type Order,
  type ProtectionSettings,
  type RecordBody,
} from '@wardgrid/wire';
import type { JobContext } from './jobs/index.ts';
import { createMemoryStore } from './store/index.ts';
import {
  FakeProblem,
  startFakeController,
  strangerSigner,
  type FakeController,
  type FakeDevice,
} from './testing/fake-controller.ts';
import { createTestAgent, until, type TestAgent } from './testing/test-agent.ts';

let controller: FakeController;
let agents: TestAgent[] = [];

beforeEach(async () => {
  controller = await startFakeController();
  controller.hooks.exchangeIntervalMs = 200;
});

afterEach(async () => {
  for (const { stop } of agents) stop.abort();
  agents = [];
  await controller.close();
  expect(controller.gaps).toEqual([]);
});

const INVENTORY: Order['task'] = { kind: 'inventory', arguments: { sections: ['system'] } };
const DISCOVERY: Order['task'] = {
  kind: 'discovery',
  arguments: {
    cidr: '10.0.0.0/24',
    gatewayMac: null,
    ports: null,
    engine: 'auto',
    packetsPerSecond: 100,
  },
};

function start(given: Parameters<typeof createTestAgent>[1] = {}): TestAgent & {
  readonly ended: Promise<string>;
} {
  const made = createTestAgent(controller, given);
  agents.push(made);
  const ended = made.agent.run(made.stop.signal).catch((error: Error) => `error: ${error.message}`);
  return { ...made, ended };
}

const deviceAt = (index: number): Promise<FakeDevice> => until(() => controller.devices[index]);

const bodiesOf = <Kind extends RecordBody['kind']>(device: FakeDevice, kind: Kind) =>
  device.records.flatMap(({ body }) =>
    body.kind === kind ? [body as Extract<RecordBody, { kind: Kind }>] : [],
  );

/** A handler that ends only when it is told to. */
const untilAborted = async ({ signal }: JobContext) => {
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
  return { summary: { hosts: 3 }, coverage: null };
};

describe('the talk with a controller', () => {
  test('enrols, sends its inventory once, and runs an order to its end', async () => {
    start();
    const device = await deviceAt(0);
    await until(() => bodiesOf(device, 'inventory').length > 0);
    const order = controller.order(device, INVENTORY);
    const [end] = await until(() => {
      const ends = bodiesOf(device, 'job-finished');
      return ends.length > 0 && ends;
    });
    expect(end).toMatchObject({ jobId: order.id, outcome: 'succeeded', summary: { sections: 1 } });
    expect(bodiesOf(device, 'job-started')).toEqual([{ kind: 'job-started', jobId: order.id }]);
    await until(() => device.acknowledgedOrder === 1);
    expect(device.lastRequest?.heartbeat).toMatchObject({ hostname: 'made-up', droppedRecords: 0 });
    // The scheduled one and the ordered one, though nothing changed: an order is answered.
    expect(bodiesOf(device, 'inventory')).toHaveLength(2);
  });

  test('a lost reply to an enrolment makes no second device, to an exchange no second record', async () => {
    let losses = 0;
    const seen = new Map<string, number>();
    controller.hooks.isReplyLost = (path) => {
      const count = (seen.get(path) ?? 0) + 1;
      seen.set(path, count);
      const isLost = path.endsWith('/enrol') ? count === 1 : path.endsWith('exchange') && count < 3;
      if (isLost) losses += 1;
      return isLost;
    };
    start();
    const device = await deviceAt(0);
    await until(() => device.exchanges > 3);
    expect(losses).toBe(3);
    expect(controller.devices).toHaveLength(1);
    expect(device.records.map(({ sequence }) => sequence)).toEqual([1]);
  });

  test('a refused enrolment key ends the agent at once', async () => {
    const { ended } = start({ enrolmentKey: `wgk_0000000000000000_${'x'.repeat(43)}` });
    expect(await ended).toContain('enrolment-key-invalid');
    expect(controller.enrolRequests).toHaveLength(1);
  });

  test('a session that ended early is renewed within the same exchange', async () => {
    start();
    const device = await deviceAt(0);
    await until(() => device.exchanges > 0);
    const before = device.exchanges;
    device.token = null;
    await until(() => device.exchanges > before + 1);
    expect(device.token).not.toBeNull();
  });

  test('a record wakes an exchange, and a storm of them no more than ten a second', async () => {
    controller.hooks.exchangeIntervalMs = 3_600_000;
    const news: (() => void)[] = [];
    const protection = {
      onNews: (listener: () => void) => void news.push(listener),
      refresh: () => undefined,
      keepContent: () => Promise.resolve(),
    };
    const { store } = start({ protection });
    const device = await deviceAt(0);
    await until(() => device.records.length === 1);
    const tell = (): void => {
      store.append([{ at: 7, body: { kind: 'job-started', jobId: systemNewId() } }]);
      for (const listener of news) listener();
    };
    const before = device.exchanges;
    const begunMs = systemClock.monotonic();
    for (let told = 0; told < 200; told += 1) {
      tell();
      await systemClock.sleep(5);
    }
    await until(() => device.records.length === 201);
    const tenths = (systemClock.monotonic() - begunMs) / 100;
    expect(device.exchanges - before).toBeLessThanOrEqual(tenths + 1);
  });

  test('a retired device stops, and stays stopped when it is started again', async () => {
    const { ended, store } = start();
    const device = await deviceAt(0);
    await until(() => device.exchanges > 0);
    controller.hooks.onRequest = (path) => {
      if (path.endsWith('/exchange')) throw new FakeProblem('device-retired');
    };
    expect(await ended).toBe('retired');
    const { agent, stop } = createTestAgent(controller, { store });
    expect(await agent.run(stop.signal)).toBe('retired');
  });

  test('the copy of a device becomes a device of its own and keeps what waits', async () => {
    const original = start();
    const device = await deviceAt(0);
    await until(() => device.exchanges > 2);
    const identity = original.store.identity();
    expect(identity).toBeDefined();
    const copied = createMemoryStore();
    if (identity) copied.saveIdentity(identity);
    copied.append([{ at: 7, body: { kind: 'job-started', jobId: systemNewId() } }]);
    start({ store: copied, enrolmentKey: null });
    const second = await deviceAt(1);
    await until(() => bodiesOf(second, 'job-started').length > 0);
    expect(second.publicKey).not.toBe(device.publicKey);
    expect(controller.enrolRequests.at(-1)).toMatchObject({ enrolmentKey: null });
    expect(copied.identity()?.splitTicket).toBeNull();
    expect(copied.identity()?.enrolment?.deviceId).toBe(second.id);
    const before = device.exchanges;
    await until(() => device.exchanges > before);
    expect(controller.devices).toHaveLength(2);
  });

  test('waits as long as a busy controller asks', async () => {
    start();
    const device = await deviceAt(0);
    await until(() => device.exchanges > 0);
    let refused = 0;
    controller.hooks.onRequest = () => {
      refused += 1;
      throw new FakeProblem('unavailable', {}, 2);
    };
    await until(() => refused > 0);
    const startMs = performance.now();
    await until(() => refused > 1);
    expect(performance.now() - startMs).toBeGreaterThan(1_900);
  });
});

describe('orders', () => {
  test('come at once by the live connection and are acknowledged by an exchange', async () => {
    controller.hooks.exchangeIntervalMs = 60_000;
    start();
    const device = await deviceAt(0);
    await until(() => device.socket);
    await until(() => bodiesOf(device, 'inventory').length > 0);
    const order = controller.order(device, DISCOVERY);
    const envelope = device.orders[0]?.envelope;
    if (envelope) controller.sendLive(device, { kind: 'order', order: envelope });
    await until(() => bodiesOf(device, 'job-finished').some(({ jobId }) => jobId === order.id));
    expect(device.acknowledgedOrder).toBe(1);
  });

  test('a cancel ends the job that runs, and the one that waits never begins', async () => {
    start({ handlers: { discovery: (_, context) => untilAborted(context) } });
    const device = await deviceAt(0);
    const running = controller.order(device, DISCOVERY);
    await until(() => bodiesOf(device, 'job-started').length > 0);
    const waiting = controller.order(device, DISCOVERY);
    for (const { id } of [waiting, running]) {
      controller.order(device, { kind: 'cancel', arguments: { jobId: id } });
    }
    await until(() => bodiesOf(device, 'job-finished').length === 2);
    const ends = bodiesOf(device, 'job-finished').map(({ jobId, outcome }) => [jobId, outcome]);
    expect(new Map(ends as [string, string][])).toEqual(
      new Map([
        [running.id, 'cancelled'],
        [waiting.id, 'cancelled'],
      ]),
    );
    expect(bodiesOf(device, 'job-started').map(({ jobId }) => jobId)).toEqual([running.id]);
  });

  test('of a kind that this device cannot do end as such', async () => {
    start();
    const device = await deviceAt(0);
    const order = controller.order(device, {
      kind: 'kill',
      arguments: { pid: 42, entityId: 'process 42' },
    });
    await until(() => bodiesOf(device, 'job-finished').length > 0);
    expect(bodiesOf(device, 'job-finished')).toMatchObject([
      { jobId: order.id, outcome: 'failed', error: { code: 'job-kind-unsupported' } },
    ]);
  });

  test('a job that was running when the agent died is reported once and never run again', async () => {
    let runs = 0;
    const handlers = {
      discovery: (_: unknown, context: JobContext) => {
        runs += 1;
        return untilAborted(context);
      },
    };
    const first = start({ handlers });
    const device = await deviceAt(0);
    controller.order(device, DISCOVERY);
    await until(() => bodiesOf(device, 'job-started').length > 0);
    first.stop.abort();
    await first.ended;
    expect(bodiesOf(device, 'job-finished')).toEqual([]);
    start({ store: first.store, handlers });
    await until(() => bodiesOf(device, 'job-finished').length > 0);
    const before = device.exchanges;
    await until(() => device.exchanges > before + 2);
    expect(bodiesOf(device, 'job-finished')).toMatchObject([
      { outcome: 'failed', error: { code: 'agent-restarted' } },
    ]);
    expect(runs).toBe(1);
  });

  test('that are forged, altered, foreign, late or repeated do nothing and are reported', async () => {
    let runs = 0;
    const handlers = {
      discovery: () => {
        runs += 1;
        return Promise.resolve({ summary: {}, coverage: null });
      },
    };
    start({ handlers });
    const device = await deviceAt(0);
    const good = controller.order(device, DISCOVERY);
    await until(() => bodiesOf(device, 'job-finished').length > 0);
    const genuine = device.orders[0]?.envelope;
    expect(genuine).toBeDefined();
    if (!genuine) return;
    const next = { ...good, id: systemNewId(), sequence: 2 };
    const late = { ...next, id: systemNewId(), expiresAt: Date.now() - 1 };
    const early = { ...next, id: systemNewId(), sequence: 3, issuedAt: Date.now() + 3_600_000 };
    const foreign = { ...next, id: systemNewId(), deviceId: systemNewId() };
    const unknown = { ...next, id: systemNewId(), sequence: 4, task: { kind: 'dance' } };
    const hostile = [
      sealEnvelope(strangerSigner(), next),
      { ...sealEnvelope(strangerSigner(), next), keyId: genuine.keyId },
      { ...genuine, payload: genuine.payload.replace('10.0.0.0/24', '10.9.9.0/24') },
      controller.sign(foreign),
      genuine,
      controller.sign(late),
      controller.sign(early),
      sealEnvelope(controller.tenantSigner, unknown),
    ];
    controller.hooks.onReply = (reply) => ({ ...reply, orders: hostile });
    await until(() => bodiesOf(device, 'order-refused').length >= 7);
    const before = device.exchanges;
    await until(() => device.exchanges > before + 3);
    const reasons = bodiesOf(device, 'order-refused').map(({ reason }) => reason);
    expect(reasons.toSorted()).toEqual([
      'audience',
      'expired',
      'key-unknown',
      'not-yet-valid',
      'signature',
      'signature',
      'unsupported',
    ]);
    expect(runs).toBe(1);
    expect(bodiesOf(device, 'job-finished')).toHaveLength(1);
  });

  test('that wait past their expiry are reported as expired and not run', async () => {
    const started: string[] = [];
    start({
      handlers: {
        discovery: (_, context) => {
          started.push(context.order.id);
          return untilAborted(context);
        },
      },
    });
    const device = await deviceAt(0);
    const first = controller.order(device, DISCOVERY);
    const brief = controller.order(device, DISCOVERY, { expiresAt: Date.now() + 900 });
    await until(() => started.length > 0);
    await systemClock.sleep(1_000);
    controller.order(device, { kind: 'cancel', arguments: { jobId: first.id } });
    await until(() => bodiesOf(device, 'job-finished').length === 2);
    const ends = bodiesOf(device, 'job-finished').map(({ jobId, outcome }) => [jobId, outcome]);
    expect(ends).toEqual([
      [first.id, 'cancelled'],
      [brief.id, 'expired'],
    ]);
    expect(started).toEqual([first.id]);
  });
});

describe('settings', () => {
  test('are taken when newer and signed by the tenant, and from nobody else', async () => {
    const { store } = start();
    const device = await deviceAt(0);
    await until(() => device.exchanges > 0);
    const settings = (
      version: number,
      inventoryIntervalMs: number,
      protection?: ProtectionSettings,
    ): AgentSettings => ({
      type: 'settings',
      tenantId: controller.tenantId,
      version,
      issuedAt: Date.now(),
      exchangeIntervalMs: 1_000,
      inventoryIntervalMs,
      ...(protection === undefined ? {} : { protection }),
    });
    const offer = async (envelope: ReturnType<typeof sealEnvelope>): Promise<void> => {
      controller.hooks.onReply = (reply) => ({ ...reply, settings: envelope });
      const before = device.exchanges;
      await until(() => device.exchanges > before + 2);
    };
    await offer(sealEnvelope(strangerSigner(), settings(9, 70_000)));
    expect(store.link().settings.version).toBe(0);
    await offer(sealEnvelope(controller.tenantSigner, settings(2, 80_000)));
    expect(store.link().settings).toMatchObject({ version: 2, inventoryIntervalMs: 80_000 });
    await offer(sealEnvelope(controller.tenantSigner, settings(1, 90_000)));
    expect(device.lastRequest?.settingsVersion).toBe(2);
    expect(store.link().settings).toMatchObject({ version: 2, inventoryIntervalMs: 80_000 });
    expect(store.link().settings.protection).toBeNull();
    const policy = { ...DEFAULT_PROTECTION, mode: 'strict' as const };
    const protection = { policy, switches: [], exceptions: [], content: null };
    await offer(sealEnvelope(controller.tenantSigner, settings(3, 90_000, protection)));
    expect(store.link().settings).toMatchObject({ version: 3, protection });
  });
});

describe('hostile replies', () => {
  test('that do not fit, or never end, change nothing', async () => {
    const { store } = start();
    const device = await deviceAt(0);
    await until(() => store.link().receipt);
    let sent = 0;
    controller.hooks.onReply = (reply) => {
      sent += 1;
      if (sent > 1) return { ...reply, receipt: 'A'.repeat(8 * 1_024 * 1_024) };
      return { ...reply, nextExchangeMs: -1 };
    };
    await until(() => sent > 2);
    expect(store.link().receipt?.length).toBe(22);
    controller.hooks.onReply = (reply) => reply;
    const before = device.exchanges;
    await until(() => device.exchanges > before + 1);
    expect(controller.devices).toHaveLength(1);
  });

  test('an enrolment whose chain of keys does not hold is refused', async () => {
    const stranger = strangerSigner();
    controller.hooks.onEnrol = (reply) => ({
      ...reply,
      licence: sealEnvelope(stranger, JSON.parse(reply.licence.payload)),
    });
    const { ended, store } = start();
    expect(await ended).toContain('licence');
    expect(store.identity()?.enrolment).toBeNull();
  });
});
