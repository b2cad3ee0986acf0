import { sql } from 'kysely';
import { boundedText } from '@wardgrid/base';
import type { Transaction } from '../../platform/database.ts';
import type { TypedRecord } from './typed-repository.ts';
import type { SyncType } from './types/index.ts';
import type { Write } from './write.ts';

/** Why a row is not as the chain says. */
export interface AsideReason {
  /** SQLSTATE. */
  readonly code: string;
  /** The constraint or what was said. */
  readonly detail: string;
  /** It was written, but under another name. */
  readonly isWritten: boolean;
}

/** A row that is not as the chain says. */
interface Waiting {
  readonly type: string;
  readonly id: string;
  readonly scope: string;
  /** Null when it is to go. */
  readonly write: Write | null;
}

/** Longest reason that is kept. */
const DETAIL_MAX = 1_000;

/** Rows that could not be written, or not under their name, with the rights of the exchange. */
export function asideRepository(tx: Transaction) {
  return {
    put: async (
      tenantId: string,
      { type, write, reason }: { type: SyncType; write: Write; reason: AsideReason },
    ): Promise<void> => {
      const fields = { record: write.record, folds: write.folds };
      await show(tx, tenantId, { type, write, reason });
      await tx.run(sql`insert into sync_aside (tenant_id, type, row_id, scope, fields, reason, detail, is_written)
        values (${tenantId}, ${type.name}, ${write.id}, ${write.scope}::ltree, ${JSON.stringify(fields)}::jsonb,
          ${reason.code}, ${boundedText(reason.detail, DETAIL_MAX)}, ${reason.isWritten})
        on conflict (tenant_id, type, row_id) do update set fields = excluded.fields, scope = excluded.scope,
          reason = excluded.reason, detail = excluded.detail, is_written = excluded.is_written, tried_at = now()`);
    },
    /** What was to go and could not. */
    putRemoval: (
      tenantId: string,
      given: {
        type: SyncType;
        id: string;
        scope: string;
        reason: Pick<AsideReason, 'code' | 'detail'>;
      },
    ): Promise<number> =>
      tx.run(sql`insert into sync_aside (tenant_id, type, row_id, scope, fields, reason, detail, is_written)
        values (${tenantId}, ${given.type.name}, ${given.id}, ${given.scope}::ltree, '{}'::jsonb, ${given.reason.code},
          ${boundedText(given.reason.detail, DETAIL_MAX)}, false)
        on conflict (tenant_id, type, row_id) do update set fields = excluded.fields, reason = excluded.reason,
          detail = excluded.detail, tried_at = now()`),
    forget: async (tenantId: string, type: SyncType, ids: readonly string[]): Promise<void> => {
      if (ids.length === 0) return;
      const gone =
        await tx.run(sql`delete from sync_aside where tenant_id = ${tenantId} and type = ${type.name}
        and row_id = any (${ids}::text[])`);
      if (gone === 0) return;
      await tx.run(sql`delete from sync_conflict where tenant_id = ${tenantId} and state = 'open'
        and op_id = any (${ids.map((id) => nameOf(type, id))}::text[])`);
    },
    ...asideRetries(tx),
  };
}

function asideRetries(tx: Transaction) {
  return {
    count: async (tenantId: string): Promise<number> => {
      const row = await tx.row(
        sql<{ n: number }>`select count(*)::int as n from sync_aside where tenant_id = ${tenantId}`,
      );
      return row?.n ?? 0;
    },
    /** Those that were not tried for longest. */
    async toRetry(tenantId: string, limit: number): Promise<Waiting[]> {
      const rows = await tx.rows(sql<{
        type: string;
        id: string;
        scope: string;
        fields: { record?: TypedRecord; folds?: Record<string, TypedRecord[]> };
      }>`update sync_aside a set tried_at = now() from (
          select type, row_id from sync_aside where tenant_id = ${tenantId}
          order by tried_at limit ${limit}
        ) o where a.tenant_id = ${tenantId} and a.type = o.type and a.row_id = o.row_id
        returning a.type, a.row_id as id, a.scope::text as scope, a.fields`);
      return rows.map(({ type, id, scope, fields: { record, folds = {} } }) => {
        if (!record) return { type, id, scope, write: null };
        const changed = Object.keys(record);
        return { type, id, scope, write: { id, scope, record, changed, folds } };
      });
    },
  };
}

/** Why a row is set aside, as a code that people are shown. */
const REASONS: Readonly<Record<string, string>> = { '23505': 'taken', '23503': 'bad-ref' };

/** What a row that is set aside is called among the conflicts, of which each has its op's name. */
function nameOf(type: SyncType, id: string): string {
  return `aside:${type.name}:${id}`;
}

/** Shows people what could not be written, or not under its name. */
async function show(
  tx: Transaction,
  tenantId: string,
  { type, write, reason }: { type: SyncType; write: Write; reason: AsideReason },
): Promise<void> {
  await tx.run(sql`insert into sync_conflict (id, tenant_id, scope, at, kind, reason, type, row_id, op_id, node, op_kind,
      changed_by, lost, kept)
    select gen_random_uuid(), ${tenantId}, ${write.scope}::ltree, now(), 'rejected', ${REASONS[reason.code] ?? 'unfit'},
      ${type.name}, ${write.id}, ${nameOf(type, write.id)}, t.node, 'patch', '', ${JSON.stringify(write.record)}::jsonb, '{}'
    from sync_tenant t where t.tenant_id = ${tenantId}
    on conflict (tenant_id, op_id) do nothing`);
}
