import { textOfOp, type Op, type Replica, type SealedOp } from '@wardgrid/sync';
import type { Transaction } from '../../platform/database.ts';
import { opRepository, type ForeignOp } from './store/op-repository.ts';
import { writeOps } from './store/working-replica.ts';

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
  const told = new Map(ops.map((sealed) => [placeOf(sealed.op), sealed]));
  const same = new Set(
    known.flatMap((one) => (isSame(told.get(placeOf(one)), one) ? [placeOf(one)] : [])),
  );
  const gone = known.filter((one) => !same.has(placeOf(one)));
  const fresh = [...told].flatMap(([place, sealed]) => (same.has(place) ? [] : [sealed]));
  if (gone.length > 0) {
    const places = gone.map(({ stream, q }) => [stream, q] as const);
    await repository.remove(['foreign'], places);
  }
  await writeOps(tx, { tenantId, kind: 'foreign' }, fresh);
  return [...gone.map(({ rowId, type }) => ({ id: rowId, type })), ...fresh.map(({ op }) => op)];
}

/** With the same proof, too: it is handed on with it. */
function isSame(told: SealedOp | undefined, { text, head, signature }: ForeignOp): boolean {
  if (told?.head !== head || told.signature !== signature) return false;
  return textOfOp(told.op) === text;
}

function placeOf({ stream, q }: Pick<Op, 'stream' | 'q'>): string {
  return `${stream} ${q}`;
}
