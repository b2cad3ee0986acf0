import { sql } from 'kysely';
import type { Transaction } from '../../../platform/database.ts';

export interface BlockedAddressRow {
  readonly id: string;
  readonly cidr: string;
  readonly reason: string;
  readonly origin: 'automatic' | 'manual';
  readonly strike_count: number;
  readonly created_at: number;
  readonly expires_at: number | null;
}

/** Most rows kept: every one is looked at whenever the list is loaded. */
export const ROWS_MAX = 20_000;

const COLUMNS = sql`id, cidr::text as cidr, reason, origin, strike_count, created_at, expires_at`;

export function blockedAddressRepository(tx: Transaction) {
  return {
    /** Those in force, newest first. */
    listActive: (nowMs: number) =>
      tx.rows(sql<BlockedAddressRow>`select ${COLUMNS} from blocked_address
        where expires_at is null or expires_at > ${new Date(nowMs)} order by created_at desc, id`),
    find: (cidr: string) =>
      tx.row(
        sql<BlockedAddressRow>`select ${COLUMNS} from blocked_address where cidr = ${cidr}::cidr for update`,
      ),
    count: async () =>
      (await tx.row(sql<{ count: number }>`select count(*) as count from blocked_address`))
        ?.count ?? 0,
    /** Writes a block, in place of an earlier one of the same network. */
    put: (row: BlockedAddressRow) =>
      tx.run(sql`insert into blocked_address (id, cidr, reason, origin, strike_count, created_at, expires_at)
        values (${row.id}, ${row.cidr}::cidr, ${row.reason}, ${row.origin}, ${row.strike_count}, ${new Date(row.created_at)},
          ${row.expires_at === null ? null : new Date(row.expires_at)})
        on conflict (cidr) do update set id = excluded.id, reason = excluded.reason, origin = excluded.origin,
          strike_count = excluded.strike_count, created_at = excluded.created_at, expires_at = excluded.expires_at`),
    delete: (id: string) => tx.run(sql`delete from blocked_address where id = ${id}`),
    purge: (beforeMs: number) =>
      tx.run(sql`delete from blocked_address where expires_at < ${new Date(beforeMs)}`),
  };
}
