import { sql } from 'kysely';
import { Severity } from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';
import { storableJson } from '../../platform/stored-text.ts';

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

/** The finding of a device. */
interface DeviceFindingId {
  readonly id: string;
  readonly deviceId: string;
}

const RULE = 'protection-degraded';
const REMEDY =
  'Look at the sensors of the device: what is off says why. An agent without the rights of root, or a kernel without fanotify or BPF, sees less.';

/** The findings about protection itself, with the workers' rights. */
export function protectionFindings(tx: Transaction) {
  return {
    open: (lacks: readonly Lack[]): Promise<DeviceFindingId[]> =>
      tx.rows(sql<DeviceFindingId>`
        insert into finding as f (id, tenant_id, organization_id, scope, rule, dedupe_key, title, severity, state,
          engine, confidence, device_id, subject, evidence, remedy, first_seen_at, last_seen_at)
        select r.id, r.tenant_id, r.organization_id, r.scope::ltree, ${RULE}, r.dedupe_key, r.title,
          ${Severity.options.indexOf('low')}::int, 'open', 'sensor', 100, r.device_id, r.name,
          jsonb_build_object('reasons', r.reasons), ${REMEDY}, r.at, r.at
        from jsonb_to_recordset(${storableJson(lacks.map((lack) => recordOf(lack)))}::jsonb) as r (id uuid, tenant_id uuid,
          organization_id uuid, scope text, dedupe_key text, title text, device_id uuid, name text, reasons text,
          at timestamptz)
        order by r.dedupe_key
        on conflict (tenant_id, dedupe_key) do update set title = excluded.title, evidence = excluded.evidence,
          last_seen_at = excluded.last_seen_at,
          state = case f.state when 'ignored' then 'ignored' else 'open' end, resolved_at = null,
          reopened = f.reopened + case f.state when 'resolved' then 1 else 0 end
        returning f.id, f.device_id as "deviceId"`),
    resolve: (deviceIds: readonly string[], at: number): Promise<DeviceFindingId[]> =>
      tx.rows(sql<DeviceFindingId>`update finding f set state = 'resolved', resolved_at = ${new Date(at)}
        where f.device_id = any (${deviceIds}::uuid[]) and f.dedupe_key = any (${deviceIds.map((id) => keyOf(id))}::text[])
          and f.state = 'open' returning f.id, f.device_id as "deviceId"`),
  };
}

function recordOf(lack: Lack) {
  return {
    id: lack.id,
    tenant_id: lack.tenantId,
    organization_id: lack.organizationId,
    scope: lack.scope,
    dedupe_key: keyOf(lack.deviceId),
    title: lack.title,
    device_id: lack.deviceId,
    name: lack.name,
    reasons: lack.reasons,
    at: new Date(lack.at).toISOString(),
  };
}

function keyOf(deviceId: string): string {
  return `device:${deviceId}:${RULE}`;
}
