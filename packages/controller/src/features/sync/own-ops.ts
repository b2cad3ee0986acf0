import { textOfOp, type Op, type Replica, type SealedOp } from '@wardgrid/sync';
import type { Transaction } from '../../platform/database.ts';
import type { Parts } from './parts.ts';
import { RUN_MAX } from './sealer.ts';
import { opRepository } from './store/op-repository.ts';
import { rowRepository } from './store/row-repository.ts';
import { writeOps, type WorkingReplica } from './store/working-replica.ts';

/** A row that an op is about. */
export interface OpRow {
  readonly id: string;
  readonly type: string;
}

/** Writes back own ops that were written into another stream, and takes out where they stood before. */
export async function saveOwnOps(
  tx: Transaction,
  given: { readonly parts: Parts; readonly tenantId: string },
  { replica, own }: WorkingReplica,
): Promise<void> {
  const { tenantId } = given;
  const known = new Set(own);
  const kept = new Set([...replica.pending, ...replica.archive]);
  const gone = own.filter((sealed) => !kept.has(sealed));
  const fresh = replica.pending.filter((sealed) => !known.has(sealed));
  if (gone.length === 0 && fresh.length === 0) return;
  const places = gone.map(({ op }) => [op.stream, op.q] as const);
  await opRepository(tx, tenantId).remove(['pending', 'archive'], places);
  await writeOps(tx, { tenantId, kind: 'pending' }, await signed(given, fresh));
}

/** Ops that were chained anew are signed in runs, as new ones are. */
async function signed(
  { parts, tenantId }: { readonly parts: Parts; readonly tenantId: string },
  ops: readonly SealedOp[],
): Promise<readonly SealedOp[]> {
  const all: SealedOp[] = [];
  for (const [index, { op, previousHead, head }] of ops.entries()) {
    const isEnd = index === ops.length - 1 || (index + 1) % RUN_MAX === 0;
    const place = { stream: op.stream, q: op.q, head };
    const signature = isEnd ? await parts.deps.signOps(tenantId, place) : null;
    all.push({ op, previousHead, head, ...(signature === null ? {} : { signature }) });
  }
  return all;
}

/** Own ops that the cloud no longer knows are undecided again. The rows they are about. */
export async function recall(tx: Transaction, tenantId: string): Promise<readonly OpRow[]> {
  return opRepository(tx, tenantId).recallArchive();
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
