import {
  anew,
  append,
  compareOps,
  recallOf,
  writeAnew,
  type Replica,
  type ReplicaTools,
  type SealedOp,
  type Stretch,
} from '@wardgrid/sync';
import type { Transaction } from '../../platform/database.ts';
import type { Parts } from './parts.ts';
import { RUN_MAX } from './sealer.ts';
import { opRepository } from './store/op-repository.ts';
import { ownOpRepository, type StoredHeld } from './store/own-op-repository.ts';
import { writeOps } from './store/working-replica.ts';

/** What the rules want done with own ops, which they do not hold. */
export interface OwnTasks {
  readonly tools: ReplicaTools;
  /** Ops for the stream that was begun. */
  readonly anew: Stretch[];
  isRecall: boolean;
}

/** Tools that note what is to be done with own ops. */
export function ownTasks(tools: ReplicaTools): OwnTasks {
  const tasks: OwnTasks = {
    anew: [],
    isRecall: false,
    tools: {
      ...tools,
      ownOps: {
        writeAnew: (stretches) => void tasks.anew.push(...stretches),
        recall: () => void (tasks.isRecall = true),
      },
    },
  };
  return tasks;
}

interface Given {
  readonly parts: Parts;
  readonly tenantId: string;
}

/** Does with own ops what is to be done. The replica goes on in its stream behind what was written anew. */
export async function doOwnTasks(
  tx: Transaction,
  given: Given & { readonly replica: Replica; readonly onWritten: OnWritten },
  tasks: OwnTasks,
): Promise<void> {
  if (tasks.isRecall) await recall(tx, given, tasks);
  if (tasks.anew.length === 0) return;
  for await (const some of inClockOrder(tx, given, tasks.anew)) await writeSome(tx, given, some);
}

/** Told of ops that stand in another stream now. */
type OnWritten = (ops: readonly SealedOp[]) => Promise<void>;

/** What the cloud may have forgotten is undecided again, or to be written anew. */
async function recall(
  tx: Transaction,
  { parts, tenantId, replica }: Given & { readonly replica: Replica },
  { tools }: OwnTasks,
): Promise<void> {
  const ops = ownOpRepository(tx, tenantId);
  const recalled = (await ops.heldStreams(replica.stream)).map((held) => recalledOf(held, replica));
  await ops.recall(recalled);
  for (const { stream, after, upTo, anew: behind } of recalled) {
    // The signature that vouched for the last of them may stand at one that is written anew.
    if (behind.length === 0 || upTo === after) continue;
    for (const { head } of await opRepository(tx, tenantId).at(['pending'], [[stream, upTo]])) {
      const signature = await parts.deps.signOps(tenantId, { stream, q: upTo, head });
      if (signature !== null) await ops.sign({ stream, q: upTo, head }, signature);
    }
  }
  const stretches = recalled.flatMap((one) => one.anew);
  if (stretches.length > 0) writeAnew(replica, stretches, tools);
}

function recalledOf(held: StoredHeld, { stream, q, head }: Replica) {
  const { decided, decidedHead } = held;
  const known =
    decided === null || decidedHead === null
      ? undefined
      : { q: decided, head: decidedHead, holes: new Set(held.holes) };
  const isOwn = held.stream === stream;
  const atEnd = isOwn && (decided ?? 0) === q ? head : held.head;
  const last = isOwn ? q : held.last;
  return recallOf({ ...held, head: atEnd ?? undefined, link: held.link ?? undefined, last }, known);
}

/** Writes some behind what the own stream holds, and takes them out where they stood. */
async function writeSome(
  tx: Transaction,
  {
    parts,
    tenantId,
    replica,
    onWritten,
  }: Given & { readonly replica: Replica; readonly onWritten: OnWritten },
  some: readonly SealedOp[],
): Promise<void> {
  const fresh = some.map(({ op }) => append(replica, anew(op), { tools: parts.tools }));
  replica.pending = [];
  await opRepository(tx, tenantId).remove(
    ['pending', 'archive'],
    some.map(({ op }) => [op.stream, op.q] as const),
  );
  await writeOps(tx, { tenantId, kind: 'pending' }, await signed({ parts, tenantId }, fresh));
  await onWritten(fresh);
}

/** Ops that were chained anew are signed in runs, as new ones are. */
async function signed(
  { parts, tenantId }: Given,
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

/**
 * Own ops of several streams by their clocks, which within a stream only go on. Of each stream a page is
 * held in memory, however many wait.
 */
async function* inClockOrder(
  tx: Transaction,
  given: Given,
  stretches: readonly Stretch[],
): AsyncGenerator<readonly SealedOp[]> {
  const pageMax = given.parts.limits.rows;
  const sources = stretches.map((stretch) => source(tx, given, stretch));
  let page: SealedOp[] = [];
  for (;;) {
    const heads: { readonly take: () => void; readonly next: SealedOp }[] = [];
    for (const one of sources) {
      const next = await one.peek();
      if (next) heads.push({ take: one.take, next });
    }
    const first = heads.toSorted((left, right) => compareOps(left.next.op, right.next.op))[0];
    if (first) {
      first.take();
      page.push(first.next);
    }
    if (page.length === pageMax || (!first && page.length > 0)) {
      yield page;
      page = [];
    }
    if (!first) return;
  }
}

/** The ops of one stretch, one by one. */
function source(tx: Transaction, { parts, tenantId }: Given, stretch: Stretch) {
  const pageMax = parts.limits.rows;
  let { after } = stretch;
  let read: SealedOp[] = [];
  let isEnd = false;
  return {
    async peek(): Promise<SealedOp | undefined> {
      if (read.length === 0 && !isEnd) {
        read = await ownOpRepository(tx, tenantId).ownAfter(stretch, after, pageMax);
        isEnd = read.length < pageMax;
        after = read.at(-1)?.op.q ?? after;
      }
      return read[0];
    },
    take: () => void read.shift(),
  };
}
