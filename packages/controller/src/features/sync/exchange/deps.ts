import type {
  ForwardedJoin,
  JoinResponse,
  NodeReport,
  SignedEnvelope,
  SyncLicenceFile,
} from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';
import type { SyncEngine } from '../engine.ts';
import type { ContentCaller } from '../content.ts';

/** A controller as an exchange needs it. */
export interface ExchangeNode {
  readonly id: string;
  readonly tenantId: string;
  readonly scope: string;
  readonly layer: number;
  readonly publicKey: string;
  readonly certificate: SignedEnvelope | null;
  readonly revokedAt: number | null;
}

/** The tree of controllers, as exchanges ask about it. */
export interface ExchangeNodes {
  readonly find: (tx: Transaction, id: string) => Promise<ExchangeNode | undefined>;
  /** The public key of an author, and when it was revoked; undefined for strangers. */
  readonly authorsOf: (
    tx: Transaction,
    tenantId: string,
  ) => Promise<(nodeId: string) => { publicKey: string; revokedAt: number | null } | undefined>;
  readonly keepReports: (
    tx: Transaction,
    given: { readonly tenantId: string; readonly from: string },
    reports: readonly NodeReport[],
  ) => Promise<void>;
  /** What controllers below said lately. */
  readonly reportsOf: (tx: Transaction, tenantId: string) => Promise<readonly NodeReport[]>;
  readonly tenantKeyOf: (tx: Transaction, tenantId: string) => Promise<string | undefined>;
}

/** Something about a controller that a person should know. */
export interface ChainAlarm {
  readonly tenantId: string;
  readonly scope: string;
  readonly kind:
    | 'clock-skew'
    | 'op-forged'
    | 'identity-misused'
    | 'relay-stale'
    | 'relay-lies'
    | 'fork';
  /** The controller that it is about. */
  readonly nodeId: string;
  readonly detail: string;
}

/** What exchanges need of the rest of the controller. */
export interface ExchangeDeps {
  readonly engine: Pick<
    SyncEngine,
    'handle' | 'nextRequest' | 'apply' | 'seal' | 'activate' | 'stateOf' | 'tenants'
  >;
  readonly nodes: ExchangeNodes;
  readonly takeForwarded: (tenantId: string, join: ForwardedJoin) => Promise<JoinResponse>;
  /** A stretch of content, for a controller that sees a rule set made of it. */
  readonly contentFor: (
    caller: ContentCaller,
    digest: string,
    offset: number,
  ) => Promise<{ readonly sizeBytes: number; readonly data: Buffer } | undefined>;
  /** Licence files on their way down: the cloud, which issues them, has none. */
  readonly licences: {
    /** When the one in force was issued; undefined when there is none. */
    readonly issuedAt: (tenantId: string) => Promise<number | undefined>;
    /** A file that was brought here, or came here, and was issued later than that. */
    readonly laterThan: (
      tenantId: string,
      issuedAt: number,
    ) => Promise<SyncLicenceFile | undefined>;
    /** Keeps one that came from above. @throws ControllerError `licence-invalid`. */
    readonly take: (file: SyncLicenceFile) => Promise<void>;
  };
  /** Takes over what an exchange changed of this controller itself. */
  readonly refreshSelf: () => Promise<void>;
  /** False while there is nobody here yet to tell. */
  readonly raise: (alarm: ChainAlarm) => Promise<boolean>;
  readonly version: string;
  readonly timers: {
    readonly syncIntervalMs: number;
    readonly failoverAfterMs: number;
    readonly probeIntervalMs: number;
    readonly dwellMs: number;
  };
}
