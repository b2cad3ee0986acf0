import type { Clock, Log } from '@wardgrid/base';
import type { InventorySection } from '@wardgrid/wire';
import { collectInventory, INVENTORY_SECTIONS, type InventoryReaders } from '../inventory/index.ts';
import type { AgentStore } from '../store/index.ts';

/** What reporting the inventory needs. */
export interface InventoryReportOptions {
  readonly store: AgentStore;
  readonly readers: InventoryReaders;
  readonly clock: Clock;
  readonly log: Log;
  /** A record waits to be sent. */
  readonly onRecord: () => void;
}

/** How many sections were read and how many of them had something new. */
export interface InventoryReport {
  readonly sections: number;
  readonly changed: number;
}

/** Reports the inventory: what changed since the controller last had it. */
export interface InventoryReports {
  /** Collects these sections now. `isForced` reports them whether or not they changed. */
  readonly report: (
    sections: readonly InventorySection[],
    signal: AbortSignal,
    isForced?: boolean,
  ) => Promise<InventoryReport>;
  /** Collects all sections when they are due. */
  readonly reportDue: (signal: AbortSignal) => Promise<void>;
  /** Collects all sections whenever they are due, until aborted. */
  readonly keepReporting: (signal: AbortSignal) => Promise<void>;
}

/** Longest nap: settings that shorten the interval, and a clock that was set, count soon. */
const NAP_MS_MAX = 60_000;

/** The inventory reports of an agent. */
export function createInventoryReports(options: InventoryReportOptions): InventoryReports {
  const { store, clock, log } = options;

  function waitMs(): number {
    const { lastInventoryAt, settings } = store.link();
    if (lastInventoryAt === null) return 0;
    const elapsedMs = clock.now() - lastInventoryAt;
    // A clock that was set back must not put the next inventory off for years.
    return elapsedMs < 0 ? 0 : Math.max(0, settings.inventoryIntervalMs - elapsedMs);
  }

  async function report(
    sections: readonly InventorySection[],
    signal: AbortSignal,
    isForced = false,
  ): Promise<InventoryReport> {
    const { readers } = options;
    const collected = await collectInventory(sections, { readers, clock, signal, log });
    const due = collected.filter(
      ({ section, contentHash }) => isForced || store.inventoryHash(section) !== contentHash,
    );
    const records = due.map(({ collectedAt, contentHash, body }) => ({
      at: collectedAt,
      body: { kind: 'inventory' as const, collectedAt, contentHash, body },
    }));
    if (records.length > 0) {
      if (!store.append(records)) log.warn('inventory dropped for want of room');
      options.onRecord();
    }
    return { sections: collected.length, changed: records.length };
  }

  async function reportDue(signal: AbortSignal): Promise<void> {
    if (waitMs() > 0) return;
    await report(INVENTORY_SECTIONS, signal);
    store.markInventoried(clock.now());
  }

  return {
    report,
    reportDue,
    async keepReporting(signal) {
      while (!signal.aborted) {
        await clock.sleep(Math.min(NAP_MS_MAX, waitMs()), signal).catch(() => undefined);
        if (signal.aborted) return;
        await reportDue(signal).catch((error: unknown) => {
          if (!signal.aborted) throw error;
        });
      }
    },
  };
}
