import { messageOf, type Clock } from '@wardgrid/base';
import type { Announcement } from '@wardgrid/wire';
import type { Platform } from '../../../platform/services.ts';
import { takeHeard } from './arrivals.ts';

/** How often one that waits nearby is written down. */
const HEARD_INTERVAL_MS = 60_000;
/** New ones an hour: on a link that is flooded the others have to ask. */
const NEW_PER_HOUR_MAX = 200;
const HOUR_MS = 3_600_000;

/** Lists controllers nearby that wait to be let in, as their announcements come. */
export function createCandidateEar(
  platform: Platform,
): (announcement: Announcement, sender: string) => void {
  const { database, log } = platform;
  const isDue = createDueness(platform.clock);
  return ({ nodeId, publicKey, name, url, at }, sender) => {
    // Said again by somebody else it is no word of where the controller is.
    if (new URL(url).hostname !== sender || !isDue(publicKey)) return;
    log.info('a controller nearby waits to be let in', { name, url, sender, at });
    // It was not asked with, so that the first request is newer whenever it was signed.
    const arrival = { nodeId, publicKey, name, address: sender, urls: [url], issuedAt: 0 };
    database
      .transact({ kind: 'ingest' }, (tx) => takeHeard(platform, tx, { ...arrival, version: '' }))
      .catch((error: unknown) =>
        log.error('a controller nearby was not listed', { sender, reason: messageOf(error) }),
      );
  };
}

/** Whether a key is to be written down now. Bounded, whatever comes. */
function createDueness(clock: Pick<Clock, 'monotonic'>): (publicKey: string) => boolean {
  const heardAtMs = new Map<string, number>();
  let hourAtMs = clock.monotonic();
  let newThisHour = 0;
  return (publicKey) => {
    const nowMs = clock.monotonic();
    const heardMs = heardAtMs.get(publicKey);
    if (heardMs !== undefined && nowMs - heardMs < HEARD_INTERVAL_MS) return false;
    if (nowMs - hourAtMs >= HOUR_MS) {
      hourAtMs = nowMs;
      newThisHour = 0;
    }
    if (heardMs === undefined) {
      newThisHour += 1;
      if (newThisHour > NEW_PER_HOUR_MAX) return false;
      if (heardAtMs.size >= NEW_PER_HOUR_MAX) {
        heardAtMs.delete(heardAtMs.keys().next().value ?? '');
      }
    }
    heardAtMs.delete(publicKey);
    heardAtMs.set(publicKey, nowMs);
    return true;
  };
}
