import { sql } from 'kysely';
import type { Transaction } from '../../platform/database.ts';
import { textColumn } from './store/columns-repository.ts';
import type { SyncType } from './types/index.ts';

/** A reference that was filled in. */
interface Resolved {
  readonly id: string;
  readonly scope: string;
  readonly value: string;
}

/** References that were left empty, since what they name was not here. */
export function looseRepository(tx: Transaction) {
  return {
    /**
     * Which of these ids a row names. Each is looked up by itself in the index of what rows name, and nowhere
     * else: the tenant is asked for last, and not prepared, so that no plan goes through all of its rows.
     */
    named: async (tenantId: string, ids: readonly string[]): Promise<string[]> => {
      const rows = await tx.rows(sql<{
        id: string;
      }>`select x.id from unnest(${textColumn(ids)}) as x (id)
        cross join lateral (select bool_or(r.tenant_id = ${tenantId}) as is_named from sync_row r
          where r.refers_to @> array[x.id] and not r.is_deleted) n
        where n.is_named`);
      return rows.map(({ id }) => id);
    },
    /** Fills in those of a column that name one of these rows, which are here now; at most `limit`. */
    resolve: (
      { type, column, target }: { type: SyncType; column: string; target: string },
      given: { readonly tenantId: string; readonly ids: readonly string[]; readonly limit: number },
    ): Promise<Resolved[]> => {
      const name = sql.lit(type.name);
      return tx.rows(sql<Resolved>`update ${sql.table(type.name)} t set ${sql.ref(column)} = g.target
        from (
          select e.id, x.id as target from sync_row r
          join ${sql.table(type.name)} e on e.id = case when r.type = ${name} then r.row_id::uuid end
          join ${sql.table(target)} x on x.id = case when r.type = ${name} then (r.fields -> 'v' ->> ${sql.lit(column)})::uuid end
          where r.tenant_id = ${given.tenantId} and r.type = ${name} and not r.is_deleted
            and r.refers_to && ${given.ids}::text[] and ${sql.ref(`e.${column}`)} is null and x.id = any (${given.ids}::uuid[])
          limit ${given.limit}
        ) g where t.id = g.id
        returning t.id::text as id, t.scope::text as scope, g.target::text as value`);
    },
  };
}
