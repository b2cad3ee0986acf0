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
import { previewOf, type ChangedPlace, type Trial } from './preview.ts';
import { policyRepository, policyStore, type PlaceCount } from './repository.ts';
import type { TargetPlace } from './target-repository.ts';

/** What is tried where. */
interface Tried {
  readonly target: ScopeTarget;
  readonly fields: PolicyFields;
  readonly locks: readonly PolicyFieldName[];
}

/** Devices that a preview shows by name. */
const SAMPLES_MAX = 20;

/** What saving a policy would change. Counts reach as deep as the policy; names only what the reader sees. */
export async function tryPolicy(
  platform: Platform,
  context: Context,
  { target, fields, locks }: Tried,
): Promise<PolicyPreview> {
  const permission = 'policies:read';
  const place = await targetFor(platform, context, { target, permission });
  const found = await findPolicies(platform, place);
  const trial: Trial = { ...place, fields, locks, kind: target.kind };
  const changes = previewOf({ ...found, trial }, platform.clock.now());
  const { actor } = context;
  const devices = await transactAs(platform, { actor, permission }, (tx) =>
    policyRepository(tx).devicesAt(changes, SAMPLES_MAX),
  );
  return {
    devices: sum(found.places),
    changed: sum(changes),
    lockedFields: lockedFieldsOf(found.above, fields),
    samples: devices.flatMap(({ id, name, scope }) => {
      const changed = placeOf(changes, { id, scope });
      return changed ? [{ deviceId: id as DeviceId, name, changes: [...changed.changes] }] : [];
    }),
  };
}

/** The policies above and below a place, and how many devices lie where. */
function findPolicies(platform: Platform, place: TargetPlace) {
  const { deviceId } = place;
  return platform.database.transact({ kind: 'ingest' }, async (tx) => {
    const store = policyStore(tx);
    const below = await store.below(place.tenantId, place.scope);
    const all = deviceId === null ? await store.countsBelow(place.scope) : [];
    return {
      above: await store.above(place),
      // What lies at a device's node is above the device.
      below: below.filter((one) => deviceId === null || one.deviceId === deviceId),
      places: deviceId === null ? all : [{ scope: place.scope, deviceId, count: 1 }],
    };
  });
}

function placeOf(
  changes: readonly ChangedPlace[],
  device: { readonly id: string; readonly scope: string },
): ChangedPlace | undefined {
  return (
    changes.find(({ deviceId }) => deviceId === device.id) ??
    changes.find(({ deviceId, scope }) => deviceId === null && scope === device.scope)
  );
}

function sum(places: readonly PlaceCount[]): number {
  return places.reduce((total, { count }) => total + count, 0);
}
