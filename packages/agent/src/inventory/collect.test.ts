import { createFakeClock, createLog } from '@wardgrid/base';
import { expect, test } from 'vitest';
import {
  boundedBytes,
  boundedDetail,
  boundedInstant,
  boundedName,
  collectInventory,
  contentHash,
  type BodyOf,
  type InventoryReaders,
} from './index.ts';

const SYSTEM: BodyOf<'system'> = {
  section: 'system',
  hostname: 'web1',
  fqdn: null,
  osName: 'Debian',
  osVersion: '12',
  osFamily: 'linux',
  kernel: '6.1',
  architecture: 'x64',
  bootId: 'b',
  machineIdHash: 'm',
  timeZone: 'Etc/UTC',
  virtualization: null,
  uptimeSeconds: 5,
};
const HARDWARE: BodyOf<'hardware'> = {
  section: 'hardware',
  vendor: null,
  model: null,
  serialNumber: null,
  biosVersion: null,
  cpuModel: 'CPU',
  cpuCores: 1,
  memoryBytes: 1,
  disks: [],
  filesystems: [
    { mountPoint: '/', device: '/dev/vda', type: 'ext4', sizeBytes: 100_000, usedBytes: 50_000 },
  ],
};
const NETWORK: BodyOf<'network'> = {
  section: 'network',
  interfaces: [],
  routes: [],
  dnsServers: [],
  listeners: [{ transport: 'tcp', address: '::', port: 443, process: 'nginx', pid: 9 }],
  isTruncated: false,
};
const READERS: InventoryReaders = {
  system: async () => SYSTEM,
  hardware: async () => HARDWARE,
  network: async () => NETWORK,
  users: async () => ({ section: 'users', accounts: [], sessions: [], isTruncated: false }),
  software: async () => ({ section: 'software', packages: [], isTruncated: false }),
  services: async () => ({ section: 'services', services: [], isTruncated: false }),
  processes: async () => ({ section: 'processes', processes: [], isTruncated: false }),
};
const signal = new AbortController().signal;

test('the sections asked for are collected once each, in order', async () => {
  const clock = createFakeClock(1_700_000_000_000);
  const sections = ['network', 'system', 'network'] as const;
  const collected = await collectInventory(sections, { readers: READERS, clock, signal });
  expect(collected).toEqual([
    {
      section: 'network',
      collectedAt: 1_700_000_000_000,
      contentHash: contentHash(NETWORK),
      body: NETWORK,
    },
    {
      section: 'system',
      collectedAt: 1_700_000_000_000,
      contentHash: contentHash(SYSTEM),
      body: SYSTEM,
    },
  ]);
});

test('a section that fails is logged and does not cost the others', async () => {
  const clock = createFakeClock();
  const lines: string[] = [];
  const log = createLog({ clock, level: 'warn', write: (line) => lines.push(line) });
  const readers = { ...READERS, hardware: () => Promise.reject(new Error('broken disk')) };
  const options = { readers, clock, signal, log };
  const collected = await collectInventory(['hardware', 'users'], options);
  expect(collected.map((entry) => entry.section)).toEqual(['users']);
  expect(lines.join()).toContain('broken disk');
});

test('an aborted signal ends the collection', async () => {
  const reason = new Error('enough');
  const aborted = AbortSignal.abort(reason);
  const options = { readers: READERS, clock: createFakeClock(), signal: aborted };
  await expect(collectInventory(['system'], options)).rejects.toBe(reason);
});

test('the hash stays while only what changes by itself has changed', () => {
  expect(contentHash(SYSTEM)).toMatch(/^[0-9a-f]{64}$/);
  expect(contentHash({ ...SYSTEM, uptimeSeconds: 999 })).toBe(contentHash(SYSTEM));
  expect(contentHash({ ...SYSTEM, hostname: 'web2' })).not.toBe(contentHash(SYSTEM));
  const used = (usedBytes: number): string =>
    contentHash({
      ...HARDWARE,
      filesystems: HARDWARE.filesystems.map((row) => ({ ...row, usedBytes })),
    });
  expect(used(50_300)).toBe(contentHash(HARDWARE));
  expect(used(52_000)).not.toBe(contentHash(HARDWARE));
  const listening = (transport: 'tcp' | 'udp', port: number): string => {
    const row = { transport, address: '::', port, process: null, pid: null };
    return contentHash({ ...NETWORK, listeners: [...NETWORK.listeners, row] });
  };
  expect(listening('udp', 40_000)).toBe(contentHash(NETWORK));
  expect(listening('udp', 53)).not.toBe(contentHash(NETWORK));
  expect(listening('tcp', 40_000)).not.toBe(contentHash(NETWORK));
});

test('what a device tells is cut, made visible and made whole numbers', () => {
  expect(boundedName(`a\0b${'c'.repeat(300)}`)).toHaveLength(255);
  expect(boundedName('a\0\u202eb')).toBe(String.raw`a\u{0}\u{202e}b`);
  expect(boundedDetail('\ud800').isWellFormed()).toBe(true);
  expect([boundedBytes(Number.NaN), boundedBytes(-1), boundedBytes(1e300)]).toEqual([
    0,
    0,
    Number.MAX_SAFE_INTEGER,
  ]);
  expect([boundedInstant(-1), boundedInstant(Number.NaN), boundedInstant(1e300)]).toEqual([
    null,
    null,
    null,
  ]);
  expect(boundedInstant(1.5)).toBe(1);
});
