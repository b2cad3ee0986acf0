import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { systemClock } from '@wardgrid/base/system';
import { silentLog } from '@wardgrid/base';
import { DeviceEvent, SensorHealth } from '@wardgrid/wire';
import { expect, onTestFinished, test } from 'vitest';
import { attachBpfObject } from '../../platform/linux/bpf/libbpf.ts';
import { bpfObjectFile } from '../../platform/linux/bpf/object-file.ts';
import { listBpfPrograms } from '../../platform/linux/bpf/programs.ts';
import type { SensedEvent } from '../../protect/parts.ts';
import { createProcessSensor } from '../process/index.ts';
import { createMemorySensor, type MemorySensorOptions } from './index.ts';

/** A process with a page that can be written and run, and one from a file in memory. */
const INJECTED = `
import mmap, os, time
page = mmap.mmap(-1, 8192, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
hidden = os.memfd_create('payload')
os.write(hidden, bytes(4096))
code = mmap.mmap(hidden, 4096, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_EXEC)
print('ready', flush=True)
time.sleep(60)
`;

async function startInjected(): Promise<number> {
  const child = spawn('python3', ['-c', INJECTED], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

async function startSensor(options: Partial<MemorySensorOptions> = {}) {
  const sensor = createMemorySensor({ clock: systemClock, ...options });
  const events: SensedEvent[] = [];
  await sensor.start((batch) => void events.push(...batch));
  onTestFinished(() => sensor.stop());
  async function until(isIt: () => boolean): Promise<void> {
    for (let turn = 0; turn < 1_000 && !isIt(); turn += 1) await systemClock.sleep(10);
    expect(isIt()).toBe(true);
  }
  return { sensor, events, until };
}

test('a process with injected code is told by the sweep, once', async () => {
  const pid = await startInjected();
  const { sensor, events, until } = await startSensor({ sweepMs: 200 });
  const own = (): SensedEvent[] => events.filter(({ fields }) => fields['process.pid'] === pid);
  await until(() => own().length >= 2);
  expect(own().map(({ fields }) => fields['event.reason'])).toEqual(
    expect.arrayContaining(['writable-executable', 'memfd-executable']),
  );
  const memfd = own().find(({ fields }) => fields['event.reason'] === 'memfd-executable');
  expect(memfd?.fields).toMatchObject({
    'memory.mapping': '/memfd:payload (deleted)',
    'memory.protection': 'r-x',
    'memory.size': 4_096,
    'process.name': expect.stringContaining('python'),
  });
  expect(memfd?.fields).not.toHaveProperty('event.module');
  const wired = { ...memfd, id: '0199d6b1-7a00-7000-8000-000000000000', order: 1 };
  expect(DeviceEvent.safeParse(wired).error).toBeUndefined();
  expect(SensorHealth.safeParse(sensor.health()).error).toBeUndefined();
  const count = own().length;
  await systemClock.sleep(1_000);
  expect(own()).toHaveLength(count);
});

test('a hint finds it sooner, and a runtime of ours is named', async () => {
  const { sensor, events, until } = await startSensor();
  await systemClock.sleep(1_500);
  const pid = await startInjected();
  sensor.hint(pid);
  await until(() => events.some(({ fields }) => fields['process.pid'] === pid));
  const own = events.find(({ fields }) => fields['process.pid'] === process.pid);
  expect(own?.fields['event.module']).toBe('runtime:v8');
});

test('a BPF program that somebody loads is told, those of our sensors are not', async () => {
  const { events, until } = await startSensor({ kernelMs: 100 });
  const sensor = createProcessSensor({ clock: systemClock, log: silentLog });
  onTestFinished(() => sensor.stop());
  await sensor.start(() => undefined);
  expect(sensor.health().source).toBe('bpf');
  const path = await bpfObjectFile('network');
  const script = `
    import { attachBpfObject } from ${JSON.stringify(new URL('../../platform/linux/bpf/libbpf.ts', import.meta.url).href)};
    attachBpfObject(${JSON.stringify(path)}, ['on_state']);
    setTimeout(() => {}, 60_000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const loads = (): SensedEvent[] => events.filter(({ class: name }) => name === 'module');
  await until(() => loads().length > 0);
  expect(loads().map(({ fields }) => fields['module.name'])).toContain('on_state');
  expect(loads().map(({ fields }) => fields['module.name'])).not.toContain('on_exec');
  expect(loads()[0]?.fields).toMatchObject({ 'event.module': 'bpf', 'user.id': 0 });
});

test('programs are listed, and closing an object takes its own away', async () => {
  const before = new Set(listBpfPrograms().map(({ id }) => id));
  const fresh = () => listBpfPrograms().filter(({ id }) => !before.has(id));
  const object = attachBpfObject(await bpfObjectFile('network'), ['on_state']);
  expect(fresh()).toMatchObject([{ name: 'on_state', type: 'tracing', uid: 0 }]);
  object.close();
  for (let turn = 0; fresh().length > 0 && turn < 100; turn += 1) await systemClock.sleep(20);
  expect(fresh()).toEqual([]);
});
