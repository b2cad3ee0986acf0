import { sql } from 'kysely';
import type { Transaction } from '../../platform/database.ts';

/** A part of the detection content that a rule set waits for. */
export interface MissingPart {
  readonly tenantId: string;
  readonly digest: string;
  readonly format: string;
}

/** A stretch of a part. */
export interface PartStretch {
  readonly sizeBytes: number;
  readonly data: Buffer;
}

/** Detection content of tenants, which is too large to travel with their rule sets. */
export function contentRepository(tx: Transaction) {
  return {
    /** What rule sets that came from elsewhere wait for. */
    missing: (limit: number): Promise<MissingPart[]> =>
      tx.rows(sql<MissingPart>`select distinct tenant_id as "tenantId", fields -> 'record' ->> 'digest' as digest,
          fields -> 'record' ->> 'format' as format
        from sync_aside where type = 'rule_set' and detail = 'rule_set_digest_fkey' limit ${limit}`),
    /** Of a part that the tenant has a rule set of; of others nobody is told. */
    stretch: (given: {
      readonly tenantId: string;
      readonly digest: string;
      readonly offset: number;
      readonly length: number;
    }): Promise<PartStretch | undefined> =>
      tx.row(sql<PartStretch>`select c.size_bytes as "sizeBytes", substring(c.content from ${given.offset + 1} for ${given.length}) as data
        from content_part c where c.digest = ${given.digest}
          and exists (select from rule_set s where s.digest = c.digest and s.tenant_id = ${given.tenantId})`),
    keep: (part: {
      readonly digest: string;
      readonly kind: string;
      readonly bytes: Buffer;
    }): Promise<number> =>
      tx.run(sql`insert into content_part (digest, kind, size_bytes, content)
        values (${part.digest}, ${part.kind}, ${part.bytes.length}, ${part.bytes}) on conflict (digest) do nothing`),
    /** The content of a tenant is another: devices that ask get a newer one. */
    tenantChanged: (tenantId: string): Promise<number> =>
      tx.run(sql`insert into content_tenant (tenant_id, serial) values (${tenantId}, nextval('content_serial'))
        on conflict (tenant_id) do update set serial = excluded.serial`),
  };
}
