import { messageOf } from '@wardgrid/base';
import type { Platform } from '../../../platform/services.ts';
import type { LinkDeps } from '../deps.ts';

/** Tells the database, now and then, which devices are connected. */
export interface PresenceNotes {
  readonly opened: (deviceId: string) => void;
  readonly closed: (deviceId: string) => void;
  /** Writes who came and went and who is still there; says which of them were retired. */
  readonly write: (answering: readonly string[]) => Promise<readonly string[]>;
}

/** A connection counts as open for so long after it was last noted: two turns of the wheel and a half. */
const HELD_MS = 100_000;

export function createPresenceNotes(platform: Platform, deps: LinkDeps): PresenceNotes {
  /** Since the last writing; never more than there are connections. */
  const opened = new Set<string>();
  const closed = new Set<string>();

  async function write(
    held: readonly string[],
    dropped: readonly string[],
  ): Promise<readonly string[]> {
    const nowMs = platform.clock.now();
    const seenBeforeMs = nowMs - deps.exchangeIntervalMs;
    const present = await platform.database.transact({ kind: 'ingest' }, async (tx) => {
      if (dropped.length > 0) await deps.devices.dropConnections(tx, dropped);
      if (held.length === 0) return [];
      const times = { nowMs, untilMs: nowMs + HELD_MS, seenBeforeMs };
      return deps.devices.holdConnections(tx, held, times);
    });
    const there = new Set(present);
    return held.filter((deviceId) => !there.has(deviceId));
  }

  return {
    opened(deviceId) {
      opened.add(deviceId);
      closed.delete(deviceId);
    },
    closed(deviceId) {
      opened.delete(deviceId);
      closed.add(deviceId);
    },
    async write(answering) {
      const held = [...new Set([...answering, ...opened])];
      const dropped = [...closed];
      opened.clear();
      closed.clear();
      if (held.length + dropped.length === 0) return [];
      try {
        return await write(held, dropped);
      } catch (error) {
        platform.log.warn('live connections were not noted', { reason: messageOf(error) });
        return [];
      }
    },
  };
}
