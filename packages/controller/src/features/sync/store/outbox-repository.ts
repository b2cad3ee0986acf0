import { sql } from 'kysely';
import type { Json } from '@wardgrid/base';
import type { Op } from '@wardgrid/sync';
import type { Transaction } from '../../../platform/database.ts';

/** A change as a feature made it. */
export interface CapturedChange {
  readonly id: number;
  readonly type: string;
  readonly rowId: string;
  readonly kind: Op['kind'];
  readonly scope: string | null;
  readonly fields: Readonly<Record<string, Json>>;
  readonly actor: string;
  readonly seen: number;
}

/** What a change that is not sealed yet is about. */
export interface WaitingChange extends Pick<CapturedChange, 'rowId' | 'kind'> {
  /** The fields that it names. */
  readonly names: readonly string[];
}

/** Changes of one tenant that wait for the sealer. */
export function outboxRepository(tx: Transaction, tenantId: string) {
  return {
    /** Takes the oldest out. */
    take: (limit: number): Promise<CapturedChange[]> =>
      tx.rows(
        sql<CapturedChange>`with taken as (
            delete from sync_outbox where id = any (array(
              select id from sync_outbox where tenant_id = ${tenantId} order by id limit ${limit}))
            returning id, type, row_id, kind, scope, fields, actor, seen
          ) select id, type, row_id as "rowId", kind, scope::text as scope, fields, actor, seen from taken order by id`,
        'sync outbox take',
      ),
    /** Of these rows, what has changed here since the sealer looked last: which fields, in what way. */
    waiting: (rowIds: readonly string[]): Promise<WaitingChange[]> =>
      tx.rows(
        sql<WaitingChange>`select row_id as "rowId", kind, array(select jsonb_object_keys(fields)) as names
          from sync_outbox where tenant_id = ${tenantId} and row_id = any (${rowIds}::text[])`,
        'sync outbox waiting',
      ),
    count: async (): Promise<number> => {
      const row = await tx.row(
        sql<{
          count: number;
        }>`select count(*) as count from sync_outbox where tenant_id = ${tenantId}`,
      );
      return row?.count ?? 0;
    },
  };
}
