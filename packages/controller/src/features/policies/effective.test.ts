import { DEFAULT_PROTECTION, EXCLUSIONS_MAX, type Exclusion } from '@wardgrid/wire';
import { expect, test } from 'vitest';
import { effectiveOf, lockedFieldsOf, type PathPolicy } from './effective.ts';

function policy(given: Partial<PathPolicy>): PathPolicy {
  return { id: null, kind: 'tenant', name: 'a policy', fields: {}, locks: [], ...given };
}

function exclusion(value: string, expiresAt: number | null = null): Exclusion {
  return {
    id: '01900000-0000-7000-8000-000000000000',
    kind: 'path',
    value,
    reason: 'r',
    expiresAt,
  };
}

test('without policies a device runs the default, and every field says so', () => {
  const { policy: effective, origins } = effectiveOf([], 0);
  expect(effective).toEqual(DEFAULT_PROTECTION);
  expect(Object.values(origins).every((origin) => origin.policy === undefined)).toBe(true);
});

test('the nearest policy that sets a field decides it, and the others keep theirs', () => {
  const tenant = policy({ fields: { mode: 'detect', canaries: false } });
  const group = policy({ kind: 'group', fields: { mode: 'strict' } });
  const { policy: effective, origins } = effectiveOf([tenant, group], 0);
  expect(effective).toMatchObject({ mode: 'strict', canaries: false, confidenceMin: 80 });
  expect(origins.mode.policy).toBe(group);
  expect(origins.canaries.policy).toBe(tenant);
});

test('a locked field is not decided further down, whether the lock sets it or only keeps it', () => {
  const tenant = policy({ fields: { mode: 'strict' }, locks: ['mode', 'malwareAction'] });
  const device = policy({ kind: 'device', fields: { mode: 'off', malwareAction: 'report' } });
  const { policy: effective, origins } = effectiveOf([tenant, device], 0);
  expect(effective.mode).toBe('strict');
  expect(effective.malwareAction).toBe(DEFAULT_PROTECTION.malwareAction);
  expect(origins.mode).toEqual({ policy: tenant, isLocked: true });
  expect(origins.malwareAction).toEqual({ policy: undefined, isLocked: true });
  expect(lockedFieldsOf([tenant], device.fields)).toEqual(['mode', 'malwareAction']);
});

test('exclusions add up along the way, until their time is over or a lock', () => {
  const tenant = policy({ fields: { exclusions: [exclusion('/a'), exclusion('/old', 5)] } });
  const group = policy({ fields: { exclusions: [exclusion('/b', 20)] }, locks: ['exclusions'] });
  const device = policy({ fields: { exclusions: [exclusion('/c')] } });
  const values = effectiveOf([tenant, group, device], 10).policy.exclusions.map(
    ({ value }) => value,
  );
  expect(values.toSorted()).toEqual(['/a', '/b']);
});

test('of too many exclusions those nearest to the device stay', () => {
  const many = Array.from({ length: EXCLUSIONS_MAX }, (_, index) => exclusion(`/far/${index}`));
  const near = policy({ fields: { exclusions: [exclusion('/near')] } });
  const { exclusions } = effectiveOf([policy({ fields: { exclusions: many } }), near], 0).policy;
  expect(exclusions).toHaveLength(EXCLUSIONS_MAX);
  expect(exclusions[0]?.value).toBe('/near');
});
