import type { Transaction } from '../../platform/database.ts';
import type { Applied } from './applied.ts';
import { looseRepository } from './loose-repository.ts';
import type { SyncType } from './types/index.ts';

/** A column that names what may come later, or never. */
interface LooseColumn {
  readonly type: SyncType;
  readonly column: string;
  readonly target: string;
}

/** References that one statement fills in. */
const RESOLVED_MAX = 5_000;

/** Fills in the references to what has just come, in rows that came before it. */
export async function resolveLoose(
  tx: Transaction,
  { types, tenantId }: { readonly types: readonly SyncType[]; readonly tenantId: string },
  applied: readonly Applied[],
): Promise<Applied[]> {
  const columns = looseColumns(types);
  const targets = new Set(columns.map(({ target }) => target));
  const made = applied.filter(({ type, kind }) => kind === 'created' && targets.has(type.name));
  if (made.length === 0) return [];
  // Mostly nobody waits for what has come.
  const all = made.map(({ id }) => id);
  const named = new Set(await looseRepository(tx).named(tenantId, all));
  const resolved: Applied[] = [];
  for (const loose of columns) {
    const ids = made.flatMap(({ type, id }) =>
      type.name === loose.target && named.has(id) ? [id] : [],
    );
    if (ids.length > 0) resolved.push(...(await resolveAll(tx, { ...loose, tenantId, ids })));
  }
  return resolved;
}

function looseColumns(types: readonly SyncType[]): LooseColumn[] {
  return types.flatMap((type) =>
    Object.entries(type.columns).flatMap(([column, { isLoose, refersTo }]) =>
      isLoose === true && refersTo !== undefined ? [{ type, column, target: refersTo }] : [],
    ),
  );
}

async function resolveAll(
  tx: Transaction,
  given: LooseColumn & { readonly tenantId: string; readonly ids: readonly string[] },
): Promise<Applied[]> {
  const { type, column, tenantId, ids } = given;
  const resolved: Applied[] = [];
  for (;;) {
    const some = await looseRepository(tx).resolve(given, { tenantId, ids, limit: RESOLVED_MAX });
    for (const { id, scope, value } of some) {
      const columns = new Set([column]);
      resolved.push({ type, id, kind: 'changed', scope, columns, values: { [column]: value } });
    }
    if (some.length < RESOLVED_MAX) return resolved;
  }
}
