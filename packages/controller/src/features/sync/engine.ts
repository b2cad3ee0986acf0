import { BLOCK_SIZE, type SyncRequest, type SyncResponse } from '@wardgrid/sync';
import type { Platform } from '../../platform/services.ts';
import { activate } from './activation.ts';
import { apply, type Applied } from './applying.ts';
import { nextRequest } from './asking.ts';
import { createAnnouncer } from './changes.ts';
import type { OnChanged, SyncCaller, SyncDeps } from './deps.ts';
import { forget, forgetAlways, resume } from './keeping.ts';
import { systemTools, type Parts, type SyncLimits, type SyncPoint } from './parts.ts';
import { seal } from './sealer.ts';
import { handle } from './server.ts';
import { opRepository } from './store/op-repository.ts';
import { outboxRepository } from './store/outbox-repository.ts';
import { tenantRepository } from './store/tenant-repository.ts';
import { upgrade, upgradeAll } from './upgrade.ts';

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
  /** Client half: takes an answer, in one transaction. */
  readonly apply: (
    tenantId: string,
    upstreamId: string,
    response: SyncResponse,
  ) => Promise<Applied>;
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
  /** Writes what came before this release knew its type, or a part of it, into the typed tables. */
  readonly upgrade: (tenantId: string) => Promise<void>;
  /** Upgrades once, and forgets again and again, until aborted. */
  readonly start: (signal: AbortSignal) => Promise<void>;
  /** The cloud's database was read from a backup: a new epoch, numbers that it cannot have given since. */
  readonly resumeFromBackup: (tenantId: string, lastEpoch: number) => Promise<void>;
}

/** A page of a thousand rows fits an exchange. */
const LIMITS: SyncLimits = { ops: 1_000, rows: 1_000, bytes: 4 * 1_048_576, numbers: BLOCK_SIZE };

/** What a test puts in the place of the machine. */
export interface EngineOptions {
  readonly limits?: SyncLimits;
  readonly tools?: Parts['tools'];
  readonly reached?: (point: SyncPoint) => void;
}

/** Makes the engine. It does nothing by itself: whoever has a reason calls it. */
export function createSyncEngine(
  platform: Pick<Platform, 'clock' | 'database' | 'log' | 'newId'>,
  deps: SyncDeps,
  options: EngineOptions = {},
): SyncEngine {
  const parts: Parts = {
    platform,
    deps,
    announcer: createAnnouncer(deps.registry),
    tools: options.tools ?? systemTools(platform),
    limits: options.limits ?? LIMITS,
    reached: options.reached ?? (() => undefined),
  };
  const { database } = platform;
  return {
    handle: (caller, request) => handle(parts, caller, request),
    nextRequest: (tenantId, upstreamId) => nextRequest(parts, tenantId, upstreamId),
    apply: (tenantId, upstreamId, response) => apply(parts, { tenantId, upstreamId }, response),
    seal: (tenantId) => seal(parts, tenantId),
    activate: (tenantId) => activate(parts, tenantId),
    onChanged: parts.announcer.add,
    stateOf: (tenantId) =>
      database.transact({ kind: 'sync' }, async (tx) => {
        const state = await tenantRepository(tx).find(tenantId);
        if (!state) return undefined;
        const { epoch, cursor, floor, scopeVersion, catchup } = state;
        return {
          epoch,
          cursor,
          floor,
          scopeVersion,
          isCatchingUp: catchup !== null,
          unsealed: await outboxRepository(tx, tenantId).count(),
          undecided: await opRepository(tx, tenantId).countUndecided(),
        };
      }),
    tenants: () => database.transact({ kind: 'sync' }, (tx) => tenantRepository(tx).ids()),
    forget: (tenantId) => forget(parts, tenantId),
    upgrade: (tenantId) => upgrade(parts, tenantId),
    async start(signal) {
      await upgradeAll(parts);
      await forgetAlways(parts, signal);
    },
    resumeFromBackup: (tenantId, lastEpoch) => resume(parts, { tenantId, lastEpoch }),
  };
}
