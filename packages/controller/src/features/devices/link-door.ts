import type { Clock } from '@wardgrid/base';
import { announceAll } from '../../platform/announce.ts';
import type { Transaction } from '../../platform/database.ts';
import { inventoryRepository, type InventoryReport } from './inventory/repository.ts';
import {
  presenceRepository,
  type ChangedFacts,
  type DeviceFacts,
  type PresenceChange,
  type Talk,
  type TalkState,
} from './presence/repository.ts';
import { sweepRepository } from './presence/sweep/repository.ts';
import {
  protectionRepository,
  type ProtectionChange,
  type ProtectionReport,
} from './protection/repository.ts';
import { deviceRepository, type DeviceIdentity } from './repository.ts';
import {
  settingsRepository,
  type SettingsAssignment,
  type SettingsState,
} from './settings/repository.ts';

/** Told of devices that went away or came back, in the transaction that notes it. */
export interface PresenceIncidents {
  readonly presenceChanged: (
    tx: Transaction,
    changed: {
      readonly wentOffline: readonly PresenceChange[];
      readonly cameBack: readonly PresenceChange[];
    },
  ) => Promise<void>;
}

/** What the link asks of devices. Everything runs in the caller's transaction with the workers' rights. */
export interface DeviceLinkDoor {
  /** Notes exchanges of different devices. Devices that are no more are missing in the answer. */
  readonly touch: (
    tx: Transaction,
    talks: readonly Talk[],
    at: { readonly nowMs: number; readonly silentSinceMs: number },
  ) => Promise<Map<string, TalkState>>;
  readonly acknowledge: (
    tx: Transaction,
    rows: readonly {
      readonly deviceId: string;
      readonly sequence: number;
      readonly order: number;
    }[],
  ) => Promise<void>;
  /** Notes what devices say of themselves; answers with those that say something new. */
  readonly changeFacts: (
    tx: Transaction,
    facts: readonly DeviceFacts[],
  ) => Promise<readonly ChangedFacts[]>;
  /** Devices that were away are back. */
  readonly cameOnline: (tx: Transaction, deviceIds: readonly string[]) => Promise<void>;
  readonly storeInventory: (tx: Transaction, reports: readonly InventoryReport[]) => Promise<void>;
  /** Live connections that are open. Says which devices are still there. */
  readonly holdConnections: (
    tx: Transaction,
    deviceIds: readonly string[],
    at: { readonly nowMs: number; readonly untilMs: number; readonly seenBeforeMs: number },
  ) => Promise<string[]>;
  readonly dropConnections: (tx: Transaction, deviceIds: readonly string[]) => Promise<void>;
  /** Which of these devices have not been retired. */
  readonly linked: (tx: Transaction, deviceIds: readonly string[]) => Promise<string[]>;
  /** Keeps how devices protect; answers with those whose protection is another. */
  readonly storeProtection: (
    tx: Transaction,
    reports: readonly ProtectionReport[],
  ) => Promise<readonly ProtectionChange[]>;
  /** What devices run and should run, locked until the settings are assigned. */
  readonly settingsOf: (
    tx: Transaction,
    deviceIds: readonly string[],
  ) => Promise<readonly SettingsState[]>;
  readonly assignSettings: (
    tx: Transaction,
    assignments: readonly SettingsAssignment[],
  ) => Promise<void>;
  readonly identities: (
    tx: Transaction,
    ids: readonly string[],
  ) => Promise<Map<string, DeviceIdentity>>;
  /** Where devices lie and what they are called. */
  readonly describe: (
    tx: Transaction,
    ids: readonly string[],
  ) => Promise<Map<string, PresenceChange>>;
}

export function createLinkDoor(
  clock: Pick<Clock, 'now'>,
  incidents: PresenceIncidents,
): DeviceLinkDoor {
  const announce = (tx: Transaction, changed: readonly PresenceChange[]): Promise<void> =>
    announceAll(
      tx,
      { noun: 'devices', verb: 'changed', nowMs: clock.now() },
      changed.map((change) => ({ ...change, id: change.deviceId })),
    );
  return {
    async touch(tx, talks, at) {
      const states = await presenceRepository(tx).touch(talks, at);
      return new Map(states.map((state) => [state.device_id, state]));
    },
    async acknowledge(tx, rows) {
      await presenceRepository(tx).acknowledge(rows);
    },
    async changeFacts(tx, facts) {
      const changed = await presenceRepository(tx).changeFacts(facts);
      await announce(tx, changed);
      return changed;
    },
    async cameOnline(tx, deviceIds) {
      const cameBack = await presenceRepository(tx).markOnline(deviceIds);
      if (cameBack.length === 0) return;
      await incidents.presenceChanged(tx, { wentOffline: [], cameBack });
      await announce(tx, cameBack);
    },
    async storeInventory(tx, reports) {
      await inventoryRepository(tx).store(reports, clock.now());
    },
    async storeProtection(tx, reports) {
      const changed = await protectionRepository(tx).store(reports, clock.now());
      await announce(tx, changed);
      return changed;
    },
    settingsOf: (tx, deviceIds) => settingsRepository(tx).lock(deviceIds),
    async assignSettings(tx, assignments) {
      await settingsRepository(tx).assign(assignments);
    },
    holdConnections: (tx, deviceIds, at) => sweepRepository(tx).holdConnections(deviceIds, at),
    async dropConnections(tx, deviceIds) {
      await sweepRepository(tx).dropConnections(deviceIds);
    },
    linked: (tx, deviceIds) => sweepRepository(tx).linked(deviceIds),
    async identities(tx, ids) {
      const found = await deviceRepository(tx).identities(ids);
      return new Map(found.map((identity) => [identity.id, identity]));
    },
    async describe(tx, ids) {
      const found = await deviceRepository(tx).describe(ids);
      return new Map(found.map((device) => [device.deviceId, device]));
    },
  };
}
