import { sql } from 'kysely';
import type { InventoryBody, InventorySection } from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';
import { storableJson } from '../../../platform/stored-text.ts';

/** The newest inventory of one section of a device, as the device tells it. */
export interface InventoryReport {
  readonly deviceId: string;
  readonly collectedAt: number;
  readonly contentHash: string;
  readonly body: InventoryBody;
}

export interface InventoryRow {
  readonly content: InventoryBody;
  readonly collected_at: number;
  readonly received_at: number;
}

export function inventoryRepository(tx: Transaction) {
  return {
    find: (deviceId: string, section: InventorySection) =>
      tx.row(sql<InventoryRow>`select i.content, i.collected_at, i.received_at from device_inventory i
        where i.device_id = ${deviceId} and i.section = ${section} and ${tx.visible('i')}`),
    /** Keeps newest sections, at most one row a device and section. An equal one only gets its new date. */
    store: (reports: readonly InventoryReport[], at: number) =>
      tx.run(sql`insert into device_inventory (device_id, section, tenant_id, scope, content, content_hash, collected_at, received_at)
        select d.id, g.section, d.tenant_id, d.scope, g.content::jsonb, g.content_hash, to_timestamp(g.collected_at / 1000.0), ${new Date(at)}
        from unnest(${reports.map((report) => report.deviceId)}::uuid[], ${reports.map((report) => report.body.section)}::text[],
          ${reports.map((report) => storableJson(report.body))}::text[], ${reports.map((report) => report.contentHash)}::text[],
          ${reports.map((report) => report.collectedAt)}::int8[]) as g (device_id, section, content, content_hash, collected_at)
        join device d on d.id = g.device_id
        on conflict (device_id, section) do update set collected_at = excluded.collected_at, received_at = excluded.received_at,
          content_hash = excluded.content_hash,
          content = case when device_inventory.content_hash = excluded.content_hash then device_inventory.content else excluded.content end`),
  };
}
