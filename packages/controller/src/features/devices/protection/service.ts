import { instantOrNull, type DeviceId, type DeviceProtection } from '@wardgrid/wire';
import type { Context } from '../../../platform/context.ts';
import { notFound } from '../../../platform/error.ts';
import { transactAs, type Platform } from '../../../platform/services.ts';
import { protectionRepository, type ProtectionRow, type WantedSettings } from './repository.ts';

/** How a device protects, for people: what it says against what it should run. */
export function createProtection(platform: Platform) {
  return async function read(context: Context, id: string): Promise<DeviceProtection> {
    const access = { actor: context.actor, permission: 'devices:read' } as const;
    const row = await transactAs(platform, access, (tx) => protectionRepository(tx).find(id));
    if (!row) throw notFound('device');
    const wanted = await platform.database.transact({ kind: 'ingest' }, (tx) =>
      protectionRepository(tx).wanted(id),
    );
    return protectionOf(id, row, wanted ?? NOTHING_WANTED);
  };
}

/** Of a device that never spoke. */
const NOTHING_WANTED: WantedSettings = {
  wanted_settings: 0,
  wanted_content: null,
  settings_version: 0,
  is_settings_due: true,
};

function protectionOf(id: string, row: ProtectionRow, wanted: WantedSettings): DeviceProtection {
  const isSettled = !wanted.is_settings_due && wanted.settings_version === wanted.wanted_settings;
  return {
    deviceId: id as DeviceId,
    state: row.state,
    reasons: [...(row.reasons ?? [])],
    health: row.health,
    reportedAt: instantOrNull(row.reported_at),
    settingsVersion: wanted.wanted_settings,
    runningVersion: wanted.settings_version,
    contentDigest: wanted.wanted_content,
    isCurrent: isSettled && row.health?.contentDigest === wanted.wanted_content,
  };
}
