import { messageOf, silentLog, type Clock, type Log } from '@wardgrid/base';
import { contentHash, type SectionBody } from './content-hash.ts';
import type { InventoryReaders, InventorySection } from './sections.ts';

/** One section of the inventory as it was found. */
export type CollectedSection = SectionBody & {
  /** Epoch milliseconds. */
  readonly collectedAt: number;
  /** Hexadecimal SHA-256; equal to the last one when nothing worth sending has changed. */
  readonly contentHash: string;
};

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
      const value = await readSection(section, options);
      const collectedAt = options.clock.now();
      collected.push({ ...value, collectedAt, contentHash: contentHash(value) });
    } catch (error) {
      options.signal.throwIfAborted();
      const log = options.log ?? silentLog;
      log.warn('inventory section not read', { section, error: messageOf(error) });
    }
  }
  return collected;
}

async function readSection(
  section: InventorySection,
  { readers, signal }: CollectOptions,
): Promise<SectionBody> {
  switch (section) {
    case 'system':
      return { section, body: await readers.system(signal) };
    case 'hardware':
      return { section, body: await readers.hardware(signal) };
    case 'network':
      return { section, body: await readers.network(signal) };
    case 'users':
      return { section, body: await readers.users(signal) };
    case 'software':
      return { section, body: await readers.software(signal) };
    case 'services':
      return { section, body: await readers.services(signal) };
  }
}
