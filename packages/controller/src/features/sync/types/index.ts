/**
 * What syncs: one declaration a table, in words of the table, from which come the merge rules of the
 * engine, the triggers that capture changes and the statements that write what others changed. It knows
 * the tables of all features by name, and none of their code.
 */
export { captureMigration, captureTriggers, type CaptureTrigger } from './capture.ts';
export { declarationsOf, type Declarations } from './declarations.ts';
export { registryOf } from './registry.ts';
export { SYNC_TYPES } from './all.ts';
export type { ColumnRule, Fold, SyncType, UniqueRule } from './type.ts';
