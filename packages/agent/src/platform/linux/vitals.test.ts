import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createMachine } from './testdata/machine.ts';
import {
  createVitalsReader,
  parseBootedAt,
  parseCpuTicks,
  parseLoadAverage,
  parseMemory,
  percentBetween,
} from './vitals.ts';

const STAT = `cpu  100 20 30 800 50 1 2 3 40 0
cpu0 100 20 30 800 50 1 2 3 40 0
btime 1700000000
`;

test('processor time counts waiting as idle and guests once', () => {
  expect(parseCpuTicks(STAT)).toEqual({ busy: 156, total: 1006 });
});

test('the share of the processor is that since the previous call', async () => {
  const rootPath = createMachine({ 'proc/stat': STAT, 'proc/1/stat': '', 'proc/self/stat': '' });
  const read = createVitalsReader(rootPath);
  writeFileSync(`${rootPath}proc/stat`, STAT.replace('cpu  100 20 30 800', 'cpu  175 20 30 825'));
  expect((await read()).cpuPercent).toBe(75);
  expect((await read()).cpuPercent).toBe(75);
  writeFileSync(`${rootPath}proc/stat`, STAT.replace('cpu  100 20 30 800', 'cpu  175 20 30 925'));
  const vitals = await read();
  expect(vitals).toMatchObject({ cpuPercent: 0, bootedAt: 1_700_000_000_000, processCount: 1 });
  expect(vitals.diskTotalBytes).toBeGreaterThan(vitals.diskUsedBytes ?? Infinity);
});

test('memory in use is what programs cannot get', () => {
  const text = 'MemTotal:       16000 kB\nMemFree:         1000 kB\nMemAvailable:    6000 kB\n';
  expect(parseMemory(text)).toEqual({
    memoryUsedBytes: 10_000 * 1024,
    memoryTotalBytes: 16_000 * 1024,
  });
  expect(parseMemory(text.replace('MemAvailable', 'Else')).memoryUsedBytes).toBe(15_000 * 1024);
});

test('a table that says nothing gives zeros and nulls, never NaN', async () => {
  for (const text of ['', 'cpu', 'cpu  x y', '\0\0\0', 'btime 99999999999999999']) {
    expect(parseCpuTicks(text)).toEqual({ busy: 0, total: 0 });
    expect(parseBootedAt(text)).toBeNull();
    expect(parseLoadAverage(text)).toBe(0);
    expect(parseMemory(text)).toEqual({ memoryUsedBytes: 0, memoryTotalBytes: 0 });
  }
  expect(percentBetween({ busy: 9, total: 9 }, { busy: 1, total: 1 })).toBe(0);
  const vitals = await createVitalsReader(createMachine({}))();
  expect(vitals).toMatchObject({ cpuPercent: 0, bootedAt: null, processCount: 0 });
});
