import { messageOf } from '@wardgrid/base';
import { nodeOf, type Registry } from '@wardgrid/sync';
import type { Platform } from '../../platform/services.ts';
import { baselineReader } from './baseline.ts';
import { createCodecs, type Codecs } from './codecs.ts';
import { keepLostPolicies } from './conflicts/repository.ts';
import { mountConflictRoutes } from './conflicts/routes.ts';
import { createConflicts, type ConflictDeps } from './conflicts/service.ts';
import type { OnChanged, SyncDeps } from './deps.ts';
import { appliedHook, type HookDeps } from './hooks.ts';
import { contentFor, fetchMissing, type ContentCaller, type FetchContent } from './content.ts';
import type { PartStretch } from './content-repository.ts';
import { createMaterialiser, retryAllSetAside, retrySetAside } from './materialise.ts';
import { createReferences, giveNames, nameAll } from './references/service.ts';
import { tenantRepository } from './store/tenant-repository.ts';
import { toldRepository } from './told-repository.ts';
import { declarationsOf, registryOf, type Declarations, type SyncType } from './types/index.ts';

/** What the side of the typed tables needs. */
export interface TypedSideDeps extends Omit<HookDeps, 'now'> {
  /** What this release knows; rows and fields of others are handed on as they came. */
  readonly types: readonly SyncType[];
  /** The key under which secrets of a tenant travel between its controllers. */
  readonly directoryKeyOf: (tenantId: string) => Promise<Uint8Array>;
  /** The name of this controller in streams. */
  readonly nodeId: () => string;
  /** What provisional references of this controller begin with; null at the cloud. */
  readonly code: () => string | null;
  readonly updatePolicy: ConflictDeps['updatePolicy'];
  readonly topologyOf: SyncDeps['topologyOf'];
  /** Absent where nobody is above. */
  readonly fetchContent?: FetchContent;
}

/** The tables of the features, as synchronisation reads and writes them. */
export interface TypedSide {
  readonly registry: Registry;
  readonly declarations: Declarations;
  readonly baselineOf: SyncDeps['baselineOf'];
  /** Captured fields as they may leave. */
  readonly outgoing: Codecs['outgoing'];
  readonly onChanged: OnChanged;
  readonly nameRows: NonNullable<SyncDeps['nameRows']>;
  /** A stretch of content, for a controller below that sees a rule set made of it. */
  readonly contentFor: (
    caller: ContentCaller,
    digest: string,
    offset: number,
  ) => Promise<PartStretch | undefined>;
  /** Tells what triggers do not, once. */
  readonly tell: () => Promise<void>;
  /** Tells until aborted. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

/** How often presence is told: half a minute of delay is no lie about a device. */
const TELL_INTERVAL_MS = 15_000;
/** That a device is still there is told so often. */
const STILL_THERE_MS = 600_000;
/** Devices told of at once; of more the rest follows with the next look. */
const TOLD_MAX = 2_000;
/** Policies of which a lost version is kept at once. */
const POLICIES_MAX = 100;

export function createTypedSide(platform: Platform, deps: TypedSideDeps): TypedSide {
  const { clock, database } = platform;
  const { types } = deps;
  const codecs = createCodecs({ ...deps, secrets: platform.secrets });
  const onApplied = appliedHook({ ...deps, now: () => clock.now() });
  mountConflictRoutes(platform.http, {
    conflicts: createConflicts(platform, { ...deps, onApplied }),
    references: createReferences(platform),
  });

  async function retryEverywhere(): Promise<void> {
    const tenants = await database.transact({ kind: 'sync' }, (tx) => tenantRepository(tx).ids());
    for (const id of tenants) await retryAllSetAside(database, { types, onApplied }, id);
  }

  const warn = (message: string, error: unknown): void =>
    platform.log.warn(message, { reason: messageOf(error) });

  async function tell(): Promise<void> {
    await database.transact({ kind: 'sync' }, async (tx) => {
      await toldRepository(tx).tellPresence({ silentMs: STILL_THERE_MS, limit: TOLD_MAX });
      await nameAll(tx, { types, code: deps.code() });
      // The cloud alone: it decided what lost, and its versions come to everybody.
      if (deps.code() === null) await keepLostPolicies(tx, POLICIES_MAX);
    });
    const { fetchContent } = deps;
    if (!fetchContent) return;
    await fetchMissing(platform, fetchContent, (tx, tenantId) =>
      retrySetAside(tx, { types, onApplied }, tenantId),
    );
  }

  return {
    registry: registryOf(types),
    declarations: declarationsOf(types),
    baselineOf: baselineReader(types, codecs),
    outgoing: codecs.outgoing,
    nameRows: (tx, names) => giveNames(tx, types, names),
    onChanged: createMaterialiser({
      types,
      codecs,
      isOwn: (stream) => nodeOf(stream) === deps.nodeId(),
      isDecider: () => deps.code() === null,
      onApplied,
    }),
    contentFor: (caller, digest, offset) =>
      contentFor(platform, deps.topologyOf, { caller, digest, offset }),
    tell,
    async start(signal) {
      await retryEverywhere().catch((error: unknown) =>
        warn('what was set aside was not tried again', error),
      );
      while (!signal.aborted) {
        await tell().catch((error: unknown) => warn('presence was not told', error));
        await clock.sleep(TELL_INTERVAL_MS, signal).catch(() => undefined);
      }
    },
  };
}
