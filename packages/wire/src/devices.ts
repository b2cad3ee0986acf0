import * as z from 'zod';
import { ProtectionHealth } from './events.ts';
import type { Fields } from './filters.ts';
import { InventorySection, InventoryBody } from './inventory.ts';
import { ListQuery, FILTER_LENGTH_MAX, pageOf } from './paging.ts';
import {
  Count,
  DeviceId,
  GroupId,
  Instant,
  Name,
  Nothing,
  OrganizationId,
  PersonName,
  Reference,
  ScopePath,
  TenantId,
} from './primitives.ts';
import { route } from './route.ts';

/**
 * online: heard of in time · offline: missed its time · overdue: away for longer than the policy allows ·
 * unknown: the controller that would know is away itself.
 */
export const DeviceStatus = z.enum(['online', 'offline', 'overdue', 'unknown']);
export type DeviceStatus = z.infer<typeof DeviceStatus>;

const Tag = z
  .string()
  .min(1)
  .max(40)
  .regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]*$/);
/** Most tags on a device. */
const TAGS_MAX = 20;

/** on: all that the policy asks for runs · degraded: some of it does not · off: nothing protects. */
export const ProtectionState = z.enum(['on', 'degraded', 'off']);
export type ProtectionState = z.infer<typeof ProtectionState>;

/** How a device protects, as it last said, against what it should run. */
export const DeviceProtection = z.strictObject({
  deviceId: DeviceId,
  /** Null from an agent that does not protect. */
  state: ProtectionState.nullable(),
  /** Why it is not `on`, in words. */
  reasons: z.array(z.string()),
  health: ProtectionHealth.nullable(),
  reportedAt: Instant.nullable(),
  /** The settings it should run and the ones it says it runs. */
  settingsVersion: Count,
  runningVersion: Count,
  /** The detection content it should run; what it runs is in `health`. */
  contentDigest: z.string().nullable(),
  /** Whether settings and content are the ones it should run. */
  isCurrent: z.boolean(),
});
export type DeviceProtection = z.infer<typeof DeviceProtection>;

/** One managed machine. */
export const Device = z.strictObject({
  id: DeviceId,
  ref: Reference.exactOptional(),
  tenantId: TenantId,
  tenantName: z.string(),
  organizationId: OrganizationId,
  organizationName: z.string(),
  groupId: GroupId.nullable(),
  groupName: z.string().nullable(),
  scope: ScopePath,
  /** The name people gave, or the host name. */
  name: z.string(),
  hostname: z.string(),
  status: DeviceStatus,
  /** Of an `unknown` one: since when nothing is heard of the controller that looks after it, and its name. */
  away: z.strictObject({ since: Instant, controllerName: z.string().nullable() }).nullable(),
  /** Whether the live link is open at this moment. */
  isConnected: z.boolean(),
  osFamily: z.enum(['linux', 'windows', 'macos']),
  osName: z.string(),
  osVersion: z.string(),
  architecture: z.string(),
  agentVersion: z.string(),
  localIp: z.string().nullable(),
  primaryCidr: z.string().nullable(),
  gatewayIp: z.string().nullable(),
  gatewayMac: z.string().nullable(),
  macAddress: z.string().nullable(),
  /** The address the controller saw. */
  publicIp: z.string().nullable(),
  cpuPercent: z.number().nullable(),
  memoryUsedBytes: Count.nullable(),
  memoryTotalBytes: Count.nullable(),
  diskUsedBytes: Count.nullable(),
  diskTotalBytes: Count.nullable(),
  bootedAt: Instant.nullable(),
  /** The device's clock minus ours, in milliseconds, at the last exchange. */
  clockOffsetMs: z.number().nullable(),
  /** Records the agent had to drop because its queue was full. */
  droppedRecords: Count,
  tags: z.array(z.string()),
  enrolledAt: Instant,
  lastSeenAt: Instant.nullable(),
  /** The device this one was split from, when a cloned identity was found. */
  splitFromId: DeviceId.nullable(),
  openFindings: Count,
  /** Beyond the seats leased to its controller: protected all the same. */
  isGrace: z.boolean(),
  /** Null from an agent that does not protect. */
  protection: ProtectionState.nullable(),
});
export type Device = z.infer<typeof Device>;

export const deviceFields: Fields = {
  ref: { kind: 'text' },
  name: { kind: 'text', isSortable: true },
  hostname: { kind: 'text', isSortable: true },
  status: { kind: 'choice', choices: DeviceStatus.options, isSortable: true },
  os: { kind: 'text', isSortable: true },
  osFamily: { kind: 'choice', choices: ['linux', 'windows', 'macos'] },
  tenant: { kind: 'text', isSortable: true },
  organization: { kind: 'text', isSortable: true },
  organizationId: { kind: 'text' },
  group: { kind: 'text', isSortable: true },
  groupId: { kind: 'text' },
  tag: { kind: 'text' },
  localIp: { kind: 'address', isSortable: true },
  publicIp: { kind: 'address' },
  mac: { kind: 'text' },
  agentVersion: { kind: 'text', isSortable: true },
  lastSeenAt: { kind: 'time', isSortable: true },
  enrolledAt: { kind: 'time', isSortable: true },
  cpu: { kind: 'number', isSortable: true },
  grace: { kind: 'flag' },
  protection: { kind: 'choice', choices: ProtectionState.options, isSortable: true },
};

/** Which things a bulk action means: named ones, or everything a filter matches but some. */
export const Selection = z.union([
  z.strictObject({ ids: z.array(DeviceId).min(1).max(10_000) }),
  z.strictObject({
    filter: z.string().max(FILTER_LENGTH_MAX),
    excludedIds: z.array(DeviceId).max(10_000).default([]),
  }),
]);
export type Selection = z.infer<typeof Selection>;

const Params = z.strictObject({ id: DeviceId });

export const deviceRoutes = {
  list: route({
    method: 'GET',
    path: '/v1/devices',
    summary: 'Devices',
    query: ListQuery,
    response: pageOf(Device),
    permission: 'devices:read',
  }),
  read: route({
    method: 'GET',
    path: '/v1/devices/:id',
    summary: 'One device',
    params: Params,
    response: Device,
    permission: 'devices:read',
  }),
  update: route({
    method: 'PATCH',
    path: '/v1/devices/:id',
    summary: 'Rename, tag or move a device',
    params: Params,
    body: z.strictObject({
      name: Name.exactOptional(),
      tags: z.array(Tag).max(TAGS_MAX).exactOptional(),
      /** Moving: the organization, and the group inside it or null. */
      organizationId: OrganizationId.exactOptional(),
      groupId: GroupId.nullable().exactOptional(),
    }),
    response: Device,
    permission: 'devices:update',
  }),
  delete: route({
    method: 'DELETE',
    path: '/v1/devices/:id',
    summary: 'Retire a device and free its seat',
    params: Params,
    response: Nothing,
    status: 204,
    permission: 'devices:delete',
  }),
  inventory: route({
    method: 'GET',
    path: '/v1/devices/:id/inventory/:section',
    summary: 'The newest inventory of a section',
    params: z.strictObject({ id: DeviceId, section: InventorySection }),
    response: z.strictObject({ collectedAt: Instant, receivedAt: Instant, content: InventoryBody }),
    permission: 'devices:read',
  }),
  protection: route({
    method: 'GET',
    path: '/v1/devices/:id/protection',
    summary: 'How a device protects: sensors, engines, settings and content',
    params: Params,
    response: DeviceProtection,
    permission: 'devices:read',
  }),
  bulkUpdate: route({
    method: 'POST',
    path: '/v1/devices/bulk',
    summary: 'Tag, move or retire many devices at once',
    body: z.strictObject({
      selection: Selection,
      addTags: z.array(Tag).max(TAGS_MAX).exactOptional(),
      removeTags: z.array(Tag).max(TAGS_MAX).exactOptional(),
      organizationId: OrganizationId.exactOptional(),
      groupId: GroupId.nullable().exactOptional(),
    }),
    response: z.strictObject({ changed: Count }),
    permission: 'devices:update',
  }),
};

/** A secret bound to one organization with which agents enrol. */
export const EnrolmentKey = z.strictObject({
  id: z.uuid(),
  tenantId: TenantId,
  organizationId: OrganizationId,
  organizationName: z.string(),
  groupId: GroupId.nullable(),
  groupName: z.string().nullable(),
  scope: ScopePath,
  name: z.string(),
  /** The first characters, to tell keys apart. */
  prefix: z.string(),
  seats: Count,
  used: Count,
  allowedCidr: z.string().nullable(),
  createdAt: Instant,
  createdBy: PersonName,
  expiresAt: Instant,
  revokedAt: Instant.nullable(),
  lastUsedAt: Instant.nullable(),
  state: z.enum(['active', 'expired', 'exhausted', 'revoked']),
});
export type EnrolmentKey = z.infer<typeof EnrolmentKey>;

export const enrolmentKeyFields: Fields = {
  name: { kind: 'text', isSortable: true },
  organization: { kind: 'text', isSortable: true },
  organizationId: { kind: 'text' },
  createdAt: { kind: 'time', isSortable: true },
  expiresAt: { kind: 'time', isSortable: true },
  used: { kind: 'number', isSortable: true },
  state: { kind: 'choice', choices: ['active', 'expired', 'exhausted', 'revoked'] },
};

export const NewEnrolmentKey = z.strictObject({
  name: Name,
  /** Without it the one that the group lies in: who looks after a group alone knows no other. */
  organizationId: OrganizationId.exactOptional(),
  groupId: GroupId.exactOptional(),
  seats: z.int().min(1).max(1_000_000).default(50),
  expiresInHours: z.int().min(1).max(8_760).default(24),
  allowedCidr: z.string().max(49).exactOptional(),
});

const KeyParams = z.strictObject({ id: z.uuid() });

export const enrolmentKeyRoutes = {
  list: route({
    method: 'GET',
    path: '/v1/enrolment-keys',
    summary: 'Enrolment keys',
    query: ListQuery,
    response: pageOf(EnrolmentKey),
    permission: 'enrolment-keys:read',
  }),
  create: route({
    method: 'POST',
    path: '/v1/enrolment-keys',
    summary: 'Make an enrolment key; its value is shown once',
    body: NewEnrolmentKey,
    /** `command` is the one line to run on a device. */
    response: z.strictObject({
      enrolmentKey: EnrolmentKey,
      value: z.string(),
      command: z.string(),
    }),
    status: 201,
    permission: 'enrolment-keys:create',
  }),
  read: route({
    method: 'GET',
    path: '/v1/enrolment-keys/:id',
    summary: 'One enrolment key',
    params: KeyParams,
    response: EnrolmentKey,
    permission: 'enrolment-keys:read',
  }),
  revoke: route({
    method: 'DELETE',
    path: '/v1/enrolment-keys/:id',
    summary: 'Revoke an enrolment key',
    params: KeyParams,
    response: EnrolmentKey,
    permission: 'enrolment-keys:revoke',
  }),
};
