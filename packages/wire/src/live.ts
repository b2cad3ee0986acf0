import * as z from 'zod';
import { JobProgress } from './jobs.ts';
import { Id, Instant, ScopePath } from './primitives.ts';

/** What happened to which thing: a console fetches or drops the thing; only progress rides along. */
export const LiveEvent = z.strictObject({
  /** Grows; `Last-Event-ID` resumes after it. */
  id: z.string().max(40),
  at: Instant,
  tenantId: Id.nullable(),
  scope: ScopePath,
  noun: z.enum([
    'tenants',
    'organizations',
    'groups',
    'devices',
    'jobs',
    'networks',
    'assets',
    'findings',
    'incidents',
    'accounts',
    'enrolment-keys',
    'policies',
    'rules',
    'quarantine',
    'controllers',
    'join-tokens',
    'join-candidates',
    'conflicts',
  ]),
  verb: z.enum(['created', 'changed', 'removed', 'progress']),
  entityId: Id,
  progress: JobProgress.exactOptional(),
});
export type LiveEvent = z.infer<typeof LiveEvent>;

/** The server-sent event stream of the console, `text/event-stream` (WHATWG HTML 9.2). */
export const LIVE_STREAM_PATH = '/api/v1/live';
