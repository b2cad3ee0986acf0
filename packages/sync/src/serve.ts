import { decide, noteStream, type Cloud, type DecideContext, type Verdict } from './decider.ts';
import { hlcClamp } from './hlc.ts';
import { decidedOf, type DecidedMark, type Entry, type History } from './log.ts';
import type {
  LogPage,
  SnapshotPage,
  StreamReceipt,
  SyncRequest,
  SyncResponse,
} from './messages.ts';
import { latestStream, nodeOf, type Op, type SealedOp, type StreamId } from './op.ts';
import type { Registry } from './registry.ts';
import { observe, receivedUpTo, type RelayedStream, type Replica } from './replica.ts';
import type { Row } from './row.ts';
import { CLOUD, isWithin, sees, type Placed, type Topology } from './scope.ts';

/** Who answers: the cloud, which decides, or a controller, which relays. */
export type Upstream =
  | { readonly kind: 'cloud'; readonly cloud: Cloud; readonly decideContext: DecideContext }
  | { readonly kind: 'controller'; readonly replica: Replica };

/** What answering needs. */
export interface ServeContext {
  readonly registry: Registry;
  readonly topology: Topology;
  readonly wallMs: number;
  /** Most entries or rows of one answer. */
  readonly rowsMax: number;
  /** Reads what `onVerdict` is to be told of a row before its op is decided. */
  readonly onBefore?: (op: Op) => Row | undefined;
  /** Told of every op that the cloud looked at. */
  readonly onVerdict?: (op: Op, verdict: Verdict, before: Row | undefined) => void;
}

/**
 * Answers a request: takes its ops, then reads what the caller misses, in one transaction, so that
 * the caller finds the verdicts on what it just sent in the same answer.
 */
export function serve(
  upstream: Upstream,
  request: SyncRequest,
  context: ServeContext,
): SyncResponse {
  const { response, mayRead } = receive(upstream, request, context);
  return mayRead ? { ...response, ...read(upstream, request, context) } : response;
}

/** What came of a request before anything is read for it. */
export interface Received {
  readonly response: SyncResponse;
  /** Whether the caller may be told what it misses. */
  readonly mayRead: boolean;
}

/** Takes what a request brings, the first half of an answer. */
export function receive(upstream: Upstream, request: SyncRequest, context: ServeContext): Received {
  const history = historyOf(upstream);
  const base: SyncResponse = {
    from: nameOf(upstream),
    requestNumber: request.requestNumber,
    epoch: history.epoch,
    scopeVersion: context.topology.scopeVersionOf(request.from),
    status: 'ok',
    received: [],
    page: null,
    snapshot: null,
    reset: null,
    foreign: null,
  };
  const refused = (more: Partial<SyncResponse>): Received => ({
    response: { ...base, ...more },
    mayRead: false,
  });
  if (request.epoch < history.epoch) {
    return refused({ status: 'epoch', reset: [...history.decided] });
  }
  if (request.epoch > history.epoch) return refused({ status: 'behind' });
  if (isForked(upstream, request)) return refused({ status: 'fork' });
  take(upstream, request, context);
  const received = receiptsOf(upstream, request);
  if (!canServe(upstream, request, context)) return refused({ status: 'behind', received });
  return { response: { ...base, received }, mayRead: true };
}

function historyOf(upstream: Upstream): History {
  return upstream.kind === 'cloud' ? upstream.cloud.history : upstream.replica.history;
}

function nameOf(upstream: Upstream): string {
  return upstream.kind === 'cloud' ? CLOUD : upstream.replica.node;
}

/** What is catching up, or knows an older tree than it should, would serve holes or strangers' rows. */
function canServe(
  upstream: Upstream,
  request: SyncRequest,
  { topology }: Pick<ServeContext, 'topology'>,
): boolean {
  if (request.scopeVersion > topology.scopeVersionOf(request.from)) return false;
  // Nothing at all would be taken for all there is.
  if (topology.isKnown?.(request.from) === false) return false;
  if (upstream.kind === 'cloud') return true;
  const { replica } = upstream;
  // Who was moved elsewhere sees what is not held here any more.
  if (!isWithin(topology, request.from, replica.node)) return false;
  return replica.catchup === null && replica.scopeVersion >= topology.scopeVersionOf(replica.node);
}

/** Whether the caller's own stream is not the one whose ops are held here. */
function isForked(upstream: Upstream, { claim, ops }: SyncRequest): boolean {
  const held = heldOf(upstream, claim.stream);
  if (claim.last < held.highest) return true;
  if (contradictsRelay(upstream, claim.stream, ops)) return true;
  if (held.head === null || held.upTo === 0) return false;
  if (claim.last === held.upTo) return claim.head !== held.head;
  const next = ops.find(({ op }) => op.stream === claim.stream && op.q === held.upTo + 1);
  return next !== undefined && next.previousHead !== held.head;
}

/** Whether ops are other than those held under the same numbers, or do not link to those beside them. */
function contradictsRelay(upstream: Upstream, stream: StreamId, ops: readonly SealedOp[]): boolean {
  const held = upstream.kind === 'cloud' ? undefined : upstream.replica.relay.get(stream)?.ops;
  if (!held || held.size === 0) return false;
  return ops.some(({ op, previousHead, head }) => {
    if (op.stream !== stream) return false;
    const [before, same, next] = [held.get(op.q - 1), held.get(op.q), held.get(op.q + 1)];
    if (same && same.head !== head) return true;
    if (before && before.head !== previousHead) return true;
    return next !== undefined && next.previousHead !== head;
  });
}

interface Held {
  readonly upTo: number;
  /** The head at `upTo`; null when it is not known. */
  readonly head: string | null;
  /** The highest number held, also behind a gap. */
  readonly highest: number;
}

function heldOf(upstream: Upstream, stream: StreamId): Held {
  const known = historyOf(upstream).decided.get(stream);
  if (upstream.kind === 'cloud') {
    const upTo = known?.q ?? 0;
    return { upTo, head: known?.head ?? null, highest: upTo };
  }
  const relayed = upstream.replica.relay.get(stream);
  const upTo = receivedUpTo(upstream.replica, stream);
  const highest = Math.max(upTo, ...(relayed?.ops.keys() ?? []));
  if (relayed && relayed.upTo === upTo) return { upTo, head: relayed.head, highest };
  return { upTo, head: known?.q === upTo ? known.head : null, highest };
}

function take(upstream: Upstream, request: SyncRequest, context: ServeContext): void {
  if (upstream.kind === 'cloud') {
    for (const stream of request.streams) {
      // Of a clock that runs a year ahead nothing is heard for a year, once it is set right.
      const at = hlcClamp(stream.at, upstream.decideContext.wallMs);
      noteStream(upstream.cloud, { ...stream, at });
    }
    for (const sealed of request.ops) {
      const before = context.onBefore?.(sealed.op);
      const verdict = decide(upstream.cloud, sealed, upstream.decideContext);
      context.onVerdict?.(sealed.op, verdict, before);
    }
    return;
  }
  const { replica } = upstream;
  for (const told of request.streams) {
    const node = nodeOf(told.stream);
    replica.streams.set(node, latestStream(replica.streams.get(node), told));
  }
  for (const [stream, q] of request.decided) skipTo(replica, stream, q);
  for (const sealed of request.ops) {
    // A controller relays for its own subtree; the cloud takes any op that its author signed.
    if (isWithin(context.topology, nodeOf(sealed.op.stream), request.from))
      keep(replica, sealed, context);
  }
}

/** The caller knows more to be decided than this relay was told: what lies below need not come. */
function skipTo(replica: Replica, stream: StreamId, q: number): void {
  if (q <= receivedUpTo(replica, stream)) return;
  const relayed = relayedOf(replica, stream);
  relayed.upTo = q;
  relayed.head = null;
  advance(relayed);
}

function relayedOf(replica: Replica, stream: StreamId): RelayedStream {
  const known = replica.relay.get(stream);
  if (known) return known;
  const decided = replica.history.decided.get(stream);
  const made = { upTo: decided?.q ?? 0, head: decided?.head ?? null, ops: new Map() };
  replica.relay.set(stream, made);
  return made;
}

function keep(replica: Replica, sealed: SealedOp, { wallMs }: ServeContext): void {
  const { stream, q, hlc } = sealed.op;
  if (q <= receivedUpTo(replica, stream)) return;
  const relayed = relayedOf(replica, stream);
  const decided = decidedOf(replica.history, stream);
  if (relayed.upTo < decided) {
    relayed.upTo = decided;
    relayed.head = replica.history.decided.get(stream)?.head ?? null;
  }
  relayed.ops.set(q, sealed);
  observe(replica, hlc, wallMs);
  advance(relayed);
}

/** Goes on over what links: an op of a database that went back waits for its author's word on it. */
function advance(relayed: RelayedStream): void {
  for (
    let next = relayed.ops.get(relayed.upTo + 1);
    next && (relayed.head === null || relayed.head === next.previousHead);
    next = relayed.ops.get(relayed.upTo + 1)
  ) {
    relayed.upTo += 1;
    relayed.head = next.head;
  }
}

function receiptsOf(upstream: Upstream, request: SyncRequest): StreamReceipt[] {
  const streams = new Set([
    ...request.decided.map(([stream]) => stream),
    ...request.ops.map(({ op }) => op.stream),
  ]);
  return [...streams].map((stream) => {
    if (upstream.kind === 'cloud') {
      return { stream, upTo: decidedOf(upstream.cloud.history, stream), extra: [] };
    }
    const { replica } = upstream;
    const upTo = receivedUpTo(replica, stream);
    const extra = [...(replica.relay.get(stream)?.ops.keys() ?? [])].filter((q) => q > upTo);
    return { stream, upTo, extra };
  });
}

/** The second half of an answer: decisions that the caller misses, or rows where those are no longer listed. */
export function read(
  upstream: Upstream,
  request: SyncRequest,
  context: ServeContext,
): Pick<SyncResponse, 'page' | 'snapshot' | 'foreign' | 'status'> {
  const history = historyOf(upstream);
  const mayFetch = (place: Placed): boolean => sees(context, request.from, place);
  const isBelow = (stream: StreamId): boolean =>
    isWithin(context.topology, nodeOf(stream), request.from);
  const reading: Reading = { context, mayFetch, isBelow };
  // Also a snapshot of what is older than what the caller has would take it back.
  if (request.cursor > history.cursor) {
    return { status: 'behind', page: null, snapshot: null, foreign: null };
  }
  const foreign = foreignFor(upstream, reading);
  if (request.catchup !== null || request.cursor < history.floor) {
    return {
      status: 'ok',
      page: null,
      snapshot: snapshotFor(history, request, reading),
      foreign,
    };
  }
  return {
    status: 'ok',
    page: pageFor(history, request, reading),
    snapshot: null,
    foreign,
  };
}

interface Reading {
  readonly context: ServeContext;
  readonly mayFetch: (place: Placed) => boolean;
  /** Whether a stream's author stands below the reader, or is it. */
  readonly isBelow: (stream: StreamId) => boolean;
}

/** Undecided ops from outside the caller's subtree: what its ancestors and siblings are about to change. */
function foreignFor(upstream: Upstream, { mayFetch, isBelow }: Reading): Op[] {
  if (upstream.kind === 'cloud') return [];
  const { pending, relay, soft, history } = upstream.replica;
  const relayed = [...relay.values()].flatMap(({ ops }) => [...ops.values()]);
  return [...[...pending, ...relayed].map(({ op }) => op), ...soft.foreign].filter((op) => {
    if (isBelow(op.stream)) return false;
    const places = placesOf(history, op);
    return places.length > 0 && places.every(mayFetch);
  });
}

/** Where the row of an op lies, and where the op wants it: all of it is told by showing the op. */
function placesOf({ rows }: History, { id, home, type }: Op): readonly Placed[] {
  const row = rows.get(id);
  return [...(row ? [row] : []), ...(home === null ? [] : [{ home, type: row?.type ?? type }])];
}

function pageFor(history: History, request: SyncRequest, reading: Reading): LogPage {
  const { context, mayFetch } = reading;
  const from = request.cursor;
  const entries: Entry[] = [];
  let upTo = history.cursor;
  for (const entry of history.entries.slice(firstAfter(history.entries, from))) {
    if (!isVisible(entry, reading)) continue;
    if (entries.length === context.rowsMax) {
      upTo = entries.at(-1)?.g ?? from;
      break;
    }
    entries.push(narrowed(entry, mayFetch));
  }
  const passed = history.marks.slice(firstAfter(history.marks, from)).filter(({ g }) => g <= upTo);
  return { from, upTo, entries, marks: latestMarks(passed) };
}

/** The last mark of each stream: a page is taken whole or not at all. */
function latestMarks(marks: readonly DecidedMark[]): DecidedMark[] {
  const latest = new Map<StreamId, DecidedMark>();
  for (const mark of marks) {
    const before = latest.get(mark.stream);
    if (before && before.q > mark.q) continue;
    // Numbers that were given up stay given up until somebody says otherwise.
    latest.set(mark.stream, { ...mark, holes: mark.holes ?? before?.holes ?? null });
  }
  return [...latest.values()].toSorted((left, right) => left.g - right.g);
}

/** The place of the first item behind `g` in items that are ordered by it. */
function firstAfter(items: readonly { readonly g: number }[], g: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((items[middle]?.g ?? 0) > g) high = middle;
    else low = middle + 1;
  }
  return low;
}

function isVisible(entry: Entry, { mayFetch, isBelow }: Reading): boolean {
  const { row, previousHome, alias, rewritten } = entry;
  // What was refused its author hears, and who stands above it.
  if (entry.lost.length > 0 && !row) return isBelow(entry.stream);
  if (row && mayFetch(row)) return true;
  if (row && previousHome !== null && mayFetch({ home: previousHome, type: row.type })) return true;
  if (alias && mayFetch({ home: alias.home, type: entry.type })) return true;
  return rewritten.some((one) => mayFetch(one));
}

/** The home of a row that left the reader's sight: nobody serves it. */
const ELSEWHERE = '0';

/**
 * An entry with what the reader must not see taken out: of a row that left its sight only the id is told,
 * of one that came into it not from where, and nothing of ids that others replaced.
 */
function narrowed(entry: Entry, mayFetch: Reading['mayFetch']): Entry {
  const { type, previousHome, alias } = entry;
  const isSeen = entry.row === null || mayFetch(entry.row);
  const isLeft = previousHome !== null && mayFetch({ home: previousHome, type });
  return {
    ...entry,
    row: entry.row && !isSeen ? evicted(entry.row) : entry.row,
    previousHome: isLeft ? previousHome : null,
    home: isSeen ? entry.home : ELSEWHERE,
    alias: alias && mayFetch({ home: alias.home, type }) ? alias : null,
    rewritten: entry.rewritten.filter((one) => mayFetch(one)),
    lost: isSeen ? entry.lost : [],
  };
}

function evicted(row: Row): Row {
  return { ...row, home: ELSEWHERE, ref: null, fields: {} };
}

function snapshotFor(
  history: History,
  request: SyncRequest,
  { context, mayFetch }: Reading,
): SnapshotPage {
  const asked = request.catchup;
  const canGoOn = asked !== null && asked.at >= history.floor && asked.at <= history.cursor;
  const at = canGoOn ? asked.at : history.cursor;
  const after = canGoOn ? asked.after : null;
  const rows = [...history.rows.values()]
    .filter((row) => mayFetch(row) && (after === null || row.id > after))
    .toSorted((left, right) => (left.id < right.id ? -1 : 1));
  const page = rows.slice(0, context.rowsMax);
  const next = rows.length > page.length ? (page.at(-1)?.id ?? null) : null;
  // A snapshot is as of its first page: what changes later comes with the log behind it.
  if (after !== null) return { at, after, rows: page, next, aliases: [], decided: null };
  const aliases = [...history.aliases.values()].filter(({ home, to }) => {
    const target = history.rows.get(to);
    return target !== undefined && mayFetch({ home, type: target.type });
  });
  return { at, after, rows: page, next, aliases, decided: [...history.decided] };
}
