import { messageOf, silentLog, type Clock, type Log } from '@wardgrid/base';
import type { InventoryBody, InventorySection } from '@wardgrid/wire';
import { contentHash } from './content-hash.ts';
import type { InventoryReaders } from './sections.ts';

/** One section of the inventory as it was found. */
export interface CollectedSection {
  readonly section: InventorySection;
  /** Epoch milliseconds. */
  readonly collectedAt: number;
  /** Hexadecimal SHA-256; equal to the last one when nothing worth sending has changed. */
  readonly contentHash: string;
  readonly body: InventoryBody;
}

/** What collecting needs. */
export interface CollectOptions {
  readonly readers: InventoryReaders;
  readonly clock: Pick<Clock, 'now'>;
  readonly signal: AbortSignal;
  readonly log?: Log;
}

/**
 * Collects the sections one after the other, so that the device never feels it. A section whose
 * reader fails is logged and left out; the others are still collected.
 * @throws the signal's reason when aborted.
 */
export async function collectInventory(
  sections: readonly InventorySection[],
  options: CollectOptions,
): Promise<CollectedSection[]> {
  const collected: CollectedSection[] = [];
  for (const section of new Set(sections)) {
    options.signal.throwIfAborted();
    try {
      const body = await options.readers[section](options.signal);
      const collectedAt = options.clock.now();
      collected.push({ section, collectedAt, contentHash: contentHash(body), body });
    } catch (error) {
      options.signal.throwIfAborted();
      const log = options.log ?? silentLog;
      log.warn('inventory section not read', { section, error: messageOf(error) });
    }
  }
  return collected;
}
