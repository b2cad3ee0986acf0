import type { Wish } from '@wardgrid/sync';
import type { Client } from 'pg';

/** The tables of one site: a site is a tenant of its own, so that many share a database. */
const TABLES = [
  'sync_tenant',
  'sync_row',
  'sync_log',
  'sync_stream',
  'sync_living',
  'sync_op',
  'sync_op_id',
  'sync_alias',
  'sync_peer',
  'sync_voucher',
] as const;

/** Everything that a site keeps on disk. */
export type Disk = ReadonlyMap<string, readonly unknown[]>;

/** Reads the whole disk of a site. */
export async function readDisk(client: Client, tenantId: string): Promise<Disk> {
  const disk = new Map<string, readonly unknown[]>();
  for (const table of TABLES) {
    const { rows } = await client.query<{ row: unknown }>(
      `select to_jsonb(t) as row from ${table} t where tenant_id = $1`,
      [tenantId],
    );
    disk.set(
      table,
      rows.map(({ row }) => row),
    );
  }
  return disk;
}

/** Puts a disk in the place of a site's. */
export async function writeDisk(client: Client, tenantId: string, disk: Disk): Promise<void> {
  for (const table of TABLES) {
    await client.query(`delete from ${table} where tenant_id = $1`, [tenantId]);
    const rows = (disk.get(table) ?? []).map((row) => ({ ...Object(row), tenant_id: tenantId }));
    await client.query(
      `insert into ${table} select * from jsonb_populate_recordset(null::${table}, $1::jsonb)`,
      [JSON.stringify(rows)],
    );
  }
}

/** What a trigger on a typed table would have written for a change by a feature. */
export async function capture(
  client: Client,
  tenantId: string,
  { kind, type, id, fields, by, home }: Wish,
): Promise<void> {
  await client.query(
    `insert into sync_outbox (tenant_id, type, row_id, kind, scope, fields, actor, seen)
     select $1, $2, $3, $4, $5::ltree, $6, $7, cursor from sync_tenant where tenant_id = $1`,
    [tenantId, type, id, kind, home ?? null, JSON.stringify(fields), by],
  );
}

interface DiskRow {
  readonly [column: string]: unknown;
}

/** Rows of a table, as plain objects. */
export function rowsIn(disk: Disk, table: (typeof TABLES)[number]): readonly DiskRow[] {
  return (disk.get(table) ?? []).map((row) => Object(row) as DiskRow);
}
