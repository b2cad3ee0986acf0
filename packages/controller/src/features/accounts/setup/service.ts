import { rm, writeFile } from 'node:fs/promises';
import type { SetupRequest } from '@wardgrid/wire';
import type { RequestContext } from '../../../platform/context.ts';
import type { Transaction } from '../../../platform/database.ts';
import { ControllerError } from '../../../platform/error.ts';
import type { Platform } from '../../../platform/services.ts';
import type { TenantsFeature } from '../../tenants/index.ts';
import type { BlockedAddresses } from '../blocked-addresses/service.ts';
import { createSecretText, hashOf, isSameHash } from '../opaque-token.ts';
import type { PasswordHasher } from '../password-hash.ts';
import { requireStrongPassword } from '../password-rules.ts';
import { accountRepository, changeRights, credentialRepository } from '../repository.ts';
import type { IssuedSession, OpenedSession, SessionOpener } from '../sessions/opener.ts';
import { setupRepository } from './repository.ts';

/** A link printed on a screen is good for a day; the next start prints another. */
const TOKEN_LIFE_MS = 86_400_000;
/** The first tenant's licence: enough to begin, to be renewed by the Global Admin at will. */
const LICENCE = { seats: 250, validDays: 365, graceDays: 30, features: [] };
const GLOBAL_ADMIN_NAME = 'Global Admin';
const AUTH = { kind: 'auth' } as const;

interface SetupParts {
  readonly tenants: TenantsFeature;
  readonly hasher: PasswordHasher;
  readonly opener: SessionOpener;
  readonly blocked: BlockedAddresses;
}

/**
 * First-run set-up: whoever reads the token that this machine printed or keeps in a file makes the
 * first account. It closes for good with that account. The token has 256 bits, so that failures
 * need no bound of their own beyond the block of their address: one would let anybody close it.
 */
export function createSetup(platform: Platform, parts: SetupParts) {
  let isClosed = false;
  let tokenPath: string | null = null;

  async function isOpen(): Promise<boolean> {
    if (isClosed) return false;
    const isAny = await platform.database.transact(AUTH, (tx) => accountRepository(tx).isAny());
    isClosed = isAny;
    return !isAny;
  }

  async function requireToken(tx: Transaction, token: string): Promise<void> {
    if (await accountRepository(tx).isAny())
      throw new ControllerError('setup-closed', 'somebody has done the set-up already');
    const known = await setupRepository(tx).find();
    const isRight = isSameHash(hashOf(token), known?.hash ?? hashOf(''));
    if (known && isRight && known.expiresAt > platform.clock.now()) return;
    throw new ControllerError(
      'setup-token-invalid',
      'the set-up link is wrong or has expired; starting the controller again prints a new one',
    );
  }

  /** The whole installation's beginning, in one transaction. */
  async function begin(
    tx: Transaction,
    given: { readonly request: SetupRequest; readonly passwordHash: string },
    context: RequestContext,
  ): Promise<OpenedSession> {
    const { request, passwordHash } = given;
    await setupRepository(tx).lock();
    await requireToken(tx, request.token);
    await changeRights(tx, 'wardgrid_ingest');
    const { tenants } = parts.tenants;
    const tenant = await tenants.createWithin(tx, {
      name: request.organizationName,
      licence: LICENCE,
    });
    await tenants.createOrganizationWithin(tx, tenant, request.organizationName);
    await changeRights(tx, 'wardgrid_auth');
    const accountId = await insertGlobalAdmin(tx, request.email, passwordHash);
    await setupRepository(tx).remove();
    return parts.opener.open(tx, { accountId, epoch: 1, methods: ['password'] }, context);
  }

  async function insertGlobalAdmin(tx: Transaction, email: string, passwordHash: string) {
    const id = platform.newId();
    const nowMs = platform.clock.now();
    const accounts = accountRepository(tx);
    await accounts.insert({
      id,
      tenant_id: null,
      scope: '',
      email,
      name: GLOBAL_ADMIN_NAME,
      kind: 'admin',
      layer: 0,
      reach: 'subtree',
      state: 'active',
      created_by: null,
      created_at: nowMs,
    });
    await accounts.noteSignIn(id, nowMs);
    await accounts.replaceRoles({ id, tenantId: null }, [
      { role: 'owner', scope: '', effect: 'allow', expiresAt: null },
    ]);
    await credentialRepository(tx).insert(id, passwordHash);
    return id;
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
        .transact(AUTH, (tx) => requireToken(tx, request.token))
        .catch(async (error: unknown) => {
          if (error instanceof ControllerError && error.code === 'setup-token-invalid')
            await parts.blocked.noteFailure(context.address);
          throw error;
        });
      const { email, organizationName } = request;
      requireStrongPassword(request.password, { email, words: [organizationName] });
      const passwordHash = await parts.hasher.hash(request.password);
      const opened = await platform.database.transact(AUTH, (tx) =>
        begin(tx, { request, passwordHash }, context),
      );
      isClosed = true;
      if (tokenPath !== null) await rm(tokenPath, { force: true });
      return parts.opener.issue(opened);
    },
  };
}

export type Setup = ReturnType<typeof createSetup>;
