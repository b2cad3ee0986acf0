import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@wardgrid/base/system';
import { DeviceEvent, SensorHealth } from '@wardgrid/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProcessSource } from '../index.ts';
import { startSensor, testFolder, WAIT_MS_MAX, type SensorUnderTest } from './under-test.ts';

/*
 * What every source of process events keeps, with programs that live long enough to be looked at.
 * What a source can do beyond it is tested with the source.
 */

async function runToEnd(
  program: string,
  args: readonly string[],
  options: SpawnOptions = { stdio: 'ignore' },
): Promise<ChildProcess> {
  const child = spawn(program, args, options);
  await once(child, 'close');
  return child;
}

async function tellsRunningPrograms({ events }: SensorUnderTest): Promise<void> {
  const own = events.find(({ fields }) => fields['process.pid'] === process.pid);
  expect(own?.fields).toMatchObject({
    'event.reason': 'running',
    'process.executable': process.execPath,
  });
  const ageMs = Math.abs(Number(own?.fields['process.start']) - systemClock.now());
  expect(ageMs).toBeLessThan(3_600_000);
}

async function tellsAStartWhole(under: SensorUnderTest): Promise<void> {
  const folder = testFolder();
  const args = ['0.4321', '0'];
  const child = await runToEnd('/bin/sleep', args, { cwd: folder, stdio: 'pipe' });
  const { fields } = await under.next('exec', /sleep 0\.4321/);
  expect(fields).toMatchObject({
    'process.pid': child.pid,
    'process.args': ['/bin/sleep', ...args],
    'process.name': 'sleep',
    'process.working_directory': folder,
    'process.is_deleted': false,
    'process.is_memfd': false,
    'process.stdin.type': 'socket',
    'user.id': process.getuid?.(),
    'process.parent.pid': process.pid,
    'process.parent.executable': process.execPath,
  });
  expect(fields['process.entity_id']).toMatch(/^[0-9a-f]{20}$/);
  expect(fields['process.parent.entity_id']).toMatch(/^[0-9a-f]{20}$/);
  expect(Array.isArray(fields['process.ancestors'])).toBe(true);
}

async function tellsChosenVariables(under: SensorUnderTest): Promise<void> {
  const env = { LD_PRELOAD: '/nowhere/a.so', SECRET: 'hunter2', https_proxy: 'http://p:1' };
  await runToEnd('/bin/sleep', ['0.4322'], { env, stdio: 'ignore' });
  const { fields } = await under.next('exec', /sleep 0\.4322/);
  expect(fields['process.env']).toEqual(['LD_PRELOAD=/nowhere/a.so', 'https_proxy=http://p:1']);
  expect(JSON.stringify(fields)).not.toContain('hunter2');
}

async function exitCodeOf(under: SensorUnderTest, pid: number | undefined): Promise<unknown> {
  for (let turn = 0; turn < WAIT_MS_MAX / 5; turn += 1) {
    const found = under.events.find(
      ({ action, fields }) => action === 'exit' && fields['process.pid'] === pid,
    );
    if (found) return found.fields['process.exit_code'];
    await systemClock.sleep(5);
  }
  throw new Error(`no end of ${pid}`);
}

async function tellsAnEndWithItsCode(under: SensorUnderTest): Promise<void> {
  const failed = await runToEnd('/bin/sh', ['-c', 'sleep 0.4323; exit 7']);
  const killed = spawn('/bin/sleep', ['30.4324'], { stdio: 'ignore' });
  await under.next('exec', /^\/bin\/sleep 30\.4324/);
  killed.kill('SIGKILL');
  expect(await exitCodeOf(under, failed.pid)).toBe(7);
  expect(await exitCodeOf(under, killed.pid)).toBe(137);
}

async function tellsADeletedFile(under: SensorUnderTest): Promise<void> {
  const path = join(testFolder(), 'gone');
  copyFileSync('/bin/sleep', path);
  const script = `exec 9<${path}; rm ${path}; exec /proc/self/fd/9 0.4325`;
  await runToEnd('/bin/sh', ['-c', script]);
  const { fields } = await under.next('exec', /^\/proc\/self\/fd\/9 0\.4325/);
  expect(fields).toMatchObject({ 'process.is_deleted': true, 'process.is_memfd': false });
}

async function keepsHostileArgumentsWhole(under: SensorUnderTest): Promise<void> {
  const args = ['0.4326', '0', `0\u202e\n\u0007'"`, ''];
  const script = ['-c', 'trap : TERM; sleep 0.4', ...args];
  await runToEnd('/bin/sh', script);
  const event = await under.next('exec', /trap : TERM; sleep 0\.4 0\.4326/);
  expect(event.fields['process.args']).toEqual(['/bin/sh', ...script]);
  const wired = { ...event, id: '0199d6b1-7a00-7000-8000-000000000000', order: 1 };
  expect(DeviceEvent.safeParse(wired).error).toBeUndefined();
}

async function namesEachProcessOnce(under: SensorUnderTest): Promise<void> {
  await runToEnd('/bin/sh', ['-c', 'sleep 0.4327; sleep 0.4328']);
  const [first, second, shell] = [
    await under.next('exec', /^sleep 0\.4327/),
    await under.next('exec', /^sleep 0\.4328/),
    await under.next('exec', /^\/bin\/sh -c sleep 0\.4327/),
  ];
  const shellId = shell.fields['process.entity_id'];
  expect(first.fields['process.parent.entity_id']).toBe(shellId);
  expect(second.fields['process.parent.entity_id']).toBe(shellId);
  expect(first.fields['process.entity_id']).not.toBe(second.fields['process.entity_id']);
}

const PROMISES: Readonly<Record<string, (under: SensorUnderTest) => Promise<void>>> = {
  'running programs are told at the start, this one too': tellsRunningPrograms,
  'a start is told with arguments, folder, user and parents': tellsAStartWhole,
  'chosen variables are told, others are not': tellsChosenVariables,
  'an end is told with its code, a signal as shells tell it': tellsAnEndWithItsCode,
  'a program whose file was deleted is told as such': tellsADeletedFile,
  'hostile arguments stay one event that the wire accepts': keepsHostileArgumentsWhole,
  'entity ids of one process are one, of two never': namesEachProcessOnce,
};

/** The tests that every source passes. */
export function processSourceContract(name: string, createSource: () => ProcessSource): void {
  describe(name, () => {
    let under: SensorUnderTest;
    beforeAll(async () => {
      under = await startSensor(createSource());
    });
    afterAll(() => under.sensor.stop());

    test('is in use and says so', () => {
      const health = under.sensor.health();
      expect(SensorHealth.safeParse(health).error).toBeUndefined();
      expect(health).toMatchObject({ name: 'process', state: 'on', source: createSource().name });
    });
    test('stopped and started again it goes on', async () => {
      await under.sensor.stop();
      expect(under.sensor.health().state).toBe('off');
      await under.sensor.start((batch) => void under.events.push(...batch));
      await runToEnd('/bin/sleep', ['0.4329']);
      await under.next('exec', /sleep 0\.4329/);
      expect(under.sensor.health().dropped).toBe(0);
    });
    test.each(Object.entries(PROMISES))('%s', (_, keep) => keep(under));
  });
}
