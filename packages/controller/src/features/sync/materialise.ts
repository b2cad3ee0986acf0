import type { Database, Transaction } from '../../platform/database.ts';
import type { Applied, AppliedHook } from './applied.ts';
import { asideRepository } from './aside-repository.ts';
import { tellCascade } from './cascade.ts';
import type { Codecs } from './codecs.ts';
import type { OnChanged, RowChange } from './deps.ts';
import { resolveLoose } from './loose.ts';
import { referenceStore } from './references/repository.ts';
import { typedRepository } from './typed-repository.ts';
import type { SyncType } from './types/index.ts';
import { knownPart, writeOf, type Write } from './write.ts';
import { removeRows, writeRows } from './writer.ts';

/** What writing rows of others needs. */
export interface MaterialiseDeps {
  /** What is known here: rows of other types are kept as they came, and written into no table. */
  readonly types: readonly SyncType[];
  readonly codecs: Codecs;
  /** Whether this controller writes the stream. */
  readonly isOwn: (stream: string) => boolean;
  /** Whether this controller decides: it says what goes with what others deleted. */
  readonly isDecider: () => boolean;
  readonly onApplied: AppliedHook;
}

/** Rows that could not be written and are tried again with one page: more than a page brings along. */
const RETRIES_MAX = 100;

/**
 * Writes rows of the chain into the tables of the features: parents first, what is gone last. A row
 * that cannot be written is set aside with the reason and tried again with the next page; the others
 * go on.
 */
export function createMaterialiser(deps: MaterialiseDeps): OnChanged {
  const { types } = deps;
  return async (tx, changes, { tenantId }) => {
    const repository = typedRepository(tx);
    await repository.setReplaying(true);
    const writes = await writesOf(deps, { tenantId, changes });
    await noteReplacedNames(tx, writes);
    const applied = [
      ...(await writeAll(tx, tenantId, writes)),
      ...(await removeAll(tx, { types, tenantId, changes, isDecider: deps.isDecider() })),
    ];
    await writeAll(tx, tenantId, orphansAmong(writes, changes));
    if (applied.length > 0) {
      applied.push(...(await retrySome(tx, { types, tenantId })));
      applied.push(...(await resolveLoose(tx, { types, tenantId }, applied)));
    }
    // What features write from here on is theirs, and captured.
    await repository.setReplaying(false);
    await deps.onApplied(tx, tenantId, applied);
  };
}

/** Tries some again of what was set aside: something may be here now that was missing. */
export async function retrySetAside(
  tx: Transaction,
  deps: Pick<MaterialiseDeps, 'types' | 'onApplied'>,
  tenantId: string,
): Promise<void> {
  const repository = typedRepository(tx);
  await repository.setReplaying(true);
  const applied = await retrySome(tx, { ...deps, tenantId });
  await repository.setReplaying(false);
  await deps.onApplied(tx, tenantId, applied);
}

/** Tries all of it again, once: a newer release may take what the one before could not write. */
export async function retryAllSetAside(
  database: Pick<Database, 'transact'>,
  deps: Pick<MaterialiseDeps, 'types' | 'onApplied'>,
  tenantId: string,
): Promise<void> {
  const count = await database.transact({ kind: 'sync' }, (tx) =>
    asideRepository(tx).count(tenantId),
  );
  for (let tried = 0; tried < count; tried += RETRIES_MAX) {
    await database.transact({ kind: 'sync' }, (tx) => retrySetAside(tx, deps, tenantId));
  }
}

/** What is to be written of each type, parents first. */
type Writes = readonly { readonly type: SyncType; readonly some: readonly Write[] }[];

async function writesOf(
  { types, codecs, isOwn }: MaterialiseDeps,
  { tenantId, changes }: { readonly tenantId: string; readonly changes: readonly RowChange[] },
): Promise<Writes> {
  const all: { type: SyncType; some: Write[] }[] = [];
  for (const type of types) {
    const some: Write[] = [];
    for (const { type: name, row, previous } of changes) {
      if (name !== type.name || !row) continue;
      some.push(await writeOf(type, { row, previous }, { tenantId, codecs, isOwn }));
    }
    if (some.length > 0) all.push({ type, some });
  }
  return all;
}

/** A thing may be called otherwise than its site called it. */
async function noteReplacedNames(tx: Transaction, writes: Writes): Promise<void> {
  for (const { type, some } of writes) {
    const names = some.flatMap(({ id, record, changed }) => {
      const { ref } = record;
      return typeof ref === 'string' && changed.includes('ref') ? [{ id, ref }] : [];
    });
    if (names.length > 0) await referenceStore(tx).noteReplaced(type, names);
  }
}

async function writeAll(tx: Transaction, tenantId: string, writes: Writes): Promise<Applied[]> {
  const applied: Applied[] = [];
  for (const { type, some } of writes)
    applied.push(...(await writeRows({ tx, tenantId, type }, some)));
  return applied;
}

/**
 * What was written and went at once with what it belongs to, which the same page removed: written again
 * it does not fit, and is set aside for people to see.
 */
function orphansAmong(writes: Writes, changes: readonly RowChange[]): Writes {
  const gone = new Set<unknown>(changes.flatMap(({ id, row }) => (row ? [] : [id])));
  if (gone.size === 0) return [];
  return writes.flatMap(({ type, some }) => {
    const columns = Object.entries(type.columns).flatMap(([name, { refersTo, isLoose }]) =>
      refersTo !== undefined && isLoose !== true ? [name] : [],
    );
    const orphans = some.filter(({ record }) => columns.some((name) => gone.has(record[name])));
    return orphans.length > 0 ? [{ type, some: orphans }] : [];
  });
}

async function removeAll(
  tx: Transaction,
  given: {
    readonly types: readonly SyncType[];
    readonly tenantId: string;
    readonly changes: readonly RowChange[];
    readonly isDecider: boolean;
  },
): Promise<Applied[]> {
  const { types, tenantId, changes, isDecider } = given;
  const applied: Applied[] = [];
  for (const type of types.toReversed()) {
    const gone = changes.flatMap(({ id, type: name, row, previous }) =>
      name === type.name && !row ? [{ id, scope: previous?.home ?? '' }] : [],
    );
    if (gone.length === 0) continue;
    if (isDecider) await tellCascade(tx, { types, tenantId, type, ids: gone.map(({ id }) => id) });
    applied.push(...(await removeRows({ tx, tenantId, type }, gone)));
  }
  return applied;
}

async function retrySome(
  tx: Transaction,
  { types, tenantId }: { readonly types: readonly SyncType[]; readonly tenantId: string },
): Promise<Applied[]> {
  const waiting = await asideRepository(tx).toRetry(tenantId, RETRIES_MAX);
  const applied: Applied[] = [];
  for (const type of types) {
    const writes = waiting.flatMap(({ type: name, write }) =>
      name === type.name && write ? [knownPart(type, write)] : [],
    );
    if (writes.length > 0) applied.push(...(await writeRows({ tx, tenantId, type }, writes)));
  }
  for (const type of types.toReversed()) {
    const gone = waiting.filter(({ type: name, write }) => name === type.name && !write);
    if (gone.length > 0) applied.push(...(await removeRows({ tx, tenantId, type }, gone)));
  }
  return applied;
}
