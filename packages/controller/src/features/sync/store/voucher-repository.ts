import { sql } from 'kysely';
import type { PageWord, Voucher } from '@wardgrid/sync';
import type { Transaction } from '../../../platform/database.ts';

interface StoredVoucher extends PageWord {
  readonly sealed: string;
}

const VOUCHER = sql`node, epoch, from_g as "from", up_to as "upTo", scope_version as "scopeVersion", digest,
  said_at as at, sealed`;

/** The cloud's word for controllers below this one. */
export function voucherRepository(tx: Transaction, tenantId: string) {
  return {
    /** The words on the stretch in which a reader's cursor lies, for it and others; none without one. */
    ofStretch: async (node: string, cursor: number): Promise<Voucher[]> => {
      const rows = await tx.rows(
        sql<StoredVoucher>`with own as (
            select from_g, up_to from sync_voucher where tenant_id = ${tenantId} and node = ${node}
              and up_to > ${cursor} and from_g <= ${cursor} order by up_to desc limit 1)
          select ${VOUCHER} from sync_voucher v where tenant_id = ${tenantId}
            and (from_g, up_to) in (select from_g, up_to from own) order by node`,
        'sync vouchers of a stretch',
      );
      return rows.map(({ sealed, ...word }) => ({ word, sealed }));
    },
    append: async (vouchers: readonly Voucher[]): Promise<void> => {
      if (vouchers.length === 0) return;
      const records = vouchers.map(({ word, sealed }) => ({ ...word, sealed }));
      await tx.run(
        sql`insert into sync_voucher (tenant_id, node, from_g, up_to, epoch, scope_version, digest, said_at, sealed)
          select ${tenantId}::uuid, node, "from", "upTo", epoch, "scopeVersion", digest, at, sealed
          from json_to_recordset(${JSON.stringify(records)}::json) as x (node text, "from" bigint, "upTo" bigint,
            epoch bigint, "scopeVersion" bigint, digest text, at bigint, sealed text)
          on conflict do nothing`,
        'sync vouchers append',
      );
    },
    /** Forgets what was said of decisions that are not listed any more. */
    forget: (floor: number): Promise<number> =>
      tx.run(sql`delete from sync_voucher where tenant_id = ${tenantId} and up_to <= ${floor}`),
    clear: (): Promise<number> =>
      tx.run(sql`delete from sync_voucher where tenant_id = ${tenantId}`),
  };
}
