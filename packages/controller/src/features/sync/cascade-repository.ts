import { sql } from 'kysely';
import { CASCADE } from '@wardgrid/sync';
import type { Transaction } from '../../platform/database.ts';
import { rowIdOf } from './typed-repository.ts';
import type { SyncType } from './types/index.ts';

/** A foreign key by which rows go with what they name. */
export interface Cascade {
  readonly child: string;
  readonly column: string;
  readonly parent: string;
}

/** Rows that the database removes with others. */
export function cascadeRepository(tx: Transaction) {
  return {
    /** Every such key of one column, as the database has it. */
    keys: (): Promise<Cascade[]> =>
      tx.rows(sql<Cascade>`select c.conrelid::regclass::text as child, a.attname::text as column, c.confrelid::regclass::text as parent
        from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        where c.contype = 'f' and c.confdeltype = 'c' and cardinality(c.conkey) = 1`),
    /** Wishes that the children of these rows be deleted along the chain, too; which they are. */
    wish: async (
      type: SyncType,
      { column, tenantId, ids }: { column: string; tenantId: string; ids: readonly string[] },
    ): Promise<string[]> => {
      const home = type.home === 'device' ? sql`sync_home(t.scope, t.device_id)` : sql`t.scope`;
      const rows = await tx.rows(sql<{ id: string }>`with told as (
          insert into sync_outbox (tenant_id, type, row_id, kind, scope, fields, seen)
          select t.tenant_id, ${type.name}, ${rowIdOf(type, 't')}, 'delete', ${home},
            jsonb_build_object(${CASCADE}::text, true), s.cursor
          from ${sql.table(type.name)} t join sync_tenant s on s.tenant_id = t.tenant_id
          where t.tenant_id = ${tenantId} and ${sql.ref(`t.${column}`)} = any (${ids}::uuid[])
          returning row_id
        ) select row_id as id from told`);
      return rows.map(({ id }) => id);
    },
    wake: (tenantId: string): Promise<number> =>
      tx.run(sql`select sync_wake(array[${tenantId}::uuid])`),
  };
}
