import { messageOf } from '@wardgrid/base';
import { nodeOf, type Registry } from '@wardgrid/sync';
import type { Platform } from '../../platform/services.ts';
import { baselineReader } from './baseline.ts';
import { createCodecs, type Codecs } from './codecs.ts';
import type { OnChanged, SyncDeps } from './deps.ts';
import { appliedHook, type HookDeps } from './hooks.ts';
import { createMaterialiser } from './materialise.ts';
import { toldRepository } from './told-repository.ts';
import { typedRepository } from './typed-repository.ts';
import { registry, SYNC_TYPES } from './types/index.ts';

/** What the side of the typed tables needs. */
export interface TypedSideDeps extends Omit<HookDeps, 'now'> {
  /** The key under which secrets of a tenant travel between its controllers. */
  readonly directoryKeyOf: (tenantId: string) => Promise<Uint8Array>;
  /** The name of this controller in streams. */
  readonly nodeId: () => string;
}

/** The tables of the features, as synchronisation reads and writes them. */
export interface TypedSide {
  readonly registry: Registry;
  readonly baselineOf: SyncDeps['baselineOf'];
  /** Captured fields as they may leave. */
  readonly outgoing: Codecs['outgoing'];
  readonly onChanged: OnChanged;
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

export function createTypedSide(platform: Platform, deps: TypedSideDeps): TypedSide {
  const { clock, database } = platform;
  const codecs = createCodecs(platform.secrets, deps.directoryKeyOf);

  async function tell(): Promise<void> {
    await database.transact({ kind: 'sync' }, async (tx) => {
      const told = toldRepository(tx);
      await told.tellPresence({ silentMs: STILL_THERE_MS, limit: TOLD_MAX });
      await typedRepository(tx).setReplaying(true);
      for (const type of SYNC_TYPES) {
        const prefix = type.referencePrefix;
        if (prefix !== undefined) await told.noteReferences(type, prefix, TOLD_MAX);
      }
    });
  }

  return {
    registry,
    baselineOf: baselineReader(codecs),
    outgoing: codecs.outgoing,
    onChanged: createMaterialiser({
      codecs,
      isOwn: (stream) => nodeOf(stream) === deps.nodeId(),
      onApplied: appliedHook({ ...deps, now: () => clock.now() }),
    }),
    tell,
    async start(signal) {
      while (!signal.aborted) {
        await tell().catch((error: unknown) =>
          platform.log.warn('presence was not told', { reason: messageOf(error) }),
        );
        await clock.sleep(TELL_INTERVAL_MS, signal).catch(() => undefined);
      }
    },
  };
}
