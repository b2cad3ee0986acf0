import {
  createCloud,
  createHistory,
  isWithin,
  nodeOf,
  pageEnd,
  read,
  type DecideContext,
  type History,
  type ServeContext,
  type SyncRequest,
  type SyncResponse,
  type Upstream,
} from '@wardgrid/sync';
import { SYNC_FOREIGN_MAX } from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';
import type { SyncTopology } from './deps.ts';
import { inheritedTypes, type Held, type Parts } from './parts.ts';
import { firstWithin } from './store/bounds.ts';
import { logRepository } from './store/log-repository.ts';
import { opRepository } from './store/op-repository.ts';
import { roomOf } from './store/packed.ts';
import { rowRepository, type Sight } from './store/row-repository.ts';
import { streamRepository } from './store/stream-repository.ts';
import { voucherRepository } from './store/voucher-repository.ts';
import { replicaOf } from './store/working-replica.ts';

/** Decisions that one answer looks at, in sight or not: what is behind them comes with the next. */
export const SCAN_MAX = 50_000;

type Answer = Pick<SyncResponse, 'page' | 'snapshot' | 'foreign' | 'status'>;

interface Reading {
  readonly parts: Parts;
  readonly held: Held;
  readonly fresh: Fresh | null;
}

/** Decisions behind `from` that were made in this very transaction: they need not be read back. */
export interface Fresh extends Pick<History, 'entries' | 'marks'> {
  readonly from: number;
}

/** What the caller misses: as much of the history as one answer tells is read, the rest is left alone. */
export async function readFor(
  tx: Transaction,
  { parts, held, fresh }: Reading,
  asked: SyncRequest,
): Promise<Answer> {
  const { state, topology } = held;
  const { registry, isCloud } = parts.deps;
  const root = topology.scopeRootOf(asked.from);
  // Whoever serves nothing sees nothing.
  if (root === undefined) return { status: 'behind', page: null, snapshot: null, foreign: null };
  const sight = { root, inheritedTypes: inheritedTypes(registry) };
  const history: History = {
    ...createHistory(),
    epoch: state.epoch,
    cursor: state.cursor,
    floor: state.floor,
  };
  const filling: Filling = { history, sight, asked };
  const reading = { parts, held, fresh };
  const context: ServeContext = {
    registry,
    topology,
    wallMs: parts.platform.clock.now(),
    rowsMax: parts.limits.rows,
    sha256: parts.tools.sha256,
    controllers: () => coveredBy(topology, asked.from),
  };
  const isSnapshot = asked.catchup !== null || asked.cursor < state.floor;
  if (!isCloud) {
    if (!isSnapshot) await fillStretch(tx, reading, filling);
    return read(await relayView(tx, held, filling), asked, context);
  }
  const rowsMax = isSnapshot
    ? await fillRows(tx, reading, filling)
    : await fillEntries(tx, reading, { ...filling, context });
  const upstream: Upstream = {
    kind: 'cloud',
    cloud: { ...createCloud(), history },
    decideContext: nothingDecided(parts, held),
  };
  return read(upstream, asked, { ...context, rowsMax });
}

/** Controllers of which the reader sees all that they see: for others what was read is not all. */
function coveredBy(topology: SyncTopology, reader: string): readonly string[] {
  return topology.controllers().filter((node) => {
    const root = topology.scopeRootOf(node);
    return root !== undefined && topology.isHomeWithin(root, reader);
  });
}

/** Reading decides nothing. */
function nothingDecided({ deps, platform }: Parts, { topology }: Held): DecideContext {
  const wallMs = platform.clock.now();
  return { registry: deps.registry, wallMs, layerOf: topology.layerOf, lookups: {} };
}

interface Filling {
  readonly history: History;
  readonly sight: Sight;
  readonly asked: SyncRequest;
}

/** The rows of one page of a snapshot; with the first, all that holds beside rows. How many rows fit. */
async function fillRows(
  tx: Transaction,
  { parts, held }: Reading,
  { history, sight, asked }: Filling,
): Promise<number> {
  const { tenantId, floor, cursor } = held.state;
  const { catchup } = asked;
  const goesOn = catchup !== null && catchup.at >= floor && catchup.at <= cursor;
  const after = goesOn ? catchup.after : null;
  const { rows: limit, bytes: bytesMax } = parts.limits;
  const repository = rowRepository(tx, tenantId);
  const { rows, fitting } = await repository.page({ sight, after, limit: limit + 1, bytesMax });
  for (const row of rows) history.rows.set(row.id, row);
  if (after !== null) return fitting;
  for (const [stream, decided] of await streamRepository(tx, tenantId).decided())
    history.decided.set(stream, decided);
  const aliases = await repository.aliases();
  for (const alias of aliases) history.aliases.set(alias.from, alias);
  const targets = aliases.map(({ to }) => to).filter((id) => !history.rows.has(id));
  for (const row of await repository.byIds(targets)) history.rows.set(row.id, row);
  return fitting;
}

/** The decisions of one page; the history ends where they were cut. How many entries fit. */
async function fillEntries(
  tx: Transaction,
  { parts, held, fresh }: Reading,
  { history, sight, asked, context }: Filling & { readonly context: ServeContext },
): Promise<number> {
  const { limits } = parts;
  const from = asked.cursor;
  if (from >= held.state.cursor) return limits.rows;
  if (fresh?.from === from) {
    const fitting = firstWithin(fresh.entries, { bytesMax: limits.bytes, sizeOf: roomOf });
    history.entries = [...fitting];
    if (fitting.length < fresh.entries.length) history.cursor = fitting.at(-1)?.g ?? from;
    history.cursor = pageEnd(history, asked, context);
    history.marks = fresh.marks;
    return limits.rows;
  }
  const upTo = Math.min(held.state.cursor, from + SCAN_MAX);
  const log = logRepository(tx, held.state.tenantId);
  const page = await log.page({
    refused: await refusedTo(tx, held, { asked, from, upTo }),
    sight,
    from,
    upTo,
    limit: limits.rows + 1,
    bytesMax: limits.bytes,
  });
  history.entries = [...page.entries];
  history.cursor = page.isCut ? (page.entries.at(-1)?.g ?? upTo) : upTo;
  // The cloud vouches for the marks of exactly this stretch.
  history.cursor = pageEnd(history, asked, context);
  history.marks = await log.marks(from, history.cursor);
  return limits.rows;
}

/** Of what was refused its author hears, and who stands above it. */
async function refusedTo(
  tx: Transaction,
  { state, topology }: Held,
  given: { readonly asked: SyncRequest; readonly from: number; readonly upTo: number },
): Promise<readonly string[]> {
  const { asked, from, upTo } = given;
  const streams = await logRepository(tx, state.tenantId).refusedStreams(from, upTo);
  return streams.filter((stream) => isWithin(topology, nodeOf(stream), asked.from));
}

/** Of a relay: the stretch behind the reader's cursor for which the cloud vouched to it. */
async function fillStretch(
  tx: Transaction,
  { parts, held }: Reading,
  { history, sight, asked }: Filling,
): Promise<void> {
  const { tenantId } = held.state;
  if (asked.cursor >= held.state.cursor) return;
  history.vouchers = await voucherRepository(tx, tenantId).ofStretch(asked.from, asked.cursor);
  const word = history.vouchers.find((one) => one.word.node === asked.from)?.word;
  if (!word) return;
  const { from, upTo } = word;
  const log = logRepository(tx, tenantId);
  const refused = await refusedTo(tx, held, { asked, from, upTo });
  // It came in one page, and so it fits one.
  const limit = parts.limits.rows + 1;
  const bytesMax = Number.POSITIVE_INFINITY;
  const page = await log.page({ refused, sight, from, upTo, limit, bytesMax });
  history.entries = [...page.entries];
  history.marks = await log.marks(from, upTo);
}

/** A relay as it looks to one caller: with the undecided ops that the caller may be shown. */
async function relayView(
  tx: Transaction,
  { state, topology }: Held,
  { history, sight, asked }: Filling,
): Promise<Upstream> {
  const { tenantId } = state;
  const ops = opRepository(tx, tenantId);
  const foreign = await ops.foreignOps();
  const streams = new Set([
    ...(await ops.pendingStreams()),
    ...foreign.map(({ stream }) => stream),
  ]);
  const outside = [...streams].filter((stream) => !isWithin(topology, nodeOf(stream), asked.from));
  const replica = { ...replicaOf(state), history };
  replica.pending = await ops.foreignFor({ sight, streams: outside, limit: SYNC_FOREIGN_MAX });
  const ids = replica.pending.map(({ op }) => op.id).filter((id) => !history.rows.has(id));
  for (const row of await rowRepository(tx, tenantId).byIds(ids)) history.rows.set(row.id, row);
  return { kind: 'controller', replica };
}
