import { asideRepository } from './aside-repository.ts';
import { attempt, reasonOf } from './attempt.ts';
import { settle } from './collision.ts';
import type { Transaction } from '../../platform/database.ts';
import type { Applied } from './applied.ts';
import { withoutNewer } from './newer.ts';
import { foldRepository } from './fold-repository.ts';
import { typedRepository } from './typed-repository.ts';
import { keyOf, type Target, type Write } from './write.ts';

/** Writes rows of one type, and sets aside what cannot be written. */
export async function writeRows(target: Target, wanted: readonly Write[]): Promise<Applied[]> {
  const { tx, tenantId, type } = target;
  const writes = await withoutNewer(target, wanted);
  if (writes.length === 0) return [];
  const created = new Set<string>();
  const note = async (some: readonly Write[]): Promise<void> => {
    for (const id of await write(target, some)) created.add(id);
  };
  const error = await attempt(tx, () => note(writes));
  const failed = error === null ? [] : await singly(tx, writes, note);
  const failedIds = new Set(failed.map(({ one }) => one.id));
  const written = writes.filter(({ id }) => !failedIds.has(id));
  await asideRepository(tx).forget(
    tenantId,
    type,
    written.map(({ id }) => id),
  );
  for (const { one, error: reason } of failed) {
    const isWritten = await settle(target, { one, error: reason, write: note });
    if (isWritten) written.push(one);
  }
  return written.map((one) => ({
    type,
    id: one.id,
    kind: created.has(one.id) ? 'created' : 'changed',
    scope: one.scope,
    columns: new Set([...one.changed, ...Object.keys(one.folds)]),
    values: one.record,
  }));
}

/** Removes rows; what others still hold on to is set aside. */
export async function removeRows(
  target: Target,
  gone: readonly { readonly id: string; readonly scope: string }[],
): Promise<Applied[]> {
  const { tx, tenantId, type } = target;
  const aside = asideRepository(tx);
  const remove = async (some: readonly { readonly id: string }[]): Promise<void> => {
    await typedRepository(tx).remove(
      type,
      some.map(({ id }) => keyOf(type, id)),
    );
  };
  const error = await attempt(tx, () => remove(gone));
  const failed = error === null ? [] : await singly(tx, gone, remove);
  for (const { one, error: reason } of failed) {
    await aside.putRemoval(tenantId, { type, ...one, reason: reasonOf(reason) });
  }
  const failedIds = new Set(failed.map(({ one }) => one.id));
  const removed = gone.filter(({ id }) => !failedIds.has(id));
  const ids = removed.map(({ id }) => id);
  await aside.forget(tenantId, type, ids);
  return removed.map(({ id, scope }) => ({
    type,
    id,
    kind: 'removed',
    scope,
    columns: new Set<string>(),
    values: {},
  }));
}

/** Says which rows were not there before. */
async function write({ tx, type }: Target, writes: readonly Write[]): Promise<Set<string>> {
  const repository = typedRepository(tx);
  const missing: Write[] = [];
  for (const { columns, group } of grouped(writes, ({ changed }) => changed)) {
    const known = new Set(await repository.update(type, columns, recordsOf(group)));
    missing.push(...group.filter(({ id }) => !known.has(id)));
  }
  // Of columns that are not known the table's defaults hold.
  for (const { columns, group } of grouped(missing, ({ record }) => Object.keys(record))) {
    await repository.insert(type, columns, recordsOf(group));
  }
  for (const [field, fold] of Object.entries(type.folds)) {
    const parents = writes.flatMap(({ id, folds }) => {
      const items = folds[field];
      return items ? [{ id, items }] : [];
    });
    if (parents.length > 0) await foldRepository(tx).replace(type, fold, parents);
  }
  return new Set(missing.map(({ id }) => id));
}

/** One by one, and again as long as one more passes: rows of a page may make room for each other. */
async function singly<T>(
  tx: Transaction,
  items: readonly T[],
  work: (some: readonly T[]) => Promise<void>,
): Promise<{ readonly one: T; readonly error: unknown }[]> {
  let failed: { one: T; error: unknown }[] = items.map((one) => ({ one, error: null }));
  for (let before = Infinity; failed.length > 0 && failed.length < before;) {
    before = failed.length;
    const again: typeof failed = [];
    for (const { one } of failed) {
      const error = await attempt(tx, () => work([one]));
      if (error !== null) again.push({ one, error });
    }
    failed = again;
  }
  return failed;
}

function recordsOf(writes: readonly Write[]): Write['record'][] {
  return writes.map(({ record }) => record);
}

/** Rows by the columns that a statement for them names. */
function grouped(
  writes: readonly Write[],
  columnsOf: (one: Write) => readonly string[],
): { readonly columns: readonly string[]; readonly group: readonly Write[] }[] {
  const groups = new Map<string, { columns: readonly string[]; group: Write[] }>();
  for (const one of writes) {
    const columns = columnsOf(one).toSorted();
    const key = columns.join(',');
    const known = groups.get(key) ?? { columns, group: [] };
    known.group.push(one);
    groups.set(key, known);
  }
  return [...groups.values()];
}
