import * as z from 'zod';
import { boundedText } from '@wardgrid/base';
import { Count, EpochMs } from './primitives.ts';

/* What agents report is hostile: every string and list is bounded here, and the agent cuts to fit. */
const short = z.string().max(255);
const long = z.string().max(1_024);

export const InventorySection = z.enum([
  'system',
  'hardware',
  'network',
  'users',
  'software',
  'services',
  'processes',
]);
export type InventorySection = z.infer<typeof InventorySection>;

/** Most rows in one list of an inventory; the agent says `isTruncated` beyond it. */
export const INVENTORY_ROWS_MAX = 20_000;

function rows<Item extends z.ZodType>(item: Item, rowsMax: number) {
  return z.array(item).max(rowsMax);
}

export const SystemInventory = z.strictObject({
  section: z.literal('system'),
  hostname: short,
  fqdn: short.nullable(),
  osName: short,
  osVersion: short,
  osFamily: z.enum(['linux', 'windows', 'macos']),
  kernel: short,
  architecture: short,
  bootId: short,
  machineIdHash: short,
  timeZone: short,
  virtualization: short.nullable(),
  uptimeSeconds: Count,
});

export const HardwareInventory = z.strictObject({
  section: z.literal('hardware'),
  vendor: short.nullable(),
  model: short.nullable(),
  serialNumber: short.nullable(),
  biosVersion: short.nullable(),
  cpuModel: short,
  cpuCores: Count,
  memoryBytes: Count,
  disks: rows(
    z.strictObject({
      name: short,
      model: short.nullable(),
      sizeBytes: Count,
      isRotational: z.boolean(),
      isRemovable: z.boolean(),
    }),
    500,
  ),
  filesystems: rows(
    z.strictObject({
      mountPoint: long,
      device: long,
      type: short,
      sizeBytes: Count,
      usedBytes: Count,
    }),
    1_000,
  ),
});

export const NetworkInventory = z.strictObject({
  section: z.literal('network'),
  interfaces: rows(
    z.strictObject({
      name: short,
      macAddress: short.nullable(),
      mtu: Count,
      isUp: z.boolean(),
      kind: z.enum(['physical', 'virtual', 'vpn', 'container', 'loopback']),
      addresses: rows(z.strictObject({ ip: short, prefix: z.int().min(0).max(128) }), 64),
    }),
    1_000,
  ),
  routes: rows(
    z.strictObject({
      destination: short,
      gateway: short.nullable(),
      interfaceName: short,
      metric: Count,
    }),
    2_000,
  ),
  dnsServers: rows(short, 16),
  listeners: rows(
    z.strictObject({
      transport: z.enum(['tcp', 'udp']),
      address: short,
      port: z.int().min(0).max(65_535),
      process: short.nullable(),
      pid: Count.nullable(),
    }),
    5_000,
  ),
  isTruncated: z.boolean(),
});

export const UsersInventory = z.strictObject({
  section: z.literal('users'),
  accounts: rows(
    z.strictObject({
      name: short,
      uid: z.number().nullable(),
      isAdmin: z.boolean(),
      canLogIn: z.boolean(),
      home: long,
      shell: long,
    }),
    5_000,
  ),
  sessions: rows(
    z.strictObject({
      user: short,
      terminal: short.nullable(),
      remoteHost: short.nullable(),
      since: EpochMs,
    }),
    500,
  ),
  isTruncated: z.boolean(),
});

export const SoftwareInventory = z.strictObject({
  section: z.literal('software'),
  packages: rows(
    z.strictObject({
      name: short,
      version: short,
      source: short,
      architecture: short.nullable(),
      installedAt: EpochMs.nullable(),
    }),
    INVENTORY_ROWS_MAX,
  ),
  isTruncated: z.boolean(),
});

export const ServicesInventory = z.strictObject({
  section: z.literal('services'),
  services: rows(
    z.strictObject({
      name: short,
      displayName: short.nullable(),
      state: z.enum(['running', 'stopped', 'failed', 'unknown']),
      startMode: z.enum(['auto', 'manual', 'disabled', 'unknown']),
    }),
    5_000,
  ),
  isTruncated: z.boolean(),
});

/** Most processes in an inventory; more of them are a storm, whose oldest are told. */
export const INVENTORY_PROCESSES_MAX = 5_000;

/** What runs at one moment. It always differs, so it is collected on order only. */
export const ProcessesInventory = z.strictObject({
  section: z.literal('processes'),
  processes: rows(
    z.strictObject({
      pid: Count,
      parentPid: Count,
      name: short,
      user: short,
      /** Null for threads of the kernel, and where it cannot be read. */
      executable: long.nullable(),
      commandLine: long,
      startedAt: EpochMs,
      cpuSeconds: z.number().min(0).max(Number.MAX_SAFE_INTEGER),
      residentBytes: Count,
    }),
    INVENTORY_PROCESSES_MAX,
  ),
  isTruncated: z.boolean(),
});

/** The content of one section, told apart by `section`. */
export const InventoryBody = z.discriminatedUnion('section', [
  SystemInventory,
  HardwareInventory,
  NetworkInventory,
  UsersInventory,
  SoftwareInventory,
  ServicesInventory,
  ProcessesInventory,
]);
export type InventoryBody = z.infer<typeof InventoryBody>;

/** Text cut to what an inventory string may hold. */
export function inventoryText(value: string): string {
  return boundedText(value, 255);
}
