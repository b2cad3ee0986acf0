import { messageOf } from '@wardgrid/base';
import { resumeFromBackup } from '@wardgrid/sync';
import { hold, type Parts } from './parts.ts';
import { beginStream } from './sealer.ts';
import { logRepository } from './store/log-repository.ts';
import { opRepository } from './store/op-repository.ts';
import { peerRepository } from './store/peer-repository.ts';
import { rowRepository } from './store/row-repository.ts';
import { streamRepository } from './store/stream-repository.ts';
import { tenantRepository } from './store/tenant-repository.ts';
import { voucherRepository } from './store/voucher-repository.ts';
import { cloudOf } from './store/working-cloud.ts';

const DAY_MS = 86_400_000;
/** Decisions are listed so long, whoever is behind: who was away for longer takes a snapshot. */
const LOG_MS_MAX = 90 * DAY_MS;
/** A controller that was not seen for so long is waited for no longer. */
const PEER_MS_MAX = 30 * DAY_MS;
/**
 * By its name a wish is known for so long: longer than whatever is written anew may be old, but where a
 * database of long ago comes back; that is refused and told (ADR 0030).
 */
const WISH_MS_MAX = 90 * DAY_MS;
/** Own decided ops are kept longer than the cloud's backups are old: it may come back from one. */
const ARCHIVE_MS_MAX = 45 * DAY_MS;

/**
 * Forgets decisions that everybody below has, or that are too old to wait for anybody; with them deleted
 * rows, whose ids never come back, archived ops that no backup of the cloud can miss any more, and the
 * names of wishes that were decided long ago.
 */
export function forget(parts: Parts, tenantId: string): Promise<void> {
  return parts.platform.database.transact({ kind: 'sync' }, async (tx) => {
    const { state } = await hold(tx, parts, tenantId);
    const nowMs = parts.platform.clock.now();
    const log = logRepository(tx, tenantId);
    const old = await log.newestBefore(new Date(nowMs - LOG_MS_MAX));
    const slowest = await peerRepository(tx, tenantId).slowest(
      state.epoch,
      new Date(nowMs - PEER_MS_MAX),
    );
    const floor = Math.min(state.cursor, Math.max(old, slowest ?? 0));
    await opRepository(tx, tenantId).pruneArchive(new Date(nowMs - ARCHIVE_MS_MAX));
    const forgotten = await peerRepository(tx, tenantId).forgetWishes(
      new Date(nowMs - WISH_MS_MAX),
    );
    const wishFloor = Math.max(state.wishFloor, forgotten ?? 0);
    if (floor <= state.floor) {
      if (wishFloor > state.wishFloor) await tenantRepository(tx).save({ ...state, wishFloor });
      return;
    }
    await log.forget(floor);
    await voucherRepository(tx, tenantId).forget(floor);
    await rowRepository(tx, tenantId).forgetDeleted(floor);
    await tenantRepository(tx).save({ ...state, floor, wishFloor });
  });
}

/** How often it is looked what nobody needs any more. */
const FORGET_INTERVAL_MS = 3_600_000;

/** Forgets in all tenants, again and again, until aborted. One that cannot be taken up now is the next time. */
export async function forgetAlways(parts: Parts, signal: AbortSignal): Promise<void> {
  const { clock, database, log } = parts.platform;
  const warn = (error: unknown): void =>
    log.warn('sync could not forget', { reason: messageOf(error) });
  while (!signal.aborted) {
    await clock.sleep(FORGET_INTERVAL_MS, signal).catch(() => undefined);
    if (signal.aborted) return;
    const tenants = await database
      .transact({ kind: 'sync' }, (tx) => tenantRepository(tx).ids())
      .catch((error: unknown) => {
        warn(error);
        return [];
      });
    for (const tenantId of tenants) await forget(parts, tenantId).catch(warn);
  }
}

/** Makes a cloud whose database was read from a backup fit to go on. */
export function resume(
  parts: Parts,
  given: { readonly tenantId: string; readonly lastEpoch: number },
): Promise<void> {
  const { tenantId, lastEpoch } = given;
  return parts.platform.database.transact({ kind: 'sync' }, async (tx) => {
    const { state } = await hold(tx, parts, tenantId);
    const cloud = cloudOf(state);
    resumeFromBackup(cloud, lastEpoch);
    await logRepository(tx, tenantId).clear();
    await streamRepository(tx, tenantId).clearGaps();
    const { epoch, cursor, floor } = cloud.history;
    await tenantRepository(tx).save({
      ...state,
      epoch,
      cursor,
      floor,
      lastRef: cloud.lastRef,
      ...beginStream(state.node, parts),
      q: 0,
    });
  });
}
