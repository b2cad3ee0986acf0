import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '@wardgrid/base';
import { systemClock, systemNewId } from '@wardgrid/base/system';
import type { DeviceEvent, EventFields } from '@wardgrid/wire';
import { createEventStore, type EventStore } from './event-store.ts';
import { openEventTable } from './event-table.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'wardgrid-events-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

let order = 0;
function event(fields: EventFields, given: Partial<DeviceEvent> = {}): DeviceEvent {
  order += 1;
  const id = systemNewId();
  return {
    id,
    class: 'process',
    action: 'exec',
    at: 1_000 + order,
    order,
    sensor: 'process',
    fields,
    missing: [],
    ...given,
  };
}

const LIMITS = { bytesMax: 64 * 1_048_576, daysMax: 30 };

function open(file = join(folder, 'events.sqlite'), limits = LIMITS): EventStore {
  return createEventStore({ file, clock: systemClock, log: silentLog, limits: () => limits });
}

test('events are found by what hunts ask for, also after a restart', async () => {
  const store = open();
  const now = Date.now();
  const shell = event({ 'process.executable': '/bin/sh', 'process.pid': 5 }, { at: now });
  const file = event(
    { 'file.path': '/tmp/x\ny', 'file.hash.sha256': 'a'.repeat(64) },
    { at: now + 1, class: 'file', action: 'write', sensor: 'file-change' },
  );
  const peer = event(
    { 'destination.ip': '192.0.2.7', 'source.ip': '192.0.2.1' },
    { at: now + 2, class: 'network', action: 'connect', sensor: 'network' },
  );
  store.add([shell, file, peer]);
  expect(await store.find({ limit: 10 })).toEqual([peer, file, shell]);
  await store.close();
  const again = open();
  expect(await again.find({ executable: '/bin/sh', limit: 10 })).toEqual([shell]);
  expect(await again.find({ path: '/tmp/x\ny', limit: 10 })).toEqual([file]);
  expect(await again.find({ sha256: 'a'.repeat(64), limit: 10 })).toEqual([file]);
  expect(await again.find({ ip: '192.0.2.7', limit: 10 })).toEqual([peer]);
  expect(await again.find({ ip: '192.0.2.1', from: now + 3, limit: 10 })).toEqual([]);
  expect(await again.find({ class: 'file', from: now, to: now + 1, limit: 10 })).toEqual([file]);
  await again.close();
});

test('the file stays within its bound, and the oldest go first', async () => {
  const bytesMax = 2 * 1_048_576;
  const file = join(folder, 'events.sqlite');
  const store = open(file, { bytesMax, daysMax: 30 });
  const now = Date.now();
  for (let round = 0; round < 30; round += 1) {
    store.add(
      Array.from({ length: 500 }, (_, index) =>
        event({ 'process.command_line': 'x'.repeat(400) }, { at: now + round * 500 + index }),
      ),
    );
    await store.find({ limit: 1 });
  }
  const { events, sizeBytes, dropped } = store.state();
  expect(dropped).toBe(0);
  expect(sizeBytes).toBeLessThanOrEqual(bytesMax);
  expect(events).toBeGreaterThan(500);
  expect(events).toBeLessThan(15_000);
  const [newest] = await store.find({ limit: 1 });
  expect(newest?.at).toBe(now + 14_999);
  await store.close();
  expect(statSync(file).size).toBeLessThan(bytesMax * 1.5);
});

test('what is too old goes', () => {
  const table = openEventTable(join(folder, 'events.sqlite'));
  const now = 100 * 86_400_000;
  table.add([event({}, { at: now - 31 * 86_400_000 }), event({}, { at: now - 86_400_000 })]);
  table.trim(now, LIMITS);
  expect(table.state().events).toBe(1);
  table.close();
});

test('a broken file begins anew', () => {
  const file = join(folder, 'events.sqlite');
  writeFileSync(file, 'this is no database, however one looks at it'.repeat(200));
  const table = openEventTable(file);
  expect(table.add([event({})])).toBe(1);
  table.close();
});

test('on a full disk events are dropped and counted, and nothing else happens', async () => {
  const mount = join(folder, 'small');
  mkdirSync(mount);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=34m', 'tmpfs', mount]);
  try {
    const store = open(join(mount, 'events.sqlite'));
    const large = { 'process.command_line': 'x'.repeat(30_000) };
    for (let round = 0; round < 4; round += 1) {
      store.add(Array.from({ length: 100 }, () => event(large, { at: Date.now() })));
      await store.find({ limit: 1 });
    }
    expect(store.state().events).toBeGreaterThan(0);
    expect(store.state().dropped).toBeGreaterThan(0);
    await store.close();
  } finally {
    execFileSync('umount', [mount]);
  }
});

test('a flood beyond what can wait is counted, and adding stays quick', async () => {
  const store = open();
  const flood = Array.from({ length: 50_000 }, () =>
    event({ 'process.pid': 1 }, { at: Date.now() }),
  );
  store.add(flood);
  expect(store.state().dropped).toBe(30_000);
  expect(await store.find({ limit: 1 })).toHaveLength(1);
  expect(store.state().events).toBe(20_000);
  await store.close();
  store.add(flood.slice(0, 3));
  await store.find({ limit: 1 });
  expect(store.state().dropped).toBe(30_003);
});
