import type { Platform } from '../../platform/services.ts';
import { apiTokenRepository, deviceCodeRepository } from './api-tokens/repository.ts';
import type { BlockedAddresses } from './blocked-addresses/service.ts';
import { failureRepository, formerRepository } from './repository.ts';
import { sessionRepository } from './sessions/repository.ts';

const DAY_MS = 86_400_000;
/** Ended sessions are kept this long, to be looked into after a theft. */
const SESSION_KEPT_MS = 30 * DAY_MS;
/** Expired tokens are shown this long, so that a script's owner finds out why it stopped. */
const TOKEN_KEPT_MS = 30 * DAY_MS;

/** Addresses of deleted accounts are kept this long: then what they did is anybody's of their place. */
const FORMER_KEPT_MS = 400 * DAY_MS;

/** Removes what has ended. Any number of controllers may do it at once. */
export async function purgeEnded(platform: Platform, blocked: BlockedAddresses): Promise<void> {
  const nowMs = platform.clock.now();
  await platform.database.transact({ kind: 'auth' }, async (tx) => {
    await sessionRepository(tx).purge(nowMs - SESSION_KEPT_MS);
    await apiTokenRepository(tx).purge(nowMs - TOKEN_KEPT_MS);
    await deviceCodeRepository(tx).purge(nowMs);
    await failureRepository(tx).purge(nowMs - DAY_MS);
    await formerRepository(tx).purge(nowMs - FORMER_KEPT_MS);
  });
  await blocked.purge();
}
