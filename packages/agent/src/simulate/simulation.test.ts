import { afterEach, beforeEach, expect, test } from 'vitest';
import { gzipSync } from 'node:zlib';
import {
  FAKE_ENROLMENT_KEY,
  FakeProblem,
  startFakeController,
  type FakeController,
} from '../testing/fake-controller.ts';
import { until } from '../testing/test-agent.ts';
import { createHistogram } from '../histogram.ts';
import { createSimulation, type Simulation } from './index.ts';
import { createResponseParser, headerIn } from './response-parser.ts';

let controller: FakeController;
let simulation: Simulation | undefined;

beforeEach(async () => {
  controller = await startFakeController();
});

afterEach(async () => {
  simulation?.close();
  await controller.close();
  expect(controller.gaps).toEqual([]);
});

async function simulate(agents: number): Promise<Simulation> {
  simulation = await createSimulation({
    agents,
    controllerUrl: controller.url,
    enrolmentKey: FAKE_ENROLMENT_KEY,
    connections: 8,
  });
  return simulation;
}

test('many devices enrol, exchange at the interval and send what a device sends first', async () => {
  controller.hooks.exchangeIntervalMs = 500;
  const { enrol, exchange } = await simulate(50);
  expect(await enrol()).toMatchObject({ done: 50, errors: {} });
  expect(controller.devices).toHaveLength(50);
  const report = await exchange({ seconds: 2 });
  expect(report.errors).toEqual({});
  expect(report.done).toBeGreaterThan(100);
  expect(report.latencyMs.p50).toBeGreaterThan(0);
  expect(report.latencyMs.p50).toBeLessThanOrEqual(report.latencyMs.max);
  for (const device of controller.devices) {
    expect(device.exchanges).toBeGreaterThan(1);
    expect(device.records.map(({ body }) => body.kind)).toEqual(['inventory']);
  }
  const names = controller.devices.map(({ lastRequest }) => lastRequest?.heartbeat.hostname);
  expect(names.toSorted()[0]).toBe('sim-00001');
  expect(new Set(names).size).toBe(50);
});

test('a rate is kept whatever the interval, and counts from the planned moment', async () => {
  const { enrol, exchange } = await simulate(20);
  await enrol();
  const report = await exchange({ seconds: 2, ratePerSecond: 100 });
  expect(report.done).toBeGreaterThan(150);
  expect(report.done).toBeLessThan(260);
});

test('orders come by the live connection, are run and end with results that say they are simulated', async () => {
  const orders: number[] = [];
  simulation = await createSimulation({
    agents: 3,
    controllerUrl: controller.url,
    enrolmentKey: FAKE_ENROLMENT_KEY,
    onOrder: (index) => orders.push(index),
  });
  await simulation.enrol();
  await simulation.exchange({ seconds: 1, ratePerSecond: 10 });
  expect(await simulation.connect()).toBe(3);
  const exchanging = simulation.exchange({ seconds: 2 });
  for (const device of controller.devices) {
    const order = controller.order(device, {
      kind: 'discovery',
      arguments: {
        cidr: '10.64.0.0/24',
        gatewayMac: null,
        ports: 'top',
        engine: 'auto',
        packetsPerSecond: 100,
      },
    });
    controller.sendLive(device, { kind: 'order', order: controller.sign(order) });
  }
  await exchanging;
  expect(orders.toSorted()).toEqual([0, 1, 2]);
  for (const device of controller.devices) {
    const kinds = device.records.map(({ body }) => body.kind);
    expect(kinds).toEqual(['inventory', 'job-started', 'job-hosts', 'job-ports', 'job-finished']);
    const hosts = device.records.flatMap(({ body }) =>
      body.kind === 'job-hosts' ? body.hosts : [],
    );
    for (const { names } of hosts) expect(names[0]?.name).toMatch(/^sim-0000\d-host-\d$/);
  }
});

test('failures are counted by code and the devices come back', async () => {
  controller.hooks.exchangeIntervalMs = 200;
  const { enrol, exchange } = await simulate(5);
  await enrol();
  let failures = 5;
  controller.hooks.onRequest = (path) => {
    if (!path.endsWith('/exchange') || failures === 0) return;
    failures -= 1;
    throw new FakeProblem('unavailable');
  };
  const report = await exchange({ seconds: 3 });
  expect(report.errors).toEqual({ unavailable: 5 });
  await until(() => controller.devices.every((device) => device.exchanges > 0));
});

test('a refused key ends the enrolment of each at once', async () => {
  simulation = await createSimulation({
    agents: 4,
    controllerUrl: controller.url,
    enrolmentKey: `wgk_0000000000000000_${'x'.repeat(40)}`,
  });
  const report = await simulation.enrol();
  expect(report).toMatchObject({ done: 0, errors: { 'enrolment-key-invalid': 4 } });
});

test('a response is read however its bytes are cut', () => {
  const plain = 'HTTP/1.1 200 OK\r\nContent-Length: 7\r\nDate: now\r\n\r\n{"ä":1}'.replace(
    '7',
    '8',
  );
  const chunked =
    'HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\nRetry-After: 3\r\n\r\n' +
    '4\r\nabcd\r\n2\r\nef\r\n0\r\n\r\n';
  for (const [text, status, body] of [
    [plain, 200, '{"ä":1}'],
    [chunked, 503, 'abcdef'],
  ] as const) {
    const bytes = Buffer.from(text);
    for (let cut = 0; cut < bytes.length; cut += 1) {
      const parser = createResponseParser();
      const first = cut === 0 ? undefined : parser.push(bytes.subarray(0, cut));
      const whole = first ?? parser.push(bytes.subarray(cut));
      expect(whole).toMatchObject({ status, body, isKept: true });
    }
  }
  expect(headerIn(chunked, 'retry-after')).toBe('3');
  expect(() => createResponseParser().push(gzipSync('noise'.repeat(9_000)))).not.toThrow();
  expect(() => createResponseParser().push(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'))).toThrow();
});

test('quantiles are right within two percent', () => {
  const histogram = createHistogram();
  for (let value = 1; value <= 1_000; value += 1) histogram.add(value);
  const { p50, p90, p99, max, mean, count } = histogram.quantiles();
  expect([count, max, mean]).toEqual([1_000, 1_000, 500.5]);
  for (const [found, expected] of [
    [p50, 500],
    [p90, 900],
    [p99, 990],
  ] as const) {
    expect(Math.abs(found / expected - 1)).toBeLessThan(0.02);
  }
});
