/**
 * What the agent must not forget: who it is, where its link stands, what waits to be sent, which orders
 * it took. It owns the one database in the data folder and its contract; it knows neither how records
 * come to be nor how they travel, and never decides what an order means.
 */
export { OUTBOX_LIMITS, type OutboxLimits } from './drop-policy.ts';
export { openDataFolder, readDataFolder, type DataFolder } from './folder.ts';
export { createMemoryStore } from './memory.ts';
export { createSqliteStore } from './sqlite.ts';
export type {
  AgentStore,
  BatchLimits,
  Enrolment,
  Identity,
  InboxEntry,
  InboxState,
  KnownController,
  LinkState,
  NewRecord,
  OrderIntake,
  OutboxState,
  ReplyIntake,
  Settings,
} from './store.ts';
