import type {
  ContentChunk,
  DeviceEvent,
  DeviceFinding,
  ProtectionSettings,
  RecordBody,
  SealedFile,
  ServingController,
} from '@wardgrid/wire';
import type { AddressReader } from '../../platform/client-address.ts';
import type { Transaction } from '../../platform/database.ts';
import type {
  ChangedFacts,
  DeviceLinkDoor,
  LicenceView,
  PresenceChange,
  ProtectionChange,
  SettingsPlace,
} from '../devices/index.ts';
import type { JobLinkDoor, LinkedJob } from '../jobs/index.ts';

type Body<Kind extends RecordBody['kind']> = Extract<RecordBody, { kind: Kind }>;

/** A piece of what a running scan found. `(jobId, sequence)` comes once. */
export interface ScanResult {
  readonly job: LinkedJob;
  readonly sequence: number;
  readonly at: number;
  readonly body: Body<'job-hosts'> | Body<'job-ports'>;
}

/** A scan that has just ended; it ends once. */
export interface FinishedScan {
  readonly job: LinkedJob;
  readonly at: number;
  readonly body: Body<'job-finished'>;
}

/** An order that a device would not take. */
export interface RefusedOrder {
  readonly device: PresenceChange;
  readonly jobId: string | null;
  readonly reason: Body<'order-refused'>['reason'];
  readonly detail: string;
}

/** A second machine with the identity of the first got one of its own. */
export interface ClonedIdentity {
  readonly tenantId: string;
  readonly organizationId: string;
  readonly scope: string;
  readonly originalDeviceId: string;
  readonly newDeviceId: string;
  readonly hostname: string;
}

/** A device as its protection is computed. */
export interface ProtectedDevice {
  readonly deviceId: string;
  readonly tenantId: string;
  readonly scope: string;
}

/** Something that a device told, with the device. */
export interface Told<Thing> {
  readonly device: PresenceChange;
  readonly thing: Thing;
}

/** Where records of protection go, in the transaction that acknowledges them. */
export interface ProtectionIntake {
  readonly findings: (tx: Transaction, told: readonly Told<DeviceFinding>[]) => Promise<void>;
  readonly files: (tx: Transaction, told: readonly Told<SealedFile>[]) => Promise<void>;
  readonly events: (
    tx: Transaction,
    told: readonly Told<readonly DeviceEvent[]>[],
  ) => Promise<void>;
  /** Told of devices whose protection is another. */
  readonly changed: (tx: Transaction, changes: readonly ProtectionChange[]) => Promise<void>;
}

/** What the link needs of the rest of the controller; `app.ts` hands it over. */
export interface LinkDeps {
  readonly devices: DeviceLinkDoor;
  readonly jobs: JobLinkDoor;
  readonly licenceOf: (tx: Transaction, tenantId: string) => Promise<LicenceView | undefined>;
  readonly discovery: {
    readonly store: (tx: Transaction, results: readonly ScanResult[]) => Promise<void>;
    readonly complete: (tx: Transaction, scan: FinishedScan) => Promise<void>;
    /** Told of devices that say something new of themselves or their network. */
    readonly devicesSeen: (tx: Transaction, devices: readonly ChangedFacts[]) => Promise<void>;
  };
  readonly incidents: {
    readonly identityCloned: (tx: Transaction, cloned: ClonedIdentity) => Promise<void>;
    readonly orderRefused: (tx: Transaction, refused: RefusedOrder) => Promise<void>;
  };
  /** The protection of devices. Devices of one place and policy get one and the same object. */
  readonly protectionOf: (
    tx: Transaction,
    devices: readonly ProtectedDevice[],
  ) => Promise<ReadonlyMap<string, ProtectionSettings>>;
  /** Who serves devices, nearest first. Devices of one place get one and the same list. */
  readonly controllersOf: (
    tx: Transaction,
    devices: readonly ProtectedDevice[],
  ) => Promise<ReadonlyMap<string, readonly ServingController[]>>;
  /** Controllers of tenants that devices are not to believe any more. */
  readonly revokedOf: (
    tx: Transaction,
    tenantIds: readonly string[],
  ) => Promise<ReadonlyMap<string, readonly string[]>>;
  /** Settings have to be computed anew. */
  readonly makeSettingsDue: (tx: Transaction, where: SettingsPlace) => Promise<void>;
  /** Takes in what protection on devices told. */
  readonly protection: ProtectionIntake;
  /** A stretch of a part of the detection content that the device may fetch. */
  readonly content: (deviceId: string, digest: string, offset: number) => Promise<ContentChunk>;
  readonly addressOf: (request: Parameters<AddressReader>[0]) => string;
  /** @throws ControllerError `address-blocked`. */
  readonly requireNotBlocked: (address: string) => void;
  /** Told of every wrong enrolment key, so that guessing ends in a block. */
  readonly onEnrolmentRefused: (address: string) => void;
  readonly exchangeIntervalMs: number;
}
