/**
 * Everything that crosses a process boundary: schemas, routes, problems, permissions, the filter
 * grammar and the typed client. It owns the contract between our programs and nothing else;
 * it must not know how any of them works, nor touch a machine.
 */
export * from './accounts.ts';
export * from './announcements.ts';
export * from './client.ts';
export * from './controllers.ts';
export * from './devices.ts';
export * from './discovery.ts';
export * from './envelopes.ts';
export * from './events.ts';
export * from './filters.ts';
export * from './findings.ts';
export * from './incidents.ts';
export * from './inventory.ts';
export * from './jobs.ts';
export * from './join-candidates.ts';
export * from './join.ts';
export * from './link.ts';
export * from './live.ts';
export * from './paging.ts';
export * from './permissions.ts';
export * from './platform.ts';
export * from './policies.ts';
export * from './primitives.ts';
export * from './problems.ts';
export * from './protection.ts';
export * from './response.ts';
export * from './route.ts';
export * from './routes.ts';
export * from './rules.ts';
export * from './sessions.ts';
export * from './setup.ts';
export * from './sync.ts';
export * from './sync-frames.ts';
export * from './tenants.ts';
export * from './version.ts';
