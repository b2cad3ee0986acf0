import type {
  DeviceId,
  PolicyFieldName,
  PolicyFields,
  PolicyPreview,
  ScopeTarget,
} from '@wardgrid/wire';
import type { Context } from '../../platform/context.ts';
import { transactAs, type Platform } from '../../platform/services.ts';
import { targetFor } from './access.ts';
import { lockedFieldsOf } from './effective.ts';
import { outcomesOf, ringsFor, type Outcome, type Trial } from './preview.ts';
import { policyRepository, policyStore } from './repository.ts';
import type { TargetPlace } from './target-repository.ts';

/** What is tried where. */
interface Tried {
  readonly target: ScopeTarget;
  readonly fields: PolicyFields;
  readonly locks: readonly PolicyFieldName[];
  readonly rolloutPercent?: number;
}

/** Devices that a preview shows by name. */
const SAMPLES_MAX = 20;

/** What saving a policy would change, and when. Counts reach as deep as the policy; names only what the reader sees. */
export async function tryPolicy(
  platform: Platform,
  context: Context,
  { target, fields, locks, rolloutPercent: percent }: Tried,
): Promise<PolicyPreview> {
  const permission = 'policies:read';
  const place = await targetFor(platform, context, { target, permission });
  const { scope, deviceId } = place;
  const trial: Trial = { scope, deviceId, fields, locks, kind: target.kind, percent };
  const { above, rings, outcomes } = await compare(platform, place, trial);
  const changing = outcomes.filter(({ now, later }) => now.length + later.length > 0);
  const { actor } = context;
  const devices = await transactAs(platform, { actor, permission }, (tx) =>
    policyRepository(tx).devicesAt(changing, { rings, limit: SAMPLES_MAX }),
  );
  return {
    devices: sum(outcomes),
    changed: sum(changing),
    lockedFields: lockedFieldsOf(above, fields),
    now: stepOf(outcomes, 'now'),
    later: stepOf(outcomes, 'later'),
    samples: devices.flatMap(({ id, name, place: index }) => {
      const outcome = changing[index];
      if (!outcome) return [];
      const { isInRing, now, later } = outcome;
      return [{ deviceId: id as DeviceId, name, isInRing, now: [...now], later: [...later] }];
    }),
  };
}

/** What the devices of a place run now, and would run. */
function compare(platform: Platform, place: TargetPlace, trial: Trial) {
  const { deviceId } = place;
  return platform.database.transact({ kind: 'ingest' }, async (tx) => {
    const store = policyStore(tx);
    const all = await store.below(place.tenantId, place.scope);
    // What lies at a device's node is above the device.
    const below = all.filter((one) => deviceId === null || one.deviceId === deviceId);
    const above = await store.above(place);
    const rings = ringsFor({ above, below }, trial);
    const places = await store.countsAt(place, rings);
    const outcomes = outcomesOf({ above, below, places }, trial, platform.clock.now());
    return { above, rings, outcomes };
  });
}

function stepOf(outcomes: readonly Outcome[], when: 'now' | 'later'): PolicyPreview['now'] {
  const reached = outcomes.filter(({ isInRing }) => isInRing === (when === 'now'));
  return {
    devices: sum(reached),
    changed: sum(outcomes.filter((outcome) => outcome[when].length > 0)),
  };
}

function sum(places: readonly { readonly count: number }[]): number {
  return places.reduce((total, { count }) => total + count, 0);
}
