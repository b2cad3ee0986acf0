import { sql } from 'kysely';
import type { Transaction } from '../../../platform/database.ts';
import { SERVED_ELSEWHERE } from '../served-elsewhere-repository.ts';

/** A job that another controller made, as far as it matters here. */
export interface ArrivedJob {
  readonly id: string;
  readonly tenantId: string;
  readonly scope: string;
  readonly deviceId: string;
  readonly kind: string;
  readonly arguments: unknown;
  readonly state: string;
  readonly isCancelRequested: boolean;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly hasOrder: boolean;
  readonly hasCancelOrder: boolean;
  /** Its device was last seen by another controller. */
  readonly isElsewhere: boolean;
}

/** Jobs of other controllers, with the workers' rights. */
export function arrivedJobRepository(tx: Transaction) {
  return {
    /** Those that have not ended and whose device this controller could talk to, locked in one order. */
    open: (ids: readonly string[]): Promise<ArrivedJob[]> =>
      tx.rows(sql<ArrivedJob>`select j.id, j.tenant_id as "tenantId", j.scope::text as scope, j.device_id as "deviceId", j.kind,
          j.arguments, j.state, j.is_cancel_requested as "isCancelRequested", j.created_at as "createdAt", j.expires_at as "expiresAt",
          exists (select from job_order o where o.job_id = j.id and not o.is_cancel) as "hasOrder",
          exists (select from job_order o where o.job_id = j.id and o.is_cancel) as "hasCancelOrder",
          ${SERVED_ELSEWHERE} as "isElsewhere"
        from job j join device_link l on l.device_id = j.device_id
        where j.id = any (${ids}::uuid[]) and j.finished_at is null order by j.id for update of j`),
    insertOrders: (
      orders: readonly {
        readonly id: string;
        readonly tenantId: string;
        readonly deviceId: string;
        readonly sequence: number;
        readonly expiresAt: number;
        readonly isCancel: boolean;
        readonly envelope: string;
      }[],
    ): Promise<number> =>
      tx.run(sql`insert into job_order (device_id, sequence, tenant_id, job_id, is_cancel, envelope, expires_at)
        select "deviceId", sequence, "tenantId", id, "isCancel", envelope::json, to_timestamp("expiresAt" / 1000.0)
        from jsonb_to_recordset(${JSON.stringify(orders)}::jsonb)
          as r (id uuid, "tenantId" uuid, "deviceId" uuid, sequence int8, "expiresAt" float8, "isCancel" boolean, envelope text)`),
  };
}
