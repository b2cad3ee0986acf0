import { InventoryBody } from '@wardgrid/wire';
import { systemClock } from '@wardgrid/base/system';
import { expect, test } from 'vitest';
import { collectInventory, INVENTORY_SECTIONS } from '../../inventory/index.ts';
import { choosePrimary } from '../../network-view/index.ts';
import { createLinuxPlatform } from './index.ts';
import { createMachine, NEVER } from './testdata/machine.ts';

/** Processor time that all sections together may take on a machine of ours. */
const INVENTORY_CPU_MS_MAX = 1_000;

test('this machine has a complete inventory that the wire accepts, within its budget', async () => {
  const { inventory: readers } = createLinuxPlatform({ clock: systemClock });
  const before = process.cpuUsage();
  const options = { readers, clock: systemClock, signal: NEVER };
  const collected = await collectInventory(INVENTORY_SECTIONS, options);
  const { user, system } = process.cpuUsage(before);
  expect(collected.map((entry) => entry.section)).toEqual([...INVENTORY_SECTIONS]);
  for (const { body, section } of collected) {
    expect(InventoryBody.safeParse(body).error, section).toBeUndefined();
  }
  expect((user + system) / 1_000).toBeLessThan(INVENTORY_CPU_MS_MAX);
});

test('an empty machine has an inventory too', async () => {
  const { inventory: readers } = createLinuxPlatform({
    clock: systemClock,
    rootPath: createMachine({}),
  });
  const options = { readers, clock: systemClock, signal: NEVER };
  const collected = await collectInventory(INVENTORY_SECTIONS, options);
  expect(collected).toHaveLength(INVENTORY_SECTIONS.length);
  for (const { body, section } of collected) {
    expect(InventoryBody.safeParse(body).error, section).toBeUndefined();
  }
});

test('this machine tells its vitals and its place on the network', async () => {
  const platform = createLinuxPlatform({ clock: systemClock });
  const vitals = await platform.vitals();
  expect(vitals.memoryTotalBytes).toBeGreaterThan(vitals.memoryUsedBytes);
  expect(vitals.bootedAt).toBeLessThan(systemClock.now());
  expect(vitals.processCount).toBeGreaterThan(0);
  const tables = platform.networkTables();
  expect(tables.interfaces.map((row) => row.linkKind)).toContain('loopback');
  expect(choosePrimary(tables).localIp).not.toBe('127.0.0.1');
});
