import type { Alias, SealedOp, SyncResponse } from '@wardgrid/sync';
import type { Transaction } from '../../platform/database.ts';
import { doOwnTasks, type OwnTasks } from './own-ops.ts';
import type { Held, Parts } from './parts.ts';
import { logRepository } from './store/log-repository.ts';
import { opRepository } from './store/op-repository.ts';
import { rowRepository } from './store/row-repository.ts';
import { streamRepository, type StoredStream } from './store/stream-repository.ts';
import type { TenantState } from './store/tenant-repository.ts';
import { voucherRepository } from './store/voucher-repository.ts';
import { stateOf, type WorkingReplica } from './store/working-replica.ts';

/** What an answer is applied to. */
export interface Applying {
  readonly parts: Parts;
  readonly held: Held;
  readonly response: SyncResponse;
}

/** Writes back what an answer changed. How the tenant stands now; the caller keeps that. */
export async function saveReplica(
  tx: Transaction,
  given: Applying & { readonly tasks: OwnTasks },
  working: WorkingReplica,
): Promise<TenantState> {
  const { parts, held, response } = given;
  const { tenantId } = held.state;
  const next = stateOf(working.replica, held.state);
  const isTaken = isSnapshotTaken(working, response);
  const isFirst = isTaken && response.snapshot?.after === null;
  const state = isFirst ? { ...next, snapshotNumber: next.snapshotNumber + 1 } : next;
  // At once: while the database writes the rows, their decisions are put into words.
  const [floor] = await Promise.all([
    saveLog(tx, { given, cursor: state.cursor }, working),
    saveRows(tx, given, { working, snapshotNumber: state.snapshotNumber }),
  ]);
  if (isTaken && response.snapshot) {
    const ids = response.snapshot.rows.map(({ id }) => id);
    await rowRepository(tx, tenantId).markSeen(ids, state.snapshotNumber);
  }
  if (isFirst) await rowRepository(tx, tenantId).clearAliases();
  await rowRepository(tx, tenantId).writeAliases(toldAliases(working, response), state.cursor);
  await saveStreams(tx, { tenantId, response }, working);
  const { replica } = working;
  // Only what is undecided again is shown otherwise than before, until its rows have arrived.
  const onWritten = given.tasks.isRecall ? tellOf(tx, given, state) : () => Promise.resolve();
  await doOwnTasks(tx, { parts, tenantId, replica, onWritten }, given.tasks);
  const { stream, q, head } = replica;
  return { ...state, stream, q, head, floor };
}

function tellOf(tx: Transaction, { parts, held }: Applying, state: TenantState) {
  return (ops: readonly SealedOp[]): Promise<void> => {
    const changed = ops.map(({ op }) => [op.id, { type: op.type, previous: undefined }] as const);
    return parts.announcer.tell(tx, { state, topology: held.topology }, new Map(changed));
  };
}

/** Replaced ids that the answer brought. */
export function toldAliases(working: WorkingReplica, response: SyncResponse): readonly Alias[] {
  const isFirst = isSnapshotTaken(working, response) && response.snapshot?.after === null;
  return isFirst ? response.snapshot.aliases : working.aliases.written();
}

/** Whether a page of a snapshot was taken over: not one of another snapshot than is being taken. */
function isSnapshotTaken({ replica, isReplaced }: WorkingReplica, response: SyncResponse): boolean {
  if (!response.snapshot || response.status !== 'ok') return false;
  return isReplaced() || (replica.catchup?.seen.size ?? 0) > 0;
}

async function saveRows(
  tx: Transaction,
  { parts, held }: Applying,
  given: { readonly working: WorkingReplica; readonly snapshotNumber: number },
): Promise<void> {
  const { rows } = given.working;
  const repository = rowRepository(tx, held.state.tenantId);
  const removed = rows.removed();
  if (removed.length > 0) await repository.remove(removed);
  const written = rows.written();
  const { registry } = parts.deps;
  await repository.write(rows, { registry, snapshotNumber: given.snapshotNumber });
  const placed = written.filter(({ id, home }) => rows.before.get(id)?.home !== home);
  if (placed.length > 0) await opRepository(tx, held.state.tenantId).follow(placed);
}

async function saveStreams(
  tx: Transaction,
  given: { readonly tenantId: string; readonly response: SyncResponse },
  { replica, streams, isReplaced }: WorkingReplica,
): Promise<void> {
  const repository = streamRepository(tx, given.tenantId);
  const known = new Map(streams.map((one) => [one.stream, one]));
  const isBegun = isReplaced() && given.response.status === 'epoch';
  if (isReplaced()) await repository.clearDecided();
  if (isBegun) await repository.rewindRelayed();
  const changed = [...replica.history.decided].flatMap(([stream, { q, head, holes }]) => {
    const old = known.get(stream);
    const isRewound = isBegun && typeof old?.relayUpTo === 'number';
    const next: StoredStream = {
      stream,
      q,
      head,
      holes: [...holes],
      gapSince: null,
      usedNumber: null,
      relayUpTo: isRewound ? 0 : (old?.relayUpTo ?? null),
      relayHead: isRewound ? null : (old?.relayHead ?? null),
    };
    const isSame =
      !isReplaced() && old !== undefined && JSON.stringify(old) === JSON.stringify(next);
    return isSame ? [] : [next];
  });
  await repository.write(changed);
}

/**
 * Keeps decisions for those below; without anybody there, they take a snapshot when they come. Up to
 * where decisions are no longer listed.
 */
async function saveLog(
  tx: Transaction,
  { given: { held }, cursor }: { readonly given: Applying; readonly cursor: number },
  { replica, isReplaced }: WorkingReplica,
): Promise<number> {
  const { tenantId, node, floor, cursor: before } = held.state;
  const log = logRepository(tx, tenantId);
  const vouchers = voucherRepository(tx, tenantId);
  if (isReplaced()) {
    await log.clear();
    await vouchers.clear();
  }
  if (held.topology.hasChildren(node)) {
    await log.append(replica.history.entries, replica.history.marks);
    await vouchers.append(replica.history.vouchers);
    return replica.history.floor;
  }
  // There was somebody until now.
  if (floor < before) {
    await log.clear();
    await vouchers.clear();
  }
  return cursor;
}
