import { sql } from 'kysely';
import type { Json } from '@wardgrid/base';
import type { Transaction } from '../../platform/database.ts';
import { recordset, rowIdOf, sameKey, type TypedRecord } from './typed-repository.ts';
import type { SyncType, UniqueRule } from './types/index.ts';

/** What a table's rule is about. */
export interface Refused {
  readonly table: string;
  readonly columns: readonly string[];
}

/** Rows that want one place, and values that a table does not take. */
export function collisionRepository(tx: Transaction) {
  return {
    /** Gives a row another value in a text column, that tells it from the one that it stood in the way of. */
    rename: (type: SyncType, record: TypedRecord, change: { column: string; value: string }) =>
      tx.run(sql`update ${sql.table(type.name)} t set ${sql.ref(change.column)} = ${change.value}
        from ${recordset(type.name, [record])} where ${sameKey(type)}`),

    /** A row as it stands here, by the names of its columns. */
    read: async (type: SyncType, id: string): Promise<TypedRecord | undefined> => {
      const row = await tx.row(sql<{ record: Record<string, Json> }>`select to_jsonb(t) as record
        from ${sql.table(type.name)} t where ${rowIdOf(type, 't')} = ${id}`);
      return row?.record;
    },

    /** What a rule of a table looks at, by its name; of several tables' rules of one name, one. */
    checkedBy: (constraint: string): Promise<Refused | undefined> =>
      tx.row(sql<Refused>`select c.conrelid::regclass::text as table, array_agg(a.attname::text) as columns
        from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey)
        where c.conname = ${constraint} and c.contype = 'c' and c.conrelid <> 0 group by c.oid limit 1`),

    /** The row that stands where another wants to be, in a unique index. */
    occupant: async (
      type: SyncType,
      rule: UniqueRule,
      record: TypedRecord,
    ): Promise<{ readonly id: string } | undefined> => {
      const matches = rule.columns.map((column) => {
        const [left, right] = [sql.ref(`t.${column}`), sql.ref(`r.${column}`)];
        return column === rule.lower
          ? sql`lower(${left}) = lower(${right})`
          : sql`${left} is not distinct from ${right}`;
      });
      return tx.row(sql<{
        id: string;
      }>`select ${rowIdOf(type, 't')} as id from ${sql.table(type.name)} t,
          ${recordset(type.name, [record])}
        where ${sql.join(matches, sql` and `)} and not (${sameKey(type)})
          ${rule.where === undefined ? sql`` : sql`and ${sql.raw(`t.${rule.where}`)}`} limit 1`);
    },
  };
}
