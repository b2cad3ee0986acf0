import { baselineRepository } from './baseline-repository.ts';
import type { Codecs } from './codecs.ts';
import type { SyncDeps, TypedRow } from './deps.ts';
import type { SyncType } from './types/index.ts';

/** Reads all rows of a tenant for the first time, parents before what refers to them. */
export function baselineReader(
  types: readonly SyncType[],
  codecs: Pick<Codecs, 'outgoing'>,
): SyncDeps['baselineOf'] {
  return async (tx, { tenantId, after, limit }) => {
    const start = after === null ? 0 : types.findIndex(({ name }) => name === after.type);
    const read: TypedRow[] = [];
    for (const type of types.slice(start)) {
      const rows = await baselineRepository(tx).read(type, {
        tenantId,
        after: type.name === after?.type ? after.id : null,
        limit: limit - read.length,
      });
      for (const { id, home, fields } of rows) {
        const sealed = await codecs.outgoing(tenantId, { type: type.name, id, fields });
        read.push({ type: type.name, id, home, fields: sealed });
      }
      if (read.length >= limit) break;
    }
    return read;
  };
}
