import type { Transaction } from '../../platform/database.ts';
import { cascadeRepository } from './cascade-repository.ts';
import type { SyncType } from './types/index.ts';

/**
 * Rows are about to go that a controller deleted which did not know all that belongs to them: what was
 * made or changed there meanwhile goes with them. The cloud says so along the chain, so that it goes
 * everywhere, and what people had written in it is told to them as lost. Those of the same deletion
 * that were known have gone before.
 */
export async function tellCascade(
  tx: Transaction,
  given: {
    readonly types: readonly SyncType[];
    readonly tenantId: string;
    readonly type: SyncType;
    readonly ids: readonly string[];
  },
): Promise<void> {
  const { tenantId, type: root, ids } = given;
  const repository = cascadeRepository(tx);
  const keys = await repository.keys();
  const gone = new Map<string, string[]>([[root.name, [...ids]]]);
  let isTold = false;
  // Parents stand before their children.
  for (const type of given.types) {
    for (const { child, column, parent } of keys) {
      const parents = gone.get(parent);
      if (child !== type.name || child === parent || !parents) continue;
      const told = await repository.wish(type, { column, tenantId, ids: parents });
      if (told.length === 0) continue;
      isTold = true;
      gone.set(child, [...new Set([...(gone.get(child) ?? []), ...told])]);
    }
  }
  if (isTold) await repository.wake(tenantId);
}
