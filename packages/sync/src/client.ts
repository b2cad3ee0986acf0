import { HLC_ZERO, hlcTick, type Hlc } from './hlc.ts';
import { decidedOf, noteDecided, type DecidedUpTo, type Entry, type Voucher } from './log.ts';
import type { LogPage, SnapshotPage, SyncRequest, SyncResponse } from './messages.ts';
import { nodeOf, type SealedOp, type StreamId } from './op.ts';
import { believesFork, fork, recall, takeDecided } from './own-streams.ts';
import type { Registry } from './registry.ts';
import {
  forgetDecided,
  observe,
  type Catchup,
  type Replica,
  type ReplicaTools,
  type Turn,
} from './replica.ts';
import type { Row } from './row.ts';
import { CLOUD, isToHold, isWithin, type Topology } from './scope.ts';
import { askedOnce, believedOf, forgedIn, type IsSigned } from './shown.ts';
import { doubtOf, type OpenVoucher } from './voucher.ts';

/** What asking and applying need. */
export interface ClientContext {
  readonly registry: Registry;
  readonly topology: Topology;
  readonly tools: ReplicaTools;
  /** Most ops of one request. */
  readonly opsMax: number;
  readonly openVoucher: OpenVoucher;
  readonly isSigned: IsSigned;
  /** Absent: nobody is. */
  readonly isRevoked?: (node: string) => boolean;
}

/** The next request to an upstream. */
export function requestOf(replica: Replica, upstream: string, context: ClientContext): SyncRequest {
  meetUpstream(replica, upstream);
  followScope(replica, context.topology);
  const { soft, history, catchup } = replica;
  soft.requestNumber += 1;
  const ops = opsToSend(replica, context);
  replica.hlc = hlcTick(replica.hlc, context.tools.wallMs());
  const streams = new Set([
    replica.stream,
    ...ops.map(({ op }) => op.stream),
    ...replica.relay.keys(),
  ]);
  return {
    from: replica.node,
    requestNumber: soft.requestNumber,
    epoch: history.epoch,
    scopeVersion: replica.scopeVersion,
    cursor: history.cursor,
    catchup: catchup && { at: catchup.at, after: catchup.after },
    claim: { stream: replica.stream, last: replica.q, head: replica.head },
    streams: [{ stream: replica.stream, at: replica.hlc }, ...replica.streams.values()],
    decided: [...streams].map((stream) => [stream, decidedOf(history, stream)] as const),
    ops,
  };
}

/** Receipts and foreign ops are an upstream's own: another begins anew, and nothing is transferred. */
function meetUpstream({ soft }: Replica, upstream: string): void {
  if (soft.receipts.upstream === upstream) return;
  soft.receipts = { upstream, received: new Map() };
  soft.foreign = [];
}

/**
 * The tree changed: what may be seen is read anew before anybody is served. Versions are compared by
 * order, since an upstream may know of a change before this node read of it.
 */
function followScope(replica: Replica, topology: Topology): void {
  const { catchup } = replica;
  // What is known of the tree is of another history while that is read anew.
  if (catchup?.turn) return;
  const wanted = topology.scopeVersionOf(replica.node);
  if ((catchup?.scopeVersion ?? replica.scopeVersion) >= wanted) return;
  replica.soft.foreign = [];
  replica.catchup = beginning(wanted, null);
}

function beginning(scopeVersion: number, turn: Turn | null): Catchup {
  return { at: -1, after: null, seen: new Set(), scopeVersion, decided: [], turn };
}

/** What the upstream does not have, a few of each stream in turn, so that no stream starves another. */
function opsToSend(replica: Replica, { opsMax, topology }: ClientContext): SealedOp[] {
  const { pending, relay, soft, node } = replica;
  const isCloud = soft.receipts.upstream === CLOUD;
  const queues = new Map<StreamId, SealedOp[]>();
  const add = (sealed: SealedOp): void => {
    const receipt = soft.receipts.received.get(sealed.op.stream);
    if (receipt && (sealed.op.q <= receipt.upTo || receipt.extra.has(sealed.op.q))) return;
    const queue = queues.get(sealed.op.stream) ?? [];
    queue.push(sealed);
    queues.set(sealed.op.stream, queue);
  };
  for (const sealed of pending) add(sealed);
  for (const [stream, { ops }] of relay) {
    // What is no longer below this node its parent must not see: the cloud alone takes it.
    if (!isCloud && !isWithin(topology, nodeOf(stream), node)) continue;
    for (const sealed of ops.values()) add(sealed);
  }
  const ordered = [...queues]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([, queue]) => queue.toSorted((left, right) => left.op.q - right.op.q));
  return inTurn(ordered, { start: soft.requestNumber, most: opsMax });
}

function inTurn(
  queues: readonly SealedOp[][],
  { start, most }: { readonly start: number; readonly most: number },
): SealedOp[] {
  const taken: SealedOp[] = [];
  for (
    let turn = start;
    taken.length < most && queues.some((queue) => queue.length > 0);
    turn += 1
  ) {
    const next = queues[turn % queues.length]?.shift();
    if (next) taken.push(next);
  }
  return taken.toSorted((left, right) => left.op.q - right.op.q);
}

/**
 * Applies an answer, in one transaction. An answer to another request than the last changes nothing,
 * and so does a crash before the commit: the next request asks the same again. So does one that says
 * what the cloud did not: why it is not believed, or null.
 */
export function applyResponse(
  replica: Replica,
  response: SyncResponse,
  context: ClientContext,
): string | null {
  if (response.requestNumber !== replica.soft.requestNumber) return null;
  const { openVoucher, tools } = context;
  const { sha256 } = tools;
  const isSigned = askedOnce(context.isSigned);
  const doubt =
    doubtOf(response, { node: replica.node, sha256, openVoucher }) ??
    forgedIn(response, { sha256, isSigned });
  if (doubt === null) applyBelieved(replica, response, { ...context, isSigned });
  else replica.soft.asksCloud = true;
  return doubt;
}

function applyBelieved(replica: Replica, response: SyncResponse, context: ClientContext): void {
  noteReceipts(replica, response);
  if (response.status === 'fork') {
    if (believesFork(replica, response.from, context.tools.wallMs())) fork(replica, context.tools);
    else replica.soft.asksCloud = true;
    return;
  }
  if (onlyCloudKnows(replica, response)) {
    replica.soft.asksCloud = true;
    return;
  }
  if (response.status === 'epoch' && response.epoch > replica.history.epoch) {
    enterEpoch(replica, response, context);
    return;
  }
  if (response.epoch !== replica.history.epoch) return;
  if (response.from === CLOUD) replica.soft.asksCloud = false;
  takeOver(replica, response, context);
}

/** Whether a relay says that there is more than it can prove: another epoch, another sight, rows as a whole. */
function onlyCloudKnows(replica: Replica, response: SyncResponse): boolean {
  const { from, status, epoch, page, scopeVersion } = response;
  if (from === CLOUD) return false;
  if (status === 'epoch') return epoch > replica.history.epoch;
  if (status !== 'ok' || epoch !== replica.history.epoch) return false;
  if (!page) return true;
  return page.upTo === page.from && scopeVersion !== replica.scopeVersion;
}

function takeOver(replica: Replica, response: SyncResponse, context: ClientContext): void {
  const { snapshot, page, foreign, scopeVersion } = response;
  // Read for an older view of the tree than holds by now: rows may be there without their values.
  const isOlder = scopeVersion < context.topology.scopeVersionOf(replica.node);
  if (isOlder && !replica.catchup?.turn) return;
  if (snapshot) applySnapshot(replica, snapshot, { context, scopeVersion });
  if (page && !replica.catchup && scopeVersion > replica.scopeVersion) {
    // The upstream knows already what this node has not read yet: a page would leave out what those
    // below still see, or bring what lacks its past.
    replica.catchup = beginning(scopeVersion, null);
    return;
  }
  if (page) applyPage(replica, page, context);
  if (!foreign) return;
  replica.soft.foreign = believedOf(foreign, {
    ...context,
    node: replica.node,
    history: replica.history,
  });
  for (const { op } of replica.soft.foreign) observe(replica, op.hlc, context.tools.wallMs());
}

function noteReceipts({ soft }: Replica, { received }: SyncResponse): void {
  for (const { stream, upTo, extra } of received) {
    soft.receipts.received.set(stream, { upTo, extra: new Set(extra) });
  }
}

/** The cloud was restored from a backup: what it no longer knows is sent again, what it has is read anew. */
function enterEpoch(
  replica: Replica,
  response: SyncResponse,
  { tools, topology }: ClientContext,
): void {
  const { history, soft } = replica;
  history.epoch = response.epoch;
  history.cursor = 0;
  history.floor = 0;
  history.entries = [];
  history.marks = [];
  history.vouchers = [];
  // Versions of the tree are of the history that ended.
  replica.scopeVersion = 0;
  const turn = { before: shownBefore(replica), arrived: new Set<string>() };
  replica.catchup = beginning(topology.scopeVersionOf(replica.node), turn);
  soft.foreign = [];
  soft.receipts.received.clear();
  for (const relayed of replica.relay.values()) {
    relayed.upTo = 0;
    relayed.head = null;
  }
  replaceDecided(replica, response.reset ?? []);
  recall(replica, tools);
}

/** What rows hold that are here: where the cloud went back twice, still those of the first history. */
function shownBefore({ catchup, history }: Replica): ReadonlyMap<StreamId, number> {
  if (catchup?.turn) return catchup.turn.before;
  return new Map([...history.decided].map(([stream, { q }]) => [stream, q]));
}

function replaceDecided(
  { history }: Replica,
  decided: readonly (readonly [StreamId, DecidedUpTo])[],
): void {
  history.decided.clear();
  for (const [stream, upTo] of decided) history.decided.set(stream, upTo);
}

function applyPage(replica: Replica, page: LogPage, context: ClientContext): void {
  const { history } = replica;
  if (replica.catchup || page.from > history.cursor || page.upTo < history.cursor) return;
  for (const entry of page.entries) {
    if (entry.g <= history.cursor) continue;
    applyEntry(replica, entry, context);
    history.entries.push(entry);
  }
  const fresh = page.marks.filter(({ g }) => g > history.cursor);
  for (const mark of fresh) noteDecided(history, mark);
  if (page.upTo > history.cursor) history.vouchers.push(...forOthers(replica, page, context));
  const streams = new Set(fresh.map(({ stream }) => stream));
  takeDecided(
    replica,
    [...streams].flatMap((stream) => {
      const decided = history.decided.get(stream);
      return decided ? [[stream, decided] as const] : [];
    }),
    context.tools,
  );
  history.cursor = page.upTo;
  forgetDecided(replica);
}

/** What the cloud said of the same stretch to those below. What it did not say nobody below would believe. */
function forOthers({ node }: Replica, page: LogPage, { openVoucher }: ClientContext): Voucher[] {
  return page.vouchers.flatMap(({ sealed }) => {
    const word = sealed === null ? null : openVoucher(sealed);
    if (!word || word.node === node) return [];
    return word.from === page.from && word.upTo === page.upTo ? [{ word, sealed }] : [];
  });
}

function applyEntry(replica: Replica, entry: Entry, context: ClientContext): void {
  const { history, node } = replica;
  const wallMs = context.tools.wallMs();
  if (entry.alias) {
    history.aliases.set(entry.alias.from, entry.alias);
    history.rows.delete(entry.alias.from);
  }
  for (const row of [...(entry.row ? [entry.row] : []), ...entry.rewritten]) {
    if (!isToHold(context, node, row)) {
      history.rows.delete(row.id);
      continue;
    }
    const current = history.rows.get(row.id);
    if (!current || current.g < row.g) history.rows.set(row.id, row);
    observe(replica, latestOf(row), wallMs);
  }
}

/** When a row was last written, by the clocks of those who wrote. */
function latestOf({ fields }: Row): Hlc {
  let latest = HLC_ZERO;
  for (const { hlc } of Object.values(fields)) if (hlc > latest) latest = hlc;
  return latest;
}

function applySnapshot(
  replica: Replica,
  page: SnapshotPage,
  { context, scopeVersion }: { readonly context: ClientContext; readonly scopeVersion: number },
): void {
  const catchup = continued(replica, page, scopeVersion);
  if (!catchup) return;
  const { history } = replica;
  for (const row of page.rows) {
    const current = history.rows.get(row.id);
    // As of the same decision, too: under an older tree it may have come without its values.
    if (!current || current.g <= row.g || catchup.turn) history.rows.set(row.id, row);
    catchup.seen.add(row.id);
    catchup.turn?.arrived.add(row.id);
  }
  if (page.decided) {
    catchup.decided = page.decided;
    history.aliases.clear();
    for (const alias of page.aliases) history.aliases.set(alias.from, alias);
  }
  catchup.after = page.next;
  if (page.next === null) finishSnapshot(replica, catchup, context);
}

/**
 * The snapshot that a page belongs to: begins one with a first page, and ignores pages of others. When
 * the tree changes on the way, it begins anew.
 */
function continued(
  replica: Replica,
  page: SnapshotPage,
  scopeVersion: number,
): Catchup | undefined {
  const { catchup } = replica;
  const turn = catchup?.turn ?? null;
  if (page.after === null) {
    if (!turn && page.at < replica.history.cursor) return undefined;
    replica.catchup = beginning(scopeVersion, turn);
    replica.catchup.at = page.at;
    return replica.catchup;
  }
  if (catchup?.at !== page.at || catchup.after !== page.after) return undefined;
  if (catchup.scopeVersion === scopeVersion) return catchup;
  replica.catchup = beginning(Math.max(scopeVersion, catchup.scopeVersion), turn);
  return undefined;
}

function finishSnapshot(replica: Replica, catchup: Catchup, { tools }: ClientContext): void {
  const { history } = replica;
  for (const id of history.rows.keys()) if (!catchup.seen.has(id)) history.rows.delete(id);
  history.cursor = catchup.at;
  history.floor = catchup.at;
  history.entries = [];
  history.marks = [];
  history.vouchers = [];
  replica.scopeVersion = catchup.scopeVersion;
  replica.catchup = null;
  replaceDecided(replica, catchup.decided);
  takeDecided(replica, catchup.decided, tools);
  forgetDecided(replica);
}
