import type { Fold, SyncType } from './type.ts';
import { SYNC_TYPES } from './all.ts';

/** One trigger of the database, as PostgreSQL tells of it. */
export interface CaptureTrigger {
  readonly table: string;
  readonly name: string;
  /** What the trigger function is told: see `sync_capture` and `sync_capture_fold`. */
  readonly arguments: readonly string[];
  readonly routine: 'sync_capture' | 'sync_capture_fold';
}

/** What fires a trigger, with the rows that it is shown. */
const EVENTS = {
  insert: 'new table as new_rows',
  update: 'old table as old_rows new table as new_rows',
  delete: 'old table as old_rows',
} as const;

/** Every trigger that the declaration asks for. */
export function captureTriggers(): CaptureTrigger[] {
  return SYNC_TYPES.flatMap((type) => [
    ...triggersOn(type.name, { routine: 'sync_capture', arguments: argumentsOf(type) }),
    ...Object.entries(type.folds)
      .filter(([, fold]) => fold.isToldByWorker !== true)
      .flatMap(([field, fold]) =>
        triggersOn(fold.table, {
          routine: 'sync_capture_fold',
          arguments: foldArgumentsOf(type, field, fold),
        }),
      ),
  ]);
}

/** The statements that make the triggers, for a migration. */
export function captureStatements(): string {
  return captureTriggers()
    .map(({ table, name, routine, arguments: given }) => {
      const event = name.replace('sync_capture_', '') as keyof typeof EVENTS;
      const quoted = given.map((argument) => `'${argument}'`).join(', ');
      return `create trigger ${name} after ${event} on ${table} referencing ${EVENTS[event]}\n  for each statement execute function ${routine}(${quoted});\n`;
    })
    .join('');
}

function triggersOn(
  table: string,
  given: Pick<CaptureTrigger, 'routine' | 'arguments'>,
): CaptureTrigger[] {
  return Object.keys(EVENTS).map((event) => ({ table, name: `sync_capture_${event}`, ...given }));
}

/** Type, key, where it lies, columns, those of them that are one document. */
function argumentsOf(type: SyncType): string[] {
  // Sorted, so that the order of the declaration is of no account.
  const names = Object.keys(type.columns).toSorted();
  const whole = names.filter((name) => type.columns[name]?.isWhole === true);
  return [type.name, listOf(type.key), type.home, listOf(names), listOf(whole)];
}

/** The parent's type, the field, the column that names the parent, what tells children apart, columns. */
function foldArgumentsOf(type: SyncType, field: string, fold: Fold): string[] {
  const names = [...fold.key, ...fold.columns];
  return [type.name, field, fold.parent, listOf(fold.key), listOf(names)];
}

function listOf(names: readonly string[]): string {
  return `{${names.join(',')}}`;
}
