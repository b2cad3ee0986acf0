import type { InventoryReaders } from '../inventory/index.ts';
import type { InterfaceTables } from '../network-view/index.ts';

/** How the machine is doing; every heartbeat carries it. Sizes are bytes. */
export interface Vitals {
  /** Epoch milliseconds; null when the system does not say. */
  readonly bootedAt: number | null;
  /** 0 to 100 over all processors, since the previous call. */
  readonly cpuPercent: number;
  /** What programs cannot get any more: total without what the system would give up. */
  readonly memoryUsedBytes: number;
  readonly memoryTotalBytes: number;
  /** Of the root file system; null when it does not answer. */
  readonly diskUsedBytes: number | null;
  readonly diskTotalBytes: number | null;
  readonly loadAverage1m: number;
  readonly processCount: number;
}

/** What the agent needs from an operating system; one factory a system makes it. */
export interface Platform {
  /** The tables that the network view is chosen from. Cheap enough for every heartbeat. */
  readonly networkTables: () => InterfaceTables;
  readonly vitals: () => Promise<Vitals>;
  /** The readers of the inventory's sections. */
  readonly inventory: InventoryReaders;
}
