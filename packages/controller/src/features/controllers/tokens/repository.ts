import { sql } from 'kysely';
import { joinTokenFields, type ListQuery, type Page } from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';
import { listRows, type ListSettings, type ListSource } from '../../../platform/list.ts';

/** A token as people see it. */
export interface TokenRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly tenant_name: string | null;
  readonly scope: string;
  readonly place_name: string | null;
  readonly parent_id: string;
  readonly parent_name: string | null;
  readonly name: string;
  readonly is_approval_needed: boolean;
  readonly created_at: number;
  readonly created_by: string;
  readonly expires_at: number;
  readonly used_at: number | null;
  readonly used_by: string | null;
  readonly revoked_at: number | null;
  readonly state: 'active' | 'used' | 'expired' | 'revoked';
}

/** A token as a join looks at it. */
export interface LockedToken {
  readonly id: string;
  readonly tenantId: string;
  readonly scope: string;
  readonly parentId: string;
  readonly name: string;
  readonly tokenHash: string;
  readonly isApprovalNeeded: boolean;
  readonly createdBy: string;
  readonly expiresAt: number;
  readonly usedBy: string | null;
  readonly usedKey: string | null;
  readonly revokedAt: number | null;
}

export interface NewTokenRow {
  readonly id: string;
  readonly tenantId: string;
  readonly scope: string;
  readonly parentId: string;
  readonly name: string;
  readonly tokenId: string;
  readonly tokenHash: string;
  readonly isApprovalNeeded: boolean;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly expiresAt: number;
}

const STATE = sql`case when k.revoked_at is not null then 'revoked' when k.used_at is not null then 'used'
  when k.expires_at <= now() then 'expired' else 'active' end`;

const TOKENS: Omit<ListSource, 'where'> = {
  noun: 'join-tokens',
  fields: joinTokenFields,
  columns: {
    name: { value: sql`k.name`, type: 'text' },
    tenant: { value: sql`coalesce(t.name, '')`, type: 'text' },
    state: { value: STATE, type: 'text' },
    createdAt: { value: sql`k.created_at`, type: 'timestamptz' },
    expiresAt: { value: sql`k.expires_at`, type: 'timestamptz' },
  },
  from: sql`from join_token k left join tenant t on t.id = k.tenant_id`,
  select: sql`k.id, k.tenant_id, t.name as tenant_name, k.scope::text as scope,
    (select name from tenant where scope = k.scope
     union all select name from organization where scope = k.scope
     union all select name from device_group where scope = k.scope) as place_name,
    k.parent_id, (select p.name from controller p where p.id = k.parent_id) as parent_name, k.name,
    k.is_approval_needed, k.created_at, person_of(k.created_by, k.scope) as created_by,
    k.expires_at, k.used_at, k.used_by, k.revoked_at,
    ${STATE} as state`,
  id: sql`k.id`,
  words: [sql`k.name`],
  defaultSort: '-createdAt',
};

/** The rows of join tokens inside one transaction. */
export function tokenRepository(tx: Transaction) {
  return {
    list: (query: ListQuery, settings: ListSettings): Promise<Page<TokenRow>> =>
      listRows<TokenRow>(tx, { ...TOKENS, where: tx.visible('k') }, { query, settings }),
    find: (id: string) =>
      tx.row(
        sql<TokenRow>`select ${TOKENS.select} ${TOKENS.from} where k.id = ${id} and ${tx.visible('k')}`,
      ),
    countOpen: async (tenantId: string): Promise<number> => {
      const row = await tx.row(sql<{ count: number }>`select count(*) as count from join_token k
        where tenant_id = ${tenantId} and used_at is null and revoked_at is null and expires_at > now()`);
      return row?.count ?? 0;
    },
    insert: (row: NewTokenRow) =>
      tx.run(sql`insert into join_token (id, tenant_id, scope, parent_id, name, token_id, token_hash,
          is_approval_needed, created_at, created_by, expires_at)
        values (${row.id}, ${row.tenantId}, ${row.scope}::ltree, ${row.parentId}, ${row.name},
          ${row.tokenId}, ${row.tokenHash}, ${row.isApprovalNeeded}, ${new Date(row.createdAt)},
          ${row.createdBy}, ${new Date(row.expiresAt)})`),
    revoke: (id: string, at: number) =>
      tx.run(sql`update join_token k set revoked_at = ${new Date(at)}
        where id = ${id} and used_at is null and ${tx.visible('k')}`),
    /** Locks a token, with the workers' rights. */
    lock: (tokenId: string): Promise<LockedToken | undefined> =>
      tx.row(sql<LockedToken>`select id, tenant_id as "tenantId", scope::text as scope,
        parent_id as "parentId", name, token_hash as "tokenHash",
        is_approval_needed as "isApprovalNeeded", created_by as "createdBy", expires_at as "expiresAt",
        used_by as "usedBy", used_key as "usedKey", revoked_at as "revokedAt"
        from join_token where token_id = ${tokenId} for update`),
    use: (
      id: string,
      by: { readonly nodeId: string; readonly publicKey: string; readonly at: number },
    ) =>
      tx.run(sql`update join_token set used_at = ${new Date(by.at)}, used_by = ${by.nodeId},
        used_key = ${by.publicKey} where id = ${id}`),
  };
}
