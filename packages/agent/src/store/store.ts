import type {
  LinkRecord,
  Order,
  ProtectionSettings,
  RecordBody,
  SignedEnvelope,
} from '@wardgrid/wire';

/** What an enrolment gave the device. */
export interface Enrolment {
  readonly deviceId: string;
  readonly tenantId: string;
  readonly controllerId: string;
  readonly controllerUrl: string;
  /** Base64url; the first link of the chain of keys, pinned. */
  readonly platformKey: string;
  /** Names the tenant key that signs orders. */
  readonly licence: SignedEnvelope;
  /** Where the device lay then. */
  readonly scope?: string;
}

/** Who this device is. Written before the first enrolment request leaves. */
export interface Identity {
  /** The 32-byte seed of the device key. */
  readonly seed: Uint8Array;
  /** Stands in for the enrolment key after a fork; null otherwise. */
  readonly splitTicket: string | null;
  readonly enrolment: Enrolment | null;
}

/** A controller that may serve this device. */
export interface KnownController {
  readonly controllerId: string;
  /** Where it is called; at least one. */
  readonly urls: readonly string[];
  /** The one CA to trust there, as PEM; null for the system's. */
  readonly authority: string | null;
  /** Null of the one that enrolled the device, before the settings name it. */
  readonly publicKey: string | null;
}

/** How the agent behaves, as far as the controller has said. */
export interface Settings {
  readonly version: number;
  readonly exchangeIntervalMs: number;
  readonly inventoryIntervalMs: number;
  /** Null until the controller has said: the agent protects by its own defaults then. */
  readonly protection: ProtectionSettings | null;
  /** Where the device lies: only controllers that serve this place command it. */
  readonly scope?: string;
  /** Controllers that are not to be believed any more. */
  readonly revokedControllers?: readonly string[];
  /** Nearest first; empty until the controller has said: then there is the one that enrolled it. */
  readonly controllers: readonly KnownController[];
}

/**
 * How this device and one controller count what they tell each other. Nothing of it means anything to
 * another controller: each numbers its own orders, and has taken its own records.
 */
export interface LinkNumbers {
  /** The receipt of the last reply. */
  readonly receipt: string | null;
  /** Every order up to this one is safe here. */
  readonly acknowledgedOrder: number;
  /** The highest order that was forgotten after its expiry. */
  readonly prunedOrder: number;
  /** Every record up to this one is safe at the controller. */
  readonly acknowledgedSequence: number;
  /** The last number that a record was given. */
  readonly assignedSequence: number;
}

/** Where the link stands. The numbers are those of the controller that the device talks with. */
export interface LinkState extends LinkNumbers {
  /** Null until it is first said which one that is: then it is the one that enrolled the device. */
  readonly controllerId: string | null;
  /** The numbers of the controllers that it talked with before. */
  readonly elsewhere: Readonly<Record<string, LinkNumbers>>;
  /** Records lost since enrolment: no room, or the disk refused them. */
  readonly droppedRecords: number;
  /** What the last reply asked for, in milliseconds. */
  readonly nextExchangeMs: number;
  readonly settings: Settings;
  /** Epoch milliseconds. */
  readonly lastExchangeAt: number | null;
  /** When the inventory was last collected on schedule, epoch milliseconds. */
  readonly lastInventoryAt: number | null;
  readonly isRetired: boolean;
}

/** What waits to be sent. */
export interface OutboxState {
  readonly records: number;
  readonly sizeBytes: number;
}

export type InboxState = 'taken' | 'started' | 'finished';

/** One order as the device keeps it until it has expired. */
export interface InboxEntry {
  readonly jobId: string;
  /** Whose number the sequence is; empty before any controller was named. */
  readonly controllerId: string;
  readonly sequence: number;
  readonly state: InboxState;
  readonly expiresAt: number;
  /** `cancel` for an order that stops another; `refused` for one that was read and refused. */
  readonly kind: Order['task']['kind'] | 'refused';
  /** The job that a cancel names. */
  readonly targetId: string | null;
  /** Null once finished: only who and until when is needed then. */
  readonly order: Order | null;
}

/** A record on its way into the outbox. */
export interface NewRecord {
  readonly at: number;
  readonly body: RecordBody;
}

/** What reading orders led to; committed at once. */
export interface OrderIntake {
  readonly entries: readonly InboxEntry[];
  readonly acknowledgedOrder: number;
  readonly records: readonly NewRecord[];
}

/** Everything that a reply changes; committed at once. */
export interface ReplyIntake extends OrderIntake {
  readonly at: number;
  readonly receipt: string;
  readonly acknowledgedSequence: number;
  readonly nextExchangeMs: number;
  /** Null when the reply brought none that is newer. */
  readonly settings: Settings | null;
}

/** How much one exchange may carry. */
export interface BatchLimits {
  readonly recordsMax: number;
  readonly sizeBytesMax: number;
}

/**
 * What the agent must not forget. Every method is one transaction that survives the loss of power at
 * any point; none throws when the disk is full: what could not be kept is said by the return value
 * and counted. Two implementations keep this contract: SQLite on disk, and memory for simulations.
 */
export interface AgentStore {
  readonly identity: () => Identity | undefined;
  /** False when it could not be kept; nothing may be sent that depends on it then. */
  readonly saveIdentity: (identity: Identity) => boolean;
  /** Becomes another device after a fork: new key, no enrolment; what waits is kept, unnumbered. */
  readonly startOver: (next: {
    readonly seed: Uint8Array;
    readonly splitTicket: string;
  }) => boolean;
  readonly link: () => LinkState;
  /**
   * From now on the device talks with this controller: its numbers are in force, those of the one
   * before are put by, and with them which record had which. False, and nothing changed, when the
   * disk refused.
   */
  readonly attach: (controllerId: string) => boolean;
  /** Says that the controller retired this device, for good. */
  readonly markRetired: () => void;
  readonly markInventoried: (at: number) => void;
  /** Adds records; false, and counted, when one of them or an older one had to be dropped. */
  readonly append: (records: readonly NewRecord[]) => boolean;
  /** The next records to send; numbered from their first batch on. */
  readonly takeBatch: (limits: BatchLimits) => LinkRecord[];
  readonly outbox: () => OutboxState;
  /** Applies a reply. False when the disk refused: neither its receipt nor its orders were taken. */
  readonly applyReply: (reply: ReplyIntake) => boolean;
  /** Keeps orders that came outside a reply. */
  readonly takeOrders: (intake: OrderIntake) => boolean;
  readonly inboxEntries: (jobId: string) => readonly InboxEntry[];
  readonly inboxCount: () => number;
  /** Whether an order to cancel this job was taken. */
  readonly hasCancelOf: (jobId: string) => boolean;
  /** Orders in a state, oldest first. */
  readonly jobsIn: (state: 'taken' | 'started') => readonly Order[];
  /** Marks a taken job as started and says so; false when it is not taken or that was not kept. */
  readonly startJob: (jobId: string, record: NewRecord) => boolean;
  /** Ends a job with its one final record, once; false when that could not be kept. */
  readonly finishJob: (jobId: string, record: NewRecord) => boolean;
  /** The hash of a section that waits or that the controller has; undefined when neither. */
  readonly inventoryHash: (section: string) => string | undefined;
  /** Forgets ended orders whose expiry has passed before `nowMs`. */
  readonly prune: (nowMs: number) => void;
  /** Whether the last write failed. */
  readonly isDegraded: () => boolean;
  readonly close: () => void;
}

/** What an inbox tells; changes nothing. */
export type InboxReads = Pick<AgentStore, 'inboxEntries' | 'inboxCount' | 'hasCancelOf' | 'jobsIn'>;

/** Settings of a device that was told nothing: an exchange a minute, an inventory every six hours. */
export const INITIAL_SETTINGS: Settings = {
  version: 0,
  exchangeIntervalMs: 60_000,
  inventoryIntervalMs: 6 * 3_600_000,
  protection: null,
  controllers: [],
};

/** What is known of a controller that was never talked with. */
export const INITIAL_NUMBERS: LinkNumbers = {
  receipt: null,
  acknowledgedOrder: 0,
  prunedOrder: 0,
  acknowledgedSequence: 0,
  assignedSequence: 0,
};

/** A link that never spoke. */
export const INITIAL_LINK: LinkState = {
  ...INITIAL_NUMBERS,
  controllerId: null,
  elsewhere: {},
  droppedRecords: 0,
  nextExchangeMs: INITIAL_SETTINGS.exchangeIntervalMs,
  settings: INITIAL_SETTINGS,
  lastExchangeAt: null,
  lastInventoryAt: null,
  isRetired: false,
};
