import { sql } from 'kysely';
import type { Transaction } from '../../platform/database.ts';
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
