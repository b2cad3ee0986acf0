import { sql } from 'kysely';
import { Severity } from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';

/** A device that does not protect as it should. */
interface Lack {
  readonly id: string;
  readonly deviceId: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly scope: string;
  readonly name: string;
  readonly title: string;
  readonly reasons: string;
  readonly at: number;
}

const RULE = 'protection-degraded';
const REMEDY =
  'Look at the sensors of the device: what is off says why. An agent without the rights of root, or a kernel without fanotify or BPF, sees less.';

/** The findings about protection itself, with the workers' rights. */
export function protectionFindings(tx: Transaction) {
  return {
    open: async (lack: Lack): Promise<string | undefined> => {
      const row = await tx.row(sql<{ id: string }>`
        insert into finding as f (id, tenant_id, organization_id, scope, rule, dedupe_key, title, severity, state,
          engine, confidence, device_id, subject, evidence, remedy, first_seen_at, last_seen_at)
        values (${lack.id}, ${lack.tenantId}, ${lack.organizationId}, ${lack.scope}::ltree, ${RULE}, ${keyOf(lack.deviceId)},
          ${lack.title}, ${Severity.options.indexOf('low')}, 'open', 'sensor', 100, ${lack.deviceId}, ${lack.name},
          ${JSON.stringify({ reasons: lack.reasons })}::jsonb, ${REMEDY}, ${new Date(lack.at)}, ${new Date(lack.at)})
        on conflict (tenant_id, dedupe_key) do update set title = excluded.title, evidence = excluded.evidence,
          last_seen_at = excluded.last_seen_at,
          state = case f.state when 'ignored' then 'ignored' else 'open' end, resolved_at = null,
          reopened = f.reopened + case f.state when 'resolved' then 1 else 0 end
        returning f.id`);
      return row?.id;
    },
    resolve: async (deviceId: string, at: number): Promise<string | undefined> => {
      const row = await tx.row(sql<{
        id: string;
      }>`update finding f set state = 'resolved', resolved_at = ${new Date(at)}
        where f.device_id = ${deviceId} and f.dedupe_key = ${keyOf(deviceId)} and f.state = 'open' returning f.id`);
      return row?.id;
    },
  };
}

function keyOf(deviceId: string): string {
  return `device:${deviceId}:${RULE}`;
}
