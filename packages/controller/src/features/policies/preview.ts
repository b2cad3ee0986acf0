import { canonicalJson } from '@wardgrid/base';
import { PolicyFieldName, type PolicyFields } from '@wardgrid/wire';
import { isWithin } from '../../platform/authorize.ts';
import { effectiveOf, type Effective, type PathPolicy } from './effective.ts';
import type { PlaceCount, PlacedRow, Ring } from './repository.ts';
import { heldOf, type RolledPolicy } from './rollout/rollout.ts';

/** What is tried: a policy at a place, instead of the one that is there. */
export interface Trial {
  readonly scope: string;
  readonly deviceId: string | null;
  readonly fields: PolicyFields;
  readonly locks: readonly PolicyFieldName[];
  readonly kind: PathPolicy['kind'];
  /** To how many of a hundred devices it goes at first; undefined: to all at once. */
  readonly percent: number | undefined;
}

interface FieldChange {
  readonly field: PolicyFieldName;
  readonly before: unknown;
  readonly after: unknown;
}

/** Devices of a place, and what they would run otherwise. */
export interface Outcome extends PlaceCount {
  readonly isInRing: boolean;
  /** At once, and once it has reached all. */
  readonly now: readonly FieldChange[];
  readonly later: readonly FieldChange[];
}

/** What policies there are, and how many devices lie where. */
interface Found {
  readonly above: readonly (RolledPolicy & { readonly id: string })[];
  readonly below: readonly PlacedRow[];
}

/** The key of the ring of what is tried. */
const TRIED = 'tried';

/** By which rings devices run different things: those that are under way, and the one that is tried. */
export function ringsFor({ above, below }: Found, trial: Trial): Ring[] {
  const rolling = [...above, ...below].flatMap(({ id, rollout }) =>
    rollout === null ? [] : [{ key: id, policyId: id, percent: rollout.percent }],
  );
  const replaced = replacedOf(below, trial);
  if (trial.percent === undefined || !replaced) return rolling;
  return [...rolling, { key: TRIED, policyId: replaced.id, percent: trial.percent }];
}

/** Compares what devices run with what they would run, once for all that run the same. */
export function outcomesOf(
  found: Found & { readonly places: readonly PlaceCount[] },
  trial: Trial,
  nowMs: number,
): readonly Outcome[] {
  const { above, below } = found;
  const replaced = replacedOf(below, trial);
  const rest = below.filter((one) => one !== replaced);
  const isRinged = trial.percent !== undefined && replaced !== undefined;
  return found.places.map((place) => {
    const keys = new Set(place.rings.split(' '));
    const holding = <One extends Holding>(policies: readonly One[]): One[] =>
      policies.filter((one) => holdsAt(one, place));
    const held = <One extends RolledPolicy & { readonly id: string }>(policies: readonly One[]) =>
      policies.map((one) => heldOf(one, keys.has(one.id)));
    const run = (policies: readonly PlacedRow[], tried: readonly Tried[]): Effective => {
      const own = [...held(holding(policies)), ...holding(tried)];
      const path = own.toSorted((left, right) => depthOf(left) - depthOf(right));
      return effectiveOf([...held(above), ...path], nowMs);
    };
    const isInRing = !isRinged || keys.has(TRIED);
    const whole = triedOf(trial, trial);
    const before = run(below, []);
    const after = run(rest, [
      isInRing ? whole : triedOf(trial, replaced.rollout?.before ?? replaced),
    ]);
    const end = run(rest, [whole]);
    return { ...place, isInRing, now: changesOf(before, after), later: changesOf(after, end) };
  });
}

/** Where a policy holds. */
type Holding = Pick<PlacedRow, 'scope' | 'deviceId'>;
type Tried = PathPolicy & Holding;

function triedOf(trial: Trial, said: Pick<Trial, 'fields' | 'locks'>): Tried {
  const { scope, deviceId, kind } = trial;
  const { fields, locks } = said;
  return { scope, deviceId, kind, fields, locks, id: null, name: '' };
}

/** The policy that is there instead. */
function replacedOf(below: readonly PlacedRow[], trial: Trial): PlacedRow | undefined {
  return below.find((one) => one.deviceId === trial.deviceId && one.scope === trial.scope);
}

function holdsAt(policy: Holding, place: PlaceCount): boolean {
  if (policy.deviceId !== null) return policy.deviceId === place.deviceId;
  return isWithin(place.scope, policy.scope);
}

function depthOf({ scope, deviceId }: Holding): number {
  return deviceId === null ? scope.length : Number.MAX_SAFE_INTEGER;
}

/** What a device runs otherwise after than before. */
export function changesOf(before: Effective, after: Effective): FieldChange[] {
  return PolicyFieldName.options
    .filter((field) => canonicalJson(before.policy[field]) !== canonicalJson(after.policy[field]))
    .map((field) => ({ field, before: before.policy[field], after: after.policy[field] }));
}
