import {
  instantOf,
  type IdMapping,
  type ListQuery,
  type Page,
  type TenantId,
} from '@wardgrid/wire';
import type { Context } from '../../../platform/context.ts';
import type { Transaction } from '../../../platform/database.ts';
import { listSettings, transactAs, type Platform } from '../../../platform/services.ts';
import { NOUN_OF } from '../nouns.ts';
import type { NamedRow } from '../deps.ts';
import type { SyncType } from '../types/index.ts';
import { referenceRepository, referenceStore, type ReferenceRow } from './repository.ts';

/** Ids and references that became others, for people. */
export interface References {
  readonly list: (context: Context, query: ListQuery) => Promise<Page<IdMapping>>;
}

export function createReferences(platform: Platform): References {
  return {
    list: (context, query) =>
      transactAs(platform, { actor: context.actor, permission: 'sync:read' }, async (tx) => {
        const page = await referenceRepository(tx).list(query, listSettings(platform));
        return { ...page, data: page.data.map((row) => mappingOf(row)) };
      }),
  };
}

/** Rows that get their name at once; of more the rest follows with the next look. */
const NAMED_MAX = 2_000;

/**
 * Gives things the names that people use: those of the cloud, and until it has given one a provisional
 * name with the code of this controller. Null is the cloud, which needs none.
 */
export async function nameAll(
  tx: Transaction,
  { types, code }: { readonly types: readonly SyncType[]; readonly code: string | null },
): Promise<void> {
  const store = referenceStore(tx);
  for (const type of types) {
    if (type.referencePrefix === undefined) continue;
    await store.note(type, NAMED_MAX);
    if (code === null) continue;
    await store.makeProvisional(type, code, NAMED_MAX);
    await store.settle(type);
  }
  await store.noteMerged(NAMED_MAX);
}

/** Gives things made here their names at once: those of the cloud, and those that it lent. */
export async function giveNames(
  tx: Transaction,
  types: readonly SyncType[],
  names: readonly NamedRow[],
): Promise<void> {
  const byType = Map.groupBy(names, ({ type }) => type);
  for (const type of types) {
    const some = byType.get(type.name);
    if (some) await referenceStore(tx).give(type, some);
  }
}

/** Letters of a controller's name that its provisional references begin with. */
const CODE_LENGTH = 4;

/** The code of a controller: the first letters and digits of its name. */
export function codeOfName(name: string): string {
  const letters = name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
  return letters.slice(0, CODE_LENGTH) || 'SITE';
}

function mappingOf(row: ReferenceRow): IdMapping {
  return {
    id: row.id,
    tenantId: row.tenant_id as TenantId,
    scope: row.scope,
    noun: NOUN_OF[row.type]?.noun ?? row.type,
    given: row.given,
    entityId: row.row_id,
    provisionalRef: row.provisional_ref,
    ref: row.ref,
    isMerged: row.is_merged,
    at: instantOf(row.at),
  };
}
