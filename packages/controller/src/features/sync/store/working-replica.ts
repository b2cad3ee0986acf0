import {
  createHistory,
  nodeOf,
  type Alias,
  type Catchup,
  type DecidedUpTo,
  type LivingStream,
  type Op,
  type Registry,
  type RelayedStream,
  type Replica,
  type Row,
  type SealedOp,
  type SyncResponse,
} from '@wardgrid/sync';
import type { Transaction } from '../../../platform/database.ts';
import { namedIds } from './named-ids.ts';
import { opRepository, type OpKind } from './op-repository.ts';
import { ownOpRepository } from './own-op-repository.ts';
import { rowRepository } from './row-repository.ts';
import { streamRepository, type StoredStream } from './stream-repository.ts';
import type { StoredCatchup, TenantState } from './tenant-repository.ts';
import { TrackedMap } from './tracked-map.ts';

/** A replica that knows how its tenant stands, and holds no rows, ops or streams yet. */
export function replicaOf(state: TenantState): Replica {
  const received = new Map(
    Object.entries(state.receipts).map(([stream, [upTo, extra]]) => [
      stream,
      { upTo, extra: new Set(extra) },
    ]),
  );
  return {
    node: state.node,
    stream: state.stream,
    q: state.q,
    head: state.head,
    hlc: state.hlc,
    lastRef: state.lastRef,
    history: {
      ...createHistory(),
      epoch: state.epoch,
      cursor: state.cursor,
      floor: state.floor,
    },
    scopeVersion: state.scopeVersion,
    pending: [],
    archive: [],
    relay: new Map(),
    streams: new Map(),
    catchup: state.catchup && catchupOf(state.catchup),
    relayForks: state.relayForks,
    soft: {
      foreign: [],
      receipts: {
        upstream: state.upstream,
        received,
      },
      requestNumber: state.requestNumber,
      asksCloud: false,
    },
  };
}

/** How a tenant stands as its replica says. */
export function stateOf(replica: Replica, before: TenantState): TenantState {
  const { history, soft, catchup } = replica;
  return {
    ...before,
    stream: replica.stream,
    q: replica.q,
    head: replica.head,
    hlc: replica.hlc,
    lastRef: replica.lastRef,
    epoch: history.epoch,
    cursor: history.cursor,
    floor: history.floor,
    scopeVersion: replica.scopeVersion,
    catchup: catchup && storedCatchup(catchup, snapshotNumberOf(replica, before)),
    upstream: soft.receipts.upstream,
    receipts: Object.fromEntries(
      [...soft.receipts.received].map(([stream, { upTo, extra }]) => [stream, [upTo, [...extra]]]),
    ),
    requestNumber: soft.requestNumber,
    relayForks: replica.relayForks,
  };
}

/** A snapshot under way; which rows came with it is marked at the rows. */
export function catchupOf({ decided, turn, ...rest }: StoredCatchup): Catchup {
  return {
    ...rest,
    seen: new Set(),
    decided: decided.map(([stream, one]) => [stream, { ...one, holes: new Set(one.holes) }]),
    turn: turn && { before: new Map(turn.before), arrived: new Set() },
  };
}

/** The last snapshot of the history that ended. */
function snapshotNumberOf({ history }: Replica, before: TenantState): number {
  const isBegun = history.epoch === before.epoch;
  return (isBegun ? before.catchup?.turn?.snapshotNumber : undefined) ?? before.snapshotNumber;
}

function storedCatchup(
  { at, after, scopeVersion, decided, turn }: Catchup,
  snapshotNumber: number,
): StoredCatchup {
  return {
    at,
    after,
    scopeVersion,
    decided: decided.map(([stream, one]) => [stream, { ...one, holes: [...one.holes] }]),
    turn: turn && { before: [...turn.before], snapshotNumber },
  };
}

/** Streams as they stand in a replica: how far they are decided, and how far they are relayed. */
export function fillStreams(replica: Replica, streams: readonly StoredStream[]): void {
  for (const { stream, q, head, holes, relayUpTo, relayHead } of streams) {
    if (q !== null && head !== null)
      replica.history.decided.set(stream, { q, head, holes: new Set(holes) });
    if (relayUpTo !== null)
      replica.relay.set(stream, { upTo: relayUpTo, head: relayHead, ops: new Map() });
  }
}

/** As much of a replica's state as an answer touches. */
export interface WorkingReplica {
  readonly replica: Replica;
  readonly rows: TrackedMap<Row>;
  readonly aliases: TrackedMap<Alias>;
  readonly streams: readonly StoredStream[];
  /** Whether the history is another now: a snapshot is whole, or an epoch began. */
  readonly isReplaced: () => boolean;
  /** Whether streams may be decided as far as they were relayed. */
  readonly hasEnded: () => boolean;
}

/** Reads what applying an answer may look at. */
export async function loadReplica(
  tx: Transaction,
  { state, registry }: { readonly state: TenantState; readonly registry: Registry },
  response: SyncResponse,
): Promise<WorkingReplica> {
  const { tenantId } = state;
  const replica = replicaOf(state);
  const rows = new TrackedMap<Row>();
  const ids = rowIdsOf(response, registry);
  for (const row of await rowRepository(tx, tenantId).byIds(ids)) rows.fill(row.id, row);
  const aliases = new TrackedMap<Alias>();
  for (const alias of await rowRepository(tx, tenantId).aliasesFrom(ids))
    aliases.fill(alias.from, alias);
  Object.assign(replica, { history: { ...replica.history, rows, aliases } });
  const told = toldMarks(replica, response);
  const names = [...new Set([replica.stream, ...told.map(([stream]) => stream)])];
  const streams = await streamRepository(tx, tenantId).namedOrRelayed(names);
  const relay = new TrackedMap<RelayedStream>();
  Object.assign(replica, { relay });
  fillStreams(replica, streams);
  relay.before.clear();
  if (response.status === 'epoch') {
    // How far the history that may end had come.
    for (const [stream, upTo] of await streamRepository(tx, tenantId).decided())
      replica.history.decided.set(stream, upTo);
  }
  if (response.status !== 'epoch') await fillOwn(tx, { tenantId, replica }, told);
  const { entries } = replica.history;
  return {
    replica,
    rows,
    aliases,
    streams,
    isReplaced: () => replica.history.entries !== entries,
    hasEnded: () => relay.removed().length > 0,
  };
}

/** Of the rows that it brings, and of those that shown ops are about: whose they are is looked at. */
function rowIdsOf({ page, snapshot, foreign }: SyncResponse, registry: Registry): string[] {
  const shown = (foreign ?? []).map(({ op }) => op);
  const ids = new Set([...shown.map(({ id }) => id), ...namedIds(shown, registry)]);
  for (const { row, alias, rewritten } of page?.entries ?? []) {
    if (row) ids.add(row.id);
    if (alias) ids.add(alias.from);
    for (const one of rewritten) ids.add(one.id);
  }
  for (const { id } of snapshot?.rows ?? []) ids.add(id);
  return [...ids];
}

/** How far the answer says streams are decided, if it is taken. */
function toldMarks(replica: Replica, response: SyncResponse): (readonly [string, DecidedUpTo])[] {
  const { page, snapshot, reset } = response;
  const marks = (page?.marks ?? []).map(
    ({ stream, q, head, holes }) => [stream, { q, head, holes: new Set(holes ?? []) }] as const,
  );
  const whole = snapshot?.next === null ? (snapshot.decided ?? replica.catchup?.decided ?? []) : [];
  return [...marks, ...whole, ...(reset ?? [])];
}

/**
 * Own ops that are looked at: those at the places that are told, and the first that waits in each of the
 * streams. They say whether something is to be written anew; what that is, is read by pages.
 */
async function fillOwn(
  tx: Transaction,
  { tenantId, replica }: { readonly tenantId: string; readonly replica: Replica },
  told: readonly (readonly [string, DecidedUpTo])[],
): Promise<void> {
  const ops = opRepository(tx, tenantId);
  const own = told.filter(([stream]) => nodeOf(stream) === replica.node);
  if (own.length === 0) return;
  const places = own.flatMap(([stream, { q, holes }]) =>
    [q, ...holes].map((one) => [stream, one] as const),
  );
  const first = await ownOpRepository(tx, tenantId).firstPending(own.map(([stream]) => stream));
  const pending = [...first, ...(await ops.at(['pending'], places))];
  replica.pending = [...new Map(pending.map((one) => [placeText(one), one])).values()];
  replica.archive = await ops.at(['archive'], places);
}

function placeText({ op: { stream, q } }: SealedOp): string {
  return `${stream} ${q}`;
}

/** What a relay looks at when it takes ops of the controllers below it. */
export interface WorkingRelay {
  readonly replica: Replica;
  /** Writes back what changed; the rows that new ops are about, by id with their types. */
  readonly save: (tx: Transaction) => Promise<ReadonlyMap<string, string>>;
}

/** Reads what taking these ops may look at. */
export async function loadRelay(
  tx: Transaction,
  state: TenantState,
  touched: {
    readonly streams: readonly string[];
    readonly living: readonly LivingStream[];
    /** The caller's own ops, which must not contradict those that are held. */
    readonly claimed: readonly Op[];
  },
): Promise<WorkingRelay> {
  const { tenantId } = state;
  const replica = replicaOf(state);
  const names = [...new Set(touched.streams)];
  const streams = await streamRepository(tx, tenantId).byNames(names);
  fillStreams(replica, streams);
  const ops = opRepository(tx, tenantId);
  // What lies beyond is read anyway.
  const within = besides(touched.claimed).filter(
    ([stream, q]) => q <= (replica.relay.get(stream)?.upTo ?? Number.POSITIVE_INFINITY),
  );
  const known = [...(await ops.beyond(names)), ...(await ops.at(['relay'], within))];
  for (const sealed of known) replica.relay.get(sealed.op.stream)?.ops.set(sealed.op.q, sealed);
  const living = new TrackedMap<LivingStream>();
  const nodes = [...new Set(touched.living.map(({ stream }) => nodeOf(stream)))];
  for (const [node, one] of await streamRepository(tx, tenantId).livingOf(nodes))
    living.fill(node, one);
  Object.assign(replica, { streams: living });
  return {
    replica,
    save: (to) => saveRelay(to, { tenantId, replica, streams, known: new Set(known), living }),
  };
}

/** The places of ops and those beside them. */
function besides(ops: readonly Op[]): (readonly [string, number])[] {
  const places = new Map<string, readonly [string, number]>();
  for (const { stream, q } of ops)
    for (const near of [q - 1, q, q + 1]) places.set(`${stream} ${near}`, [stream, near]);
  return [...places.values()];
}

async function saveRelay(
  tx: Transaction,
  given: {
    readonly tenantId: string;
    readonly replica: Replica;
    readonly streams: readonly StoredStream[];
    readonly known: ReadonlySet<SealedOp>;
    readonly living: TrackedMap<LivingStream>;
  },
): Promise<ReadonlyMap<string, string>> {
  const { tenantId, replica, streams, known, living } = given;
  const fresh = [...replica.relay.values()].flatMap(({ ops }) =>
    [...ops.values()].filter((sealed) => !known.has(sealed)),
  );
  // What waits behind a gap may come again: as it came last it stays.
  const held = new Set([...known].map(({ op }) => `${op.stream} ${op.q}`));
  const again = fresh.filter(({ op }) => held.has(`${op.stream} ${op.q}`));
  if (again.length > 0) {
    const places = again.map(({ op }) => [op.stream, op.q] as const);
    await opRepository(tx, tenantId).remove(['relay'], places);
  }
  await writeOps(tx, { tenantId, kind: 'relay' }, fresh);
  const before = new Map(streams.map((one) => [one.stream, one]));
  await streamRepository(tx, tenantId).write(
    [...replica.relay].flatMap(([stream, relayed]) =>
      relayChange(stream, relayed, before.get(stream)),
    ),
  );
  await streamRepository(tx, tenantId).writeLiving(writtenLiving(living));
  return new Map(fresh.map(({ op }) => [op.id, op.type]));
}

/** In which streams controllers write now, where that changed. */
export function writtenLiving(
  living: TrackedMap<LivingStream>,
): (readonly [string, LivingStream])[] {
  return [...living.before].flatMap(([node, before]) => {
    const one = living.get(node);
    return one && one !== before ? [[node, one] as const] : [];
  });
}

function relayChange(
  stream: string,
  { upTo, head }: RelayedStream,
  before: StoredStream | undefined,
): StoredStream[] {
  if (before?.relayUpTo === upTo && before.relayHead === head) return [];
  const known = before ?? {
    stream,
    q: null,
    head: null,
    holes: [],
    gapSince: null,
    usedNumber: null,
  };
  return [{ ...known, relayUpTo: upTo, relayHead: head }];
}

/** Writes ops with where their rows lie, or are to be made. */
export async function writeOps(
  tx: Transaction,
  { tenantId, kind }: { readonly tenantId: string; readonly kind: OpKind },
  ops: readonly SealedOp[],
): Promise<void> {
  if (ops.length === 0) return;
  const places = await rowRepository(tx, tenantId).placesOf(ops.map(({ op }) => op.id));
  await opRepository(tx, tenantId).write(
    kind,
    ops.map((sealed) => ({ sealed, place: places.get(sealed.op.id) ?? sealed.op.home })),
  );
}
