/**
 * Orders and the jobs they ask for: which order may run on this device, and running it with limits. It
 * owns the judgement of orders, the guards and the handlers, one a kind. It neither talks to the
 * controller nor keeps anything itself: that is the link's and the store's.
 */
export { createInbox, type Inbox, type InboxOptions } from './inbox.ts';
export {
  JobError,
  type JobContext,
  type JobHandler,
  type JobHandlers,
  type JobResult,
} from './job.ts';
export type { Whereabouts } from './guards.ts';
export { createRunner, type Runner, type RunnerOptions } from './runner.ts';
export { createDiscoveryHandler } from './handlers/discovery.ts';
export { createKillHandler } from './handlers/kill.ts';
export { createMalwareScanHandler } from './handlers/malware-scan.ts';
export { createPurgeHandler } from './handlers/purge.ts';
export { createQuarantineHandler } from './handlers/quarantine.ts';
export { createRestoreHandler } from './handlers/restore.ts';
export { createInventoryHandler } from './handlers/inventory.ts';
export { createPortScanHandler } from './handlers/port-scan.ts';
export type { ScanDeps, ScanEngine } from './handlers/scan.ts';
