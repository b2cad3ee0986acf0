import type { Transaction } from '../../platform/database.ts';
import type { Applied, AppliedHook } from './applied.ts';
import { asideRepository } from './aside-repository.ts';
import type { Codecs } from './codecs.ts';
import type { OnChanged, RowChange } from './deps.ts';
import { typedRepository } from './typed-repository.ts';
import { SYNC_TYPES } from './types/index.ts';
import { writeOf, type Write } from './write.ts';
import { removeRows, writeRows } from './writer.ts';

/** What writing rows of others needs. */
export interface MaterialiseDeps {
  readonly codecs: Codecs;
  /** Whether this controller writes the stream. */
  readonly isOwn: (stream: string) => boolean;
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
  return async (tx, changes, { tenantId }) => {
    const repository = typedRepository(tx);
    await repository.setReplaying(true);
    const applied = [
      ...(await writeAll(tx, deps, { tenantId, changes })),
      ...(await removeAll(tx, tenantId, changes)),
    ];
    if (applied.length > 0) applied.push(...(await retryAll(tx, tenantId)));
    // What features write from here on is theirs, and captured.
    await repository.setReplaying(false);
    await deps.onApplied(tx, tenantId, applied);
  };
}

/** Tries again what was set aside: something may be here now that was missing. */
export async function retrySetAside(
  tx: Transaction,
  deps: Pick<MaterialiseDeps, 'onApplied'>,
  tenantId: string,
): Promise<void> {
  const repository = typedRepository(tx);
  await repository.setReplaying(true);
  const applied = await retryAll(tx, tenantId);
  await repository.setReplaying(false);
  await deps.onApplied(tx, tenantId, applied);
}

async function writeAll(
  tx: Transaction,
  { codecs, isOwn }: MaterialiseDeps,
  { tenantId, changes }: { readonly tenantId: string; readonly changes: readonly RowChange[] },
): Promise<Applied[]> {
  const applied: Applied[] = [];
  for (const type of SYNC_TYPES) {
    const writes: Write[] = [];
    for (const change of changes) {
      const { row, previous } = change;
      if (change.type !== type.name || !row) continue;
      writes.push(await writeOf(type, { row, previous }, { tenantId, codecs, isOwn }));
    }
    if (writes.length > 0) applied.push(...(await writeRows({ tx, tenantId, type }, writes)));
  }
  return applied;
}

async function removeAll(
  tx: Transaction,
  tenantId: string,
  changes: readonly RowChange[],
): Promise<Applied[]> {
  const applied: Applied[] = [];
  for (const type of SYNC_TYPES.toReversed()) {
    const gone = changes.flatMap(({ id, type: name, row, previous }) =>
      name === type.name && !row ? [{ id, scope: previous?.home ?? '' }] : [],
    );
    if (gone.length > 0) applied.push(...(await removeRows({ tx, tenantId, type }, gone)));
  }
  return applied;
}

async function retryAll(tx: Transaction, tenantId: string): Promise<Applied[]> {
  const waiting = await asideRepository(tx).toRetry(tenantId, RETRIES_MAX);
  const applied: Applied[] = [];
  for (const type of SYNC_TYPES) {
    const writes = waiting.flatMap(({ type: name, write }) =>
      name === type.name && write ? [write] : [],
    );
    if (writes.length > 0) applied.push(...(await writeRows({ tx, tenantId, type }, writes)));
  }
  for (const type of SYNC_TYPES.toReversed()) {
    const gone = waiting.filter(({ type: name, write }) => name === type.name && !write);
    if (gone.length > 0) applied.push(...(await removeRows({ tx, tenantId, type }, gone)));
  }
  return applied;
}
