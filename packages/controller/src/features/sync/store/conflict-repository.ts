import { sql } from 'kysely';
import type { Json } from '@wardgrid/base';
import type { Transaction } from '../../../platform/database.ts';

/** A change that did not come to stand, as it is kept. */
export interface NewConflict {
  readonly id: string;
  readonly scope: string;
  readonly kind: 'lost' | 'rejected';
  readonly reason: string;
  readonly type: string;
  readonly rowId: string;
  readonly opId: string;
  readonly node: string;
  readonly opKind: string;
  readonly changedBy: string;
  readonly lost: Readonly<Record<string, Json>>;
  readonly kept: Readonly<Record<string, Json>>;
}

/** Keeps changes that lost, each once. */
export async function keepConflicts(
  tx: Transaction,
  conflicts: readonly NewConflict[],
  { tenantId, at }: { readonly tenantId: string; readonly at: Date },
): Promise<void> {
  if (conflicts.length === 0) return;
  await tx.run(sql`insert into sync_conflict (id, tenant_id, scope, at, kind, reason, type, row_id, op_id, node,
      op_kind, changed_by, lost, kept)
    select id, ${tenantId}::uuid, scope::ltree, ${at}, kind, reason, type, "rowId", "opId", node, "opKind", "changedBy",
      lost, kept
    from json_to_recordset(${JSON.stringify(conflicts)}::json) as x (id uuid, scope text, kind text, reason text,
      type text, "rowId" text, "opId" text, node text, "opKind" text, "changedBy" text, lost jsonb, kept jsonb)
    on conflict (tenant_id, op_id) do update set lost = sync_conflict.lost || excluded.lost,
      kept = sync_conflict.kept || excluded.kept`);
}
