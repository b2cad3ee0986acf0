import { sql } from 'kysely';
import { Severity, type ContentPart } from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';
import { storableJson } from '../../../platform/stored-text.ts';
import type { BuiltPart, ShownRule } from '../imports/compile.ts';

/** A part of what a device is to run. */
export interface ManifestPart extends ContentPart {
  /** Null for the product's. */
  readonly tenantId: string | null;
  readonly serial: number;
}

/** A stretch of a part. */
export interface PartStretch {
  readonly sizeBytes: number;
  readonly data: Buffer;
}

/** Detection content, with the workers' rights. */
export function contentRepository(tx: Transaction) {
  return {
    /** One publication at a time, over all controllers. */
    lock: (): Promise<number> =>
      tx.run(sql`select pg_advisory_xact_lock(hashtext('detection content'))`),
    keepPart: ({ digest, kind, bytes }: BuiltPart): Promise<number> =>
      tx.run(sql`insert into content_part (digest, kind, size_bytes, content)
        values (${digest}, ${kind}, ${bytes.length}, ${Buffer.from(bytes)}) on conflict (digest) do nothing`),
    productDigests: async (): Promise<string[]> => {
      const rows = await tx.rows(
        sql<{ digest: string }>`select digest from content_product order by position`,
      );
      return rows.map(({ digest }) => digest);
    },
    async publishProduct(digests: readonly string[]): Promise<void> {
      await tx.run(sql`delete from content_product`);
      await tx.run(sql`insert into content_product (position, digest, serial)
        select g.position, g.digest, s.serial
        from unnest(${digests}::text[]) with ordinality as g (digest, position),
          (select nextval('content_serial') as serial) s`);
    },
    /** The product's rules as people see them; each keeps its row. */
    async showProduct(rules: readonly (ShownRule & { readonly id: string })[]): Promise<void> {
      await tx.run(sql`insert into rule_product as p (id, rule_id, title, description, remedy, engine, severity, confidence,
          techniques, status, author)
        select r.id, r.rule_id, r.title, r.description, r.remedy, r.engine, r.severity, r.confidence, r.techniques, r.status, r.author
        from jsonb_to_recordset(${rulesJson(rules)}::jsonb) as r (id uuid, rule_id text, title text, description text, remedy text,
          engine text, severity smallint, confidence smallint, techniques text[], status text, author text)
        order by r.rule_id
        on conflict (rule_id) do update set title = excluded.title, description = excluded.description, remedy = excluded.remedy,
          engine = excluded.engine, severity = excluded.severity, confidence = excluded.confidence,
          techniques = excluded.techniques, status = excluded.status, author = excluded.author`);
      await tx.run(
        sql`delete from rule_product where rule_id <> all (${rules.map(({ ruleId }) => ruleId)}::text[])`,
      );
    },
    tenantChanged: (tenantId: string): Promise<number> =>
      tx.run(sql`insert into content_tenant (tenant_id, serial) values (${tenantId}, nextval('content_serial'))
        on conflict (tenant_id) do update set serial = excluded.serial`),
    /** Parts that nothing names any more. */
    removeUnused: (): Promise<number> =>
      tx.run(sql`delete from content_part c where not exists (select from content_product p where p.digest = c.digest)
        and not exists (select from rule_set s where s.digest = c.digest)`),
  };
}

/** Detection content as devices are told of it and fetch it, with the workers' rights. */
export function contentReader(tx: Transaction) {
  return {
    /** The parts for tenants: the product's first, then their own in the order they were made. */
    parts: (tenantIds: readonly string[]): Promise<ManifestPart[]> =>
      tx.rows(sql<ManifestPart>`
        select null::uuid as "tenantId", c.kind, 'product' as origin, c.digest, c.size_bytes as "sizeBytes", p.serial
        from content_product p join content_part c on c.digest = p.digest
        union all
        select s.tenant_id, c.kind, 'tenant', c.digest, c.size_bytes, 0 from (
          select * from rule_set where tenant_id = any (${tenantIds}::uuid[]) and is_enabled order by created_at, id) s
        join content_part c on c.digest = s.digest`),
    tenantSerials: async (tenantIds: readonly string[]): Promise<Map<string, number>> => {
      const rows = await tx.rows(sql<{
        tenantId: string;
        serial: number;
      }>`select tenant_id as "tenantId", serial
        from content_tenant where tenant_id = any (${tenantIds}::uuid[])`);
      return new Map(rows.map(({ tenantId, serial }) => [tenantId, serial]));
    },
    /** A stretch of a part that belongs to the content of the device's tenant. */
    stretch: (given: {
      readonly deviceId: string;
      readonly digest: string;
      readonly offset: number;
      readonly length: number;
    }): Promise<PartStretch | undefined> =>
      tx.row(sql<PartStretch>`
        select c.size_bytes as "sizeBytes",
          substring(c.content from ${Math.min(given.offset, 2_147_483_646) + 1} for ${given.length}) as data
        from content_part c, device d
        where c.digest = ${given.digest} and d.id = ${given.deviceId} and d.state = 'active'
          and (exists (select from content_product p where p.digest = c.digest)
            or exists (select from rule_set s where s.digest = c.digest and s.tenant_id = d.tenant_id and s.is_enabled))`),
  };
}

/** Rules as `jsonb_to_recordset` takes them. */
export function rulesJson(rules: readonly (ShownRule & { readonly id: string })[]): string {
  return storableJson(
    rules.map((rule) => ({
      id: rule.id,
      rule_id: rule.ruleId,
      title: rule.title,
      description: rule.description,
      remedy: rule.remedy,
      engine: rule.engine,
      severity: Severity.options.indexOf(rule.severity),
      confidence: rule.confidence,
      techniques: rule.techniques,
      status: rule.status,
      author: rule.author,
    })),
  );
}
