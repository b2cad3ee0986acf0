import type { Authority } from './authority.ts';
import { hlcClamp } from './hlc.ts';
import { createHistory, decidedOf, noteDecided, rowsOf, type Entry, type History } from './log.ts';
import { applyOp, rejected, type Outcome } from './merge.ts';
import {
  latestStream,
  nodeOf,
  type LivingStream,
  type Op,
  type SealedOp,
  type StreamId,
} from './op.ts';
import { refOf } from './ids.ts';
import { rulesOf, type Registry } from './registry.ts';
import type { Row, RowSet } from './row.ts';
import { sees, type Topology } from './scope.ts';

/** What the cloud knows beside the history. One decider a tenant; `g` is its order. */
export interface Cloud {
  readonly history: History;
  /** Wishes that took effect or were refused behind `wishFloor`, so that none does twice. */
  readonly opIds: Map<string, number>;
  /** Wishes that were decided up to this decision are no longer known by name. */
  wishFloor: number;
  /** Streams of which something was written anew in another. */
  readonly left: Set<StreamId>;
  /** The last reference that was given. */
  lastRef: number;
  /** Since when a stream waits for a number that does not come. */
  readonly gapSince: Map<StreamId, number>;
  /** In which stream each node writes now. */
  readonly streams: Map<string, LivingStream>;
  /** The highest number that a stream gave of those that were lent to it. */
  readonly usedNumbers: Map<StreamId, number>;
}

/** A cloud that decided nothing. */
export function createCloud(): Cloud {
  return {
    history: createHistory(),
    opIds: new Map(),
    wishFloor: 0,
    left: new Set(),
    lastRef: 0,
    gapSince: new Map(),
    streams: new Map(),
    usedNumbers: new Map(),
  };
}

/** What deciding needs from outside. */
export interface DecideContext {
  readonly registry: Registry;
  readonly wallMs: number;
  /** The author's layer by its certificate. */
  readonly layerOf: (node: string) => number;
  /** What authors may do is checked by it; absent, everything is allowed. */
  readonly topology?: Topology;
  readonly isRevoked?: (node: string) => boolean;
  /** Where rows of a controller's own lie; absent: numbers of references are lent to nobody. */
  readonly homeOf?: (node: string) => string | undefined;
  /** Numbers that are lent at once. */
  readonly blockSize?: number;
  /** Rows by natural key and by reference, where the storage can look them up faster. */
  readonly lookups: Pick<RowSet, 'liveByKey' | 'referringTo'>;
}

/** What became of an op that reached the cloud. */
export type Verdict =
  | { readonly kind: 'decided'; readonly entry: Entry; readonly outcome: Outcome }
  /** It was decided before; or it waits for one before it. */
  | { readonly kind: 'duplicate' | 'gap' };

/** How long a gap of a replaced incarnation is waited for before it is given up, and written down. */
export const GAP_MS_MAX = 24 * 3_600_000;

/**
 * Decides an op: gives it a number, merges it, writes it down. Every op is decided once, also one
 * that is refused. The caller runs it in the transaction that holds the tenant's lock.
 */
export function decide(cloud: Cloud, sealed: SealedOp, context: DecideContext): Verdict {
  const { op } = sealed;
  const { history } = cloud;
  const turn = turnOf(cloud, sealed, context);
  if (turn === 'duplicate' || turn === 'gap') return { kind: turn };
  cloud.gapSince.delete(op.stream);
  const g = history.cursor + 1;
  const outcome = effectOf(cloud, op, { g, context });
  cloud.opIds.set(op.opId, cloud.opIds.get(op.opId) ?? g);
  if (op.from !== undefined && nodeOf(op.from) === nodeOf(op.stream)) cloud.left.add(op.from);
  const entry = entryOf(op, outcome, g);
  history.cursor = g;
  history.entries.push(entry);
  if (turn.isHole) fillHole(history, op);
  else
    noteDecided(history, { g, stream: op.stream, q: op.q, head: sealed.head, holes: turn.holes });
  return { kind: 'decided', entry, outcome };
}

/** Whether it is an op's turn; and numbers of its stream that are given up with it. */
type Turn =
  | 'duplicate'
  | 'gap'
  | { readonly isHole: boolean; readonly holes: readonly number[] | null };

function turnOf(cloud: Cloud, { op, previousHead }: SealedOp, context: DecideContext): Turn {
  const known = cloud.history.decided.get(op.stream);
  const last = known?.q ?? 0;
  if (op.q <= last) return known?.holes.has(op.q) ? { isHole: true, holes: null } : 'duplicate';
  if (op.q > last + 1) {
    const holes = givenUp(cloud, op, { last, context });
    return holes === 'waiting' ? 'gap' : { isHole: false, holes };
  }
  const isLinked = !known || known.head === previousHead;
  return isLinked || isOverdue(cloud, op, context) ? { isHole: false, holes: null } : 'gap';
}

/** Takes note of the stream that a node writes in now: its other ones are ended. */
export function noteStream({ streams }: Cloud, told: LivingStream): void {
  const node = nodeOf(told.stream);
  streams.set(node, latestStream(streams.get(node), told));
}

/**
 * The numbers that are given up, or that the op waits for them. Only a stream whose author writes in
 * a newer one is given up: an author that lives will fill its gap.
 */
function givenUp(
  cloud: Cloud,
  op: Op,
  { last, context }: { readonly last: number; readonly context: DecideContext },
): readonly number[] | 'waiting' {
  const living = cloud.streams.get(nodeOf(op.stream));
  if (!living || living.stream === op.stream) return 'waiting';
  if (!isOverdue(cloud, op, context)) return 'waiting';
  const holes = [...(cloud.history.decided.get(op.stream)?.holes ?? [])];
  for (let q = last + 1; q < op.q; q += 1) holes.push(q);
  return holes;
}

/**
 * Whether a stream waited long enough: for a number that does not come; or, when an op does not link to
 * the one that was decided before it, for its author, of whose database there are two, to write it anew.
 */
function isOverdue({ gapSince }: Cloud, { stream }: Op, { wallMs }: DecideContext): boolean {
  const since = gapSince.get(stream) ?? wallMs;
  gapSince.set(stream, since);
  return wallMs - since >= GAP_MS_MAX;
}

/** A number that had been given up came after all: its op is decided, its place no longer a hole. */
function fillHole(history: History, op: Op): void {
  const known = history.decided.get(op.stream);
  if (!known) return;
  const holes = new Set(known.holes);
  holes.delete(op.q);
  history.decided.set(op.stream, { ...known, holes });
}

function effectOf(
  cloud: Cloud,
  op: Op,
  { g, context }: { readonly g: number; readonly context: DecideContext },
): Outcome {
  if (cloud.opIds.has(op.opId)) {
    return { kind: 'rejected', reason: 'duplicate', id: op.id, lost: [] };
  }
  if (mayBeForgotten(cloud, op)) return rejected(op, 'too-late', { id: op.id });
  const { registry, wallMs, layerOf, lookups } = context;
  const layer = layerOf(nodeOf(op.stream));
  const rows: RowSet = { ...rowsOf(cloud.history, op.home ?? ''), ...lookups };
  const clamped = { ...op, hlc: hlcClamp(op.hlc, wallMs) };
  const outcome = applyOp(rows, clamped, {
    registry,
    g,
    layer,
    epoch: cloud.history.epoch,
    authority: authorityOf(context),
  });
  const isNew = outcome.kind === 'applied' && outcome.isCreated;
  return isNew ? named(cloud, outcome, { op, registry }) : outcome;
}

/**
 * Whether a wish may have been decided before and its name be forgotten. One comes twice only where it
 * was written anew: its place tells it apart in the stream that it was written into, but not there. And
 * what was decided up to the floor its author wrote before that.
 */
function mayBeForgotten({ wishFloor, left }: Cloud, { seen, from, stream }: Op): boolean {
  return seen < wishFloor && (from !== undefined || left.has(stream));
}

/** Forgets the names of wishes that were decided up to `floor`. */
export function forgetWishes(cloud: Cloud, floor: number): void {
  if (floor <= cloud.wishFloor || floor > cloud.history.cursor) return;
  cloud.wishFloor = floor;
  for (const [opId, g] of cloud.opIds) if (g <= floor) cloud.opIds.delete(opId);
}

function authorityOf({ topology, registry, isRevoked }: DecideContext): Authority | undefined {
  if (!topology) return undefined;
  return {
    isRevoked: isRevoked ?? (() => false),
    isHomeWithin: topology.isHomeWithin,
    sees: (node, place) => sees({ topology, registry }, node, place),
  };
}

/**
 * Gives a new row the reference that people use: numbers that were given are never given again. One that
 * its author gave out of what was lent to it stands, if that stream did not give it or a later one before.
 */
function named(
  cloud: Cloud,
  outcome: Extract<Outcome, { kind: 'applied' }>,
  { op, registry }: { readonly op: Op; readonly registry: Registry },
): Outcome {
  const prefix = rulesOf(registry, outcome.row.type)?.refPrefix;
  if (prefix === undefined) return outcome;
  const { number = 0, stream } = op;
  if (outcome.row.ref !== null && number > (cloud.usedNumbers.get(stream) ?? 0)) {
    cloud.usedNumbers.set(stream, number);
    return outcome;
  }
  cloud.lastRef += 1;
  const row: Row = { ...outcome.row, ref: refOf(prefix, cloud.lastRef) };
  cloud.history.rows.set(row.id, row);
  return { ...outcome, row };
}

function entryOf(op: Op, outcome: Outcome, g: number): Entry {
  const { lost } = outcome;
  const place = { g, stream: op.stream, q: op.q, home: op.home ?? '', type: op.type, lost };
  if (outcome.kind === 'rejected') {
    const nothing = { row: null, previousHome: null, alias: null, rewritten: [] };
    return { ...place, ...nothing, reason: outcome.reason };
  }
  const { row, previousHome, alias, rewritten } = outcome;
  const told = alias ? { ...alias, home: op.home ?? '' } : null;
  return { ...place, row, previousHome, alias: told, rewritten, reason: null };
}

/** How far numbers jump when the cloud comes back from a backup: more than it can have lost. */
const RESTORE_G_JUMP = 1_000_000;
const RESTORE_REF_JUMP = 1_000_000;

/**
 * Makes a cloud that was read from a backup fit to go on: a new epoch, and numbers that it cannot have
 * given since. `lastEpoch` is the newest that anybody knows.
 */
export function resumeFromBackup(cloud: Cloud, lastEpoch: number): void {
  const { history } = cloud;
  history.epoch = Math.max(history.epoch, lastEpoch) + 1;
  history.cursor += RESTORE_G_JUMP;
  history.floor = history.cursor;
  history.entries = [];
  history.marks = [];
  cloud.lastRef += RESTORE_REF_JUMP;
  cloud.gapSince.clear();
}

/** How far a stream is decided by this cloud. */
export function cloudReceived({ history }: Cloud, stream: StreamId): number {
  return decidedOf(history, stream);
}
