import { sql } from 'kysely';
import type { Transaction } from '../../../platform/database.ts';

export interface SavedViewRow {
  readonly id: string;
  readonly noun: string;
  readonly name: string;
  readonly filter: string;
  readonly sort: string | null;
  readonly columns: string[] | null;
  readonly created_at: number;
}

const VIEW = sql`v.id, v.noun, v.name, v.filter, v.sort, v.columns, v.created_at`;

/** The saved views of one account, with sign-in's rights. */
export function savedViewRepository(tx: Transaction, accountId: string) {
  return {
    list: () =>
      tx.rows(
        sql<SavedViewRow>`select ${VIEW} from saved_view v where v.account_id = ${accountId} order by v.noun, lower(v.name), v.id`,
      ),
    /** Takes the account's row, so that two requests cannot both be the last that fits. */
    countLocked: async () => {
      await tx.run(sql`select from account where id = ${accountId} for update`);
      const row = await tx.row(
        sql<{
          count: number;
        }>`select count(*) as count from saved_view where account_id = ${accountId}`,
      );
      return row?.count ?? 0;
    },
    insert: (row: SavedViewRow) =>
      tx.run(sql`insert into saved_view (id, account_id, noun, name, filter, sort, columns, created_at)
        values (${row.id}, ${accountId}, ${row.noun}, ${row.name}, ${row.filter}, ${row.sort}, ${row.columns}::text[],
          ${new Date(row.created_at)})`),
    delete: (id: string) =>
      tx.run(sql`delete from saved_view where id = ${id} and account_id = ${accountId}`),
  };
}
