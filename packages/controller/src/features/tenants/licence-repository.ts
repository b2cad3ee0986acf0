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
  /** Devices beyond the seats leased to their controllers. */
  readonly grace_devices: number;
  /** Of a file that was brought here; null of what came by the chain. */
  readonly installed_at: number | null;
  /** A reference: readers are told what they may know of it. */
  readonly installed_by: string | null;
}

export type NewLicenceRow = Omit<
  LicenceRow,
  'seats_used' | 'is_suspended' | 'grace_devices' | 'installed_at' | 'installed_by'
>;

/** The licence that is in force for `t`: a file that was brought here, while the chain knows of no later one. */
export const LICENCE_OF_TENANT = sql`left join licence chain on chain.tenant_id = t.id and chain.is_current
  left join licence_file file on file.tenant_id = t.id and (chain.issued_at is null or file.issued_at > chain.issued_at)
  left join lateral (
    select file.id, file.scope, file.envelope, file.features, file.seats, file.valid_from, file.valid_until, file.grace_days, file.issued_at,
      file.installed_at, file.installed_by where file.id is not null
    union all
    select chain.id, chain.scope, chain.envelope, chain.features, chain.seats, chain.valid_from, chain.valid_until, chain.grace_days, chain.issued_at,
      null, null where file.id is null and chain.id is not null
  ) l on true`;

/** The rows of licences inside one transaction: every one kept, one of a tenant current. */
export function licenceRepository(tx: Transaction) {
  return {
    findCurrent: (tenantId: string) =>
      tx.row(sql<LicenceRow>`
        select l.id, t.id as tenant_id, l.scope::text as scope, l.envelope, l.features, l.seats,
          t.seats_used, t.is_suspended, l.valid_from, l.valid_until, l.grace_days, l.issued_at, l.installed_at,
          l.installed_by, (select count(*) from device d where d.tenant_id = t.id and d.is_grace) as grace_devices
        from tenant t ${LICENCE_OF_TENANT}
        where t.id = ${tenantId} and l.id is not null and ${tx.visible('t')}`),
    /** When the one in force was issued. */
    issuedAt: async (tenantId: string): Promise<number | undefined> => {
      const row = await tx.row(sql<{
        issued_at: number;
      }>`select l.issued_at from tenant t ${LICENCE_OF_TENANT}
        where t.id = ${tenantId} and l.id is not null and ${tx.visible('t')}`);
      return row?.issued_at;
    },
    /** The file that is kept, if it was issued later than that. */
    fileLaterThan: (tenantId: string, issuedAt: number) =>
      tx.row(sql<Pick<LicenceRow, 'envelope'> & { installed_at: number; installed_by: string }>`
        select f.envelope, f.installed_at, f.installed_by from licence_file f
        where f.tenant_id = ${tenantId} and f.issued_at > ${new Date(issuedAt)} and ${tx.visible('f')}`),
    /** What a reader may know of a person. */
    personOf: async (reference: string, place: string): Promise<string | null> => {
      const row = await tx.row(
        sql<{ name: string }>`select person_of(${reference}, ${place}::ltree) as name`,
      );
      return row?.name ?? null;
    },
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
    /** Keeps a file in the place of the one before. */
    keepFile: (row: NewLicenceRow, by: { readonly at: number; readonly name: string }) =>
      tx.run(sql`insert into licence_file (tenant_id, scope, id, envelope, features, seats, valid_from, valid_until,
          grace_days, issued_at, installed_at, installed_by)
        values (${row.tenant_id}, ${row.scope}::ltree, ${row.id}, ${JSON.stringify(row.envelope)}::jsonb,
          ${row.features}, ${row.seats}, ${new Date(row.valid_from)}, ${new Date(row.valid_until)},
          ${row.grace_days}, ${new Date(row.issued_at)}, ${new Date(by.at)}, ${by.name})
        on conflict (tenant_id) do update set id = excluded.id, envelope = excluded.envelope,
          features = excluded.features, seats = excluded.seats, valid_from = excluded.valid_from,
          valid_until = excluded.valid_until, grace_days = excluded.grace_days, issued_at = excluded.issued_at,
          installed_at = excluded.installed_at, installed_by = excluded.installed_by`),
    deleteAll: (tenantId: string) =>
      tx.run(sql`delete from licence l where tenant_id = ${tenantId} and ${tx.visible('l')}`),
  };
}
