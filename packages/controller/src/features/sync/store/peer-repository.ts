import { sql } from 'kysely';
import type { Transaction } from '../../../platform/database.ts';
import { bigintColumn, textColumn } from './columns-repository.ts';

/** A controller that exchanges with this one. */
export interface Peer {
  readonly node: string;
  readonly epoch: number;
  readonly cursor: number;
  readonly scopeVersion: number;
  /** The decision as of which it takes a snapshot; null when it takes none. */
  readonly snapshotAt: number | null;
}

/** Controllers that exchange with this one, and wishes that were decided. */
export function peerRepository(tx: Transaction, tenantId: string) {
  return {
    note: ({ node, epoch, cursor, scopeVersion, snapshotAt }: Peer, at: Date): Promise<number> =>
      tx.run(
        sql`insert into sync_peer (tenant_id, node, epoch, cursor, scope_version, snapshot_at, seen_at)
          values (${tenantId}, ${node}, ${epoch}, ${cursor}, ${scopeVersion}, ${snapshotAt}, ${at})
          on conflict (tenant_id, node) do update set epoch = excluded.epoch, cursor = excluded.cursor,
            scope_version = excluded.scope_version, snapshot_at = excluded.snapshot_at, seen_at = excluded.seen_at`,
        'sync peer note',
      ),
    /** The slowest of those that were here since; null without any. */
    slowest: async (epoch: number, since: Date): Promise<number | null> => {
      const row = await tx.row(sql<{ cursor: number | null }>`
        select min(least(cursor, coalesce(snapshot_at, cursor))) as cursor from sync_peer
        where tenant_id = ${tenantId} and epoch = ${epoch} and seen_at >= ${since}`);
      return row?.cursor ?? null;
    },
    decidedWishes: async (opIds: readonly string[]): Promise<string[]> => {
      if (opIds.length === 0) return [];
      const rows = await tx.rows(
        sql<{ id: string }>`select op_id as id from sync_op_id
          where tenant_id = ${tenantId} and op_id = any (${textColumn(opIds)})`,
        'sync op ids',
      );
      return rows.map(({ id }) => id);
    },
    /** Forgets wishes that were decided before: up to which decision, or null when there were none. */
    forgetWishes: async (before: Date): Promise<number | null> => {
      const row = await tx.row(sql<{ g: number | null }>`with gone as (
          delete from sync_op_id where tenant_id = ${tenantId} and at < ${before} returning g
        ) select max(g) as g from gone`);
      return row?.g ?? null;
    },
    /** Notes wishes that were not decided before. */
    noteWishes: async (
      wishes: readonly (readonly [opId: string, g: number])[],
      at: Date,
    ): Promise<void> => {
      if (wishes.length === 0) return;
      await tx.run(
        sql`insert into sync_op_id (tenant_id, op_id, g, at) select ${tenantId}::uuid, op_id, g, ${at}
          from unnest(${textColumn(wishes.map(([opId]) => opId))}, ${bigintColumn(wishes.map(([, g]) => g))}) as x (op_id, g)`,
        'sync op ids note',
      );
    },
  };
}
