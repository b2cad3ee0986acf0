import { sql } from 'kysely';
import type { Transaction } from '../../platform/database.ts';

/** What a worker tells instead of a trigger, and takes back. */
export function toldRepository(tx: Transaction) {
  return {
    /**
     * Tells other controllers of devices that were seen here: when one came or went, and now and then
     * that it is still there. How many.
     */
    tellPresence: (given: { readonly silentMs: number; readonly limit: number }): Promise<number> =>
      tx.run(sql`with due as (
          select p.device_id, p.tenant_id, d.scope, p.status, p.last_seen_at, p.public_ip, t.cursor
          from sync_tenant t join device_presence p on p.tenant_id = t.tenant_id join device d on d.id = p.device_id
          where p.last_seen_at is not null and coalesce(p.last_seen_at > p.heard_at, true)
            and (p.told_status is distinct from p.status
              or p.last_seen_at >= p.told_seen_at + make_interval(secs => ${given.silentMs / 1_000}))
          limit ${given.limit} for update of p skip locked
        ), noted as (
          update device_presence p set told_status = d.status, told_seen_at = d.last_seen_at
          from due d where p.device_id = d.device_id
        ), told as (
          insert into sync_outbox (tenant_id, type, row_id, kind, scope, fields, seen)
          select tenant_id, 'device', device_id::text, 'patch', scope,
            jsonb_build_object('presence', jsonb_build_array(jsonb_build_object(
              'status', status, 'last_seen_at', last_seen_at, 'public_ip', public_ip))), cursor
          from due returning tenant_id
        ) select sync_wake(array_agg(tenant_id)) from told having count(*) > 0`),
  };
}
