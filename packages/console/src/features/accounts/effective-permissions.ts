import {
  adminPermissions,
  platformPermissions,
  rolePermissions,
  type Account,
  type Permission,
  type RoleName,
} from '@wardgrid/wire';

/** What a role will allow to an account of this kind at this scope, by noun; the controller has the last word. */
export function effectivePermissions(wanted: {
  readonly role: RoleName;
  readonly kind: Account['kind'];
  readonly scope: string;
}): ReadonlyMap<string, readonly string[]> {
  const verbs = new Map<string, string[]>();
  for (const permission of rolePermissions[wanted.role]) {
    if (wanted.scope !== '' && platformPermissions.has(permission)) continue;
    if (wanted.kind === 'user' && adminPermissions.has(permission)) continue;
    const [noun = '', verb = ''] = partsOf(permission);
    verbs.set(noun, [...(verbs.get(noun) ?? []), verb]);
  }
  return verbs;
}

function partsOf(permission: Permission): readonly string[] {
  return permission.split(':');
}
