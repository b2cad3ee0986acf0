import { sql } from 'kysely';
import type { Transaction } from '../../../platform/database.ts';

/** The key of a controller, by which its announcements are known. */
export interface KnownKey {
  readonly controllerId: string;
  readonly publicKey: string;
  readonly isRevoked: boolean;
}

/** What telling controllers apart needs, with the workers' rights. */
export function neighbourRepository(tx: Transaction) {
  return {
    /** Of every controller of every tenant that is known here. */
    keys: (): Promise<KnownKey[]> =>
      tx.rows(sql<KnownKey>`select distinct on (controller_id) controller_id as "controllerId",
          public_key as "publicKey", revoked_at is not null as "isRevoked"
        from controller where certificate is not null order by controller_id, revoked_at nulls last`),
    /** Tenants that have controllers, the oldest first. */
    tenantKeys: (limit: number): Promise<{ tenantId: string; tenantKey: string }[]> =>
      tx.rows(sql<{ tenantId: string; tenantKey: string }>`
        select id as "tenantId", public_key as "tenantKey" from tenant t
        where exists (select from controller c where c.tenant_id = t.id) order by created_at, id limit ${limit}`),
  };
}
