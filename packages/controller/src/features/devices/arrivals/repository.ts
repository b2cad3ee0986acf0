import { sql } from 'kysely';
import type { Transaction } from '../../../platform/database.ts';

/** What a device that another controller enrolled needs here, beside what is known of it. */
export function arrivalRepository(tx: Transaction) {
  return {
    /** Gives devices their presence, where they lie now, and a link as long as they are active. */
    async settle(ids: readonly string[]): Promise<void> {
      await tx.run(sql`insert into device_presence (device_id, tenant_id, scope)
        select id, tenant_id, scope from device where id = any (${ids}::uuid[])
        on conflict (device_id) do update set scope = excluded.scope where device_presence.scope <> excluded.scope`);
      await tx.run(sql`insert into device_link (device_id, tenant_id)
        select id, tenant_id from device where id = any (${ids}::uuid[]) and state = 'active'
        on conflict (device_id) do nothing`);
      await tx.run(sql`delete from device_link l using device d
        where d.id = l.device_id and d.id = any (${ids}::uuid[]) and d.state = 'retired'`);
    },
    /**
     * Presence of these devices was told by another controller. What was told from here is told again
     * when they are seen here next.
     */
    noteHeard: (ids: readonly string[]): Promise<number> =>
      tx.run(
        sql`update device_presence set heard_at = last_seen_at, heard_status = null, away_since = null, told_status = null where device_id = any (${ids}::uuid[])`,
      ),
    /** Counts the seats of a tenant anew. */
    countSeats: (tenantId: string): Promise<number> =>
      tx.run(sql`update tenant set seats_used = (
        select count(*) from device where tenant_id = ${tenantId} and state = 'active') where id = ${tenantId}`),
  };
}
