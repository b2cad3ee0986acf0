import {
  DEFAULT_PROTECTION,
  EXCLUSIONS_MAX,
  PolicyFieldName,
  type Exclusion,
  type PolicyFields,
  type ProtectionPolicy,
  type ScopeTarget,
} from '@wardgrid/wire';

/** A policy on the way from the tenant down to a device. */
export interface PathPolicy {
  /** Null for one that is tried and not stored. */
  readonly id: string | null;
  readonly kind: ScopeTarget['kind'];
  readonly name: string;
  readonly fields: PolicyFields;
  readonly locks: readonly PolicyFieldName[];
}

/** What a field of an effective policy comes from. */
export interface FieldOrigin {
  /** Undefined: the default. */
  readonly policy: PathPolicy | undefined;
  readonly isLocked: boolean;
}

export interface Effective {
  readonly policy: ProtectionPolicy;
  readonly origins: Readonly<Record<PolicyFieldName, FieldOrigin>>;
}

/**
 * What a device is to run: from the tenant down each policy decides the fields that it sets and that
 * nothing above locked; exclusions add up. Exclusions whose time is over are left out. Of too many,
 * those nearest to the device stay.
 */
export function effectiveOf(path: readonly PathPolicy[], nowMs: number): Effective {
  const policy: Record<string, unknown> = { ...DEFAULT_PROTECTION };
  const origins = Object.fromEntries(
    PolicyFieldName.options.map((field) => [field, { policy: undefined, isLocked: false }]),
  ) as Record<PolicyFieldName, FieldOrigin>;
  const exclusions: Exclusion[] = [];
  for (const one of path) {
    for (const field of PolicyFieldName.options.filter((name) => !origins[name].isLocked)) {
      const value = one.fields[field];
      if (value !== undefined) policy[field] = value;
      if (field === 'exclusions') exclusions.unshift(...(one.fields.exclusions ?? []));
      origins[field] = {
        policy: value === undefined ? origins[field].policy : one,
        isLocked: one.locks.includes(field),
      };
    }
  }
  const current = boundedOf(
    exclusions.filter(({ expiresAt }) => expiresAt === null || expiresAt > nowMs),
  );
  return { policy: { ...(policy as ProtectionPolicy), exclusions: current }, origins };
}

/** Text of all exclusions of a device: its signed settings have to fit into one envelope. */
const EXCLUSIONS_TEXT_MAX = 200_000;

function boundedOf(exclusions: readonly Exclusion[]): Exclusion[] {
  let length = 0;
  return exclusions.slice(0, EXCLUSIONS_MAX).filter(({ value, reason }) => {
    length += value.length + reason.length;
    return length <= EXCLUSIONS_TEXT_MAX;
  });
}

/** Fields that are set although something above locks them: they have no effect. */
export function lockedFieldsOf(
  above: readonly PathPolicy[],
  fields: PolicyFields,
): PolicyFieldName[] {
  const locked = new Set(above.flatMap(({ locks }) => locks));
  return PolicyFieldName.options.filter(
    (field) => fields[field] !== undefined && locked.has(field),
  );
}
