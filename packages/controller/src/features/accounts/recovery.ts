import type { Platform } from '../../platform/services.ts';
import type { Actors } from './actors.ts';
import type { Invitations } from './invitations.ts';
import { accountRepository, credentialRepository } from './repository.ts';
import { sessionRepository } from './sessions/repository.ts';

/** The way back in for the Global Admin. */
export interface Recovery {
  readonly email: string;
  /** Behind `#` the token, as of every invitation. */
  readonly path: string;
}

/**
 * A Global Admin who has lost password or second factor comes back by whoever holds the machine: who
 * may read the data folder and start the controller has everything already. Both factors and all
 * sessions end at once, so that a second factor taken away leaves no door to an old password.
 */
export function createRecovery(
  platform: Platform,
  parts: { readonly actors: Actors; readonly invitations: Invitations },
) {
  return async (): Promise<Recovery | null> => {
    const recovered = await platform.database.transact({ kind: 'auth' }, async (tx) => {
      const accounts = accountRepository(tx);
      const account = await accounts.lockGlobalAdmin();
      if (!account) return null;
      const { id, email } = account;
      await credentialRepository(tx).forget(id);
      await accounts.update(id, { state: 'active', isEpochRaised: true });
      const revocation = { accountId: id, reason: 'recovered' };
      await sessionRepository(tx).revokeAll(revocation, platform.clock.now());
      await tx.publish({ topic: 'account.changed', accountId: id });
      const { path } = await parts.invitations.makeWithin(tx, id);
      return { id, email, path };
    });
    if (recovered === null) return null;
    const { id, email, path } = recovered;
    parts.actors.forget(id);
    platform.log.warn('the Global Admin is to set a new password', { accountId: id });
    return { email, path };
  };
}
