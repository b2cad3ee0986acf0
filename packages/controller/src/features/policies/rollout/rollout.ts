import type { PolicyFieldName, PolicyFields, PolicyRing } from '@wardgrid/wire';
import type { PathPolicy } from '../effective.ts';

/** How far a change of a policy is rolled out, as it is kept. */
export interface Rollout {
  /** The version that devices outside the ring run. */
  readonly from: number;
  readonly percent: number;
  readonly startedAt: number;
  readonly halt: 'person' | 'trouble' | null;
  /** What that version says: who inherits the policy has none of its versions. */
  readonly before: {
    readonly fields: PolicyFields;
    readonly locks: readonly PolicyFieldName[];
  };
}

/** A policy with how far its newest version is rolled out. */
export interface RolledPolicy extends PathPolicy {
  readonly version: number;
  readonly rollout: Rollout | null;
}

/** What a device runs of a policy: outside its ring, what held before. */
export function heldOf<Policy extends RolledPolicy>(policy: Policy, isInRing: boolean): Policy {
  const { rollout } = policy;
  if (rollout === null || isInRing) return policy;
  return { ...policy, ...rollout.before, version: rollout.from };
}

/** Of the devices that run it, more than this share in trouble halts a roll-out… */
const TROUBLED_SHARE_MAX = 0.1;
/** …when it is also so many times the share of those that do not run it yet. */
const TIMES_OUTSIDE = 2;

/** Whether the devices of a ring fare so much worse than the others that the policy has to be the reason. */
export function isHarmful(ring: PolicyRing): boolean {
  const { devices, inRing, running, runningTroubled, outsideTroubled } = ring;
  if (running === 0) return false;
  const share = runningTroubled / running;
  const outside = devices > inRing ? outsideTroubled / (devices - inRing) : 0;
  return share > TROUBLED_SHARE_MAX && share >= outside * TIMES_OUTSIDE;
}

/** The roll-out after a person set how wide it is; null when it has reached all. */
export function widened(rollout: Rollout, percent: number): Rollout | null {
  if (percent >= 100) return null;
  return { ...rollout, percent, halt: percent === 0 ? 'person' : null };
}
