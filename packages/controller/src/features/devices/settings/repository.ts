import { sql, type RawBuilder } from 'kysely';
import type { Transaction } from '../../../platform/database.ts';
import { plainArray } from '../../../platform/plain-array.ts';

/** The settings of a device: what it should run and what it said it runs. */
export interface SettingsState {
  readonly deviceId: string;
  readonly tenantId: string;
  readonly scope: string;
  readonly wantedVersion: number;
  /** Of what the wanted version says; null before the first. */
  readonly wantedDigest: string | null;
  readonly runningVersion: number;
}

/** What a device is to run from now on. */
export interface SettingsAssignment {
  readonly deviceId: string;
  readonly version: number;
  readonly digest: string;
  /** Of the detection content; null when there is none. */
  readonly contentDigest: string | null;
}

/** Where settings may be others now. */
export type SettingsPlace =
  | { readonly kind: 'all' }
  | { readonly kind: 'scope'; readonly scope: string }
  | { readonly kind: 'device'; readonly deviceId: string }
  | { readonly kind: 'devices'; readonly deviceIds: readonly string[] };

/** Which settings devices are to run, with the workers' rights. */
export function settingsRepository(tx: Transaction) {
  return {
    /** Locks devices in one order, so that two controllers do not number them differently. */
    lock: (deviceIds: readonly string[]): Promise<SettingsState[]> =>
      tx.rows(sql<SettingsState>`with locked as (
          select device_id, wanted_settings, wanted_digest, settings_version from device_link
          where device_id = any (${plainArray(deviceIds)}::uuid[]) order by device_id for update
        )
        select l.device_id as "deviceId", d.tenant_id as "tenantId", d.scope::text as scope,
          l.wanted_settings as "wantedVersion", l.wanted_digest as "wantedDigest", l.settings_version as "runningVersion"
        from locked l join device d on d.id = l.device_id where d.state = 'active'`),
    assign: (assignments: readonly SettingsAssignment[]): Promise<number> =>
      tx.run(sql`update device_link l set wanted_settings = r.version, wanted_digest = r.digest,
          wanted_content = r.content, is_settings_due = false
        from jsonb_to_recordset(${JSON.stringify(
          assignments.map(({ deviceId, version, digest, contentDigest }) => ({
            device_id: deviceId,
            version,
            digest,
            content: contentDigest,
          })),
        )}::jsonb) as r (device_id uuid, version int, digest text, content text)
        where l.device_id = r.device_id`),
    /** Marks settings to be computed anew; answers with the devices that were not due already. */
    makeDue: async (where: SettingsPlace): Promise<string[]> => {
      const rows = await tx.rows(sql<{ id: string }>`update device_link l set is_settings_due = true
        from device d where d.id = l.device_id and not l.is_settings_due and ${conditionOf(where)}
        returning l.device_id as id`);
      return rows.map(({ id }) => id);
    },
  };
}

function conditionOf(where: SettingsPlace): RawBuilder<unknown> {
  switch (where.kind) {
    case 'all':
      return sql`true`;
    case 'scope':
      return sql`d.scope <@ ${where.scope}::ltree`;
    case 'device':
      return sql`d.id = ${where.deviceId}`;
    case 'devices':
      return sql`d.id = any (${plainArray(where.deviceIds)}::uuid[])`;
  }
}
