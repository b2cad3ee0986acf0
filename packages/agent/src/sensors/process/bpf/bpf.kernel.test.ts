import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemClock } from '@wardgrid/base/system';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { processSourceContract } from '../testing/contract.ts';
import { execStorm, startSensor, testFolder, type SensorUnderTest } from '../testing/under-test.ts';
import { createBpfSource } from './index.ts';

const run = promisify(execFile);

processSourceContract('processes by BPF', () => createBpfSource('/'));

describe('what only BPF sees and does', () => {
  let under: SensorUnderTest;
  beforeAll(async () => {
    under = await startSensor(createBpfSource('/'));
  });
  afterAll(() => under.sensor.stop());

  test('a storm of programs that live a millisecond loses no argument', async () => {
    const countOf = (mark: string): number =>
      under.events.filter(
        ({ action, fields }) =>
          action === 'exec' && String(fields['process.command_line']).includes(mark),
      ).length;
    await Promise.all([execStorm('storm-a', 1_500), execStorm('storm-b', 1_500)]);
    for (let turn = 0; countOf('/bin/true storm-') < 3_000 && turn < 1_000; turn += 1) {
      await systemClock.sleep(10);
    }
    expect(countOf('/bin/true storm-a')).toBe(1_500);
    expect(countOf('/bin/true storm-b')).toBe(1_500);
    expect(under.sensor.health().dropped).toBe(0);
  });

  test('a program in memory is told as such', async () => {
    const program = [
      "import os; f = os.memfd_create('hidden', 0)",
      "os.write(f, open('/bin/true', 'rb').read())",
      "os.execve(f, ['memory-4331'], {})",
    ].join('\n');
    const { status } = spawnSync('python3', ['-c', program]);
    expect(status).toBe(0);
    const { fields } = await under.next('exec', /^memory-4331/);
    expect(fields).toMatchObject({
      'process.is_memfd': true,
      'process.is_deleted': true,
      'process.executable': '/memfd:hidden (deleted)',
    });
  });

  test('a script is told with the file that was asked for', async () => {
    const script = join(testFolder(), 'script.sh');
    writeFileSync(script, '#!/bin/sh\nexit 0\n');
    chmodSync(script, 0o755);
    await run(script, ['4332']);
    const { fields } = await under.next('exec', /script\.sh 4332/);
    expect(fields).toMatchObject({ 'process.is_script': true, 'file.path': script });
    expect(fields['process.executable']).toMatch(/sh$/);
  });

  test('deep folders on mounted file systems are named as the process sees them', async () => {
    const folder = join('/dev/shm', `wardgrid-${process.pid}`, 'a'.repeat(200), 'b');
    const script = `mkdir -p ${folder}; cd ${folder}; cp /bin/true .; ./true 4333; rm -r /dev/shm/wardgrid-${process.pid}`;
    await run('/bin/sh', ['-c', script]);
    const { fields } = await under.next('exec', /^\.\/true 4333/);
    expect(fields['process.working_directory']).toBe(folder);
    expect(fields['process.executable']).toBe(`${folder}/true`);
  });

  test('arguments beyond the bound are cut and said to be', async () => {
    await run('/bin/true', ['4334', 'x'.repeat(100_000)]);
    const event = await under.next('exec', /^\/bin\/true 4334/);
    expect(String(event.fields['process.command_line']).length).toBeGreaterThan(16_000);
    expect(event.missing).toContain('process.command_line');
  });

  test('a variable behind more than can be looked through is said to be possible', async () => {
    const many = Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`V${n}`, 'x']));
    await run('/bin/true', ['4335'], { env: { ...many, LD_PRELOAD: '/nowhere/b.so' } });
    expect((await under.next('exec', /^\/bin\/true 4335/)).missing).toContain('process.env');
  });

  test('a denied file dies at its start and says nothing; another of its bytes runs', async () => {
    const folder = testFolder();
    const [denied, allowed] = [join(folder, 'denied'), join(folder, 'allowed')];
    copyFileSync('/bin/echo', denied);
    copyFileSync('/bin/echo', allowed);
    const { dev, ino } = statSync(denied, { bigint: true });
    expect(under.sensor.deny([{ device: dev, inode: ino }])).toBe(true);
    for (let time = 0; time < 50; time += 1) {
      const { signal, stdout } = spawnSync(denied, ['out-4336']);
      expect([signal, stdout.toString()]).toEqual(['SIGKILL', '']);
    }
    expect(spawnSync(allowed, ['out']).stdout.toString()).toBe('out\n');
    expect((await under.next('exec', /out-4336/)).fields['event.outcome']).toBe('denied');
    under.sensor.deny([]);
    expect(spawnSync(denied, ['out']).stdout.toString()).toBe('out\n');
  });

  test('a stopped sensor tells nothing and leaves nothing in the kernel', async () => {
    const other = await startSensor(createBpfSource('/'));
    await other.sensor.stop();
    const count = other.events.length;
    await run('/bin/true', ['4337']);
    await under.next('exec', /^\/bin\/true 4337/);
    expect(other.events).toHaveLength(count);
    expect(bpfDescriptors()).toBe(1);
    await under.sensor.stop();
    expect(bpfDescriptors()).toBe(0);
    under = await startSensor(createBpfSource('/'));
  });
});

/** Rings of this process that the kernel still holds. */
function bpfDescriptors(): number {
  const maps = readFileSync('/proc/self/maps', 'utf8');
  return maps.split('\n').filter((line) => line.includes('bpf-map') && line.includes('rw-s'))
    .length;
}
