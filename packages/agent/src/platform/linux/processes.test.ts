import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { systemClock } from '@wardgrid/base/system';
import { InventoryBody } from '@wardgrid/wire';
import { expect, onTestFinished, test } from 'vitest';
import { createCommandRunner } from './command.ts';
import { argumentsOf, entityIdOf, parseProcessStat } from './process-files.ts';
import { readProcesses } from './processes.ts';
import { createSource, NEVER } from './testdata/machine.ts';

const STAT =
  '42 (a) (b c) S 7 42 42 34816 42 4194304 90 0 0 0 150 50 0 0 20 0 1 0 1234 9000 321 18446744073709551615';

test('a stat line is told by its last parenthesis, whatever the name holds', () => {
  expect(parseProcessStat(STAT)).toEqual({
    pid: 42,
    name: 'a) (b c',
    state: 'S',
    parentPid: 7,
    terminal: 34_816,
    flags: 4_194_304,
    cpuTicks: 200,
    startTicks: 1_234,
    residentPages: 321,
  });
  expect(parseProcessStat('42 (cut off')).toBeNull();
  expect(parseProcessStat('42 (cut) S 7')).toBeNull();
  expect(parseProcessStat('')).toBeNull();
});

test('arguments keep empty ones and lose only the last zero byte', () => {
  expect(argumentsOf(Buffer.from('a\0\0b\0'))).toEqual(['a', '', 'b']);
  expect(argumentsOf(Buffer.from('a\0cut'))).toEqual(['a', 'cut']);
});

test('an entity id depends on boot, number and start', () => {
  const ids = [entityIdOf('b', 1, 23), entityIdOf('b', 12, 3), entityIdOf('c', 1, 23)];
  expect(new Set(ids).size).toBe(3);
  expect(entityIdOf('b', 1, 23)).toBe(ids[0]);
});

test('this machine tells its processes, ours among them', async () => {
  const child = spawn('sleep', ['60.5'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill());
  await once(child, 'spawn');
  const source = { rootPath: '/', clock: systemClock, run: createCommandRunner(systemClock) };
  const body = await readProcesses(source, NEVER);
  expect(InventoryBody.safeParse(body).error).toBeUndefined();
  const row = body.processes.find(({ pid }) => pid === child.pid);
  expect(row).toMatchObject({ parentPid: process.pid, commandLine: 'sleep 60.5', name: 'sleep' });
  expect(Math.abs((row?.startedAt ?? 0) - systemClock.now())).toBeLessThan(10_000);
  expect(row?.residentBytes).toBeGreaterThan(0);
});

test('names and arguments of processes are bounded, made visible and cut to what is sent', async () => {
  const hostile = `evil\u202e${'\u{1f480}'.repeat(5_000)}`;
  const files = Object.fromEntries(
    Array.from({ length: 2_000 }, (_, index) => [
      [`proc/${index + 1}/stat`, STAT.replace('42', String(index + 1))],
      [`proc/${index + 1}/cmdline`, `${hostile}\0`],
    ]).flat(),
  );
  const body = await readProcesses(createSource(files), NEVER);
  expect(InventoryBody.safeParse(body).error).toBeUndefined();
  expect(body.isTruncated).toBe(true);
  expect(body.processes.length).toBeGreaterThan(100);
  expect(JSON.stringify(body).length).toBeLessThan(3 * 1024 * 1024);
  expect(body.processes[0]?.commandLine).toContain(String.raw`evil\u{202e}`);
});
