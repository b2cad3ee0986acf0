import * as z from 'zod';
import { FILTER_LENGTH_MAX } from './paging.ts';
import { Count, Id, Instant, Name, Nothing } from './primitives.ts';
import { ScopeCounts } from './tenants.ts';
import { route } from './route.ts';

/** How one part of the controller is doing. */
export const DependencyState = z.strictObject({
  name: z.string(),
  state: z.enum(['ok', 'degraded', 'down']),
  detail: z.string(),
});

export const SystemHealth = z.strictObject({
  controllerId: Id,
  version: z.string(),
  role: z.enum(['cloud', 'local', 'sub-local']),
  startedAt: Instant,
  databaseVersion: z.string(),
  databaseBytes: Count,
  residentBytes: Count,
  connectedDevices: Count,
  exchangesPerMinute: z.number(),
  eventLoopDelayMs: z.number(),
  dependencies: z.array(DependencyState),
});
export type SystemHealth = z.infer<typeof SystemHealth>;

/** The numbers of an overview; each links to the list it counts. */
export const Overview = z.strictObject({
  counts: ScopeCounts,
  devicesByStatus: z.strictObject({
    online: Count,
    offline: Count,
    overdue: Count,
    unknown: Count,
  }),
  assetsByState: z.strictObject({ managed: Count, unmanaged: Count, stale: Count, ignored: Count }),
  findingsBySeverity: z.strictObject({
    info: Count,
    low: Count,
    medium: Count,
    high: Count,
    critical: Count,
  }),
  runningJobs: Count,
  /** Beyond the seats leased to their controllers. */
  graceDevices: Count,
  tenants: Count,
  organizations: Count,
});
export type Overview = z.infer<typeof Overview>;

export const SavedView = z.strictObject({
  id: Id,
  noun: z.string(),
  name: z.string(),
  filter: z.string(),
  sort: z.string().nullable(),
  columns: z.array(z.string()).nullable(),
  createdAt: Instant,
});
export type SavedView = z.infer<typeof SavedView>;

const Noun = z
  .string()
  .max(40)
  .regex(/^[a-z-]+$/);

export const platformRoutes = {
  health: route({
    method: 'GET',
    path: '/v1/system/health',
    summary: 'How this controller is doing',
    response: SystemHealth,
    permission: 'platform:read',
  }),
  overview: route({
    method: 'GET',
    path: '/v1/overview',
    summary: 'Counts of what the caller sees',
    response: Overview,
    permission: 'devices:read',
  }),
};

export const savedViewRoutes = {
  list: route({
    method: 'GET',
    path: '/v1/saved-views',
    summary: 'Own saved views',
    response: z.strictObject({ data: z.array(SavedView) }),
    permission: 'signed-in',
  }),
  create: route({
    method: 'POST',
    path: '/v1/saved-views',
    summary: 'Save a view of a list',
    body: z.strictObject({
      noun: Noun,
      name: Name,
      filter: z.string().max(FILTER_LENGTH_MAX),
      sort: z.string().max(60).nullable().default(null),
      columns: z.array(z.string().max(60)).max(60).nullable().default(null),
    }),
    response: SavedView,
    status: 201,
    permission: 'signed-in',
    problems: ['limit-reached'],
  }),
  delete: route({
    method: 'DELETE',
    path: '/v1/saved-views/:id',
    summary: 'Delete an own saved view',
    params: z.strictObject({ id: Id }),
    response: Nothing,
    status: 204,
    permission: 'signed-in',
  }),
};
