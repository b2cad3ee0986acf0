import { openEnvelope, sealEnvelope } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import { decodeBase64Url } from '@wardgrid/base';
import { SyncCheckpoint, type SignedEnvelope } from '@wardgrid/wire';
import type { Platform } from '../../../platform/services.ts';
import type { SyncEngine } from '../engine.ts';

/** How far the cloud said it has decided, signed by the tenant's key and handed down the chain. */
export interface Checkpoints {
  /** What to hand down: a new one at the cloud, elsewhere the newest that came. */
  readonly current: (tenantId: string) => Promise<SignedEnvelope | null>;
  /** Takes one that an upstream handed down; what it says, or null when it is not the tenant's. */
  readonly take: (tenantId: string, envelope: SignedEnvelope) => SyncCheckpoint | null;
  readonly newest: (tenantId: string) => SyncCheckpoint | null;
}

/** A checkpoint of the cloud is used again for so long: a signature a page is not worth it. */
const REUSED_MS = 1_000;
/** Tenants whose checkpoints are at hand. */
const TENANTS_MAX = 10_000;

/** Whether a checkpoint says what is so, and is new enough to be handed out again. */
function isStill(
  checkpoint: SyncCheckpoint,
  { epoch, g, at }: Pick<SyncCheckpoint, 'epoch' | 'g' | 'at'>,
): boolean {
  const ageMs = at - checkpoint.at;
  return checkpoint.epoch === epoch && checkpoint.g === g && ageMs >= 0 && ageMs < REUSED_MS;
}

export function createCheckpoints(
  platform: Platform,
  engine: Pick<SyncEngine, 'stateOf'>,
): Checkpoints {
  const kept = new Map<string, { envelope: SignedEnvelope; checkpoint: SyncCheckpoint }>();
  const keep = (tenantId: string, envelope: SignedEnvelope, checkpoint: SyncCheckpoint): void => {
    if (kept.size >= TENANTS_MAX) kept.delete(kept.keys().next().value ?? '');
    kept.set(tenantId, { envelope, checkpoint });
  };
  return {
    newest: (tenantId) => kept.get(tenantId)?.checkpoint ?? null,
    async current(tenantId) {
      const known = kept.get(tenantId);
      if (platform.place.role !== 'cloud') return known?.envelope ?? null;
      const at = platform.clock.now();
      const state = await engine.stateOf(tenantId);
      if (!state) return null;
      const { epoch, cursor: g } = state;
      if (known && isStill(known.checkpoint, { epoch, g, at })) return known.envelope;
      const checkpoint: SyncCheckpoint = { type: 'checkpoint', tenantId, epoch, g, at };
      const envelope = sealEnvelope(await platform.keys.tenant(tenantId), checkpoint);
      keep(tenantId, envelope, checkpoint);
      return envelope;
    },
    take(tenantId, envelope) {
      const own = platform.place.membership();
      if (!own) return null;
      const publicKeys = [decodeBase64Url(own.tenantKey)];
      const opened = openEnvelope(systemCryptography, envelope, {
        publicKeys,
        schema: SyncCheckpoint,
      });
      if (opened.kind === 'refused' || opened.value.tenantId !== tenantId) return null;
      const known = kept.get(tenantId);
      if (!known || known.checkpoint.at < opened.value.at) keep(tenantId, envelope, opened.value);
      return opened.value;
    },
  };
}
