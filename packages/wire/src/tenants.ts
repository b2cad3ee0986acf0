import * as z from 'zod';
import type { Fields } from './filters.ts';
import { ListQuery, pageOf } from './paging.ts';
import {
  Count,
  GroupId,
  Id,
  Instant,
  Name,
  Nothing,
  OrganizationId,
  PersonName,
  PublicKey,
  ScopePath,
  Severity,
  TenantId,
} from './primitives.ts';
import { route } from './route.ts';
import { SignedEnvelope } from './envelopes.ts';

/** Aggregates of everything below a scope node: what may be seen of layers too deep to look into. */
export const ScopeCounts = z.strictObject({
  devices: Count,
  online: Count,
  openFindings: Count,
  openIncidents: Count,
  worstSeverity: Severity.nullable(),
});
export type ScopeCounts = z.infer<typeof ScopeCounts>;

export const LicenceState = z.enum(['active', 'grace', 'expired', 'suspended', 'missing']);
export type LicenceState = z.infer<typeof LicenceState>;

/** What a licence says. Signed by the platform's key, it is the second link of the chain of keys. */
export const LicenceDocument = z.strictObject({
  type: z.literal('licence'),
  id: Id,
  tenantId: Id,
  tenantName: z.string().max(120),
  /** The tenant's Ed25519 public key: what signs orders to its devices. */
  tenantKey: PublicKey,
  features: z.array(z.string().max(60)).max(100),
  seats: z.int().min(0).max(10_000_000),
  validFrom: z.int(),
  validUntil: z.int(),
  /** Days after `validUntil` in which management still writes. */
  graceDays: z.int().min(0).max(365),
  issuedAt: z.int(),
});
export type LicenceDocument = z.infer<typeof LicenceDocument>;

export const Licence = z.strictObject({
  id: Id,
  tenantId: TenantId,
  state: LicenceState,
  features: z.array(z.string()),
  seats: Count,
  seatsUsed: Count,
  /** Devices beyond the seats that were leased to their controllers. */
  graceDevices: Count,
  validFrom: Instant,
  validUntil: Instant,
  graceDays: z.int(),
  issuedAt: Instant,
  /** The signed document, to be verified by anyone with the platform's public key. */
  document: SignedEnvelope,
});
export type Licence = z.infer<typeof Licence>;

/** Seats of a controller's own network: what enrols beyond those leased to it is protected, in grace. */
export const NetworkSeats = z.strictObject({ leased: Count, used: Count, grace: Count });
export type NetworkSeats = z.infer<typeof NetworkSeats>;

/** The licence that this controller goes by: from the chain, or from a file while nobody above answered. */
export const LicenceInForce = z.strictObject({
  tenantId: TenantId,
  state: LicenceState,
  validFrom: Instant,
  validUntil: Instant,
  graceDays: z.int(),
  issuedAt: Instant,
  source: z.enum(['chain', 'file']),
  /** Of a file. */
  installedAt: Instant.nullable(),
  installedBy: PersonName.nullable(),
  /** Null at the cloud. */
  seats: NetworkSeats.nullable(),
});
export type LicenceInForce = z.infer<typeof LicenceInForce>;

export const NewLicence = z.strictObject({
  seats: z.int().min(1).max(10_000_000),
  validDays: z.int().min(1).max(3_650),
  graceDays: z.int().min(0).max(365).default(30),
  features: z
    .array(
      z
        .string()
        .max(60)
        .regex(/^[a-z0-9-]+$/),
    )
    .max(100)
    .default([]),
});

export const Tenant = z.strictObject({
  id: TenantId,
  name: z.string(),
  scope: ScopePath,
  createdAt: Instant,
  /** Off: the platform sees nothing inside this tenant. */
  isSupportAccessOn: z.boolean(),
  isSuspended: z.boolean(),
  licenceState: LicenceState,
  licenceValidUntil: Instant.nullable(),
  seats: Count,
  seatsUsed: Count,
  organizations: Count,
  counts: ScopeCounts,
});
export type Tenant = z.infer<typeof Tenant>;

export const Organization = z.strictObject({
  id: OrganizationId,
  tenantId: TenantId,
  tenantName: z.string(),
  name: z.string(),
  scope: ScopePath,
  createdAt: Instant,
  groups: Count,
  counts: ScopeCounts,
});
export type Organization = z.infer<typeof Organization>;

/** Deepest nesting of groups inside an organization; keeps scope paths short. */
export const GROUP_DEPTH_MAX = 8;

export const Group = z.strictObject({
  id: GroupId,
  tenantId: TenantId,
  organizationId: OrganizationId,
  organizationName: z.string(),
  /** Null directly below the organization. */
  parentId: GroupId.nullable(),
  name: z.string(),
  scope: ScopePath,
  createdAt: Instant,
  counts: ScopeCounts,
});
export type Group = z.infer<typeof Group>;

export const tenantFields: Fields = {
  name: { kind: 'text', isSortable: true },
  createdAt: { kind: 'time', isSortable: true },
  suspended: { kind: 'flag' },
  licenceValidUntil: { kind: 'time', isSortable: true },
  seatsUsed: { kind: 'number', isSortable: true },
};
export const organizationFields: Fields = {
  name: { kind: 'text', isSortable: true },
  tenant: { kind: 'text', isSortable: true },
  createdAt: { kind: 'time', isSortable: true },
};
export const groupFields: Fields = {
  name: { kind: 'text', isSortable: true },
  organization: { kind: 'text', isSortable: true },
  organizationId: { kind: 'text' },
  createdAt: { kind: 'time', isSortable: true },
};

const TenantParams = z.strictObject({ id: TenantId });
const OrganizationParams = z.strictObject({ id: OrganizationId });
const GroupParams = z.strictObject({ id: GroupId });

export const tenantRoutes = {
  list: route({
    method: 'GET',
    path: '/v1/tenants',
    summary: 'Tenants',
    query: ListQuery,
    response: pageOf(Tenant),
    permission: 'tenants:read',
  }),
  create: route({
    method: 'POST',
    path: '/v1/tenants',
    summary: 'Create a tenant with its licence',
    body: z.strictObject({ name: Name, licence: NewLicence }),
    response: Tenant,
    status: 201,
    permission: 'tenants:create',
    problems: ['name-taken', 'cloud-only'],
  }),
  read: route({
    method: 'GET',
    path: '/v1/tenants/:id',
    summary: 'One tenant',
    params: TenantParams,
    response: Tenant,
    permission: 'tenants:read',
  }),
  update: route({
    method: 'PATCH',
    path: '/v1/tenants/:id',
    summary: 'Change a tenant',
    params: TenantParams,
    body: z.strictObject({
      name: Name.exactOptional(),
      isSupportAccessOn: z.boolean().exactOptional(),
      /** Platform only. */
      isSuspended: z.boolean().exactOptional(),
    }),
    response: Tenant,
    permission: 'tenants:update',
    problems: ['name-taken', 'cloud-only'],
  }),
  delete: route({
    method: 'DELETE',
    path: '/v1/tenants/:id',
    summary: 'Delete an empty tenant',
    params: TenantParams,
    response: Nothing,
    status: 204,
    permission: 'tenants:delete',
    problems: ['tenant-not-empty', 'cloud-only'],
  }),
};

export const licenceRoutes = {
  read: route({
    method: 'GET',
    path: '/v1/tenants/:id/licence',
    summary: 'The licence of a tenant',
    params: TenantParams,
    response: Licence,
    permission: 'licences:read',
  }),
  issue: route({
    method: 'PUT',
    path: '/v1/tenants/:id/licence',
    summary: 'Issue or renew the licence of a tenant',
    params: TenantParams,
    body: NewLicence,
    response: Licence,
    permission: 'licences:issue',
    problems: ['cloud-only'],
  }),
  inForce: route({
    method: 'GET',
    path: '/v1/licence',
    summary: 'The licence that this controller goes by',
    response: LicenceInForce,
    permission: 'licences:read',
  }),
  install: route({
    method: 'POST',
    path: '/v1/licence',
    summary: 'Install a licence file, also while nobody above answers',
    body: z.strictObject({ document: SignedEnvelope }),
    response: LicenceInForce,
    permission: 'licences:install',
    problems: ['licence-invalid', 'licence-older'],
  }),
};

export const organizationRoutes = {
  list: route({
    method: 'GET',
    path: '/v1/organizations',
    summary: 'Organizations',
    query: ListQuery,
    response: pageOf(Organization),
    permission: 'organizations:read',
  }),
  create: route({
    method: 'POST',
    path: '/v1/organizations',
    summary: 'Create an organization',
    /** A platform admin names the tenant; others create in their own. */
    body: z.strictObject({ name: Name, tenantId: TenantId.exactOptional() }),
    response: Organization,
    status: 201,
    permission: 'organizations:create',
    problems: ['name-taken'],
  }),
  read: route({
    method: 'GET',
    path: '/v1/organizations/:id',
    summary: 'One organization',
    params: OrganizationParams,
    response: Organization,
    permission: 'organizations:read',
  }),
  update: route({
    method: 'PATCH',
    path: '/v1/organizations/:id',
    summary: 'Rename an organization',
    params: OrganizationParams,
    body: z.strictObject({ name: Name }),
    response: Organization,
    permission: 'organizations:update',
    problems: ['name-taken'],
  }),
  delete: route({
    method: 'DELETE',
    path: '/v1/organizations/:id',
    summary: 'Delete an empty organization',
    params: OrganizationParams,
    response: Nothing,
    status: 204,
    permission: 'organizations:delete',
    problems: ['organization-not-empty'],
  }),
};

export const groupRoutes = {
  list: route({
    method: 'GET',
    path: '/v1/groups',
    summary: 'Groups',
    query: ListQuery,
    response: pageOf(Group),
    permission: 'groups:read',
  }),
  create: route({
    method: 'POST',
    path: '/v1/groups',
    summary: 'Create a group inside an organization or group',
    body: z.strictObject({
      name: Name,
      organizationId: OrganizationId,
      parentId: GroupId.exactOptional(),
    }),
    response: Group,
    status: 201,
    permission: 'groups:create',
    problems: ['name-taken', 'group-too-deep'],
  }),
  read: route({
    method: 'GET',
    path: '/v1/groups/:id',
    summary: 'One group',
    params: GroupParams,
    response: Group,
    permission: 'groups:read',
  }),
  update: route({
    method: 'PATCH',
    path: '/v1/groups/:id',
    summary: 'Rename or move a group inside its organization',
    params: GroupParams,
    body: z.strictObject({
      name: Name.exactOptional(),
      parentId: GroupId.nullable().exactOptional(),
    }),
    response: Group,
    permission: 'groups:update',
    problems: ['name-taken', 'group-too-deep', 'group-cycle'],
  }),
  delete: route({
    method: 'DELETE',
    path: '/v1/groups/:id',
    summary: 'Delete an empty group',
    params: GroupParams,
    response: Nothing,
    status: 204,
    permission: 'groups:delete',
    problems: ['group-not-empty'],
  }),
};
