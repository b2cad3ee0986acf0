import { sql } from 'kysely';
import type { Transaction } from '../../platform/database.ts';

/** What a row takes beside its fields, about. */
const ROW_BYTES = 500;

/** What policies and what they were take on the disk, with the workers' rights. */
export function policySpace(tx: Transaction) {
  return {
    /** Bytes of the policies of a tenant as they are now. */
    usedBytes: async (tenantId: string): Promise<number> => {
      const row = await tx.row(sql<{ bytes: number }>`
        select coalesce(sum(pg_column_size(p.fields) + coalesce(pg_column_size(p.rollout), 0) + ${ROW_BYTES}), 0)::float8 as bytes
        from policy p where p.tenant_id = ${tenantId}`);
      return row?.bytes ?? 0;
    },
    /** Forgets the oldest versions of a tenant beyond so many bytes; what holds now, and what a ring keeps, never. */
    trimHistory: (tenantId: string, bytesMax: number): Promise<number> =>
      tx.run(sql`delete from policy_version v using policy p, (
          select w.policy_id, w.version, sum(pg_column_size(w.fields) + ${ROW_BYTES})
            over (order by w.changed_at desc, w.policy_id, w.version desc) as bytes
          from policy_version w where w.tenant_id = ${tenantId}) s
        where v.policy_id = s.policy_id and v.version = s.version and s.bytes > ${bytesMax}
          and p.id = v.policy_id and v.version < p.version
          and v.version is distinct from (p.rollout ->> 'from')::int`),
  };
}
