import type { SyncRequest, SyncResponse } from '@wardgrid/sync';
import type { OnChanged } from './deps.ts';

/** Who asks, by its certificate and signature: never what the request says. */
export interface SyncCaller {
  readonly nodeId: string;
  readonly tenantId: string;
}

/** How a tenant stands here. */
export interface SyncState {
  readonly epoch: number;
  readonly cursor: number;
  readonly floor: number;
  readonly scopeVersion: number;
  readonly isCatchingUp: boolean;
  /** Changes that wait to be written into the own stream. */
  readonly unsealed: number;
  /** Ops of this controller and those below it that are not decided. */
  readonly undecided: number;
}

/** The engine of synchronisation on this controller's database. */
export interface SyncEngine {
  /** Server half: takes what a controller below brings and reads what it misses, in one transaction. */
  readonly handle: (caller: SyncCaller, request: SyncRequest) => Promise<SyncResponse>;
  /** Client half: what to ask an upstream next; `CLOUD` or the id of a controller. */
  readonly nextRequest: (tenantId: string, upstreamId: string) => Promise<SyncRequest>;
  /** Client half: takes an answer, in one transaction; whether to ask again at once. */
  readonly apply: (
    tenantId: string,
    upstreamId: string,
    response: SyncResponse,
  ) => Promise<{ readonly more: boolean }>;
  /** Writes captured changes into the own stream; at the cloud they are decided at once. How many. */
  readonly seal: (tenantId: string) => Promise<number>;
  /** Begins to sync a tenant. At the cloud all its rows become decisions first; can be called again. */
  readonly activate: (tenantId: string) => Promise<void>;
  /** Called with rows that may have changed, inside the transaction. */
  readonly onChanged: (handler: OnChanged) => void;
  /** Undefined while the tenant does not sync. */
  readonly stateOf: (tenantId: string) => Promise<SyncState | undefined>;
  /** Tenants that sync here. */
  readonly tenants: () => Promise<readonly string[]>;
  /** Forgets decisions that everybody below has, or that are too old to wait for anybody. */
  readonly forget: (tenantId: string) => Promise<void>;
  /** The cloud's database was read from a backup: a new epoch, numbers that it cannot have given since. */
  readonly resumeFromBackup: (tenantId: string, lastEpoch: number) => Promise<void>;
}
