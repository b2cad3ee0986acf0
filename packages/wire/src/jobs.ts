import * as z from 'zod';
import { Selection } from './devices.ts';
import { DiscoveryArguments, PortScanArguments } from './discovery.ts';
import type { Fields } from './filters.ts';
import { InventorySection } from './inventory.ts';
import { ListQuery, pageOf } from './paging.ts';
import {
  Count,
  DeviceId,
  FilePath,
  Id,
  Instant,
  JobId,
  OrganizationId,
  PersonName,
  ScopePath,
  Sha256,
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

/** Most paths of one scan. */
const SCAN_PATHS_MAX = 32;

/** What a scan for malware looks at: places where malware starts, every local file, paths, or memory. */
export const MalwareScanArguments = z.strictObject({
  scope: z.enum(['quick', 'full', 'path', 'memory']),
  /** For `path` alone, at least one; otherwise empty. */
  paths: z.array(FilePath).max(SCAN_PATHS_MAX),
  /** How much of one core it may take. */
  cpuPercentMax: z.int().min(1).max(100),
});
export type MalwareScanArguments = z.infer<typeof MalwareScanArguments>;

export const QuarantineArguments = z.strictObject({
  path: FilePath,
  /** Only the file with this content is sealed; null: whatever is there. */
  sha256: Sha256.nullable(),
});

export const RestoreArguments = z.strictObject({
  entryId: Id,
  /** For how long the file is let alone after it is back; null: it is not. */
  exceptionDays: z.int().min(1).max(365).nullable(),
});

export const PurgeArguments = z.strictObject({ entryId: Id });

/** Largest process id of Linux (`/proc/sys/kernel/pid_max` on 64 bits). */
const PID_MAX = 4_194_304;

export const KillArguments = z.strictObject({
  pid: z.int().min(2).max(PID_MAX),
  /** The process as its event named it: a pid that was given to another since is not killed. */
  entityId: z.string().min(1).max(64),
});

/** What a job does, told apart by `kind`. */
export const JobTask = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('discovery'), arguments: DiscoveryArguments }),
  z.strictObject({ kind: z.literal('port-scan'), arguments: PortScanArguments }),
  z.strictObject({ kind: z.literal('inventory'), arguments: InventoryArguments }),
  z.strictObject({ kind: z.literal('malware-scan'), arguments: MalwareScanArguments }),
  z.strictObject({ kind: z.literal('quarantine'), arguments: QuarantineArguments }),
  z.strictObject({ kind: z.literal('restore'), arguments: RestoreArguments }),
  z.strictObject({ kind: z.literal('purge'), arguments: PurgeArguments }),
  z.strictObject({ kind: z.literal('kill'), arguments: KillArguments }),
]);
export type JobTask = z.infer<typeof JobTask>;
export const JobKind = z.enum([
  'discovery',
  'port-scan',
  'inventory',
  'malware-scan',
  'quarantine',
  'restore',
  'purge',
  'kill',
]);
export type JobKind = z.infer<typeof JobKind>;

/** Kinds that change a device: beside `jobs:create`, asking for one needs `devices:respond`. */
export const RESPONSE_JOB_KINDS: ReadonlySet<JobKind> = new Set([
  'quarantine',
  'restore',
  'purge',
  'kill',
]);

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
  createdBy: PersonName,
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
  z.strictObject({
    kind: z.literal('malware-scan'),
    scope: MalwareScanArguments.shape.scope.default('quick'),
    paths: MalwareScanArguments.shape.paths.default([]),
    cpuPercentMax: MalwareScanArguments.shape.cpuPercentMax.default(25),
  }),
  z.strictObject({
    kind: z.literal('quarantine'),
    path: FilePath,
    sha256: Sha256.nullable().default(null),
  }),
  z.strictObject({
    kind: z.literal('restore'),
    entryId: Id,
    exceptionDays: RestoreArguments.shape.exceptionDays.default(null),
  }),
  z.strictObject({ kind: z.literal('purge'), entryId: Id }),
  z.strictObject({ kind: z.literal('kill'), ...KillArguments.shape }),
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
      'scan-paths-invalid',
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
    problems: ['ports-invalid', 'scan-paths-invalid', 'limit-reached'],
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
