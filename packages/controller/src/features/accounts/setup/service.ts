import { rm, writeFile } from 'node:fs/promises';
import type { SetupRequest } from '@wardgrid/wire';
import type { RequestContext } from '../../../platform/context.ts';
import { ControllerError } from '../../../platform/error.ts';
import type { Platform } from '../../../platform/services.ts';
import type { TenantsFeature } from '../../tenants/index.ts';
import type { AddressGuard } from '../blocked-addresses/guard.ts';
import { createSecretText, hashOf } from '../opaque-token.ts';
import type { PasswordHasher } from '../password-hash.ts';
import { requireStrongPassword } from '../password-rules.ts';
import { accountRepository } from '../repository.ts';
import type { IssuedSession, SessionOpener } from '../sessions/opener.ts';
import { createBeginning, requireToken } from './beginning.ts';
import { setupRepository } from './repository.ts';

/** A link printed on a screen is good for a day; the next start prints another. */
const TOKEN_LIFE_MS = 86_400_000;
const AUTH = { kind: 'auth' } as const;

interface SetupParts {
  readonly tenants: TenantsFeature;
  readonly hasher: PasswordHasher;
  readonly opener: SessionOpener;
  readonly guard: AddressGuard;
}

/**
 * First-run set-up: whoever reads the token that this machine printed or keeps in a file makes the
 * first account. It closes for good with that account. The token has 256 bits, so that failures
 * need no bound of their own beyond the block of their address: one would let anybody close it.
 */
export function createSetup(platform: Platform, parts: SetupParts) {
  const begin = createBeginning(platform, parts);
  let isClosed = false;
  let tokenPath: string | null = null;

  async function isOpen(): Promise<boolean> {
    // A local controller's people come from above, with its first exchange.
    if (isClosed || platform.place.role !== 'cloud') return false;
    const isAny = await platform.database.transact(AUTH, (tx) => accountRepository(tx).isAny());
    isClosed = isAny;
    return !isAny;
  }

  return {
    read: async (): Promise<{ isOpen: boolean }> => ({ isOpen: await isOpen() }),
    /** Makes a new token while nobody has an account, and writes it to the file; null when set-up is done. */
    async open(path: string): Promise<string | null> {
      tokenPath = path;
      if (!(await isOpen())) {
        await rm(path, { force: true });
        return null;
      }
      const token = createSecretText();
      const expiresAt = platform.clock.now() + TOKEN_LIFE_MS;
      await platform.database.transact(AUTH, (tx) =>
        setupRepository(tx).put({ hash: hashOf(token), expiresAt }),
      );
      // Removed first: an old file might be readable for others or be a link to somewhere else.
      await rm(path, { force: true });
      await writeFile(path, token, { mode: 0o600, flag: 'wx' });
      return token;
    },
    async create(request: SetupRequest, context: RequestContext): Promise<IssuedSession> {
      await platform.database
        .transact(AUTH, (tx) => requireToken(platform, tx, request.token))
        .catch(async (error: unknown) => {
          if (error instanceof ControllerError && error.code === 'setup-token-invalid')
            await parts.guard.noteFailure(context.address);
          throw error;
        });
      const { email, organizationName } = request;
      requireStrongPassword(request.password, { email, words: [organizationName] });
      const passwordHash = await parts.hasher.hash(request.password);
      const opened = await platform.database.transact(AUTH, (tx) =>
        begin(tx, { request, passwordHash, context }),
      );
      isClosed = true;
      if (tokenPath !== null) await rm(tokenPath, { force: true });
      return parts.opener.issue(opened);
    },
  };
}

export type Setup = ReturnType<typeof createSetup>;
