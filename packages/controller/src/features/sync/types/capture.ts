import type { Fold, SyncType } from './type.ts';

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
export function captureTriggers(types: readonly SyncType[]): CaptureTrigger[] {
  return types.flatMap((type) => [
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

/**
 * A migration that makes the triggers what the declaration says: the function that makes them when the
 * first tenant begins to sync, and those that are there already.
 */
export function captureMigration(types: readonly SyncType[]): string {
  const statements = captureTriggers(types).map((trigger) => {
    const event = trigger.name.replace('sync_capture_', '') as keyof typeof EVENTS;
    const quoted = trigger.arguments.map((argument) => `'${argument}'`).join(', ');
    return `  create trigger ${trigger.name} after ${event} on ${trigger.table} referencing ${EVENTS[event]}
    for each statement execute function ${trigger.routine}(${quoted});`;
  });
  return `-- Made by scripts/capture.ts from controller/src/features/sync/types.
create or replace function sync_begin_capture() returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if exists (select from pg_trigger where tgname = 'sync_capture_insert' and not tgisinternal) then return; end if;
${statements.join('\n')}
end
$$;

do $$
declare
  made record;
begin
  if not exists (select from pg_trigger where tgname = 'sync_capture_insert' and not tgisinternal) then return; end if;
  for made in select tgname, tgrelid::regclass as target from pg_trigger where tgname like 'sync_capture_%' and not tgisinternal
  loop
    execute format('drop trigger %I on %s', made.tgname, made.target);
  end loop;
  perform sync_begin_capture();
end
$$;
`;
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
