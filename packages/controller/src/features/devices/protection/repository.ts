import { sql } from 'kysely';
import type { ProtectionHealth, ProtectionState } from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';
import { storableJson } from '../../../platform/stored-text.ts';
import type { PresenceChange } from '../presence/repository.ts';
import type { JudgedProtection } from './state.ts';

/** What a device says of its protection. */
export interface ProtectionReport extends JudgedProtection {
  readonly deviceId: string;
  readonly health: ProtectionHealth;
}

/** A device whose protection is another than before. */
export interface ProtectionChange extends PresenceChange {
  readonly state: ProtectionState;
  readonly reasons: readonly string[];
}

/** A device with what it should run and what it says it runs. */
export interface ProtectionRow {
  readonly state: ProtectionState | null;
  readonly reasons: readonly string[] | null;
  readonly health: ProtectionHealth | null;
  readonly reported_at: number | null;
}

/** What the talk knows of a device's settings; rows of devices that the caller has found. */
export interface WantedSettings {
  readonly wanted_settings: number;
  readonly wanted_content: string | null;
  readonly settings_version: number;
  readonly is_settings_due: boolean;
}

/** How devices protect, inside one transaction. */
export function protectionRepository(tx: Transaction) {
  return {
    /** Keeps what devices say; answers with those whose state or reasons are new. */
    store: (reports: readonly ProtectionReport[], at: number): Promise<ProtectionChange[]> =>
      tx.rows(sql<ProtectionChange>`with given as (
          select * from jsonb_to_recordset(${storableJson(
            reports.map(({ deviceId, state, reasons, health }) => ({
              device_id: deviceId,
              state,
              reasons,
              health,
            })),
          )}::jsonb) as r (device_id uuid, state text, reasons text[], health jsonb)
        ), before as (
          select p.device_id, p.state, p.reasons from device_protection p join given g on g.device_id = p.device_id
        ), stored as (
          insert into device_protection as p (device_id, tenant_id, scope, state, reasons, health, reported_at)
          select g.device_id, d.tenant_id, d.scope, g.state, g.reasons, g.health, ${new Date(at)}
          from given g join device d on d.id = g.device_id where d.state = 'active' order by g.device_id
          on conflict (device_id) do update set state = excluded.state, reasons = excluded.reasons,
            health = excluded.health, reported_at = excluded.reported_at
          returning p.device_id, p.state, p.reasons
        )
        select d.id as "deviceId", d.tenant_id as "tenantId", d.organization_id as "organizationId",
          d.scope::text as scope, d.name, null::timestamptz as "lastSeenAt", s.state, s.reasons
        from stored s join device d on d.id = s.device_id left join before b on b.device_id = s.device_id
        where (b.state, b.reasons) is distinct from (s.state, s.reasons)`),
    find: (deviceId: string): Promise<ProtectionRow | undefined> =>
      tx.row(
        sql<ProtectionRow>`select p.state, p.reasons, p.health, p.reported_at from device d
        left join device_protection p on p.device_id = d.id
        where d.id = ${deviceId} and d.state = 'active' and ${tx.visible('d')}`,
      ),
    /** With the workers' rights, of a device that the caller may see. */
    wanted: (deviceId: string): Promise<WantedSettings | undefined> =>
      tx.row(
        sql<WantedSettings>`select wanted_settings, wanted_content, settings_version, is_settings_due
        from device_link where device_id = ${deviceId}`,
      ),
  };
}
