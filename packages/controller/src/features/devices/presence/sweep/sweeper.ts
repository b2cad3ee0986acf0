import { messageOf } from '@wardgrid/base';
import { announceAll } from '../../../../platform/announce.ts';
import type { Transaction } from '../../../../platform/database.ts';
import type { Platform } from '../../../../platform/services.ts';
import type { PresenceIncidents } from '../../link-door.ts';
import type { PresenceChange } from '../repository.ts';
import { awayRepository, sweepRepository } from './repository.ts';

/** A device is online while its last exchange is no older than this many intervals. */
const ONLINE_INTERVALS = 2.5;
/** After a start or a silence of ours, devices get so many intervals to speak before we judge. */
const GRACE_INTERVALS = 2;
/** Away for a week: nobody is only on a weekend. */
const OVERDUE_MS = 7 * 86_400_000;
/** Sweeps come this often, and at least four in an interval. */
const SWEEP_INTERVAL_MAX_MS = 15_000;
const SWEEPS_PER_INTERVAL = 4;
/** Devices in one transaction; when a whole site goes dark, the next follows at once. */
const SWEEP_MAX = 2_000;
/** One controller sweeps: the key of a PostgreSQL advisory lock. */
const LOCK_KEY = 7_236_453;

/** Finds out who is no longer there. */
export interface PresenceSweeper {
  /** One sweep; how many devices changed. */
  readonly sweep: () => Promise<number>;
  readonly start: (signal: AbortSignal) => Promise<void>;
}

/** How often presence is swept. */
export function sweepIntervalMs(exchangeIntervalMs: number): number {
  return Math.min(SWEEP_INTERVAL_MAX_MS, Math.ceil(exchangeIntervalMs / SWEEPS_PER_INTERVAL));
}

export function createPresenceSweeper(
  platform: Platform,
  deps: {
    readonly incidents: PresenceIncidents;
    readonly exchangeIntervalMs: number;
    readonly controllerSilentMs: number;
  },
): PresenceSweeper {
  const { clock, database } = platform;
  const everyMs = sweepIntervalMs(deps.exchangeIntervalMs);
  const graceMs = GRACE_INTERVALS * deps.exchangeIntervalMs;
  let judgeFromMs = clock.now() + graceMs;
  let lastSweepMs = clock.now();

  /** While we or the database were away, nobody could be heard: that is not the devices' silence. */
  function noteSweep(nowMs: number): void {
    if (nowMs - lastSweepMs > 2 * everyMs + graceMs / 2) judgeFromMs = nowMs + graceMs;
    lastSweepMs = nowMs;
  }

  async function sweepWithin(tx: Transaction): Promise<number> {
    const presence = sweepRepository(tx);
    const nowMs = clock.now();
    noteSweep(nowMs);
    if (!(await presence.isLeader(LOCK_KEY)) || nowMs < judgeFromMs) return 0;
    const silentSinceMs = nowMs - ONLINE_INTERVALS * deps.exchangeIntervalMs;
    const wentOffline = await presence.markOffline(silentSinceMs, SWEEP_MAX);
    const overdue = await presence.markOverdue(nowMs - OVERDUE_MS, SWEEP_MAX);
    if (wentOffline.length > 0) {
      await deps.incidents.presenceChanged(tx, { wentOffline, cameBack: [] });
    }
    const heardSinceMs = nowMs - deps.controllerSilentMs;
    const known = await awayRepository(tx).markKnown(heardSinceMs, SWEEP_MAX);
    const away = await awayRepository(tx).markAway(heardSinceMs, SWEEP_MAX);
    const changed = [...wentOffline, ...overdue, ...known, ...away];
    await announceAll(tx, { noun: 'devices', verb: 'changed', nowMs }, changed.map(changedOf));
    return changed.length;
  }

  const sweep = (): Promise<number> => database.transact({ kind: 'ingest' }, sweepWithin);

  return {
    sweep,
    async start(signal) {
      while (!signal.aborted) {
        const count = await sweep().catch((error: unknown) => {
          platform.log.warn('presence was not swept', { reason: messageOf(error) });
          return 0;
        });
        if (count >= SWEEP_MAX) continue;
        await clock.sleep(everyMs, signal).catch(() => undefined);
      }
    },
  };
}

function changedOf(change: PresenceChange) {
  return { id: change.deviceId, tenantId: change.tenantId, scope: change.scope };
}
