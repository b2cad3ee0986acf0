import { sql } from 'kysely';
import type { Visibility } from '../../../platform/authorize.ts';
import type { Transaction } from '../../../platform/database.ts';
import { predicateOf } from '../../../platform/row-security.ts';

/** A change that nobody has decided yet. */
export interface PendingRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly type: string;
  readonly row_id: string;
  readonly kind: 'create' | 'patch' | 'delete' | 'move';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly place: string;
  readonly actor: string;
  readonly at: number;
}

/** Changes as they were captured, and as they are written into the own stream. */
const PENDING = sql`(
  select id::text as id, tenant_id, type, row_id, kind, scope, fields, actor, at from sync_outbox
  union all
  select op_id, tenant_id, type, row_id, op::jsonb ->> 'kind', place, op::jsonb -> 'fields',
    op::jsonb ->> 'by', at from sync_op where kind = 'pending'
) p`;

/** What waits, with the rights of synchronisation, as far as a reader sees it. */
export function statusRepository(tx: Transaction) {
  return {
    pending: (visibility: Visibility, limit: number): Promise<PendingRow[]> =>
      tx.rows(sql<PendingRow>`select p.id, p.tenant_id, p.type, p.row_id, p.kind, p.fields, p.scope::text as place, p.actor, p.at
        from ${PENDING} where ${predicateOf(visibility, 'p')} order by p.at desc limit ${limit}`),
    countPending: async (visibility: Visibility): Promise<number> => {
      const row = await tx.row(
        sql<{ count: number }>`select count(*) as count from ${PENDING}
          where ${predicateOf(visibility, 'p')}`,
      );
      return row?.count ?? 0;
    },
    /** Who made these changes, in their order, as the transaction may know them. */
    authorsOf: async (changes: readonly PendingRow[]): Promise<string[]> => {
      const rows = await tx.rows(sql<{
        name: string;
      }>`select person_of(c.actor, c.place::ltree) as name
        from unnest(${changes.map(({ actor }) => actor)}::text[], ${changes.map(({ place }) => place)}::text[])
          with ordinality as c (actor, place, n) order by c.n`);
      return rows.map(({ name }) => name);
    },
    /** Conflicts that the transaction may see and nobody has looked at. */
    countConflicts: async (): Promise<number> => {
      const row = await tx.row(
        sql<{ count: number }>`select count(*) as count from sync_conflict c
          where c.state = 'open' and ${tx.visible('c')}`,
      );
      return row?.count ?? 0;
    },
  };
}
