import {
  instantOf,
  instantOrNull,
  type Account,
  type AccountId,
  type ListQuery,
  type Page,
  type TenantId,
} from '@wardgrid/wire';
import type { HeldRole } from '../../platform/authorize.ts';
import type { Context } from '../../platform/context.ts';
import { notFound } from '../../platform/error.ts';
import { listSettings, transactAs, type Platform } from '../../platform/services.ts';
import {
  accountRepository,
  roleRepository,
  visibleAccounts,
  type NamedAccountRow,
} from './repository.ts';

/** Accounts as their viewer may see them: another scope's is not there. */
export function createAccountReader(platform: Platform) {
  async function findVisible(context: Context, id: string): Promise<NamedAccountRow> {
    const access = { actor: context.actor, permission: 'accounts:read' as const };
    const row = await transactAs(platform, access, (tx) => visibleAccounts(tx).find(id));
    if (!row) throw notFound('account');
    return row;
  }

  /** Rows with what sign-in alone may read of them. */
  async function accountsOf(rows: readonly NamedAccountRow[]): Promise<Account[]> {
    const ids = rows.map((row) => row.id);
    const { roles, withTotp } = await platform.database.transact({ kind: 'auth' }, async (tx) => ({
      roles: await roleRepository(tx).rolesOf(ids),
      withTotp: await accountRepository(tx).withTotp(ids),
    }));
    const rolesById = Map.groupBy(roles, (role) => role.accountId);
    return rows.map((row) =>
      accountOf(row, { roles: rolesById.get(row.id) ?? [], hasTotp: withTotp.has(row.id) }),
    );
  }

  return {
    findVisible,
    async read(context: Context, id: string): Promise<Account> {
      const [account] = await accountsOf([await findVisible(context, id)]);
      if (!account) throw notFound('account');
      return account;
    },
    async list(context: Context, query: ListQuery): Promise<Page<Account>> {
      const access = { actor: context.actor, permission: 'accounts:read' as const };
      const page = await transactAs(platform, access, (tx) =>
        visibleAccounts(tx).list(query, listSettings(platform)),
      );
      return { ...page, data: await accountsOf(page.data) };
    },
  };
}

export type AccountReader = ReturnType<typeof createAccountReader>;

function accountOf(
  row: NamedAccountRow,
  details: { readonly roles: readonly HeldRole[]; readonly hasTotp: boolean },
): Account {
  return {
    id: row.id as AccountId,
    email: row.email,
    name: row.name,
    kind: row.kind,
    layer: row.layer,
    tenantId: row.tenant_id as TenantId | null,
    tenantName: row.tenant_name,
    scope: row.scope,
    scopeName: row.scope_name,
    reach: row.reach,
    assignments: details.roles.map(({ role, scope, effect, expiresAt }) => ({
      role,
      scope,
      effect,
      expiresAt: instantOrNull(expiresAt),
    })),
    state: row.state,
    hasTotp: details.hasTotp,
    createdAt: instantOf(row.created_at),
    lastSignInAt: instantOrNull(row.last_sign_in_at),
  };
}
