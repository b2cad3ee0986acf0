/**
 * Synchronisation along the chain of command, on this controller's database. Owns the tables `sync_*`:
 * decided rows and the log that led there, ops of this controller and of those below it, how far each
 * stream is decided. What is decided and how is the business of `@wardgrid/sync`; this feature keeps it.
 * It must not know how messages travel, nor what a type of row means.
 */
export type {
  BaselinePlace,
  OnChanged,
  RowChange,
  SignedPlace,
  SyncCaller,
  SyncDeps,
  SyncTopology,
  TypedRow,
} from './deps.ts';
export { createSyncEngine, type SyncEngine, type SyncState } from './engine.ts';
export { createSeatLeases, type SeatLeases } from './leases/index.ts';
export { createTypedSide, type TypedSide, type TypedSideDeps } from './typed-side.ts';
export { SYNC_TYPES, type SyncType } from './types/index.ts';
export { codeOfName } from './references/service.ts';
export {
  createExchange,
  openVoucher,
  type ChainAlarm,
  type ExchangeDeps,
  type ExchangeFeature,
} from './exchange/index.ts';
export { mountStatusRoutes } from './status/routes.ts';
export { createStatus } from './status/service.ts';
