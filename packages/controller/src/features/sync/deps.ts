import type { Json } from '@wardgrid/base';
import type { IsSigned, PageWord, Registry, Row, Topology } from '@wardgrid/sync';
import type { Transaction } from '../../platform/database.ts';
import type { Declarations } from './types/index.ts';

/** The tree of controllers of one tenant as the engine asks about it. Nodes are named by their ids, the cloud `CLOUD`. */
export interface SyncTopology extends Topology {
  /** By its certificate; 0 is the cloud. */
  readonly layerOf: (node: string) => number;
  /** The scope path that a controller serves; undefined for one that is not known or is revoked. */
  readonly scopeRootOf: (node: string) => string | undefined;
  /** Nothing of a revoked controller that was not decided before counts. */
  readonly isRevoked: (node: string) => boolean;
  /** By the keys of its controllers. */
  readonly isSigned: IsSigned;
  /** Whether controllers exchange with it: without any it keeps no log for them. */
  readonly hasChildren: (node: string) => boolean;
  /** All that are known, but the cloud. */
  readonly controllers: () => readonly string[];
}

/** Who asks, by its certificate and signature: never what the request says. */
export interface SyncCaller {
  readonly nodeId: string;
  readonly tenantId: string;
}

/** A row as it stands in its typed table. */
export interface TypedRow {
  readonly type: string;
  readonly id: string;
  /** The scope path that it lies in. */
  readonly home: string;
  readonly fields: Readonly<Record<string, Json>>;
}

/** A row that may be another than before, for people and devices of this controller. */
export interface RowChange {
  readonly type: string;
  readonly id: string;
  /** As it is now, with what is not decided yet on top; null when it is gone or out of sight. */
  readonly row: Row | null;
  /** As it was decided before, if it was here. */
  readonly previous: Row | null;
}

/** Writes changed rows where features read them, inside the transaction that changed them. */
export type OnChanged = (
  tx: Transaction,
  changes: readonly RowChange[],
  given: { readonly tenantId: string },
) => Promise<void>;

/** A place in the author's stream, as its key signs it. */
export interface SignedPlace {
  readonly stream: string;
  readonly q: number;
  readonly head: string;
}

/** A thing made here with the name that people use: the cloud's, or one that the cloud lent. */
export interface NamedRow {
  readonly type: string;
  readonly id: string;
  readonly ref: string;
}

/** What the engine needs of the rest of the controller. */
export interface SyncDeps {
  readonly registry: Registry;
  /** What is known here of each type, to see at a start what a newer release knows that the last did not. */
  readonly declarations: Declarations;
  /** Lets every controller of a tenant look anew: they see more than they were told. */
  readonly widenSight: (tx: Transaction, tenantId: string) => Promise<void>;
  /** Whether this controller decides; otherwise it relays. */
  readonly isCloud: boolean;
  /** The own id, of a controller that does not decide. */
  readonly nodeId: string;
  readonly topologyOf: (tx: Transaction, tenantId: string) => Promise<SyncTopology>;
  /** Signs a place of the own stream (base64url); null while there is no certificate. */
  readonly signOps: (tenantId: string, place: SignedPlace) => Promise<string | null>;
  /** What the tenant's key sealed; null for anything else. */
  readonly openVoucher: (tenantId: string, sealed: string) => PageWord | null;
  /** Captured fields as they may leave this controller. */
  readonly outgoing: (
    tenantId: string,
    given: {
      readonly type: string;
      readonly id: string;
      readonly fields: Readonly<Record<string, Json>>;
    },
  ) => Promise<Readonly<Record<string, Json>>>;
  /** Writes the names of things made here where features read them, in the transaction that gave them. */
  readonly nameRows?: (tx: Transaction, names: readonly NamedRow[]) => Promise<void>;
  /** Rows of a tenant behind a place, in the order in which they refer to each other; at most `limit`. */
  readonly baselineOf: (
    tx: Transaction,
    given: {
      readonly tenantId: string;
      readonly after: BaselinePlace | null;
      readonly limit: number;
    },
  ) => Promise<readonly TypedRow[]>;
}

/** Where reading a tenant's rows for the first time stands. */
export interface BaselinePlace {
  readonly type: string;
  readonly id: string;
}
