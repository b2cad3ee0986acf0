/**
 * Devices: who they are, where they lie, whether they are there, what is on them, how they protect,
 * and the keys with which they enrol. Owns the tables `device`, `device_presence`, `device_link`,
 * `device_inventory`, `device_protection`, `enrolment_key`. It must not know jobs or the link: the link comes through `linkDoor`.
 */
import type { Selection } from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';
import type { Platform } from '../../platform/services.ts';
import { createEnrolmentKeys } from './enrolment/service.ts';
import { createLinkDoor, type DeviceLinkDoor, type PresenceIncidents } from './link-door.ts';
import { createDeviceManagement, type OnDevices } from './management/service.ts';
import { protectionRepository } from './protection/repository.ts';
import { createProtection } from './protection/service.ts';
import { presenceRepository, type TakenNumber } from './presence/repository.ts';
import { createPresenceSweeper } from './presence/sweep/sweeper.ts';
import { deviceRepository, type SelectedDevice } from './repository.ts';
import { mountDeviceRoutes } from './routes.ts';
import { createDevices } from './service.ts';

export {
  enrolAll,
  type Enrolment,
  type EnrolmentVerdict,
  type LicenceView,
} from './enrolment/enrol.ts';
export { sha256 } from './enrolment/key-text.ts';
export type { InventoryReport } from './inventory/repository.ts';
export type { DeviceLinkDoor, PresenceIncidents } from './link-door.ts';
export type {
  ChangedFacts,
  DeviceFacts,
  PresenceChange,
  Talk,
  TalkState,
} from './presence/repository.ts';
export { sweepIntervalMs } from './presence/sweep/sweeper.ts';
export type { ProtectionChange, ProtectionReport } from './protection/repository.ts';
export { judgeProtection } from './protection/state.ts';
export type { DeviceIdentity } from './repository.ts';
export type { SettingsAssignment, SettingsPlace, SettingsState } from './settings/repository.ts';
export { makeSettingsDue } from './settings/due.ts';
export { devicesArrived } from './arrivals/arrive.ts';

/** What devices need of the rest of the controller; `app.ts` hands it over. */
export interface DeviceDeps {
  readonly incidents: PresenceIncidents;
  /** Told of retired devices in the transaction that retires them: their open work ends. */
  readonly onRetired: OnDevices;
  /** Told of devices that lie elsewhere now, in the transaction that moves them. */
  readonly onMoved: OnDevices;
  /** SHA-256 of the own authority's certificate (base64url), when the controller serves with it. */
  readonly caFingerprint: string | null;
  readonly exchangeIntervalMs: number;
  /** A controller that was not heard of for longer is away, and nobody knows how its devices are. */
  readonly controllerSilentMs: number;
}

/** What other features may ask. */
export interface DevicesFeature {
  readonly link: DeviceLinkDoor;
  /** Devices as jobs are given to them. */
  readonly forJobs: {
    readonly find: (tx: Transaction, id: string) => Promise<SelectedDevice | undefined>;
    readonly select: (
      tx: Transaction,
      selection: Selection,
      limit: number,
    ) => Promise<readonly SelectedDevice[]>;
    readonly takeOrderNumbers: (
      tx: Transaction,
      deviceIds: readonly string[],
    ) => Promise<readonly TakenNumber[]>;
  };
  /** The settings that a device should run and the ones it says it runs. */
  readonly settingsVersions: (
    tx: Transaction,
    deviceId: string,
  ) => Promise<{ readonly wanted: number; readonly running: number }>;
  /** One sweep of presence, for tests. */
  readonly sweep: () => Promise<number>;
  /** Sweeps presence until aborted. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

export function createDevicesFeature(platform: Platform, deps: DeviceDeps): DevicesFeature {
  mountDeviceRoutes(platform.http, {
    devices: createDevices(platform),
    management: createDeviceManagement(platform, deps),
    keys: createEnrolmentKeys(platform, deps.caFingerprint),
    protection: createProtection(platform),
  });
  const sweeper = createPresenceSweeper(platform, deps);
  return {
    link: createLinkDoor(platform.clock, deps.incidents),
    forJobs: {
      find: (tx, id) => deviceRepository(tx).findSelected(id),
      select: (tx, selection, limit) =>
        deviceRepository(tx).select(selection, { limit, nowMs: platform.clock.now() }),
      takeOrderNumbers: (tx, deviceIds) => presenceRepository(tx).takeOrderNumbers(deviceIds),
    },
    async settingsVersions(tx, deviceId) {
      const row = await protectionRepository(tx).wanted(deviceId);
      return { wanted: row?.wanted_settings ?? 0, running: row?.settings_version ?? 0 };
    },
    sweep: sweeper.sweep,
    start: sweeper.start,
  };
}
