import { HLC_ZERO, hlcObserve, hlcTick, type Hlc } from './hlc.ts';
import { createHistory, decidedOf, type DecidedUpTo, type History } from './log.ts';
import {
  EMPTY_HEAD,
  nodeOf,
  sealOp,
  streamOf,
  type LivingStream,
  type Op,
  type SealedOp,
  type Sha256,
  type StreamId,
} from './op.ts';
import { isNamed, lendingIdOf, nextNumber } from './blocks.ts';
import type { Registry } from './registry.ts';
import { isWithin, type Topology } from './scope.ts';

/** What a relay holds of one stream of a descendant: numbers in any order until they are decided. */
export interface RelayedStream {
  /** Every number up to this one is here or decided. */
  upTo: number;
  /** The head at `upTo`, when it is known. */
  head: string | null;
  readonly ops: Map<number, SealedOp>;
}

/** Where a node stands in taking a snapshot. */
export interface Catchup {
  /** As of which decision; -1 before the first page. */
  at: number;
  after: string | null;
  readonly seen: Set<string>;
  readonly scopeVersion: number;
  /** How far streams are decided as of `at`: holds when the snapshot is whole. */
  decided: readonly (readonly [StreamId, DecidedUpTo])[];
  /** Whatever is here is replaced, also what looks newer: it is of another history. Null otherwise. */
  readonly turn: Turn | null;
}

/** What people see goes on while one history takes the place of another, row by row. */
export interface Turn {
  /** How far streams were decided in the history that ended: what its rows hold. */
  readonly before: ReadonlyMap<StreamId, number>;
  /** Rows that came with the history that begins. */
  readonly arrived: Set<string>;
}

/** What the upstream said it has: good for that upstream alone, and never a reason to forget. */
interface Receipts {
  upstream: string;
  readonly received: Map<StreamId, { readonly upTo: number; readonly extra: ReadonlySet<number> }>;
}

/** A controller below the cloud: everything it keeps on disk, and what it may forget (`soft`). */
export interface Replica {
  readonly node: string;
  stream: StreamId;
  /** The last number and head of the own stream. */
  q: number;
  head: string;
  hlc: Hlc;
  /** The last number that was given here out of what the cloud lent. */
  lastRef: number;
  readonly history: History;
  scopeVersion: number;
  /** Own ops that are not decided. */
  pending: SealedOp[];
  /** Own ops that are: sent again when the cloud comes back from a backup. */
  archive: SealedOp[];
  readonly relay: Map<StreamId, RelayedStream>;
  /** In which stream each descendant writes now, as far as it was told. */
  readonly streams: Map<string, LivingStream>;
  catchup: Catchup | null;
  /** When relays were believed that this database is a copy, by its own clock. */
  relayForks: readonly number[];
  /** Lost with the process, and with the upstream. */
  readonly soft: {
    foreign: readonly SealedOp[];
    receipts: Receipts;
    requestNumber: number;
    /** What is missed a relay cannot prove: the cloud is to be asked. */
    asksCloud: boolean;
  };
}

/** What a node needs from outside. */
export interface ReplicaTools {
  readonly wallMs: () => number;
  readonly newId: () => string;
  /** Random, 64 bits or more: a number that is counted would come back with an old database. */
  readonly newIncarnation: () => string;
  readonly sha256: Sha256;
  /** Absent where a replica holds its own ops in memory. */
  readonly ownOps?: OwnOps;
}

/** Own ops that are not held in memory: told what to do with them in the same transaction. */
export interface OwnOps {
  /** Writes these into the stream that was just begun. */
  readonly writeAnew: (stretches: readonly Stretch[]) => void;
  /** The history that begins may lack what was decided in the last one. */
  readonly recall: () => void;
}

/** Own ops of one stream by their numbers: `after < q ≤ upTo`. */
export interface Stretch {
  readonly stream: StreamId;
  readonly after: number;
  /** Infinity: to the end. */
  readonly upTo: number;
  /** Whether also ops that were decided. */
  readonly isArchiveToo: boolean;
}

/** A controller that just joined. */
export function createReplica(node: string, scopeVersion: number, tools: ReplicaTools): Replica {
  return {
    node,
    stream: streamOf(node, tools.newIncarnation()),
    q: 0,
    head: EMPTY_HEAD,
    hlc: HLC_ZERO,
    lastRef: 0,
    history: createHistory(),
    scopeVersion,
    pending: [],
    archive: [],
    relay: new Map(),
    streams: new Map(),
    catchup: null,
    relayForks: [],
    soft: {
      foreign: [],
      receipts: { upstream: '', received: new Map() },
      requestNumber: 0,
      asksCloud: false,
    },
  };
}

/** What somebody wants changed here. */
export type Wish = Pick<Op, 'kind' | 'type' | 'id' | 'fields' | 'by'> & { readonly home?: string };

/**
 * Writes a wish into the own stream. It holds here at once, and for all when it is decided. A new thing
 * gets a number of those that were lent, if any are left.
 */
export function write(
  replica: Replica,
  wish: Wish,
  { tools, registry }: { readonly tools: ReplicaTools; readonly registry: Registry },
): SealedOp {
  replica.hlc = hlcTick(replica.hlc, tools.wallMs());
  const { home, ...rest } = wish;
  return append(
    replica,
    {
      ...rest,
      opId: tools.newId(),
      hlc: replica.hlc,
      home: home ?? (wish.kind === 'create' ? replica.node : null),
      seen: replica.history.cursor,
      schemaVersion: 1,
    },
    { tools, number: isNamed(registry, wish) ? takeNumber(replica) : undefined },
  );
}

function takeNumber(replica: Replica): number | undefined {
  const { node, stream, history, lastRef } = replica;
  const row = history.rows.get(lendingIdOf(node));
  const number = nextNumber(row, { stream, epoch: history.epoch, last: lastRef });
  replica.lastRef = number ?? lastRef;
  return number;
}

/**
 * Puts an op behind what the own stream holds. A number that it had in another stream stays behind: another
 * database may have given it, too.
 */
export function append(
  replica: Replica,
  { number: _other, ...op }: Omit<Op, 'stream' | 'q'>,
  { tools, number }: { readonly tools: ReplicaTools; readonly number?: number | undefined },
): SealedOp {
  replica.q += 1;
  const named = number === undefined ? op : { ...op, number };
  const placed = { ...named, stream: replica.stream, q: replica.q };
  const sealed = sealOp(placed, replica.head, tools.sha256);
  replica.head = sealed.head;
  replica.pending.push(sealed);
  return sealed;
}

/** Whether it holds undecided ops of nodes that are no longer below it: only the cloud takes them. */
export function holdsOrphans({ relay, node }: Replica, topology: Topology): boolean {
  for (const [stream, { ops }] of relay) {
    if (ops.size > 0 && !isWithin(topology, nodeOf(stream), node)) return true;
  }
  return false;
}

/** Whether only the cloud can tell what is missed here: relays prove decisions, never rows as a whole. */
export function needsCloud({ catchup, soft }: Replica): boolean {
  return catchup !== null || soft.asksCloud;
}

/** Takes note of a moment from elsewhere. */
export function observe(replica: Replica, hlc: Hlc, wallMs: number): void {
  replica.hlc = hlcObserve(replica.hlc, hlc, wallMs);
}

/** Forgets what is decided: own ops go into the archive, those of others are gone. */
export function forgetDecided(replica: Replica): void {
  const isDecided = ({ op }: SealedOp): boolean => op.q <= decidedOf(replica.history, op.stream);
  replica.archive.push(...replica.pending.filter(isDecided));
  replica.pending = replica.pending.filter((sealed) => !isDecided(sealed));
  for (const [stream, relayed] of replica.relay) {
    const last = decidedOf(replica.history, stream);
    for (const q of relayed.ops.keys()) if (q <= last) relayed.ops.delete(q);
    if (relayed.ops.size === 0 && relayed.upTo <= last) replica.relay.delete(stream);
  }
}

/** Every number of a stream up to this one is here or decided. */
export function receivedUpTo({ relay, history }: Replica, stream: StreamId): number {
  return Math.max(relay.get(stream)?.upTo ?? 0, decidedOf(history, stream));
}
