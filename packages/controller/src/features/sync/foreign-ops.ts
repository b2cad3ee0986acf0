import { textOfOp, type Op, type Replica } from '@wardgrid/sync';
import type { Transaction } from '../../platform/database.ts';
import { opRepository } from './store/op-repository.ts';
import { rowRepository } from './store/row-repository.ts';

/** A row that an op is about. */
export interface OpRow {
  readonly id: string;
  readonly type: string;
}

/** What the upstream shows of elsewhere is exactly this. The rows for which that changed something. */
export async function replaceForeign(
  tx: Transaction,
  tenantId: string,
  ops: Replica['soft']['foreign'],
): Promise<readonly OpRow[]> {
  const repository = opRepository(tx, tenantId);
  const known = await repository.foreignOps();
  const told = new Map(ops.map((op) => [placeOf(op), op]));
  const same = new Set(
    known.flatMap((one) => {
      const op = told.get(placeOf(one));
      return op && textOfOp(op) === one.text ? [placeOf(one)] : [];
    }),
  );
  const gone = known.filter((one) => !same.has(placeOf(one)));
  const fresh = [...told].flatMap(([place, op]) => (same.has(place) ? [] : [op]));
  if (gone.length > 0) {
    const places = gone.map(({ stream, q }) => [stream, q] as const);
    await repository.remove(['foreign'], places);
  }
  await writeForeign(tx, tenantId, fresh);
  return [...gone.map(({ rowId, type }) => ({ id: rowId, type })), ...fresh];
}

function placeOf({ stream, q }: Pick<Op, 'stream' | 'q'>): string {
  return `${stream} ${q}`;
}

async function writeForeign(tx: Transaction, tenantId: string, ops: readonly Op[]): Promise<void> {
  if (ops.length === 0) return;
  const places = await rowRepository(tx, tenantId).placesOf(ops.map(({ id }) => id));
  await opRepository(tx, tenantId).write(
    'foreign',
    ops.map((op) => ({
      sealed: { op, previousHead: '', head: '' },
      place: places.get(op.id) ?? op.home,
    })),
  );
}
