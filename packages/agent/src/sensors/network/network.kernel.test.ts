import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { promisify } from 'node:util';
import { silentLog } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import { DeviceEvent, SensorHealth } from '@wardgrid/wire';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { SensedEvent } from '../../protect/parts.ts';
import { createNetworkSensor } from './index.ts';

const run = promisify(execFile);

async function startSensor(mayUseBpf: boolean) {
  const sensor = createNetworkSensor({ clock: systemClock, log: silentLog, mayUseBpf });
  const events: SensedEvent[] = [];
  await sensor.start((batch) => void events.push(...batch));
  onTestFinished(() => sensor.stop());
  async function next(isIt: (event: SensedEvent) => boolean): Promise<SensedEvent> {
    for (let turn = 0; turn < 1_500; turn += 1) {
      const found = events.find(isIt);
      if (found) return found;
      sensor.hint();
      await systemClock.sleep(10);
    }
    throw new Error(`not among ${events.length} events`);
  }
  return { sensor, events, next };
}

async function listen(host: string): Promise<Server & { readonly port: number }> {
  const server = createServer((socket) => void socket.on('error', () => undefined));
  server.listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return Object.assign(server, { port: (server.address() as AddressInfo).port });
}

describe.each([
  ['bpf', true],
  ['inet-diag', false],
] as const)('the network by %s', (source, mayUseBpf) => {
  test('what listens and who connects is told with the process, over IPv4 and IPv6', async () => {
    const { sensor, next } = await startSensor(mayUseBpf);
    expect(SensorHealth.safeParse(sensor.health()).error).toBeUndefined();
    expect(sensor.health().source).toBe(source);
    await systemClock.sleep(200);
    for (const host of ['127.0.0.1', '::1']) {
      const { port } = await listen(host);
      const listened = await next(
        ({ action, fields }) => action === 'listen' && fields['source.port'] === port,
      );
      expect(listened.fields).toMatchObject({
        'source.ip': host,
        'network.transport': 'tcp',
        'process.pid': process.pid,
        'process.executable': process.execPath,
      });
      const client = connect(port, host);
      onTestFinished(() => void client.destroy());
      await once(client, 'connect');
      const isOf = (direction: string) => (event: SensedEvent) =>
        event.fields['destination.port'] === port &&
        event.fields['network.direction'] === direction;
      const outbound = await next(isOf('outbound'));
      expect(outbound.fields).toMatchObject({
        'destination.ip': host,
        'process.pid': process.pid,
        'process.executable': process.execPath,
        'user.id': process.getuid?.(),
      });
      const inbound = await next(isOf('inbound'));
      expect(inbound.fields).toMatchObject({
        'source.ip': host,
        'destination.ip': host,
        'process.pid': process.pid,
      });
      const wired = { ...outbound, id: '0199d6b1-7a00-7000-8000-000000000000', order: 1 };
      expect(DeviceEvent.safeParse(wired).error).toBeUndefined();
    }
  });

  test('what listened before is told as running', async () => {
    const { port } = await listen('0.0.0.0');
    const { next } = await startSensor(mayUseBpf);
    const { fields } = await next(
      ({ action, fields }) => action === 'listen' && fields['source.port'] === port,
    );
    expect(fields).toMatchObject({ 'event.reason': 'running', 'process.pid': process.pid });
  });
});

test('by BPF a connection that is refused at once is told with its program', async () => {
  const { next, sensor } = await startSensor(true);
  const script = 'exec 3<>/dev/tcp/127.0.0.1/9';
  await run('/bin/bash', ['-c', script]).catch(() => undefined);
  const { fields } = await next(({ fields }) => fields['destination.port'] === 9);
  expect(fields).toMatchObject({ 'destination.ip': '127.0.0.1', 'network.direction': 'outbound' });
  expect(fields['process.pid']).toBeGreaterThan(0);
  expect(sensor.health().dropped).toBe(0);
});

test('a UDP socket that waits for anybody is told by the table', async () => {
  const { next } = await startSensor(false);
  await systemClock.sleep(100);
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  const { port } = socket.address();
  const { fields } = await next(
    ({ action, fields }) => action === 'listen' && fields['source.port'] === port,
  );
  expect(fields).toMatchObject({ 'network.transport': 'udp', 'process.pid': process.pid });
});

test('a name that a program looks up is told with the program', async () => {
  const { next } = await startSensor(true);
  const script = `
    const dns = require('node:dns');
    const resolver = new dns.Resolver({ timeout: 100, tries: 1 });
    resolver.setServers(['127.0.0.1']);
    resolver.resolve4('Beacon-4351.Example.test', () => process.exit());
  `;
  await run(process.execPath, ['-e', script]);
  const event = await next(({ action }) => action === 'dns');
  expect(event.fields).toMatchObject({
    'dns.question.name': 'beacon-4351.example.test',
    'destination.ip': '127.0.0.1',
    'destination.port': 53,
    'network.transport': 'udp',
    'process.executable': process.execPath,
  });
  const wired = { ...event, id: '0199d6b1-7a00-7000-8000-000000000000', order: 1 };
  expect(DeviceEvent.safeParse(wired).error).toBeUndefined();
});
