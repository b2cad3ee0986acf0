import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { boundedText, canonicalJson } from '@wardgrid/base';
import type { MachineFacts, ProtectionHealth } from '@wardgrid/wire';
import { createKindOf, NO_NETWORK, type NetworkView } from './network-view/index.ts';
import type { Platform } from './platform/platform.ts';
import type { HeartbeatSource } from './link/index.ts';

/** What a device says of its machine when it enrols. */
export async function readMachineFacts(
  platform: Platform,
  signal: AbortSignal,
): Promise<MachineFacts> {
  const system = await platform.inventory.system(signal);
  const { osFamily, osName, osVersion, architecture } = system;
  return {
    hostname: boundedText(hostname(), 255),
    osFamily,
    osName,
    osVersion,
    architecture,
    fingerprint: await fingerprintOf(platform, system.machineIdHash, signal),
  };
}

/**
 * A hash over what stays with the machine and not with its disk: serial number, model, processor and
 * hardware addresses. The system's own id is copied with a disk, so it counts only where there is
 * nothing else.
 */
async function fingerprintOf(
  platform: Platform,
  machineIdHash: string,
  signal: AbortSignal,
): Promise<string> {
  const { vendor, model, serialNumber, cpuModel } = await platform.inventory.hardware(signal);
  const tables = platform.networkTables();
  const kindOf = createKindOf(tables);
  const macAddresses = tables.interfaces
    .filter((row) => row.macAddress !== null && kindOf(row) === 'physical')
    .map((row) => row.macAddress)
    .toSorted();
  const isKnown = serialNumber !== null || macAddresses.length > 0;
  const facts = isKnown
    ? { vendor, model, serialNumber, cpuModel, macAddresses }
    : { cpuModel, machineIdHash };
  return createHash('sha256')
    .update(`wardgrid machine v1\n${canonicalJson(facts)}`)
    .digest('hex');
}

/** Reads the machine for one heartbeat; what cannot be read is left out, never an error. */
export async function readHeartbeatSource(
  platform: Platform,
  whereabouts: () => Promise<{ readonly view: NetworkView }>,
  protection: ProtectionHealth | null,
): Promise<HeartbeatSource> {
  const vitals = await platform.vitals().catch(() => null);
  const { view } = await whereabouts().catch(() => ({ view: NO_NETWORK }));
  return { hostname: hostname(), network: view, vitals, protection };
}
