import type { SetupRequest } from '@wardgrid/wire';
import type { RequestContext } from '../../../platform/context.ts';
import type { Transaction } from '../../../platform/database.ts';
import { ControllerError } from '../../../platform/error.ts';
import type { Platform } from '../../../platform/services.ts';
import type { TenantsFeature } from '../../tenants/index.ts';
import { hashOf, isSameHash } from '../opaque-token.ts';
import {
  accountRepository,
  changeRights,
  credentialRepository,
  roleRepository,
} from '../repository.ts';
import type { OpenedSession, SessionOpener } from '../sessions/opener.ts';
import { setupRepository } from './repository.ts';

/** The first tenant's licence: enough to begin, to be renewed by the Global Admin at will. */
const LICENCE = { seats: 250, validDays: 365, graceDays: 30, features: [] };
const GLOBAL_ADMIN_NAME = 'Global Admin';

/** What the set-up form gave, its password already hashed. */
export interface Beginning {
  readonly request: SetupRequest;
  readonly passwordHash: string;
  readonly context: RequestContext;
}

/** @throws ControllerError unless set-up is open and this is its token. */
export async function requireToken(
  platform: Platform,
  tx: Transaction,
  token: string,
): Promise<void> {
  if (platform.place.role !== 'cloud' || (await accountRepository(tx).isAny()))
    throw new ControllerError('setup-closed', 'somebody has done the set-up already');
  const known = await setupRepository(tx).find();
  const isRight = isSameHash(hashOf(token), known?.hash ?? hashOf(''));
  if (known && isRight && known.expiresAt > platform.clock.now()) return;
  throw new ControllerError(
    'setup-token-invalid',
    'the set-up link is wrong or has expired; starting the controller again prints a new one',
  );
}

/** Makes the whole installation's beginning inside one transaction of sign-in's rights. */
export function createBeginning(
  platform: Platform,
  parts: { readonly tenants: TenantsFeature; readonly opener: SessionOpener },
) {
  return async (tx: Transaction, given: Beginning): Promise<OpenedSession> => {
    const { request, passwordHash, context } = given;
    await setupRepository(tx).lock();
    await requireToken(platform, tx, request.token);
    await changeRights(tx, 'wardgrid_ingest');
    const { tenants } = parts.tenants;
    const name = request.organizationName;
    const tenant = await tenants.createWithin(tx, { name, licence: LICENCE });
    await tenants.createOrganizationWithin(tx, tenant, name);
    await changeRights(tx, 'wardgrid_auth');
    const accountId = await insertGlobalAdmin(platform, tx, { email: request.email, passwordHash });
    await setupRepository(tx).remove();
    return parts.opener.open(tx, { accountId, epoch: 1, methods: ['password'] }, context);
  };
}

async function insertGlobalAdmin(
  platform: Platform,
  tx: Transaction,
  given: { readonly email: string; readonly passwordHash: string },
): Promise<string> {
  const id = platform.newId();
  const nowMs = platform.clock.now();
  const accounts = accountRepository(tx);
  await accounts.insert({
    id,
    tenant_id: null,
    scope: '',
    email: given.email,
    name: GLOBAL_ADMIN_NAME,
    kind: 'admin',
    layer: 0,
    reach: 'subtree',
    state: 'active',
    created_by: null,
    created_at: nowMs,
  });
  await accounts.noteSignIn(id, nowMs);
  const owner = { role: 'owner', scope: '', effect: 'allow', expiresAt: null } as const;
  await roleRepository(tx).replaceRoles({ id, tenantId: null }, [owner]);
  await credentialRepository(tx).insert(id, given.passwordHash);
  return id;
}
