import { expect, test } from 'vitest';
import { effectivePermissions } from './effective-permissions.ts';

test('an owner below the platform issues no licences and creates no tenants', () => {
  const verbs = effectivePermissions({ role: 'owner', kind: 'admin', scope: 'a'.repeat(32) });
  expect(verbs.get('licences')).toEqual(['read', 'install']);
  expect(verbs.get('tenants')).not.toContain('create');
  expect(verbs.get('accounts')).toContain('create');
});

test('a user creates nobody, whatever the role', () => {
  const verbs = effectivePermissions({ role: 'owner', kind: 'user', scope: '' });
  expect(verbs.get('accounts')).toEqual(['read']);
});
