import type { RecordBody } from '@wardgrid/wire';
import type { AddressReader } from '../../platform/client-address.ts';
import type { Transaction } from '../../platform/database.ts';
import type {
  ChangedFacts,
  DeviceLinkDoor,
  LicenceView,
  PresenceChange,
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
  readonly addressOf: (request: Parameters<AddressReader>[0]) => string;
  /** @throws ControllerError `address-blocked`. */
  readonly requireNotBlocked: (address: string) => void;
  /** Told of every wrong enrolment key, so that guessing ends in a block. */
  readonly onEnrolmentRefused: (address: string) => void;
  readonly exchangeIntervalMs: number;
}
