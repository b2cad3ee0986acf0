import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSeededRandom } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import type { Order } from '@wardgrid/wire';
import { CHILD_HOSTS } from '../testing/child-agent.ts';
import { startFakeController, type FakeDevice } from '../testing/fake-controller.ts';
import { until } from '../testing/test-agent.ts';

const CHILD_PATH = new URL('../testing/child-agent.ts', import.meta.url).pathname;

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

/** Kills of one run; each falls at another point of start, exchange and job. */
const KILLS = 24;

function startChild(url: string, dataPath: string): ChildProcess {
  return spawn(process.execPath, ['--no-warnings', CHILD_PATH, url, dataPath], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  child.kill('SIGKILL');
  await ended;
}

function endsOf(device: FakeDevice): Map<string, number> {
  const ends = new Map<string, number>();
  for (const { body } of device.records) {
    if (body.kind === 'job-finished') ends.set(body.jobId, (ends.get(body.jobId) ?? 0) + 1);
  }
  return ends;
}

/** Killed without warning again and again, the agent loses nothing and says nothing twice. */
test('every record arrives once and every job ends once, however often the agent is killed', async () => {
  const controller = await startFakeController();
  controller.hooks.exchangeIntervalMs = 200;
  const dataPath = mkdtempSync(join(tmpdir(), 'wardgrid-kill-'));
  const random = createSeededRandom(20);
  // Replies are lost as well: the agent then repeats what the controller already has.
  controller.hooks.isReplyLost = () => random.fraction() < 0.15;
  const orders: Order[] = [];
  let child = startChild(controller.url, dataPath);
  try {
    const device = await until(() => controller.devices[0]);
    for (let kills = 0; kills < KILLS; kills += 1) {
      orders.push(controller.order(device, DISCOVERY));
      await systemClock.sleep(250 + random.fraction() * 350);
      await kill(child);
      child = startChild(controller.url, dataPath);
    }
    controller.hooks.isReplyLost = () => false;
    await until(() => endsOf(device).size === orders.length);
    await kill(child);
    expect(controller.devices).toHaveLength(1);
    expect(controller.gaps).toEqual([]);
    expect([...endsOf(device).values()]).toEqual(orders.map(() => 1));
    for (const { id } of orders) {
      const bodies = device.records.map(({ body }) => body);
      const hosts = bodies.filter((body) => body.kind === 'job-hosts' && body.jobId === id);
      const end = bodies.find((body) => body.kind === 'job-finished' && body.jobId === id);
      const isWhole = end?.kind === 'job-finished' && end.outcome === 'succeeded';
      if (isWhole) expect(hosts).toHaveLength(CHILD_HOSTS);
      else expect(end).toMatchObject({ error: { code: 'agent-restarted' } });
      const addresses = hosts.flatMap((body) => (body.kind === 'job-hosts' ? body.hosts : []));
      expect(new Set(addresses.map(({ ip }) => ip)).size).toBe(addresses.length);
    }
    expect(device.records.length).toBeGreaterThan(orders.length * 2);
  } finally {
    child.kill('SIGKILL');
    await controller.close();
    rmSync(dataPath, { recursive: true, force: true });
  }
}, 60_000);
