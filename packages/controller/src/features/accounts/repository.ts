import { sql, type RawBuilder } from 'kysely';
import { accountFields, type ListQuery, type Page, type RoleName } from '@wardgrid/wire';
import type { HeldRole } from '../../platform/authorize.ts';
import type { Transaction } from '../../platform/database.ts';
import { listRows, type ListSettings, type ListSource } from '../../platform/list.ts';
import type { Throttle } from './throttle.ts';

export interface AccountRow {
  readonly id: string;
  readonly tenant_id: string | null;
  readonly scope: string;
  readonly email: string;
  readonly name: string;
  readonly kind: 'admin' | 'user';
  readonly layer: number;
  readonly reach: 'direct' | 'subtree';
  readonly state: 'invited' | 'active' | 'disabled';
  readonly epoch: number;
  readonly created_at: number;
  readonly last_sign_in_at: number | null;
}

/** An account with the names of where it belongs, as its viewer may see them. */
export interface NamedAccountRow extends AccountRow {
  readonly tenant_name: string | null;
  readonly scope_name: string;
}

export interface CredentialRow {
  readonly account_id: string;
  readonly password_hash: string | null;
  readonly totp_sealed: Buffer | null;
  readonly totp_pending_sealed: Buffer | null;
  readonly totp_last_step: number;
  readonly backup_code_hashes: readonly string[];
}

export interface RoleRow extends HeldRole {
  readonly accountId: string;
}

const ACCOUNT = sql`a.id, a.tenant_id, a.scope::text as scope, a.email, a.name, a.kind, a.layer, a.reach, a.state,
  a.epoch, a.created_at, a.last_sign_in_at`;
const CREDENTIAL = sql`c.account_id, c.password_hash, c.totp_sealed, c.totp_pending_sealed, c.totp_last_step, c.backup_code_hashes`;

/** A moment as PostgreSQL takes it. */
function at(epochMs: number): RawBuilder<unknown> {
  return sql`${new Date(epochMs)}::timestamptz`;
}

const LISTED: Omit<ListSource, 'where'> = {
  noun: 'accounts',
  fields: accountFields,
  columns: {
    email: { value: sql`a.email`, type: 'text' },
    name: { value: sql`a.name`, type: 'text' },
    kind: { value: sql`a.kind`, type: 'text' },
    state: { value: sql`a.state`, type: 'text' },
    layer: { value: sql`a.layer`, type: 'int' },
    tenant: { value: sql`coalesce(t.name, '')`, type: 'text' },
    createdAt: { value: sql`a.created_at`, type: 'timestamptz' },
    lastSignInAt: {
      value: sql`coalesce(a.last_sign_in_at, 'epoch'::timestamptz)`,
      type: 'timestamptz',
    },
  },
  from: sql`from account a left join tenant t on t.id = a.tenant_id
    left join organization o on o.scope = a.scope left join device_group g on g.scope = a.scope`,
  select: sql`${ACCOUNT}, t.name as tenant_name, case when nlevel(a.scope) = 0 then 'Platform'
    when nlevel(a.scope) = 1 then coalesce(t.name, '') else coalesce(o.name, g.name, '') end as scope_name`,
  id: sql`a.id`,
  words: [sql`a.name`, sql`a.email`],
  defaultSort: 'email',
};

/** Accounts as a person sees them: every query carries the predicate of what they may see. */
export function visibleAccounts(tx: Transaction) {
  return {
    list: (query: ListQuery, settings: ListSettings): Promise<Page<NamedAccountRow>> =>
      listRows<NamedAccountRow>(tx, { ...LISTED, where: tx.visible('a') }, { query, settings }),
    find: (id: string) =>
      tx.row(
        sql<NamedAccountRow>`select ${LISTED.select} ${LISTED.from} where a.id = ${id} and ${tx.visible('a')}`,
      ),
  };
}

/** Accounts, roles and what proves a person, with sign-in's rights: callers decide before they write. */
export function accountRepository(tx: Transaction) {
  return {
    find: (id: string) =>
      tx.row(sql<AccountRow>`select ${ACCOUNT} from account a where a.id = ${id}`, 'account-find'),
    findByEmail: (email: string) =>
      tx.row(sql<AccountRow>`select ${ACCOUNT} from account a where a.email = ${email}`),
    lock: (id: string) =>
      tx.row(sql<AccountRow>`select ${ACCOUNT} from account a where a.id = ${id} for update`),
    /** The first of the platform's own admins. */
    lockGlobalAdmin: () =>
      tx.row(sql<AccountRow>`select ${ACCOUNT} from account a where a.tenant_id is null and a.kind = 'admin' and a.layer = 0
        order by a.created_at, a.id limit 1 for update`),
    isAny: async () =>
      (await tx.row(sql<{ found: boolean }>`select exists (select from account) as found`))
        ?.found === true,
    countOfTenant: async (tenantId: string | null) =>
      (
        await tx.row(
          sql<{
            count: number;
          }>`select count(*) as count from account where tenant_id is not distinct from ${tenantId}::uuid`,
        )
      )?.count ?? 0,
    insert: (
      row: Omit<AccountRow, 'epoch' | 'last_sign_in_at'> & { readonly created_by: string | null },
    ) =>
      tx.run(sql`insert into account (id, tenant_id, scope, email, name, kind, layer, reach, state, created_by, created_at)
        values (${row.id}, ${row.tenant_id}, ${row.scope}::ltree, ${row.email}, ${row.name}, ${row.kind}, ${row.layer},
          ${row.reach}, ${row.state}, ${row.created_by}, ${at(row.created_at)})`),
    /** Changes an account; a raised epoch ends the access tokens issued before. */
    update: (
      id: string,
      change: {
        readonly name?: string;
        readonly reach?: string;
        readonly state?: string;
        readonly isEpochRaised?: boolean;
      },
    ) =>
      tx.run(sql`update account set name = coalesce(${change.name ?? null}, name),
        reach = coalesce(${change.reach ?? null}, reach), state = coalesce(${change.state ?? null}, state),
        epoch = epoch + ${change.isEpochRaised === true ? 1 : 0} where id = ${id}`),
    noteSignIn: (id: string, nowMs: number) =>
      tx.run(sql`update account set last_sign_in_at = ${at(nowMs)} where id = ${id}`),
    delete: (id: string) => tx.run(sql`delete from account where id = ${id}`),

    withTotp: async (ids: readonly string[]) => {
      const rows = await tx.rows(
        sql<{
          id: string;
        }>`select account_id as id from account_credential where totp_sealed is not null and account_id = any (${ids}::uuid[])`,
      );
      return new Set(rows.map((row) => row.id));
    },
  };
}

/** Any number of ours: the advisory lock of counting owners. */
const OWNERS_LOCK = 7_236_452;

/** The roles of accounts, with sign-in's rights. */
export function roleRepository(tx: Transaction) {
  return {
    rolesOf: (accountIds: readonly string[]) =>
      tx.rows(sql<RoleRow>`select account_id as "accountId", role, scope::text as scope, effect, expires_at as "expiresAt"
        from account_role where account_id = any (${accountIds}::uuid[]) order by scope, role, effect`),
    async replaceRoles(
      account: { id: string; tenantId: string | null },
      roles: readonly HeldRole[],
    ) {
      await tx.run(sql`delete from account_role where account_id = ${account.id}`);
      for (const role of roles) {
        await tx.run(sql`insert into account_role (account_id, tenant_id, role, scope, effect, expires_at)
          values (${account.id}, ${account.tenantId}, ${role.role}, ${role.scope}::ltree, ${role.effect},
            ${role.expiresAt === null ? null : new Date(role.expiresAt)})`);
      }
    },
    /** Active admins at a node who hold owner there for good, without one of them. */
    countOtherOwners: async (scope: string, withoutId: string) =>
      (
        await tx.row(sql<{ count: number }>`select count(distinct a.id) as count from account a
          join account_role r on r.account_id = a.id
          where a.scope = ${scope}::ltree and a.kind = 'admin' and a.state = 'active' and a.id <> ${withoutId}
            and r.role = 'owner' and r.scope = a.scope and r.effect = 'allow' and r.expires_at is null`)
      )?.count ?? 0,
    countOthersWithin: async (scope: string, withoutId: string) =>
      (
        await tx.row(
          sql<{
            count: number;
          }>`select count(*) as count from account where scope <@ ${scope}::ltree and id <> ${withoutId}`,
        )
      )?.count ?? 0,
    /** One at a time: whoever counts owners before taking one away. */
    lockOwners: () => tx.run(sql`select pg_advisory_xact_lock(${OWNERS_LOCK})`),
  };
}

/** What proves a person. */
export function credentialRepository(tx: Transaction) {
  return {
    find: (accountId: string) =>
      tx.row(
        sql<CredentialRow>`select ${CREDENTIAL} from account_credential c where c.account_id = ${accountId}`,
      ),
    insert: (accountId: string, passwordHash: string | null) =>
      tx.run(
        sql`insert into account_credential (account_id, password_hash) values (${accountId}, ${passwordHash})`,
      ),
    setPassword: (accountId: string, passwordHash: string) =>
      tx.run(
        sql`update account_credential set password_hash = ${passwordHash} where account_id = ${accountId}`,
      ),
    /** Replaces a hash by a newer one of the same password, unless the password was changed meanwhile. */
    renewHash: (accountId: string, from: string, to: string) =>
      tx.run(
        sql`update account_credential set password_hash = ${to} where account_id = ${accountId} and password_hash = ${from}`,
      ),
    /** Ends both factors: only an invitation leads back. */
    forget: (accountId: string) =>
      tx.run(sql`update account_credential set password_hash = null, totp_sealed = null, totp_pending_sealed = null,
        totp_last_step = 0, backup_code_hashes = '{}' where account_id = ${accountId}`),
    setInvitation: (accountId: string, hash: string, expiresAt: number) =>
      tx.run(sql`update account_credential set invitation_hash = ${hash}, invitation_expires_at = ${at(expiresAt)}
        where account_id = ${accountId}`),
    findInvited: (hash: string, nowMs: number) =>
      tx.row(sql<AccountRow>`select ${ACCOUNT} from account a join account_credential c on c.account_id = a.id
        where c.invitation_hash = ${hash} and c.invitation_expires_at > ${at(nowMs)} and a.state <> 'disabled'`),
    /** Uses an invitation up; 0 when somebody else was faster. */
    takeInvitation: (hash: string, passwordHash: string, nowMs: number) =>
      tx.run(sql`update account_credential set password_hash = ${passwordHash}, invitation_hash = null, invitation_expires_at = null
        where invitation_hash = ${hash} and invitation_expires_at > ${at(nowMs)}`),
    setPendingTotp: (accountId: string, sealed: Uint8Array | null) =>
      tx.run(
        sql`update account_credential set totp_pending_sealed = ${sealed} where account_id = ${accountId}`,
      ),
    setTotp: (
      accountId: string,
      given: { sealed: Uint8Array; step: number; backupHashes: string[] },
    ) =>
      tx.run(sql`update account_credential set totp_sealed = ${given.sealed}, totp_pending_sealed = null,
        totp_last_step = ${given.step}, backup_code_hashes = ${given.backupHashes}::text[] where account_id = ${accountId}`),
    removeTotp: (accountId: string) =>
      tx.run(sql`update account_credential set totp_sealed = null, totp_pending_sealed = null, totp_last_step = 0,
        backup_code_hashes = '{}' where account_id = ${accountId}`),
    /** Uses a time step up; 0 when it or a later one was used already. */
    takeStep: (accountId: string, step: number) =>
      tx.run(sql`update account_credential set totp_last_step = ${step}
        where account_id = ${accountId} and totp_last_step < ${step}`),
    /** Uses a backup code up; 0 when it is none of the account's. */
    takeBackupCode: (accountId: string, hash: string) =>
      tx.run(sql`update account_credential set backup_code_hashes = array_remove(backup_code_hashes, ${hash})
        where account_id = ${accountId} and ${hash} = any (backup_code_hashes)`),
  };
}

/** Failures by key, counted before the proof is checked, so that many at once gain nothing. */
export function failureRepository(tx: Transaction) {
  return {
    /** Counts an attempt; false, and not counted, while the last failure still makes it wait. */
    reserve: async (key: string, throttle: Throttle, nowMs: number) =>
      (await tx.run(sql`insert into sign_in_failure as f (key, failed_count, failed_at) values (${key}, 1, ${at(nowMs)})
        on conflict (key) do update set failed_at = excluded.failed_at,
          failed_count = case when f.failed_at < ${at(nowMs - throttle.forgetMs)} then 1 else f.failed_count + 1 end
        where f.failed_at < ${at(nowMs - throttle.maxMs)} or f.failed_count < ${throttle.freeCount}
          or f.failed_at + interval '1 ms' * least(${throttle.maxMs}::float8,
            ${throttle.baseMs}::float8 * power(2, least(f.failed_count - ${throttle.freeCount}::int, 30))) <= ${at(nowMs)}`)) ===
      1,
    find: (key: string) =>
      tx.row(
        sql<{
          failed_count: number;
          failed_at: number;
        }>`select failed_count, failed_at from sign_in_failure where key = ${key}`,
      ),
    /** Takes one attempt back that was neither right nor wrong. */
    giveBack: (key: string) =>
      tx.run(
        sql`update sign_in_failure set failed_count = greatest(0, failed_count - 1) where key = ${key}`,
      ),
    clear: (key: string) => tx.run(sql`delete from sign_in_failure where key = ${key}`),
    purge: (beforeMs: number) =>
      tx.run(sql`delete from sign_in_failure where failed_at < ${at(beforeMs)}`),
  };
}

/** Addresses of accounts that were deleted, by which what they did is still told from what others did. */
export function formerRepository(tx: Transaction) {
  return {
    purge: (beforeMs: number) =>
      tx.run(sql`delete from account_former where left_at < ${at(beforeMs)}`),
  };
}

/** Tenants that barred the platform: what a platform actor does not look into. Runs with the workers' rights. */
export async function barredTenantIds(tx: Transaction): Promise<string[]> {
  const rows = await tx.rows(
    sql<{ id: string }>`select id from tenant where not is_support_access_on`,
  );
  return rows.map((row) => row.id);
}

/** Lets the rest of a transaction run with other rights: first-run set-up alone needs two kinds. */
export async function changeRights(tx: Transaction, role: 'wardgrid_auth' | 'wardgrid_ingest') {
  await tx.run(sql`select set_config('role', ${role}, true)`);
}

export type { RoleName };
