import { sql, type RawBuilder } from 'kysely';
import type { Json } from '@wardgrid/base';
import type { Transaction } from '../../platform/database.ts';
import { rowIdOf } from './typed-repository.ts';
import type { SyncType } from './types/index.ts';

/** Rows as they stand, in the shape in which triggers capture new ones. */
export function baselineRepository(tx: Transaction) {
  return {
    /** Rows of a type behind a row, in the order of their ids. */
    read: (
      type: SyncType,
      given: { readonly tenantId: string; readonly after: string | null; readonly limit: number },
    ) => {
      const id = rowIdOf(type, 'r');
      const isKeyed = type.key.length === 1 && type.key[0] === 'id';
      // By the index of the ids where there is one.
      const order = isKeyed ? sql`r.id` : sql`${id} collate "C"`;
      const after = given.after === null ? sql`true` : afterOf(order, isKeyed, given.after);
      return tx.rows(sql<{ id: string; home: string; fields: Record<string, Json> }>`
        select ${id} as id, ${type.home === 'device' ? sql`sync_home(r.scope, r.device_id)` : sql`r.scope`}::text as home,
          sync_fields(to_jsonb(r), ${Object.keys(type.columns)}::text[])${foldsOf(type)} as fields
        from ${sql.table(type.name)} r where r.tenant_id = ${given.tenantId} and ${after}
        order by ${order} limit ${given.limit}`);
    },
  };
}

function afterOf(order: RawBuilder<unknown>, isKeyed: boolean, after: string): RawBuilder<unknown> {
  return isKeyed ? sql`${order} > ${after}::uuid` : sql`${order} > ${after}`;
}

/** Children as fields of their parent. */
function foldsOf(type: SyncType): RawBuilder<unknown> {
  const folds = Object.entries(type.folds).map(([field, fold]) => {
    const names = [...fold.key, ...fold.columns];
    const order =
      fold.key.length === 0 ? sql`1` : sql.join(fold.key.map((key) => sql.ref(`c.${key}`)));
    return sql` || jsonb_build_object(${field}::text, (select coalesce(jsonb_agg(sync_fields(to_jsonb(c), ${names}::text[])
      order by ${order}), '[]') from ${sql.table(fold.table)} c where ${sql.ref(`c.${fold.parent}`)} = r.id))`;
  });
  return folds.length === 0 ? sql`` : sql.join(folds, sql``);
}
