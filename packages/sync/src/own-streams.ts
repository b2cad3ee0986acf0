import type { DecidedUpTo } from './log.ts';
import {
  anew,
  compareOps,
  EMPTY_HEAD,
  nodeOf,
  streamOf,
  type SealedOp,
  type StreamId,
} from './op.ts';
import { append, type Replica, type ReplicaTools, type Stretch } from './replica.ts';
import { CLOUD } from './scope.ts';

/** So often in a day a relay's word alone makes a node begin a stream: all above keep a line for each. */
export const RELAY_FORKS_MAX = 3;
const DAY_MS = 24 * 3_600_000;

/**
 * Whether to believe that this database is a copy. The cloud always; a relay a few times a day, so that a
 * site that is cut off goes on with a restored database, and nobody begins streams for ever.
 */
export function believesFork(replica: Replica, from: string, wallMs: number): boolean {
  if (from === CLOUD) return true;
  const lately = replica.relayForks.filter((at) => Math.abs(wallMs - at) < DAY_MS);
  if (lately.length >= RELAY_FORKS_MAX) return false;
  replica.relayForks = [...lately, wallMs];
  return true;
}

/**
 * Goes on in a new stream: this database is a copy or a step back of another that wrote under the old
 * name. What is not decided is written anew; its wishes keep their names, so none counts twice.
 */
export function fork(replica: Replica, tools: ReplicaTools): void {
  writeAnew(replica, [undecidedOf(replica.stream)], tools);
}

/** Everything of a stream that is not decided. */
function undecidedOf(stream: StreamId): Stretch {
  return { stream, after: 0, upTo: Number.POSITIVE_INFINITY, isArchiveToo: false };
}

/**
 * Takes over how far streams are decided. An own stream of which something else was decided than what
 * stands here shows that two databases wrote it: what is here is written anew, like numbers that the
 * cloud gave up.
 */
export function takeDecided(
  replica: Replica,
  marks: Iterable<readonly [StreamId, DecidedUpTo]>,
  tools: ReplicaTools,
): void {
  const stretches = [...marks].flatMap(([stream, decided]) => {
    if (nodeOf(stream) !== replica.node) return [];
    if (isForeign(replica, stream, decided)) return [undecidedOf(stream)];
    return stretchesAt(replica, stream, decided.holes);
  });
  if (stretches.length > 0) writeAnew(replica, stretches, tools);
}

/** Whether what was decided may be other than what is held under the same numbers. */
function isForeign(replica: Replica, stream: StreamId, { q, head }: DecidedUpTo): boolean {
  const waiting = replica.pending.filter(({ op }) => op.stream === stream);
  const isOwn = stream === replica.stream;
  if (!isOwn && waiting.length === 0) return false;
  const mine = [...waiting, ...replica.archive].find(
    ({ op }) => op.stream === stream && op.q === q,
  );
  if (mine) return mine.head !== head;
  // Somebody else had more decided of it, behind the same as what waits here or behind something else.
  return (isOwn && q > replica.q) || waiting.some(({ op }) => op.q < q);
}

/** Own ops at numbers that the cloud gave up. */
function stretchesAt(
  { pending, archive }: Replica,
  stream: StreamId,
  holes: ReadonlySet<number>,
): readonly Stretch[] {
  if (holes.size === 0) return [];
  return [...pending, ...archive].flatMap(({ op }) =>
    op.stream === stream && holes.has(op.q) ? [stretchAt(stream, op.q)] : [],
  );
}

function stretchAt(stream: StreamId, q: number): Stretch {
  return { stream, after: q - 1, upTo: q, isArchiveToo: true };
}

/**
 * Begins a stream with these own ops. Always a new one: behind what a stream holds already they would
 * count as later than that.
 */
export function writeAnew(
  replica: Replica,
  stretches: readonly Stretch[],
  tools: ReplicaTools,
): void {
  replica.stream = streamOf(replica.node, tools.newIncarnation());
  replica.q = 0;
  replica.head = EMPTY_HEAD;
  if (tools.ownOps) {
    tools.ownOps.writeAnew(stretches);
    return;
  }
  const isMeant = ({ op }: SealedOp, isArchived: boolean): boolean =>
    stretches.some(
      ({ stream, after, upTo, isArchiveToo }) =>
        op.stream === stream && op.q > after && op.q <= upTo && (isArchiveToo || !isArchived),
    );
  const { pending, archive } = replica;
  const meant = [
    ...archive.filter((sealed) => isMeant(sealed, true)),
    ...pending.filter((sealed) => isMeant(sealed, false)),
  ];
  replica.archive = archive.filter((sealed) => !isMeant(sealed, true));
  replica.pending = pending.filter((sealed) => !isMeant(sealed, false));
  const ordered = meant.toSorted((left, right) => compareOps(left.op, right.op));
  for (const { op } of ordered) append(replica, anew(op), { tools });
}

/** What a database holds of an own stream, next to how far a cloud that went back knows that. */
export interface HeldStream {
  readonly stream: StreamId;
  /** The head behind the last number that the cloud knows; undefined when that is not held. */
  readonly head: string | undefined;
  /** What the number behind it links to; undefined when that is not held. */
  readonly link: string | undefined;
  /** Everything behind what the cloud knows is held up to here. */
  readonly wholeUpTo: number;
  /** The highest number that was written. */
  readonly last: number;
  /** Numbers that the cloud gave up and that are held. */
  readonly holes: readonly number[];
}

/** What becomes of an own stream when the cloud went back. */
export interface Recalled {
  readonly stream: StreamId;
  /** Archived ops with `after < q ≤ upTo` are undecided again. */
  readonly after: number;
  readonly upTo: number;
  /** What cannot be sent as it stands. */
  readonly anew: readonly Stretch[];
}

/**
 * What of a stream a cloud that went back must be told again. What links to what the cloud knows is sent
 * as it stands, whatever is behind a missing number is written anew. Where nothing links, the cloud heard
 * another database first that wrote under the same name: then any number that it knows may be the
 * other's, and all is written anew. What it does know it refuses by the name of the wish.
 */
export function recallOf(held: HeldStream, known: DecidedUpTo | undefined): Recalled {
  const { stream, wholeUpTo } = held;
  const after = known?.q ?? 0;
  const isLinked = !known || (held.head ?? held.link) === known.head;
  if (!isLinked) {
    const all = { stream, after: 0, upTo: Number.POSITIVE_INFINITY, isArchiveToo: true };
    return { stream, after, upTo: after, anew: [all] };
  }
  const anew = held.holes.map((q) => stretchAt(stream, q));
  if (held.last > wholeUpTo) {
    const upTo = Number.POSITIVE_INFINITY;
    anew.push({ stream, after: wholeUpTo, upTo, isArchiveToo: true });
  }
  return { stream, after, upTo: wholeUpTo, anew };
}

/** Makes undecided again what a cloud that went back may not know. */
export function recall(replica: Replica, tools: ReplicaTools): void {
  if (tools.ownOps) {
    tools.ownOps.recall();
    return;
  }
  const { archive, pending, history } = replica;
  const held = Map.groupBy([...archive, ...pending], ({ op }) => op.stream);
  if (!held.has(replica.stream)) held.set(replica.stream, []);
  const recalled = new Map(
    [...held].map(([stream, ops]) => {
      const known = history.decided.get(stream);
      return [stream, recallOf(heldIn(replica, { stream, ops }, known), known)] as const;
    }),
  );
  const isRecalled = ({ op: { stream, q } }: SealedOp): boolean => {
    const { after, upTo } = recalled.get(stream) ?? { after: 0, upTo: 0 };
    return q > after && q <= upTo;
  };
  replica.pending = [...archive.filter(isRecalled), ...pending];
  replica.archive = archive.filter((sealed) => !isRecalled(sealed));
  const anew = [...recalled.values()].flatMap((one) => one.anew);
  if (anew.length > 0) writeAnew(replica, anew, tools);
}

function heldIn(
  replica: Replica,
  { stream, ops }: { readonly stream: StreamId; readonly ops: readonly SealedOp[] },
  known: DecidedUpTo | undefined,
): HeldStream {
  const after = known?.q ?? 0;
  const isOwn = stream === replica.stream;
  const at = new Map(ops.map((sealed) => [sealed.op.q, sealed]));
  let wholeUpTo = after;
  while (at.has(wholeUpTo + 1)) wholeUpTo += 1;
  return {
    stream,
    head: isOwn && after === replica.q ? replica.head : at.get(after)?.head,
    link: at.get(after + 1)?.previousHead,
    wholeUpTo,
    last: isOwn ? replica.q : Math.max(...at.keys()),
    holes: [...at.keys()].filter((q) => known?.holes.has(q)),
  };
}
