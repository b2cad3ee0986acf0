import { sql } from 'kysely';
import type { SignedEnvelope } from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';

export interface LicenceRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly scope: string;
  readonly envelope: SignedEnvelope;
  readonly features: string[];
  readonly seats: number;
  readonly seats_used: number;
  readonly is_suspended: boolean;
  readonly valid_from: number;
  readonly valid_until: number;
  readonly grace_days: number;
  readonly issued_at: number;
}

type NewLicenceRow = Omit<LicenceRow, 'seats_used' | 'is_suspended'>;

/** The rows of licences inside one transaction: every one kept, one of a tenant current. */
export function licenceRepository(tx: Transaction) {
  return {
    findCurrent: (tenantId: string) =>
      tx.row(sql<LicenceRow>`
        select l.id, l.tenant_id, l.scope::text as scope, l.envelope, l.features, l.seats,
          t.seats_used, t.is_suspended, l.valid_from, l.valid_until, l.grace_days, l.issued_at
        from licence l join tenant t on t.id = l.tenant_id
        where l.tenant_id = ${tenantId} and l.is_current and ${tx.visible('l')}`),
    async replaceCurrent(row: NewLicenceRow): Promise<void> {
      // The tenant's row is the lock: two issues at once would both find no current licence.
      await tx.rows(sql`select from tenant where id = ${row.tenant_id} for update`);
      await tx.run(sql`update licence l set is_current = false
        where tenant_id = ${row.tenant_id} and is_current and ${tx.visible('l')}`);
      await tx.run(sql`insert into licence (id, tenant_id, scope, envelope, features, seats,
          valid_from, valid_until, grace_days, issued_at)
        values (${row.id}, ${row.tenant_id}, ${row.scope}::ltree,
          ${JSON.stringify(row.envelope)}::jsonb, ${row.features}, ${row.seats},
          ${new Date(row.valid_from)}, ${new Date(row.valid_until)}, ${row.grace_days},
          ${new Date(row.issued_at)})`);
    },
    deleteAll: (tenantId: string) =>
      tx.run(sql`delete from licence l where tenant_id = ${tenantId} and ${tx.visible('l')}`),
  };
}
