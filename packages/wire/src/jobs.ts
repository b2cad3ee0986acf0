import * as z from 'zod';
import { Selection } from './devices.ts';
import { DiscoveryArguments, PortScanArguments } from './discovery.ts';
import type { Fields } from './filters.ts';
import { InventorySection } from './inventory.ts';
import { ListQuery, pageOf } from './paging.ts';
import {
  Count,
  DeviceId,
  Id,
  Instant,
  JobId,
  OrganizationId,
  ScopePath,
  TenantId,
} from './primitives.ts';
import { route } from './route.ts';

/** `queued → sent → running → succeeded / failed / expired / cancelled`; the last four are final. */
export const JobState = z.enum([
  'queued',
  'sent',
  'running',
  'succeeded',
  'failed',
  'expired',
  'cancelled',
]);
export type JobState = z.infer<typeof JobState>;
export const JOB_STATES_FINAL: ReadonlySet<JobState> = new Set([
  'succeeded',
  'failed',
  'expired',
  'cancelled',
]);

export const InventoryArguments = z.strictObject({
  sections: z.array(InventorySection).min(1).max(InventorySection.options.length),
});

/** What a job does, told apart by `kind`. */
export const JobTask = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('discovery'), arguments: DiscoveryArguments }),
  z.strictObject({ kind: z.literal('port-scan'), arguments: PortScanArguments }),
  z.strictObject({ kind: z.literal('inventory'), arguments: InventoryArguments }),
]);
export type JobTask = z.infer<typeof JobTask>;
export const JobKind = z.enum(['discovery', 'port-scan', 'inventory']);
export type JobKind = z.infer<typeof JobKind>;

export const JobProgress = z.strictObject({
  /** What it is doing: `hosts`, `names`, `ports`, `services`, `inventory`. */
  phase: z.string().max(40),
  done: Count,
  total: Count,
  found: Count,
  etaMs: Count.nullable(),
});
export type JobProgress = z.infer<typeof JobProgress>;

/** Numbers that sum up what a job did. */
export const JobSummary = z.record(z.string().max(40), z.number());

/** Work asked of a device. */
export const Job = z.strictObject({
  id: JobId,
  tenantId: TenantId,
  organizationId: OrganizationId,
  organizationName: z.string(),
  scope: ScopePath,
  deviceId: DeviceId,
  deviceName: z.string(),
  /** Jobs made by one request for many devices share it. */
  batchId: Id.nullable(),
  task: JobTask,
  state: JobState,
  progress: JobProgress.nullable(),
  summary: JobSummary.nullable(),
  /** Why it failed: a code, and words for the reader. */
  error: z.strictObject({ code: z.string(), detail: z.string() }).nullable(),
  isCancelRequested: z.boolean(),
  createdAt: Instant,
  createdBy: z.string(),
  sentAt: Instant.nullable(),
  startedAt: Instant.nullable(),
  finishedAt: Instant.nullable(),
  /** The device refuses it from then on. */
  expiresAt: Instant,
});
export type Job = z.infer<typeof Job>;

export const jobFields: Fields = {
  kind: { kind: 'choice', choices: JobKind.options, isSortable: true },
  state: { kind: 'choice', choices: JobState.options, isSortable: true },
  device: { kind: 'text', isSortable: true },
  deviceId: { kind: 'text' },
  batchId: { kind: 'text' },
  organization: { kind: 'text', isSortable: true },
  createdBy: { kind: 'text', isSortable: true },
  createdAt: { kind: 'time', isSortable: true },
  finishedAt: { kind: 'time', isSortable: true },
};

/** Longest life of an order: a week covers a device that is away over the holidays. */
const EXPIRES_IN_SECONDS_MAX = 7 * 86_400;

/** What to do, as a person asks for it: a scan of "its own network" names no network at all. */
export const NewJobTask = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('discovery'),
    /** Absent: the device's primary network ("Scan agent network"). */
    cidr: z.string().max(49).exactOptional(),
    ports: DiscoveryArguments.shape.ports.default('top'),
    engine: DiscoveryArguments.shape.engine,
    packetsPerSecond: DiscoveryArguments.shape.packetsPerSecond,
    /** Approve the network first, when the caller may. */
    isNetworkApproved: z.boolean().default(false),
    /** Needed for networks larger than /22. */
    isSizeConfirmed: z.boolean().default(false),
  }),
  z.strictObject({
    kind: z.literal('port-scan'),
    hosts: PortScanArguments.shape.hosts,
    ports: PortScanArguments.shape.ports.default('top'),
    engine: PortScanArguments.shape.engine,
    packetsPerSecond: PortScanArguments.shape.packetsPerSecond,
  }),
  z.strictObject({ kind: z.literal('inventory'), sections: InventoryArguments.shape.sections }),
]);
export type NewJobTask = z.infer<typeof NewJobTask>;

export const NewJob = z.strictObject({
  deviceId: DeviceId,
  task: NewJobTask,
  expiresInSeconds: z.int().min(10).max(EXPIRES_IN_SECONDS_MAX).default(86_400),
});
export type NewJob = z.infer<typeof NewJob>;

const Params = z.strictObject({ id: JobId });

export const jobRoutes = {
  list: route({
    method: 'GET',
    path: '/v1/jobs',
    summary: 'Jobs',
    query: ListQuery,
    response: pageOf(Job),
    permission: 'jobs:read',
  }),
  create: route({
    method: 'POST',
    path: '/v1/jobs',
    summary: 'Ask a device to do something',
    body: NewJob,
    response: Job,
    status: 202,
    permission: 'jobs:create',
    problems: [
      'device-without-network',
      'network-not-approved',
      'network-too-large',
      'network-size-unconfirmed',
      'network-out-of-reach',
      'ports-invalid',
      'limit-reached',
    ],
  }),
  createMany: route({
    method: 'POST',
    path: '/v1/jobs/bulk',
    summary: 'Ask many devices to do something',
    body: z.strictObject({
      selection: Selection,
      task: NewJobTask,
      expiresInSeconds: NewJob.shape.expiresInSeconds,
    }),
    response: z.strictObject({
      batchId: Id,
      jobs: Count,
      refused: z.array(z.strictObject({ deviceId: DeviceId, code: z.string() })),
    }),
    status: 202,
    permission: 'jobs:create',
    problems: ['ports-invalid', 'limit-reached'],
  }),
  read: route({
    method: 'GET',
    path: '/v1/jobs/:id',
    summary: 'One job',
    params: Params,
    response: Job,
    permission: 'jobs:read',
  }),
  cancel: route({
    method: 'POST',
    path: '/v1/jobs/:id/cancel',
    summary: 'Cancel a job',
    params: Params,
    response: Job,
    permission: 'jobs:cancel',
    problems: ['job-final'],
  }),
};
