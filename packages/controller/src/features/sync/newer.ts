import { outboxRepository } from './store/outbox-repository.ts';
import { typedRepository } from './typed-repository.ts';
import type { Target, Write } from './write.ts';

/**
 * What is to be written, without what somebody here has changed meanwhile: their change is committed and
 * not sealed, so the chain does not know it, and to write over it would show them for a moment, or a
 * device, what was before it. It is sealed behind what is written now, and what comes of it is told then.
 * Whoever is at it is waited for, and comes after this otherwise.
 */
export async function withoutNewer(
  { tx, tenantId, type }: Target,
  writes: readonly Write[],
): Promise<readonly Write[]> {
  await typedRepository(tx).lock(
    type,
    writes.map(({ record }) => record),
  );
  const waiting = await outboxRepository(tx, tenantId).waiting(writes.map(({ id }) => id));
  if (waiting.length === 0) return writes;
  const madeOrGone = new Set<string>();
  const newer = new Map<string, Set<string>>();
  for (const { rowId, kind, names } of waiting) {
    if (kind === 'create' || kind === 'delete') madeOrGone.add(rowId);
    const known = newer.get(rowId) ?? new Set();
    newer.set(rowId, known.union(new Set(kind === 'move' ? [...names, 'scope'] : names)));
  }
  return writes
    .filter(({ id }) => !madeOrGone.has(id))
    .map((write) => {
      const names = newer.get(write.id);
      if (!names) return write;
      const folds = Object.entries(write.folds).filter(([field]) => !names.has(field));
      const changed = write.changed.filter((column) => !names.has(column));
      return { ...write, changed, folds: Object.fromEntries(folds) };
    });
}
