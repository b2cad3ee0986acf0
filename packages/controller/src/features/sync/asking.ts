import { requestOf, textOfOp, type Replica, type SealedOp, type SyncRequest } from '@wardgrid/sync';
import type { Transaction } from '../../platform/database.ts';
import type { Changed } from './changes.ts';
import { hold, type Held, type Parts } from './parts.ts';
import { sealSome } from './sealer.ts';
import { opRepository, type OpRange } from './store/op-repository.ts';
import { streamRepository } from './store/stream-repository.ts';
import { tenantRepository } from './store/tenant-repository.ts';
import { fillStreams, replicaOf, stateOf } from './store/working-replica.ts';

/** Streams of which one request brings ops: each can then bring a whole signed run. */
const STREAMS_MAX = 15;

/** What to ask an upstream next: what it does not have of what is undecided here, and what is missed. */
export function nextRequest(
  parts: Parts,
  tenantId: string,
  upstreamId: string,
): Promise<SyncRequest> {
  return parts.platform.database.transact({ kind: 'sync' }, async (tx) => {
    const locked = await hold(tx, parts, tenantId);
    const sealed = await sealSome(tx, parts, locked);
    const held = { ...locked, state: sealed.state };
    const { topology } = held;
    const replica = replicaOf(held.state);
    const isNew = replica.soft.receipts.upstream !== upstreamId;
    if (isNew) replica.soft.receipts = { upstream: upstreamId, received: new Map() };
    const { catchup } = replica;
    await fillUnsent(tx, { parts, held }, replica);
    const request = requestOf(replica, upstreamId, {
      registry: parts.deps.registry,
      topology,
      tools: parts.tools,
      opsMax: parts.limits.ops,
      openVoucher: (sealed) => parts.deps.openVoucher(tenantId, sealed),
      isSigned: topology.isSigned,
    });
    const state = stateOf(replica, held.state);
    await tenantRepository(tx).save(state);
    const gone = isNew || replica.catchup !== catchup ? await dropForeign(tx, tenantId) : new Map();
    // A request that is forgotten is asked again, under the same number: its answer is still the answer.
    if (sealed.count === 0 && gone.size === 0) await tenantRepository(tx).needNotLast();
    await parts.announcer.tell(tx, { state, topology }, new Map([...sealed.stale, ...gone]));
    return { ...request, ops: bounded(request.ops, parts.limits.bytes) };
  });
}

/** What the old upstream showed of elsewhere is forgotten. */
async function dropForeign(tx: Transaction, tenantId: string): Promise<Changed> {
  const gone = await opRepository(tx, tenantId).clearForeign();
  return new Map(gone.map(({ rowId, type }) => [rowId, { type, previous: undefined }]));
}

/** Streams with something to send, and the first of each that the upstream does not have. */
export async function fillUnsent(
  tx: Transaction,
  { parts, held }: { readonly parts: Parts; readonly held: Held },
  replica: Replica,
): Promise<void> {
  const { tenantId } = held.state;
  const repository = opRepository(tx, tenantId);
  const own = await repository.pendingStreams();
  const streams = streamRepository(tx, tenantId);
  const relayed = await streams.relayed();
  const others = [...new Set([replica.stream, ...own])];
  fillStreams(replica, [...relayed, ...(await streams.byNames(others))]);
  for (const [node, living] of await streams.living()) replica.streams.set(node, living);
  const ranges = [
    ...own.map((stream) => rangeOf(replica, 'pending', stream)),
    ...relayed.map(({ stream }) => rangeOf(replica, 'relay', stream)),
  ];
  const waiting = await repository.nonEmpty(ranges);
  const chosen = inTurn(waiting, replica.soft.requestNumber + 1);
  for (const sealed of await repository.ranges(chosen, parts.limits.ops)) {
    const relay = replica.relay.get(sealed.op.stream);
    if (own.includes(sealed.op.stream)) replica.pending.push(sealed);
    else relay?.ops.set(sealed.op.q, sealed);
  }
}

function rangeOf(replica: Replica, kind: OpRange['kind'], stream: string): OpRange {
  const receipt = replica.soft.receipts.received.get(stream);
  return { kind, stream, after: receipt?.upTo ?? 0, extra: [...(receipt?.extra ?? [])] };
}

/** Some of many, others the next time. */
function inTurn<Item>(items: readonly Item[], turn: number): readonly Item[] {
  if (items.length <= STREAMS_MAX) return items;
  const start = (turn * STREAMS_MAX) % items.length;
  return [...items.slice(start), ...items.slice(0, start)].slice(0, STREAMS_MAX);
}

/** As many ops as one message takes; of streams that are signed, up to a signed one. */
function bounded(ops: readonly SealedOp[], bytesMax: number): readonly SealedOp[] {
  let bytes = 0;
  const fitting = ops.filter((sealed, index) => {
    bytes += textOfOp(sealed.op).length;
    return index === 0 || bytes <= bytesMax;
  });
  const signedUpTo = new Map<string, number>();
  for (const { op, signature } of fitting) {
    if (signature !== undefined)
      signedUpTo.set(op.stream, Math.max(op.q, signedUpTo.get(op.stream) ?? 0));
  }
  return fitting.filter(
    ({ op }) => op.q <= (signedUpTo.get(op.stream) ?? Number.POSITIVE_INFINITY),
  );
}
