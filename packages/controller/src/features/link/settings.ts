import type { Clock } from '@wardgrid/base';
import { sealEnvelope } from '@wardgrid/trust';
import type { AgentSettings } from '@wardgrid/wire';
import type { Database } from '../../platform/database.ts';
import type { Keys } from '../../platform/keys.ts';
import { linkRepository, type StoredSettings } from './repository.ts';

/** The agents' settings, signed for each tenant. */
export interface SettingsSource {
  /** The envelope as JSON text when the device runs older settings, else null. */
  readonly newerThan: (tenantId: string, version: number) => Promise<string | null>;
}

/** Devices tell their whole inventory this often; changes come at once. */
const INVENTORY_INTERVAL_MS = 12 * 3_600_000;
/** Signed envelopes kept at hand, some 500 bytes each. */
const ENVELOPES_MAX = 10_000;

export function createSettings(
  platform: { readonly clock: Clock; readonly keys: Keys; readonly database: Database },
  exchangeIntervalMs: number,
): SettingsSource {
  const wanted = { exchangeIntervalMs, inventoryIntervalMs: INVENTORY_INTERVAL_MS };
  const envelopes = new Map<string, string>();
  let current: Promise<StoredSettings> | undefined;

  /** Asked for once; after a failure the next exchange asks again. */
  function settings(): Promise<StoredSettings> {
    current ??= agree(platform.database, wanted).catch((error: unknown) => {
      current = undefined;
      throw error;
    });
    return current;
  }

  async function envelopeOf(tenantId: string, stored: StoredSettings): Promise<string> {
    const known = envelopes.get(tenantId);
    if (known !== undefined) return known;
    const payload: AgentSettings = {
      type: 'settings',
      tenantId,
      issuedAt: platform.clock.now(),
      ...stored,
    };
    const text = JSON.stringify(sealEnvelope(await platform.keys.tenant(tenantId), payload));
    if (envelopes.size >= ENVELOPES_MAX) envelopes.delete(envelopes.keys().next().value ?? '');
    envelopes.set(tenantId, text);
    return text;
  }

  return {
    async newerThan(tenantId, version) {
      const stored = await settings();
      return version < stored.version ? envelopeOf(tenantId, stored) : null;
    },
  };
}

/** The stored settings, raised by one version when this controller is configured otherwise. */
function agree(
  database: Database,
  wanted: Omit<StoredSettings, 'version'>,
): Promise<StoredSettings> {
  return database.transact({ kind: 'auth' }, async (tx) => {
    const repository = linkRepository(tx);
    const stored = await repository.findSettings();
    const isSame =
      stored?.exchangeIntervalMs === wanted.exchangeIntervalMs &&
      stored.inventoryIntervalMs === wanted.inventoryIntervalMs;
    if (stored && isSame) return stored;
    const next = { version: (stored?.version ?? 0) + 1, ...wanted };
    await repository.saveSettings(next);
    return next;
  });
}
