import { boundedText } from '@wardgrid/base';
import { PRODUCT_VERSION, type Heartbeat, type ProtectionHealth } from '@wardgrid/wire';
import type { NetworkView } from '../network-view/index.ts';
import type { Vitals } from '../platform/platform.ts';
import type { AgentStore } from '../store/index.ts';

/** What a heartbeat is made of. */
export interface HeartbeatSource {
  readonly hostname: string;
  readonly network: NetworkView;
  /** Null when they could not be read. */
  readonly vitals: Vitals | null;
  /** Null when this run of the agent does not protect. */
  readonly protection: ProtectionHealth | null;
}

/** Reads the machine for one heartbeat. */
export type ReadHeartbeat = () => Promise<HeartbeatSource>;

/** The heartbeat of a moment. */
export function heartbeatOf(source: HeartbeatSource, store: AgentStore, nowMs: number): Heartbeat {
  const { network, vitals } = source;
  return {
    sentAt: nowMs,
    status: store.isDegraded() || vitals === null ? 'degraded' : 'ok',
    agentVersion: PRODUCT_VERSION,
    hostname: boundedText(source.hostname, 255),
    localIp: network.localIp,
    primaryCidr: network.primaryCidr,
    interfaceName: network.interfaceName === null ? null : boundedText(network.interfaceName, 64),
    macAddress: hardwareAddress(network.macAddress),
    gatewayIp: network.gatewayIp,
    gatewayMac: hardwareAddress(network.gatewayMac),
    bootedAt: vitals ? vitals.bootedAt : null,
    cpuPercent: vitals ? Math.min(100, Math.max(0, vitals.cpuPercent)) : null,
    memoryUsedBytes: vitals ? vitals.memoryUsedBytes : null,
    memoryTotalBytes: vitals ? vitals.memoryTotalBytes : null,
    diskUsedBytes: vitals ? vitals.diskUsedBytes : null,
    diskTotalBytes: vitals ? vitals.diskTotalBytes : null,
    pendingRecords: store.outbox().records,
    droppedRecords: store.link().droppedRecords,
    ...(source.protection ? { protection: source.protection } : {}),
  };
}

/** Links such as InfiniBand have longer addresses, which the wire does not carry. */
function hardwareAddress(text: string | null): string | null {
  const lower = text?.toLowerCase() ?? '';
  return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(lower) ? lower : null;
}
