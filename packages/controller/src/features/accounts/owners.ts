import { levelsOf, type HeldRole } from '../../platform/authorize.ts';
import type { Transaction } from '../../platform/database.ts';
import { ControllerError } from '../../platform/error.ts';
import { roleRepository, type AccountRow } from './repository.ts';

/**
 * The last active owner of the platform stays. So does a tenant's, for as long as others live in the
 * tenant: an empty one may be wound up.
 */
export async function requireOwnerLeft(
  tx: Transaction,
  row: AccountRow,
  roles: readonly HeldRole[],
): Promise<void> {
  if (row.state !== 'active' || !isOwner(row, roles)) return;
  if ((await roleRepository(tx).countOtherOwners(row.scope, row.id)) > 0) return;
  const others = await roleRepository(tx).countOthersWithin(row.scope, row.id);
  if (row.scope !== '' && others === 0) return;
  throw new ControllerError('account-last-admin', `'${row.email}' is the last owner here`);
}

/** Whether an account is an owner of the platform or of a tenant, for good. */
export function isOwner(row: AccountRow, roles: readonly HeldRole[]): boolean {
  const isTop = levelsOf(row.scope) <= 1;
  return (
    isTop &&
    row.kind === 'admin' &&
    roles.some(
      ({ role, scope, effect, expiresAt }) =>
        role === 'owner' && scope === row.scope && effect === 'allow' && expiresAt === null,
    )
  );
}
