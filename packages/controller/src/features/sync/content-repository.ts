import { sql } from 'kysely';
import type { Transaction } from '../../platform/database.ts';

/** A part of the detection content that a rule set waits for. */
export interface MissingPart {
  readonly tenantId: string;
  readonly digest: string;
  readonly format: string;
}

/** A rule set as somebody below sees it. */
export interface VisibleSet {
  readonly id: string;
  /** This controller changed it itself, and nobody decided that yet. */
  readonly isOwnWord: boolean;
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
    /** Rule sets that are made of a part and that a controller at `scope` sees: its own, and those on the way to it. */
    setsOf: (given: {
      readonly tenantId: string;
      readonly digest: string;
      readonly scope: string;
    }): Promise<VisibleSet[]> =>
      tx.rows(sql<VisibleSet>`select s.id,
          exists (select from sync_op p where p.tenant_id = s.tenant_id and p.kind = 'pending' and p.row_id = s.id::text) as "isOwnWord"
        from rule_set s where s.digest = ${given.digest} and s.tenant_id = ${given.tenantId}
          and (s.scope @> ${given.scope}::ltree or s.scope <@ ${given.scope}::ltree)`),
    stretch: (
      digest: string,
      { offset, length }: { readonly offset: number; readonly length: number },
    ): Promise<PartStretch | undefined> =>
      tx.row(sql<PartStretch>`select c.size_bytes as "sizeBytes", substring(c.content from ${offset + 1} for ${length}) as data
        from content_part c where c.digest = ${digest}`),
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
