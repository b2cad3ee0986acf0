import { canonicalJson } from '@wardgrid/base';
import { PolicyFieldName, type PolicyFields } from '@wardgrid/wire';
import { isWithin } from '../../platform/authorize.ts';
import { effectiveOf, type Effective, type PathPolicy } from './effective.ts';
import type { PlaceCount } from './repository.ts';

/** A policy and where it holds. */
export interface PlacedPolicy extends PathPolicy {
  readonly scope: string;
  readonly deviceId: string | null;
}

/** What is tried: a policy at a place, instead of the one that is there. */
export interface Trial {
  readonly scope: string;
  readonly deviceId: string | null;
  readonly fields: PolicyFields;
  readonly locks: readonly PolicyFieldName[];
  readonly kind: PathPolicy['kind'];
}

/** A place whose devices would run otherwise. */
export interface ChangedPlace extends PlaceCount {
  readonly changes: readonly {
    readonly field: PolicyFieldName;
    readonly before: unknown;
    readonly after: unknown;
  }[];
}

/** Compares what devices run with what they would run, once for all devices of a place. */
export function previewOf(
  given: {
    readonly above: readonly PathPolicy[];
    readonly below: readonly PlacedPolicy[];
    readonly places: readonly PlaceCount[];
    readonly trial: Trial;
  },
  nowMs: number,
): readonly ChangedPlace[] {
  const { above, below, places, trial } = given;
  const tried: PlacedPolicy = { ...trial, id: null, name: '' };
  const isReplaced = (one: PlacedPolicy): boolean =>
    one.deviceId === trial.deviceId && one.scope === trial.scope;
  const rest = below.filter((one) => !isReplaced(one));
  const after = [...rest, tried].toSorted((left, right) => depthOf(left) - depthOf(right));
  return places.flatMap((place) => {
    const path = (policies: readonly PlacedPolicy[]): Effective =>
      effectiveOf([...above, ...policies.filter((one) => holdsAt(one, place))], nowMs);
    const changes = changesOf(path(below), path(after));
    return changes.length > 0 ? [{ ...place, changes }] : [];
  });
}

function holdsAt(policy: PlacedPolicy, place: PlaceCount): boolean {
  if (policy.deviceId !== null) return policy.deviceId === place.deviceId;
  return isWithin(place.scope, policy.scope);
}

function depthOf({ scope, deviceId }: PlacedPolicy): number {
  return deviceId === null ? scope.length : Number.MAX_SAFE_INTEGER;
}

function changesOf(before: Effective, after: Effective): ChangedPlace['changes'] {
  return PolicyFieldName.options
    .filter((field) => canonicalJson(before.policy[field]) !== canonicalJson(after.policy[field]))
    .map((field) => ({ field, before: before.policy[field], after: after.policy[field] }));
}
