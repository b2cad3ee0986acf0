import type { Cloud, DecideContext, Verdict } from './decider.ts';
import type { DecidedMark, Entry, History, Voucher } from './log.ts';
import type { LogPage, SnapshotPage, SyncRequest, SyncResponse } from './messages.ts';
import { nodeOf, type Op, type SealedOp, type Sha256, type StreamId } from './op.ts';
import type { Registry } from './registry.ts';
import type { Replica } from './replica.ts';
import type { Row } from './row.ts';
import { ELSEWHERE, isWithin, sees, type Placed, type Topology } from './scope.ts';
import { pageDigest } from './voucher.ts';

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
  readonly sha256: Sha256;
  /** Of the cloud: the controllers for which it vouches, where the caller stands above them. */
  readonly controllers?: () => readonly string[];
  /** Reads what `onVerdict` is to be told of a row before its op is decided. */
  readonly onBefore?: (op: Op) => Row | undefined;
  /** Told of every op that the cloud looked at. */
  readonly onVerdict?: (op: Op, verdict: Verdict, before: Row | undefined) => void;
  /** Told of numbers that the cloud lent. */
  readonly onLent?: (entry: Entry) => void;
}

/** What is decided, as whoever answers holds it. */
export function historyOf(upstream: Upstream): History {
  return upstream.kind === 'cloud' ? upstream.cloud.history : upstream.replica.history;
}

/** The second half of an answer: decisions that the caller misses, or rows where those are no longer listed. */
export function read(
  upstream: Upstream,
  request: SyncRequest,
  context: ServeContext,
): Pick<SyncResponse, 'page' | 'snapshot' | 'foreign' | 'status'> {
  const history = historyOf(upstream);
  const reading = readingOf(context, request.from);
  // Also a snapshot of what is older than what the caller has would take it back.
  if (request.cursor > history.cursor) {
    return { status: 'behind', page: null, snapshot: null, foreign: null };
  }
  const foreign = foreignFor(upstream, reading);
  const isSnapshot = request.catchup !== null || request.cursor < history.floor;
  if (upstream.kind === 'controller') {
    // Rows as a whole nobody below would believe.
    const page = isSnapshot ? null : relayedPage(history, request, reading);
    return { status: 'ok', page, snapshot: null, foreign };
  }
  if (isSnapshot) {
    const snapshot = snapshotFor(history, request, reading);
    return { status: 'ok', page: null, snapshot, foreign };
  }
  return { status: 'ok', page: vouchedPage(history, request, reading), snapshot: null, foreign };
}

interface Reading {
  readonly reader: string;
  readonly context: ServeContext;
  readonly mayFetch: (place: Placed) => boolean;
  /** Whether a stream's author stands below the reader, or is it. */
  readonly isBelow: (stream: StreamId) => boolean;
}

function readingOf(context: ServeContext, reader: string): Reading {
  return {
    reader,
    context,
    mayFetch: (place) => sees(context, reader, place),
    isBelow: (stream) => isWithin(context.topology, nodeOf(stream), reader),
  };
}

/**
 * Undecided ops of whoever answers and of those above it: what they order holds below while nobody can
 * decide. What others wish, who command nobody there, is told when it is decided.
 */
function foreignFor(upstream: Upstream, { mayFetch, isBelow }: Reading): SealedOp[] {
  if (upstream.kind === 'cloud') return [];
  const { pending, soft, history } = upstream.replica;
  return [...pending, ...soft.foreign].filter(({ op }) => {
    if (isBelow(op.stream)) return false;
    const places = placesOf(history, op);
    return places.length > 0 && places.every(mayFetch);
  });
}

/** Where the row of an op lies, and where the op wants it: all of it is told by showing the op. */
export function placesOf({ rows }: History, { id, home, type }: Op): readonly Placed[] {
  const row = rows.get(id);
  return [...(row ? [row] : []), ...(home === null ? [] : [{ home, type: row?.type ?? type }])];
}

/** A page by the cloud, with its word on what each controller below the reader sees of the same stretch. */
function vouchedPage(history: History, request: SyncRequest, reading: Reading): LogPage {
  const { context, reader } = reading;
  const { cursor: from } = request;
  const page = entriesIn(history, { from, upTo: pageEnd(history, request, context) }, reading);
  if (page.upTo === from) return page;
  const below = (context.controllers?.() ?? []).filter(
    (node) => node !== reader && isWithin(context.topology, node, reader),
  );
  const digest = pageDigest(page, context.sha256);
  const vouchers = below.map((node) => {
    const theirs = readingOf(context, node);
    const seen = entriesIn(history, page, theirs);
    // Who sees the same is told the same.
    const same = isSamePage(seen, page) ? digest : pageDigest(seen, context.sha256);
    return voucherOf(history, { page: seen, digest: same }, theirs);
  });
  return { ...page, vouchers: [voucherOf(history, { page, digest }, reading), ...vouchers] };
}

/** Whether two readers see the very same of one stretch; how far streams are decided, all do. */
function isSamePage(left: LogPage, right: LogPage): boolean {
  return (
    left.entries.length === right.entries.length &&
    left.entries.every((entry, index) => entry === right.entries[index])
  );
}

function voucherOf(
  history: History,
  { page, digest }: { readonly page: LogPage; readonly digest: string },
  { reader, context }: Reading,
): Voucher {
  const { topology, wallMs } = context;
  const word = {
    node: reader,
    epoch: history.epoch,
    from: page.from,
    upTo: page.upTo,
    scopeVersion: topology.scopeVersionOf(reader),
    digest,
    at: wallMs,
  };
  return { word, sealed: null };
}

/**
 * A page by a relay: a stretch for which the cloud vouched to the reader. Null where none is here, or
 * where what is here is not what the cloud would tell the reader: that the reader asks the cloud.
 */
function relayedPage(history: History, { cursor }: SyncRequest, reading: Reading): LogPage | null {
  const { context, reader } = reading;
  if (cursor === history.cursor) return emptyPage(cursor);
  const voucher = history.vouchers.findLast(
    ({ word }) => word.node === reader && word.from <= cursor && cursor < word.upTo,
  );
  if (!voucher) return null;
  const { word } = voucher;
  const scopeVersion = context.topology.scopeVersionOf(reader);
  if (word.scopeVersion !== scopeVersion || word.epoch !== history.epoch) return null;
  const page = entriesIn(history, word, reading);
  if (pageDigest(page, context.sha256) !== word.digest) return null;
  const vouchers = history.vouchers.filter(
    ({ word: { node, from, upTo } }) =>
      from === word.from && upTo === word.upTo && isWithin(context.topology, node, reader),
  );
  return { ...page, vouchers };
}

function emptyPage(cursor: number): LogPage {
  return { from: cursor, upTo: cursor, entries: [], marks: [], vouchers: [] };
}

interface Stretch {
  readonly from: number;
  readonly upTo: number;
}

/** Up to which decision one answer takes what its reader sees. */
export function pageEnd(
  history: History,
  { from, cursor }: Pick<SyncRequest, 'from' | 'cursor'>,
  context: ServeContext,
): number {
  const reading = readingOf(context, from);
  let count = 0;
  let last = cursor;
  for (const entry of history.entries.slice(firstAfter(history.entries, cursor))) {
    if (!isVisible(entry, reading)) continue;
    if (count === context.rowsMax) return last;
    count += 1;
    last = entry.g;
  }
  return history.cursor;
}

/** All that a reader sees of a stretch of decisions. */
function entriesIn(history: History, { from, upTo }: Stretch, reading: Reading): LogPage {
  const entries = history.entries
    .slice(firstAfter(history.entries, from), firstAfter(history.entries, upTo))
    .flatMap((entry) => (isVisible(entry, reading) ? [narrowed(entry, reading.mayFetch)] : []));
  const passed = history.marks.slice(firstAfter(history.marks, from)).filter(({ g }) => g <= upTo);
  return { from, upTo, entries, marks: latestMarks(passed), vouchers: [] };
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

/**
 * An entry with what the reader must not see taken out: of a row that left its sight only the id is told,
 * of one that came into it not from where, and nothing of ids that others replaced.
 */
function narrowed(entry: Entry, mayFetch: Reading['mayFetch']): Entry {
  const seen = seenOf(entry, mayFetch);
  // Mostly there is nothing to take out.
  const isWhole =
    seen.row === entry.row &&
    seen.previousHome === entry.previousHome &&
    seen.alias === entry.alias &&
    seen.rewritten.length === entry.rewritten.length;
  if (isWhole) return entry;
  if (seen.row === entry.row) return { ...entry, ...seen };
  return { ...entry, ...seen, home: ELSEWHERE, lost: [] };
}

function seenOf(
  { type, row, previousHome, alias, rewritten }: Entry,
  mayFetch: Reading['mayFetch'],
): Pick<Entry, 'row' | 'previousHome' | 'alias' | 'rewritten'> {
  const isLeft = previousHome !== null && mayFetch({ home: previousHome, type });
  return {
    row: row && !mayFetch(row) ? evicted(row) : row,
    previousHome: isLeft ? previousHome : null,
    alias: alias && mayFetch({ home: alias.home, type }) ? alias : null,
    rewritten: rewritten.filter((one) => mayFetch(one)),
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
