import { decide, noteStream } from './decider.ts';
import { hlcClamp } from './hlc.ts';
import { lend } from './lending.ts';
import { decidedOf } from './log.ts';
import type { StreamReceipt, SyncRequest, SyncResponse } from './messages.ts';
import { latestStream, nodeOf, type SealedOp, type StreamId } from './op.ts';
import { historyOf, read, type ServeContext, type Upstream } from './read.ts';
import { observe, receivedUpTo, type RelayedStream, type Replica } from './replica.ts';
import { CLOUD, isWithin } from './scope.ts';

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
    lendTo(upstream, request, context);
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

/**
 * Lends numbers to the caller and to those whose ops it brought. Of a stream that others tell of, something
 * that its author signed is decided: nobody has numbers lent to a stream that there is not.
 */
function lendTo(
  { cloud, decideContext }: Extract<Upstream, { kind: 'cloud' }>,
  { from, claim, ops }: SyncRequest,
  { onLent }: ServeContext,
): void {
  for (const stream of new Set([claim.stream, ...ops.map(({ op }) => op.stream)])) {
    const node = nodeOf(stream);
    const isLiving = cloud.streams.get(node)?.stream === stream;
    const isKnown = node === from || decidedOf(cloud.history, stream) > 0;
    const entry = isLiving && isKnown ? lend(cloud, stream, decideContext) : undefined;
    if (entry) onLent?.(entry);
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
