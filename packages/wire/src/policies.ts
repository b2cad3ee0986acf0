import * as z from 'zod';
import type { Fields } from './filters.ts';
import { ListQuery, pageOf } from './paging.ts';
import {
  Count,
  DeviceId,
  Id,
  Instant,
  Name,
  Nothing,
  OrganizationId,
  PersonName,
  Reference,
  ScopePath,
  TenantId,
} from './primitives.ts';
import { ProtectionPolicy } from './protection.ts';
import { route } from './route.ts';

const all = ProtectionPolicy.shape;

/** What a policy decides: only these fields; the others come from above. */
export const PolicyFields = z.strictObject({
  mode: all.mode.exactOptional(),
  strictPaths: all.strictPaths.exactOptional(),
  malwareAction: all.malwareAction.exactOptional(),
  killFrom: all.killFrom.exactOptional(),
  confidenceMin: all.confidenceMin.exactOptional(),
  denyExecFromWorldWritable: all.denyExecFromWorldWritable.exactOptional(),
  denyOnTimeout: all.denyOnTimeout.exactOptional(),
  canaries: all.canaries.exactOptional(),
  /** Added to those from above; every other field replaces. */
  exclusions: all.exclusions.exactOptional(),
  schedules: all.schedules.exactOptional(),
  scanCpuPercentMax: all.scanCpuPercentMax.exactOptional(),
  eventStoreBytesMax: all.eventStoreBytesMax.exactOptional(),
  eventStoreDaysMax: all.eventStoreDaysMax.exactOptional(),
  quarantineBytesMax: all.quarantineBytesMax.exactOptional(),
  quarantineDaysMax: all.quarantineDaysMax.exactOptional(),
});
export type PolicyFields = z.infer<typeof PolicyFields>;

export const PolicyFieldName = z.enum([
  'mode',
  'strictPaths',
  'malwareAction',
  'killFrom',
  'confidenceMin',
  'denyExecFromWorldWritable',
  'denyOnTimeout',
  'canaries',
  'exclusions',
  'schedules',
  'scanCpuPercentMax',
  'eventStoreBytesMax',
  'eventStoreDaysMax',
  'quarantineBytesMax',
  'quarantineDaysMax',
]);
export type PolicyFieldName = z.infer<typeof PolicyFieldName>;

/** Where something holds: at a node of the scope tree and below it, or on one device. */
export const ScopeTarget = z.strictObject({
  kind: z.enum(['tenant', 'organization', 'group', 'device']),
  id: Id,
});
export type ScopeTarget = z.infer<typeof ScopeTarget>;

/** Fields that cannot be decided otherwise further down. */
const Locks = z.array(PolicyFieldName).max(PolicyFieldName.options.length);

/**
 * A change of a policy on its way through its devices: those of the ring run the newest version, the
 * others what held before.
 */
export const PolicyRollout = z.strictObject({
  /** What devices outside the ring run. */
  fromVersion: Count,
  /** So many of a hundred devices are in the ring, always the same first; nobody after a halt. */
  percent: z.int().min(0).max(99),
  startedAt: Instant,
  /** Why it was halted; null while it goes on. `trouble`: devices of the ring fared worse than others. */
  halt: z.enum(['person', 'trouble']).nullable(),
});
export type PolicyRollout = z.infer<typeof PolicyRollout>;

/** How the devices of a policy fare while it is rolled out. */
export const PolicyRing = z.strictObject({
  /** Devices for which the policy counts. */
  devices: Count,
  inRing: Count,
  /** Of the ring, those that say they run it. */
  running: Count,
  /** Of those that run it, and of those outside: whose protection is not wholly on. */
  runningTroubled: Count,
  outsideTroubled: Count,
});
export type PolicyRing = z.infer<typeof PolicyRing>;

/** What protection a node of the scope tree asks for; one a node. */
export const Policy = z.strictObject({
  id: Id,
  ref: Reference.exactOptional(),
  tenantId: TenantId,
  organizationId: OrganizationId.nullable(),
  deviceId: DeviceId.nullable(),
  /** Of the node; of a device's own policy, where the device lies. */
  scope: ScopePath,
  target: ScopeTarget,
  targetName: z.string(),
  name: z.string(),
  fields: PolicyFields,
  locks: z.array(PolicyFieldName),
  /** Grows with every change. */
  version: Count,
  /** Null: all devices run the newest version. */
  rollout: PolicyRollout.nullable(),
  createdAt: Instant,
  changedAt: Instant,
  changedBy: PersonName,
});
export type Policy = z.infer<typeof Policy>;

/** A policy as it was. */
export const PolicyVersion = z.strictObject({
  version: Count,
  name: z.string(),
  fields: PolicyFields,
  locks: z.array(PolicyFieldName),
  changedAt: Instant,
  changedBy: PersonName,
});
export type PolicyVersion = z.infer<typeof PolicyVersion>;

export const policyFields: Fields = {
  ref: { kind: 'text' },
  name: { kind: 'text', isSortable: true },
  kind: {
    kind: 'choice',
    choices: ScopeTarget.shape.kind.options,
    isSortable: true,
  },
  target: { kind: 'text', isSortable: true },
  changedAt: { kind: 'time', isSortable: true },
  changedBy: { kind: 'text', isSortable: true },
};

const NewPolicy = z.strictObject({
  name: Name,
  target: ScopeTarget,
  fields: PolicyFields,
  locks: Locks.default([]),
});

/** Where a value of an effective policy comes from. */
export const PolicyOrigin = z.strictObject({
  kind: z.enum(['default', 'tenant', 'organization', 'group', 'device']),
  /** Null for the default, and for a policy above what the reader sees. */
  policyId: Id.nullable(),
  name: z.string().nullable(),
});

/** One field of a device as it is and as it would be. */
const FieldChange = z.strictObject({
  field: PolicyFieldName,
  before: z.unknown(),
  after: z.unknown(),
});

/** What a device is to run, field by field. */
export const EffectivePolicy = z.strictObject({
  deviceId: DeviceId,
  policy: ProtectionPolicy,
  /** By field; the exclusions of several policies add up, and the last that added is named. */
  origins: z.record(
    PolicyFieldName,
    z.strictObject({
      origin: PolicyOrigin,
      /** Nothing further down can decide it. */
      isLocked: z.boolean(),
    }),
  ),
  /** Policies on the way, from the tenant down to the device, those that the reader sees. */
  policies: z.array(
    z.strictObject({
      id: Id,
      name: z.string(),
      kind: ScopeTarget.shape.kind,
      /** While it is rolled out: whether the device has the newest version, and how far it is. */
      rollout: z
        .strictObject({
          isInRing: z.boolean(),
          percent: PolicyRollout.shape.percent,
          halt: PolicyRollout.shape.halt,
        })
        .nullable(),
    }),
  ),
  /** What changes for it once everything that is being rolled out has reached it. */
  later: z.array(FieldChange),
  /** The version of the settings that carry it, and the one that the device says it runs. */
  settingsVersion: Count,
  runningVersion: Count,
});
export type EffectivePolicy = z.infer<typeof EffectivePolicy>;

/** How many devices a step reaches, and for how many of all it changes something. */
const PreviewStep = z.strictObject({ devices: Count, changed: Count });

/** What saving a policy would do. */
export const PolicyPreview = z.strictObject({
  /** Devices below the policy. */
  devices: Count,
  /** Those of them whose effective policy would be another, now or later. */
  changed: Count,
  /** Fields that this policy sets and that are locked above: they would have no effect. */
  lockedFields: z.array(PolicyFieldName),
  /** What saving it does at once, and what once it has reached all: nothing without a ring. */
  now: PreviewStep,
  later: PreviewStep,
  /** Some of the devices that change, each with what does at once and what once it has reached all. */
  samples: z.array(
    z.strictObject({
      deviceId: DeviceId,
      name: z.string(),
      isInRing: z.boolean(),
      now: z.array(FieldChange),
      later: z.array(FieldChange),
    }),
  ),
});
export type PolicyPreview = z.infer<typeof PolicyPreview>;

const Params = z.strictObject({ id: Id });

export const policyRoutes = {
  list: route({
    method: 'GET',
    path: '/v1/policies',
    summary: 'Policies',
    query: ListQuery,
    response: pageOf(Policy),
    permission: 'policies:read',
  }),
  create: route({
    method: 'POST',
    path: '/v1/policies',
    summary: 'Make the policy of a node of the scope tree or of a device',
    body: NewPolicy,
    response: Policy,
    status: 201,
    permission: 'policies:create',
    problems: ['policy-taken', 'policy-field-locked', 'policy-space-full'],
  }),
  read: route({
    method: 'GET',
    path: '/v1/policies/:id',
    summary: 'One policy',
    params: Params,
    response: Policy,
    permission: 'policies:read',
  }),
  update: route({
    method: 'PATCH',
    path: '/v1/policies/:id',
    summary: 'Change a policy: what is given replaces what was there',
    params: Params,
    body: z.strictObject({
      name: Name.exactOptional(),
      fields: PolicyFields.exactOptional(),
      locks: Locks.exactOptional(),
      /** Only so many of a hundred devices get it at first; all when absent. */
      rolloutPercent: z.int().min(1).max(99).exactOptional(),
    }),
    response: Policy,
    permission: 'policies:update',
    problems: ['policy-field-locked', 'policy-space-full'],
  }),
  rollOut: route({
    method: 'POST',
    path: '/v1/policies/:id/rollout',
    summary: 'Widen the ring of a policy that is being rolled out, to all with 100; halt it with 0',
    params: Params,
    body: z.strictObject({ percent: z.int().min(0).max(100) }),
    response: Policy,
    permission: 'policies:update',
    problems: ['policy-not-rolling'],
  }),
  ring: route({
    method: 'GET',
    path: '/v1/policies/:id/rollout',
    summary: 'How the devices of a policy fare while it is rolled out',
    params: Params,
    response: PolicyRing,
    permission: 'policies:read',
    problems: ['policy-not-rolling'],
  }),
  delete: route({
    method: 'DELETE',
    path: '/v1/policies/:id',
    summary: 'Delete a policy: what is above holds',
    params: Params,
    response: Nothing,
    status: 204,
    permission: 'policies:delete',
  }),
  versions: route({
    method: 'GET',
    path: '/v1/policies/:id/versions',
    summary: 'The last versions of a policy, newest first',
    params: Params,
    response: z.strictObject({ data: z.array(PolicyVersion) }),
    permission: 'policies:read',
  }),
  preview: route({
    method: 'POST',
    path: '/v1/policies/preview',
    summary: 'What saving a policy would change, without saving it',
    body: z.strictObject({
      target: ScopeTarget,
      fields: PolicyFields,
      locks: Locks.default([]),
      /** As with saving: only so many of a hundred devices get it at first. */
      rolloutPercent: z.int().min(1).max(99).exactOptional(),
    }),
    response: PolicyPreview,
    permission: 'policies:read',
  }),
  effective: route({
    method: 'GET',
    path: '/v1/devices/:id/policy',
    summary: 'The effective policy of a device, with where each field comes from',
    params: z.strictObject({ id: DeviceId }),
    response: EffectivePolicy,
    permission: 'policies:read',
  }),
};
