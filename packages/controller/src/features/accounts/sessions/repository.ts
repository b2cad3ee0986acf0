import { sql, type RawBuilder } from 'kysely';
import type { Transaction } from '../../../platform/database.ts';

export interface SessionRow {
  readonly id: string;
  readonly account_id: string;
  readonly refresh_hash: string;
  readonly previous_hash: string | null;
  readonly rotated_at: number;
  readonly methods: readonly string[];
  readonly address: string;
  readonly user_agent: string;
  readonly created_at: number;
  readonly last_used_at: number;
  readonly expires_at: number;
}

const SESSION = sql`s.id, s.account_id, s.refresh_hash, s.previous_hash, s.rotated_at, s.methods, host(s.address) as address,
  s.user_agent, s.created_at, s.last_used_at, s.expires_at`;

function at(epochMs: number): RawBuilder<unknown> {
  return sql`${new Date(epochMs)}::timestamptz`;
}

/** Sessions, with sign-in's rights. `idleMs` is how long a session lives unused. */
export function sessionRepository(tx: Transaction) {
  const isAlive = (nowMs: number, idleMs: number) =>
    sql`s.revoked_at is null and s.expires_at > ${at(nowMs)} and s.last_used_at > ${at(nowMs - idleMs)}`;
  return {
    insert: (
      row: Omit<SessionRow, 'previous_hash' | 'last_used_at' | 'rotated_at'> & {
        readonly epoch: number;
      },
    ) =>
      tx.run(sql`insert into session (id, account_id, refresh_hash, rotated_at, epoch, methods, address, user_agent, created_at,
          last_used_at, expires_at)
        values (${row.id}, ${row.account_id}, ${row.refresh_hash}, ${at(row.created_at)}, ${row.epoch}, ${row.methods}::text[],
          ${row.address}::inet, ${row.user_agent}, ${at(row.created_at)}, ${at(row.created_at)}, ${at(row.expires_at)})`),
    listAlive: (accountId: string, nowMs: number, idleMs: number) =>
      tx.rows(
        sql<SessionRow>`select ${SESSION} from session s where s.account_id = ${accountId} and ${isAlive(nowMs, idleMs)}
          order by s.last_used_at desc`,
        'session-list',
      ),
    lockAlive: (id: string, nowMs: number, idleMs: number) =>
      tx.row(
        sql<SessionRow>`select ${SESSION} from session s where s.id = ${id} and ${isAlive(nowMs, idleMs)} for update`,
      ),
    rotate: (id: string, hashes: { refresh: string; previous: string }, nowMs: number) =>
      tx.run(sql`update session set refresh_hash = ${hashes.refresh}, previous_hash = ${hashes.previous},
        rotated_at = ${at(nowMs)}, last_used_at = ${at(nowMs)} where id = ${id}`),
    addMethod: (id: string, method: string) =>
      tx.run(
        sql`update session set methods = array_append(array_remove(methods, ${method}), ${method}) where id = ${id}`,
      ),
    /** Ends one session; 0 when it had ended or is another account's. */
    revoke: (given: { id: string; accountId: string; reason: string }, nowMs: number) =>
      tx.run(sql`update session set revoked_at = ${at(nowMs)}, revoked_reason = ${given.reason}
        where id = ${given.id} and account_id = ${given.accountId} and revoked_at is null`),
    /** Ends all sessions of an account but perhaps one. */
    revokeAll: (
      given: { accountId: string; reason: string; exceptId?: string | null },
      nowMs: number,
    ) =>
      tx.run(sql`update session set revoked_at = ${at(nowMs)}, revoked_reason = ${given.reason}
        where account_id = ${given.accountId} and revoked_at is null
          and id is distinct from ${given.exceptId ?? null}::uuid`),
    /** Ends the least recently used sessions beyond `keep`. */
    revokeOldest: (accountId: string, keep: number, nowMs: number) =>
      tx.run(sql`update session set revoked_at = ${at(nowMs)}, revoked_reason = 'too-many'
        where id in (select id from session where account_id = ${accountId} and revoked_at is null
          order by last_used_at desc offset ${keep})`),
    purge: (beforeMs: number) =>
      tx.run(
        sql`delete from session where expires_at < ${at(beforeMs)} or revoked_at < ${at(beforeMs)}`,
      ),
  };
}
