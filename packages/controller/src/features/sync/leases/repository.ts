import { sql } from 'kysely';
import type { Transaction } from '../../../platform/database.ts';
import type { Network } from './plan.ts';

/** A device whose mark became another. */
export interface MarkedDevice {
  readonly id: string;
  readonly tenantId: string;
  readonly scope: string;
}

/** Tenants with controllers below the cloud. */
export async function chainedTenants(tx: Transaction): Promise<string[]> {
  const rows = await tx.rows(
    sql<{ id: string }>`select distinct tenant_id as id from controller where layer > 0 order by 1`,
  );
  return rows.map(({ id }) => id);
}

/** Seats of one tenant, by the controllers that give them away. */
export function leaseRepository(tx: Transaction, tenantId: string) {
  return {
    /** One plan at a time. */
    lock: (): Promise<number> =>
      tx.run(sql`select pg_advisory_xact_lock(hashtext('seat leases ' || ${tenantId}))`),
    /**
     * Networks of controllers below the cloud that are, or were, let in. What the cloud enrolled there counts
     * at the cloud: a site that is cut off gives its seats away meanwhile.
     */
    networks: (): Promise<Network[]> =>
      tx.rows(sql<Network>`
        select n.scope::text as scope, n.is_revoked as "isRevoked", coalesce(l.seats, 0) as leased, (
          select count(*) from device d where d.tenant_id = ${tenantId} and d.state = 'active'
            and d.enrolled_by is not null and d.scope <@ n.scope
            and not exists (select from controller b where b.tenant_id = ${tenantId} and b.layer > 0
              and b.certificate is not null and b.scope <@ n.scope and b.scope <> n.scope and d.scope <@ b.scope)
        ) as used
        from (select scope, bool_and(revoked_at is not null) as is_revoked from controller
          where tenant_id = ${tenantId} and layer > 0 and certificate is not null group by scope) n
        left join seat_lease l on l.tenant_id = ${tenantId} and l.scope = n.scope order by n.scope`),
    devices: async (): Promise<number> => {
      const row = await tx.row(
        sql<{
          count: number;
        }>`select count(*) as count from device where tenant_id = ${tenantId} and state = 'active'`,
      );
      return row?.count ?? 0;
    },
    seats: async (): Promise<number> => {
      const row = await tx.row(
        sql<{
          seats: number;
        }>`select seats from licence where tenant_id = ${tenantId} and is_current`,
      );
      return row?.seats ?? 0;
    },
    /** The lease of a scope while it holds; undefined without one. */
    find: (scope: string, now: Date): Promise<{ readonly seats: number } | undefined> =>
      tx.row(sql<{ seats: number }>`select seats from seat_lease
        where tenant_id = ${tenantId} and scope = ${scope}::ltree and expires_at > ${now}`),
    /** Writes a lease that is another, or that would soon end. */
    write: async (lease: {
      readonly id: string;
      readonly scope: string;
      readonly seats: number;
      readonly now: Date;
      readonly expiresAt: Date;
      readonly renewBefore: Date;
    }): Promise<void> => {
      const { id, scope, seats, now, expiresAt, renewBefore } = lease;
      const known = await tx.run(
        sql`select from seat_lease where tenant_id = ${tenantId} and scope = ${scope}::ltree`,
      );
      if (known === 0) {
        await tx.run(sql`insert into seat_lease (id, tenant_id, scope, seats, expires_at, changed_at)
          values (${id}, ${tenantId}, ${scope}::ltree, ${seats}, ${expiresAt}, ${now})`);
        return;
      }
      await tx.run(sql`update seat_lease set seats = ${seats}, expires_at = ${expiresAt}, changed_at = ${now}
        where tenant_id = ${tenantId} and scope = ${scope}::ltree and (seats <> ${seats} or expires_at < ${renewBefore})`);
    },
  };
}

/**
 * Marks the devices of a tenant beyond the seats of their network, the last that came first, and clears the
 * others. Those whose mark is another.
 */
export function markGrace(
  tx: Transaction,
  { tenantId, now }: { readonly tenantId: string; readonly now: Date },
): Promise<MarkedDevice[]> {
  return tx.rows(sql<MarkedDevice>`
        with network as (
          select n.scope, coalesce(l.seats, 0) as seats
          from (select distinct scope from controller
            where tenant_id = ${tenantId} and layer > 0 and certificate is not null) n
          left join seat_lease l on l.tenant_id = ${tenantId} and l.scope = n.scope and l.expires_at > ${now}
        ), counted as (
          select d.id, row_number() over (partition by n.scope order by d.enrolled_at, d.id) > n.seats as is_grace
          from device d cross join lateral (
            select w.scope, w.seats from network w where d.scope <@ w.scope order by nlevel(w.scope) desc limit 1) n
          where d.tenant_id = ${tenantId} and d.state = 'active' and d.enrolled_by is not null
        ), wrong as (
          select d.id, coalesce(c.is_grace, false) as is_grace
          from device d left join counted c on c.id = d.id
          where d.tenant_id = ${tenantId} and (d.is_grace or c.is_grace) and d.is_grace is distinct from coalesce(c.is_grace, false)
        )
        update device d set is_grace = w.is_grace from wrong w where d.id = w.id
        returning d.id, d.tenant_id as "tenantId", d.scope::text as scope`);
}
