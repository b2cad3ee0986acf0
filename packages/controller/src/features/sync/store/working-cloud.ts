import {
  CLOUD,
  createCloud,
  createHistory,
  isTmpId,
  lendingIdOf,
  meantBy,
  nodeOf,
  rulesOf,
  type Alias,
  type Cloud,
  type DecidedUpTo,
  type LivingStream,
  type Op,
  type Registry,
  type Row,
  type RowSet,
  type SealedOp,
} from '@wardgrid/sync';
import type { Transaction } from '../../../platform/database.ts';
import type { Changed } from '../changes.ts';
import { keyOf, keyText, KeyedRows } from './keyed-rows.ts';
import { logRepository } from './log-repository.ts';
import { namedIds } from './named-ids.ts';
import { peerRepository } from './peer-repository.ts';
import { rowRepository } from './row-repository.ts';
import { streamRepository, type StoredStream } from './stream-repository.ts';
import type { TenantState } from './tenant-repository.ts';
import { TrackedMap } from './tracked-map.ts';
import { writtenLiving } from './working-replica.ts';

/** As much of a cloud's state as a batch of ops touches. What it does not touch is not read. */
export interface WorkingCloud {
  readonly cloud: Cloud;
  readonly rows: TrackedMap<Row>;
  readonly aliases: TrackedMap<Alias>;
  readonly lookups: Pick<RowSet, 'liveByKey' | 'referringTo'>;
  /** Writes back what changed. */
  readonly save: (tx: Transaction) => Promise<void>;
}

/** What a batch is about. */
export interface Touched {
  readonly ops: readonly SealedOp[];
  /** Streams that are asked about beside those of the ops. */
  readonly streams: readonly string[];
  readonly living: readonly LivingStream[];
}

/** Rows that were changed in a working set, with what they were before. */
export function changedIn(rows: TrackedMap<Row>): Changed {
  const changed = new Map<string, { readonly type: string; readonly previous: Row | undefined }>();
  for (const [id, previous] of rows.before) {
    const type = (rows.get(id) ?? previous)?.type;
    if (type !== undefined) changed.set(id, { type, previous });
  }
  return changed;
}

interface Given {
  readonly state: TenantState;
  readonly registry: Registry;
  /** When, by the cloud's clock. */
  readonly at: Date;
}

/** A cloud that knows how its tenant stands, and holds no rows, streams or wishes yet. */
export function cloudOf({ epoch, cursor, floor, lastRef, wishFloor }: TenantState): Cloud {
  const history = { ...createHistory(), epoch, cursor, floor };
  return { ...createCloud(), history, lastRef, wishFloor };
}

/** Longest chain of replaced ids that is followed; longer ones are cut when written. */
const ALIAS_STEPS_MAX = 20;

/** Reads what deciding these ops may look at. */
export async function loadCloud(
  tx: Transaction,
  given: Given,
  touched: Touched,
): Promise<WorkingCloud> {
  const { state, registry } = given;
  const { tenantId } = state;
  const ops = touched.ops.map(({ op }) => op);
  const aliases = await loadAliases(tx, tenantId, namedIds(ops, registry));
  const rows = new KeyedRows(registry);
  const streamNames = new Set([...touched.streams, ...ops.map(({ stream }) => stream)]);
  await loadLent(tx, tenantId, { streams: streamNames, rows });
  await loadRows(tx, { tenantId, registry, ops, aliases, rows });
  const streams = await streamRepository(tx, tenantId).byNames([...streamNames]);
  const nodes = [...streamNames, ...touched.living.map(({ stream }) => stream)].map(nodeOf);
  const living = new TrackedMap<LivingStream>();
  for (const [node, one] of await streamRepository(tx, tenantId).livingOf([...new Set(nodes)]))
    living.fill(node, one);
  const opIds = new TrackedMap<number>();
  const wishes = ops.length === 0 ? [] : ops.map(({ opId }) => opId);
  for (const opId of await peerRepository(tx, tenantId).decidedWishes(wishes)) opIds.fill(opId, 0);
  const first = ops.map(({ from, stream }) => from ?? stream);
  const left = await streamRepository(tx, tenantId).leftOf([...streamNames, ...first]);
  const empty = cloudOf(state);
  const cloud: Cloud = {
    ...empty,
    history: { ...empty.history, rows, aliases, decided: decidedIn(streams) },
    opIds,
    left: new Set(left),
    gapSince: new Map(
      streams.flatMap(({ stream, gapSince }) => (gapSince === null ? [] : [[stream, gapSince]])),
    ),
    streams: living,
    usedNumbers: new Map(
      streams.flatMap(({ stream, usedNumber }) =>
        usedNumber === null ? [] : [[stream, usedNumber]],
      ),
    ),
  };
  const save = (to: Transaction): Promise<void> =>
    saveCloud(to, { ...given, cloud, streams, left, rows, aliases, opIds, living });
  return { cloud, rows, aliases, lookups: rows.lookups(), save };
}

function decidedIn(streams: readonly StoredStream[]): Cloud['history']['decided'] {
  return new Map(
    streams.flatMap(({ stream, q, head, holes }) =>
      q === null || head === null ? [] : [[stream, { q, head, holes: new Set(holes) }] as const],
    ),
  );
}

/** What these ids became, and what that became. */
export async function loadAliases(
  tx: Transaction,
  tenantId: string,
  ids: readonly string[],
): Promise<TrackedMap<Alias>> {
  const aliases = new TrackedMap<Alias>();
  let wanted = ids;
  for (let step = 0; step < ALIAS_STEPS_MAX && wanted.length > 0; step += 1) {
    const found = await rowRepository(tx, tenantId).aliasesFrom(wanted);
    for (const alias of found) aliases.fill(alias.from, alias);
    wanted = found.map(({ to }) => to).filter((to) => !aliases.has(to));
  }
  return aliases;
}

/** What was lent to the controllers that write these streams. */
async function loadLent(
  tx: Transaction,
  tenantId: string,
  { streams, rows }: { readonly streams: Iterable<string>; readonly rows: TrackedMap<Row> },
): Promise<void> {
  const nodes = new Set([...streams].map((stream) => nodeOf(stream)));
  nodes.delete(CLOUD);
  const ids = [...nodes].map((node) => lendingIdOf(node));
  for (const row of await rowRepository(tx, tenantId).byIds(ids)) rows.fill(row.id, row);
}

async function loadRows(
  tx: Transaction,
  given: {
    readonly tenantId: string;
    readonly registry: Registry;
    readonly ops: readonly Op[];
    readonly aliases: ReadonlyMap<string, Alias>;
    readonly rows: TrackedMap<Row>;
  },
): Promise<void> {
  const { tenantId, registry, ops, aliases, rows } = given;
  const repository = rowRepository(tx, tenantId);
  const ids = new Set([...namedIds(ops, registry), ...[...aliases.values()].map(({ to }) => to)]);
  const fill = (found: readonly Row[]): void => {
    for (const row of found) if (!rows.has(row.id)) rows.fill(row.id, row);
  };
  fill(await repository.byIds([...ids]));
  const keyed = ops.flatMap((op) => {
    const key =
      op.kind === 'create' ? op.fields[rulesOf(registry, op.type)?.naturalKey ?? ''] : undefined;
    return typeof key === 'string' ? [{ op, place: [op.type, key] as const }] : [];
  });
  const twins = await repository.byKeys(keyed.map(({ place }) => place));
  fill(twins);
  // What names an id that becomes another's is written anew: only where two share a key.
  const counts = Map.groupBy(keyed, ({ place }) => keyText(...place));
  const taken = new Set(twins.map((row) => keyOf(row, registry)));
  const merging = keyed.flatMap(({ op, place }) => {
    const key = keyText(...place);
    return taken.has(key) || (counts.get(key)?.length ?? 0) > 1 ? [meantBy(op, op.id)] : [];
  });
  const temporary = ops.flatMap((op) => (isTmpId(op.id) ? [meantBy(op, op.id)] : []));
  fill(await repository.referringTo([...merging, ...temporary]));
}

async function saveCloud(
  tx: Transaction,
  given: Given & {
    readonly cloud: Cloud;
    readonly streams: readonly StoredStream[];
    /** Streams that were left before. */
    readonly left: readonly string[];
    readonly rows: TrackedMap<Row>;
    readonly aliases: TrackedMap<Alias>;
    readonly opIds: TrackedMap<number>;
    readonly living: TrackedMap<LivingStream>;
  },
): Promise<void> {
  const { state, registry, cloud, rows, aliases, opIds, living } = given;
  const { tenantId, snapshotNumber } = state;
  const { history } = cloud;
  const wishes = [...opIds.before].flatMap(([id, before]) =>
    before === undefined ? [[id, opIds.get(id) ?? 0] as const] : [],
  );
  const known = new Set(given.left);
  // At once: while the database writes the one, the next is put into words.
  await Promise.all([
    rowRepository(tx, tenantId).write(rows, { registry, snapshotNumber }),
    rowRepository(tx, tenantId).writeAliases(aliases.written(), history.cursor),
    logRepository(tx, tenantId).append(history.entries, history.marks),
    peerRepository(tx, tenantId).noteWishes(wishes, given.at),
    streamRepository(tx, tenantId).write(changedStreams(given)),
    streamRepository(tx, tenantId).noteLeft([...cloud.left].filter((one) => !known.has(one))),
    streamRepository(tx, tenantId).writeLiving(writtenLiving(living)),
  ]);
}

function changedStreams({
  cloud,
  streams,
}: {
  readonly cloud: Cloud;
  readonly streams: readonly StoredStream[];
}): StoredStream[] {
  const before = new Map(streams.map((one) => [one.stream, one]));
  const names = new Set([...cloud.history.decided.keys(), ...cloud.gapSince.keys()]);
  for (const name of before.keys()) names.add(name);
  return [...names].flatMap((stream) => {
    const old = before.get(stream);
    const next = {
      ...(old ?? UNKNOWN),
      ...decidedPart(cloud.history.decided.get(stream)),
      stream,
      gapSince: cloud.gapSince.get(stream) ?? null,
      usedNumber: cloud.usedNumbers.get(stream) ?? null,
    };
    return old && isSameStream(old, next) ? [] : [next];
  });
}

const UNKNOWN = { relayUpTo: null, relayHead: null };

function decidedPart(decided: DecidedUpTo | undefined): Pick<StoredStream, 'q' | 'head' | 'holes'> {
  if (!decided) return { q: null, head: null, holes: [] };
  return { q: decided.q, head: decided.head, holes: [...decided.holes] };
}

/** Whether nothing is to be written; a head goes with its number. */
function isSameStream(left: StoredStream, right: StoredStream): boolean {
  return (
    left.q === right.q &&
    left.head === right.head &&
    left.gapSince === right.gapSince &&
    left.usedNumber === right.usedNumber &&
    left.holes.join() === right.holes.join()
  );
}
