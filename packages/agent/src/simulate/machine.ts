import { createHash } from 'node:crypto';
import { formatIp, parseIp } from '@wardgrid/base';
import type { InventoryBody, MachineFacts } from '@wardgrid/wire';
import type { NetworkView } from '../network-view/index.ts';
import type { Vitals } from '../platform/platform.ts';

/** A machine that is made up from its number: the same number, the same machine. */
export interface SimulatedMachine {
  readonly facts: MachineFacts;
  readonly network: NetworkView;
  readonly vitals: Vitals;
  readonly system: Extract<InventoryBody, { section: 'system' }>;
}

/** Devices of one simulated site share a /24 and its gateway. */
const DEVICES_PER_SITE = 50;
/** Where simulated sites begin: 10.64.0.0 to 10.127.255.0, apart from what people use at home. */
const FIRST_SITE = parseIp('10.64.0.0')?.value ?? 0n;
const SITES_MAX = 16_384;
const GIBIBYTE = 1_024 ** 3;
const BOOTED_AT = Date.UTC(2026, 0, 1);

/** The machine of a number. */
export function createMachine(index: number): SimulatedMachine {
  const name = simulatedName(index);
  const site = Math.floor(index / DEVICES_PER_SITE) % SITES_MAX;
  const first = FIRST_SITE + BigInt(site * 256);
  const ip = (offset: number): string => formatIp(4, first + BigInt(offset));
  const os = { osFamily: 'linux' as const, osName: 'Simulated Linux', osVersion: '1' };
  return {
    facts: {
      hostname: name,
      ...os,
      architecture: 'x64',
      fingerprint: createHash('sha256').update(name).digest('hex'),
    },
    network: {
      localIp: ip(10 + (index % DEVICES_PER_SITE)),
      primaryCidr: `${ip(0)}/24`,
      interfaceName: 'eth0',
      macAddress: macOf(0x02, index),
      gatewayIp: ip(1),
      gatewayMac: macOf(0x06, site),
    },
    vitals: {
      bootedAt: BOOTED_AT,
      cpuPercent: 0,
      memoryUsedBytes: 3 * GIBIBYTE,
      memoryTotalBytes: 8 * GIBIBYTE,
      diskUsedBytes: 40 * GIBIBYTE,
      diskTotalBytes: 128 * GIBIBYTE,
      loadAverage1m: 0.1,
      processCount: 120,
    },
    system: {
      section: 'system',
      hostname: name,
      fqdn: null,
      ...os,
      kernel: 'simulated',
      architecture: 'x64',
      bootId: name,
      machineIdHash: name,
      timeZone: 'UTC',
      virtualization: 'simulated',
      uptimeSeconds: 86_400,
    },
  };
}

/** The name that says aloud that a device is simulated. */
export function simulatedName(index: number): string {
  return `sim-${String(index + 1).padStart(5, '0')}`;
}

/** A locally administered hardware address (IEEE 802, second bit of the first byte). */
export function macOf(firstByte: number, number: number): string {
  const hex = firstByte.toString(16).padStart(2, '0') + number.toString(16).padStart(10, '0');
  return (hex.match(/../g) ?? []).join(':');
}
