import * as z from 'zod';

/** What a person may be allowed to do: noun and verb. */
export const Permission = z.enum([
  'tenants:read',
  'tenants:create',
  'tenants:update',
  'tenants:delete',
  'licences:read',
  'licences:issue',
  'licences:install',
  'organizations:read',
  'organizations:create',
  'organizations:update',
  'organizations:delete',
  'groups:read',
  'groups:create',
  'groups:update',
  'groups:delete',
  'devices:read',
  'devices:update',
  'devices:delete',
  'devices:respond',
  'enrolment-keys:read',
  'enrolment-keys:create',
  'enrolment-keys:revoke',
  'jobs:read',
  'jobs:create',
  'jobs:cancel',
  'networks:read',
  'networks:approve',
  'assets:read',
  'assets:update',
  'findings:read',
  'findings:update',
  'incidents:read',
  'incidents:update',
  'policies:read',
  'policies:create',
  'policies:update',
  'policies:delete',
  'rules:read',
  'rules:create',
  'rules:update',
  'rules:delete',
  'quarantine:read',
  'events:read',
  'accounts:read',
  'accounts:create',
  'accounts:update',
  'accounts:delete',
  'controllers:read',
  'controllers:manage',
  'sync:read',
  'sync:manage',
  'platform:read',
  'platform:update',
]);
export type Permission = z.infer<typeof Permission>;

/** Built-in roles. A role is given at a scope and holds there and below. */
export const RoleName = z.enum([
  'owner',
  'operator',
  'analyst',
  'technician',
  'auditor',
  'client-viewer',
]);
export type RoleName = z.infer<typeof RoleName>;

const all = Permission.options;
const reads = all.filter((permission) => permission.endsWith(':read'));
const tenantReads = reads.filter((permission) => permission !== 'platform:read');
const administration = new Set(['tenants', 'licences', 'accounts', 'controllers', 'platform']);

function nounOf(permission: Permission): string {
  return permission.split(':')[0] ?? '';
}

/** The permissions of each role. What a licence, layer or deny takes away is decided later. */
export const rolePermissions: Readonly<Record<RoleName, ReadonlySet<Permission>>> = {
  owner: new Set(all),
  operator: new Set([
    ...tenantReads,
    ...all.filter((permission) => !administration.has(nounOf(permission))),
  ]),
  analyst: new Set([
    ...tenantReads,
    'jobs:create',
    'jobs:cancel',
    'assets:update',
    'findings:update',
    'incidents:update',
    'rules:update',
    'devices:respond',
  ]),
  technician: new Set([
    ...tenantReads,
    'devices:update',
    'enrolment-keys:create',
    'enrolment-keys:revoke',
    'jobs:create',
    'jobs:cancel',
    'networks:approve',
    'assets:update',
    'groups:create',
    'groups:update',
    'devices:respond',
  ]),
  auditor: new Set(tenantReads),
  'client-viewer': new Set([
    'organizations:read',
    'groups:read',
    'devices:read',
    'assets:read',
    'findings:read',
    'incidents:read',
    'jobs:read',
  ]),
};

/** Permissions that only an account of kind `admin` can use: users create nobody, and license nobody. */
export const adminPermissions: ReadonlySet<Permission> = new Set([
  'accounts:create',
  'accounts:update',
  'accounts:delete',
  'licences:install',
]);

/** Permissions that exist only at the platform (layer 0). */
export const platformPermissions: ReadonlySet<Permission> = new Set([
  'tenants:create',
  'tenants:delete',
  'licences:issue',
  'platform:read',
  'platform:update',
]);

/**
 * Whether a permission holds while the licence lets nobody write: what only looks, and what brings another
 * licence.
 */
export function isLicenceFree(permission: Permission): boolean {
  return isReading(permission) || permission === 'licences:install';
}

/** Whether a permission only looks. */
export function isReading(permission: Permission): boolean {
  return permission.endsWith(':read');
}
