import { sql, type RawBuilder } from 'kysely';
import type { Permission } from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';

export interface ApiTokenRow {
  readonly id: string;
  readonly account_id: string;
  readonly name: string;
  readonly prefix: string;
  readonly permissions: Permission[];
  readonly created_at: number;
  readonly expires_at: number;
  readonly last_used_at: number | null;
}

export interface DeviceCodeRow {
  readonly device_code_hash: string;
  readonly user_code: string;
  readonly client_name: string;
  readonly account_id: string | null;
  readonly expires_at: number;
}

const TOKEN = sql`t.id, t.account_id, t.name, t.prefix, t.permissions, t.created_at, t.expires_at, t.last_used_at`;
const CODE = sql`device_code_hash, user_code, client_name, account_id, expires_at`;

function at(epochMs: number): RawBuilder<unknown> {
  return sql`${new Date(epochMs)}::timestamptz`;
}

/** API tokens, with sign-in's rights. */
export function apiTokenRepository(tx: Transaction) {
  return {
    insert: (row: Omit<ApiTokenRow, 'last_used_at'> & { readonly token_hash: string }) =>
      tx.run(sql`insert into api_token (id, account_id, name, prefix, token_hash, permissions, created_at, expires_at)
        values (${row.id}, ${row.account_id}, ${row.name}, ${row.prefix}, ${row.token_hash}, ${row.permissions}::text[],
          ${at(row.created_at)}, ${at(row.expires_at)})`),
    findByHash: (hash: string) =>
      tx.row(
        sql<ApiTokenRow>`select ${TOKEN} from api_token t where t.token_hash = ${hash}`,
        'token-find',
      ),
    list: (accountId: string) =>
      tx.rows(
        sql<ApiTokenRow>`select ${TOKEN} from api_token t where t.account_id = ${accountId} order by t.created_at desc, t.id`,
      ),
    /** Takes the account's row, so that two requests cannot both be the last that fits. */
    countLocked: async (accountId: string) => {
      await tx.run(sql`select from account where id = ${accountId} for update`);
      const row = await tx.row(
        sql<{
          count: number;
        }>`select count(*) as count from api_token where account_id = ${accountId}`,
      );
      return row?.count ?? 0;
    },
    noteUse: (id: string, nowMs: number, quietMs: number) =>
      tx.run(sql`update api_token set last_used_at = ${at(nowMs)}
        where id = ${id} and (last_used_at is null or last_used_at <= ${at(nowMs - quietMs)})`),
    delete: (id: string, accountId: string) =>
      tx.run(sql`delete from api_token where id = ${id} and account_id = ${accountId}`),
    deleteAll: (accountId: string) =>
      tx.run(sql`delete from api_token where account_id = ${accountId}`),
    purge: (beforeMs: number) =>
      tx.run(sql`delete from api_token where expires_at < ${at(beforeMs)}`),
  };
}

/** Codes of programs that wait for a person's consent, with sign-in's rights. */
export function deviceCodeRepository(tx: Transaction) {
  return {
    insert: (row: Omit<DeviceCodeRow, 'account_id'>) =>
      tx.run(sql`insert into device_code (device_code_hash, user_code, client_name, expires_at)
        values (${row.device_code_hash}, ${row.user_code}, ${row.client_name}, ${at(row.expires_at)})`),
    count: async () =>
      (await tx.row(sql<{ count: number }>`select count(*) as count from device_code`))?.count ?? 0,
    /** Approves a code that nobody approved before. */
    approve: (userCode: string, accountId: string, nowMs: number) =>
      tx.row(sql<DeviceCodeRow>`update device_code set account_id = ${accountId}
        where user_code = ${userCode} and account_id is null and expires_at > ${at(nowMs)} returning ${CODE}`),
    lock: (hash: string, nowMs: number) =>
      tx.row(
        sql<DeviceCodeRow>`select ${CODE} from device_code where device_code_hash = ${hash} and expires_at > ${at(nowMs)} for update`,
      ),
    delete: (hash: string) => tx.run(sql`delete from device_code where device_code_hash = ${hash}`),
    purge: (nowMs: number) => tx.run(sql`delete from device_code where expires_at <= ${at(nowMs)}`),
  };
}
