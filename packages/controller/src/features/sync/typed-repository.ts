import { sql, type RawBuilder } from 'kysely';
import type { Json } from '@wardgrid/base';
import type { Transaction } from '../../platform/database.ts';
import type { SyncType } from './types/index.ts';

/** Columns of one row as they are written, by the table's own names. */
export type TypedRecord = Readonly<Record<string, Json>>;

/** Writes rows of other controllers into the tables of the features. Nothing of it is captured. */
export function typedRepository(tx: Transaction) {
  return {
    setReplaying: (isReplaying: boolean): Promise<number> =>
      tx.run(
        sql`select set_config('wardgrid.replaying', ${isReplaying ? 'on' : 'off'}, true)`,
        'sync-replaying',
      ),
    savepoint: (): Promise<number> => tx.run(sql`savepoint sync_write`),
    release: (): Promise<number> => tx.run(sql`release savepoint sync_write`),
    rollBack: (): Promise<number> => tx.run(sql`rollback to savepoint sync_write`),

    /** Waits for whoever changes these rows, and lets nobody change them before the end. */
    lock: (type: SyncType, records: readonly TypedRecord[]): Promise<number> =>
      tx.run(sql`select 1 from ${sql.table(type.name)} t, ${recordset(type.name, records)}
        where ${sameKey(type)} for no key update of t`),

    /** Changes what is there of these columns; answers with the row ids that were. */
    async update(
      type: SyncType,
      columns: readonly string[],
      records: readonly TypedRecord[],
    ): Promise<string[]> {
      const changed = columns.filter((column) => !type.key.includes(column));
      if (changed.length === 0) return existing(tx, type, records);
      const set = sql.join(
        changed.map((column) => sql`${sql.ref(column)} = ${valueOf(type, column)}`),
      );
      const rows = await tx.rows(sql<{ id: string }>`update ${sql.table(type.name)} t set ${set}
        from ${recordset(type.name, records)} where ${sameKey(type)} returning ${rowIdOf(type, 't')} as id`);
      return rows.map(({ id }) => id);
    },

    /** Makes rows; of one that is there after all, the columns are changed. */
    insert: (
      type: SyncType,
      columns: readonly string[],
      records: readonly TypedRecord[],
    ): Promise<number> => {
      const names = columns.map((column) => sql.ref(column));
      const values = columns.map((column) => valueOf(type, column));
      const changed = columns.filter((column) => !type.key.includes(column));
      const set = changed.map(
        (column) => sql`${sql.ref(column)} = ${sql.ref(`excluded.${column}`)}`,
      );
      return tx.run(sql`insert into ${sql.table(type.name)} (${sql.join(names)})
        select ${sql.join(values)} from ${recordset(type.name, records)}
        on conflict (${sql.join(type.key.map((key) => sql.ref(key)))}) ${
          set.length === 0 ? sql`do nothing` : sql`do update set ${sql.join(set)}`
        }`);
    },

    remove: (type: SyncType, records: readonly TypedRecord[]): Promise<number> =>
      tx.run(
        sql`delete from ${sql.table(type.name)} t using ${recordset(type.name, records)} where ${sameKey(type)}`,
      ),
  };
}

/** What a type's rows are known by along the chain. */
export function rowIdOf(type: SyncType, alias: string): RawBuilder<string> {
  if (type.key.length === 1 && type.key[0] === 'id') return sql`${sql.ref(`${alias}.id`)}::text`;
  const parts = type.key.map((key) => sql`${sql.ref(`${alias}.${key}`)}`);
  return sql`concat_ws(':', ${sql.lit(type.name)}, ${sql.join(parts)})`;
}

export function sameKey(type: SyncType): RawBuilder<unknown> {
  return sql.join(
    type.key.map((key) => sql`${sql.ref(`t.${key}`)} = ${sql.ref(`r.${key}`)}`),
    sql` and `,
  );
}

export function recordset(table: string, records: readonly TypedRecord[]): RawBuilder<unknown> {
  return sql`jsonb_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(records)}::jsonb) r`;
}

/** What a column gets: a reference that may be loose only if what it names is here. */
function valueOf(type: SyncType, column: string): RawBuilder<unknown> {
  const value = sql.ref(`r.${column}`);
  const rule = type.columns[column];
  if (rule?.isLoose !== true || rule.refersTo === undefined) return sql`${value}`;
  return sql`(select x.id from ${sql.table(rule.refersTo)} x where x.id = ${value})`;
}

async function existing(
  tx: Transaction,
  type: SyncType,
  records: readonly TypedRecord[],
): Promise<string[]> {
  const rows = await tx.rows(sql<{ id: string }>`select ${rowIdOf(type, 't')} as id
    from ${sql.table(type.name)} t, ${recordset(type.name, records)} where ${sameKey(type)}`);
  return rows.map(({ id }) => id);
}
