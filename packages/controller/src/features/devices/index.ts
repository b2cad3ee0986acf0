/**
 * Devices: who they are, where they lie, whether they are there, what is on them, and the keys with
 * which they enrol. Owns the tables `device`, `device_presence`, `device_link`, `device_inventory`,
 * `enrolment_key`. It must not know jobs or the link: the link comes through `linkDoor`.
 */
import type { Platform } from '../../platform/services.ts';
import { createEnrolmentKeys } from './enrolment/service.ts';
import { createLinkDoor, type DeviceLinkDoor, type PresenceIncidents } from './link-door.ts';
import { mountDeviceRoutes } from './routes.ts';

export {
  enrolAll,
  type Enrolment,
  type EnrolmentVerdict,
  type LicenceView,
} from './enrolment/enrol.ts';
export { sha256 } from './enrolment/key-text.ts';
export type { InventoryReport } from './inventory/repository.ts';
export type { DeviceLinkDoor, PresenceIncidents } from './link-door.ts';
export type { DeviceFacts, PresenceChange, Talk, TalkState } from './presence/repository.ts';
export type { DeviceIdentity } from './repository.ts';

/** What devices need of the rest of the controller. */
export interface DeviceDeps {
  readonly incidents: PresenceIncidents;
  /** SHA-256 of the own authority's certificate (base64url), when the controller serves with it. */
  readonly caFingerprint: string | null;
  readonly exchangeIntervalMs: number;
}

/** What other features may ask. */
export interface DevicesFeature {
  readonly link: DeviceLinkDoor;
}

export function createDevicesFeature(platform: Platform, deps: DeviceDeps): DevicesFeature {
  const keys = createEnrolmentKeys(platform, deps.caFingerprint);
  mountDeviceRoutes(platform.http, { keys });
  return { link: createLinkDoor(platform.clock, deps.incidents) };
}
