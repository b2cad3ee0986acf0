import {
  decide,
  EMPTY_HEAD,
  hlcTick,
  isNamed,
  lendingIdOf,
  nextNumber,
  refOf,
  rulesOf,
  sealOp,
  type Op,
  type Registry,
  type SealedOp,
  type Verdict,
} from '@wardgrid/sync';
import type { Transaction } from '../../platform/database.ts';
import type { Changed } from './changes.ts';
import { conflictsOf } from './conflicts.ts';
import type { NamedRow } from './deps.ts';
import { authorityOf, hold, type Held, type Parts } from './parts.ts';
import { keepConflicts, type NewConflict } from './store/conflict-repository.ts';
import { outboxRepository, type CapturedChange } from './store/outbox-repository.ts';
import { rowRepository } from './store/row-repository.ts';
import { tenantRepository, type TenantState } from './store/tenant-repository.ts';
import { changedIn, loadCloud } from './store/working-cloud.ts';
import { writeOps } from './store/working-replica.ts';

/** Changes that are sealed at once: what one transaction holds in memory. */
const BATCH_MAX = 1_000;
/** One signature vouches for so many ops; a message ends behind a signed one. */
export const RUN_MAX = 64;

/** What sealing some changes came to. */
interface Sealed {
  readonly state: TenantState;
  /** Captured changes that were taken. */
  readonly count: number;
  /** Rows that others changed since these changes were made: what is shown of them may be wrong. */
  readonly stale: Changed;
}

/** Writes all captured changes of a tenant into the own stream. */
export async function seal(parts: Parts, tenantId: string): Promise<number> {
  let total = 0;
  for (;;) {
    const count = await parts.platform.database.transact({ kind: 'sync' }, (tx) =>
      sealBatch(tx, parts, tenantId),
    );
    total += count;
    if (count < BATCH_MAX) return total;
  }
}

async function sealBatch(tx: Transaction, parts: Parts, tenantId: string): Promise<number> {
  const held = await hold(tx, parts, tenantId);
  if (held.state.baseline !== null) return 0;
  const { state, count, stale } = await sealSome(tx, parts, held);
  if (count > 0) await tenantRepository(tx).save(state);
  await parts.announcer.tell(tx, { state, topology: held.topology }, stale);
  return count;
}

/** Seals captured changes under the tenant's lock. The caller saves the state and tells of stale rows. */
export async function sealSome(tx: Transaction, parts: Parts, held: Held): Promise<Sealed> {
  const changes = await outboxRepository(tx, held.state.tenantId).take(BATCH_MAX);
  if (changes.length === 0) return { state: held.state, count: 0, stale: new Map() };
  const wishes: Unplaced[] = [];
  for (const change of folded(changes)) {
    const fields = await parts.deps.outgoing(held.state.tenantId, { ...change, id: change.rowId });
    wishes.push(wishOf({ ...change, fields }, parts));
  }
  const sealed = parts.deps.isCloud
    ? await sealAtCloud(tx, { parts, held }, wishes)
    : await sealAtReplica(tx, { parts, held }, wishes);
  return { ...sealed, count: changes.length };
}

/** Changes of one row by one person, one behind the other, are one. */
function folded(changes: readonly CapturedChange[]): CapturedChange[] {
  const all: CapturedChange[] = [];
  for (const change of changes) {
    const last = all.at(-1);
    const isMore =
      last !== undefined &&
      last.rowId === change.rowId &&
      last.type === change.type &&
      last.actor === change.actor &&
      change.kind === 'patch' &&
      (last.kind === 'create' || last.kind === 'patch');
    if (isMore) all[all.length - 1] = { ...last, fields: { ...last.fields, ...change.fields } };
    else all.push(change);
  }
  return all;
}

/** An op before it has a place in a stream. */
export type Unplaced = Omit<Op, 'stream' | 'q' | 'hlc'>;

function wishOf(change: CapturedChange, { tools }: Parts): Unplaced {
  const { kind, type, rowId, scope, fields, actor, seen } = change;
  return {
    opId: tools.newId(),
    kind,
    type,
    id: rowId,
    fields,
    seen,
    by: actor,
    home: kind === 'create' || kind === 'move' ? (scope ?? '') : null,
    schemaVersion: 1,
  };
}

/** Gives wishes their places behind what the own stream holds, signed in runs. */
export async function chain(
  parts: Parts,
  state: TenantState,
  wishes: readonly Unplaced[],
): Promise<{ readonly state: TenantState; readonly ops: readonly SealedOp[] }> {
  const { tools, deps } = parts;
  const wallMs = tools.wallMs();
  let { q, head, hlc } = state;
  const ops: SealedOp[] = [];
  for (const [index, wish] of wishes.entries()) {
    hlc = hlcTick(hlc, wallMs);
    q += 1;
    const sealed = sealOp({ ...wish, stream: state.stream, q, hlc }, head, tools.sha256);
    head = sealed.head;
    const isEnd = index === wishes.length - 1 || (index + 1) % RUN_MAX === 0;
    const place = { stream: state.stream, q, head };
    const signature = isEnd ? await deps.signOps(state.tenantId, place) : null;
    ops.push(signature === null ? sealed : { ...sealed, signature });
  }
  return { state: { ...state, q, head, hlc }, ops };
}

async function sealAtReplica(
  tx: Transaction,
  { parts, held }: { readonly parts: Parts; readonly held: Held },
  wishes: readonly Unplaced[],
): Promise<Omit<Sealed, 'count'>> {
  const { numbered, lastRef } = await withNumbers(tx, { parts, held }, wishes);
  const { state, ops } = await chain(parts, { ...held.state, lastRef }, numbered);
  await writeOps(tx, { tenantId: state.tenantId, kind: 'pending' }, ops);
  await parts.deps.nameRows?.(tx, namesGiven(parts.deps.registry, ops));
  const stale = ops.flatMap(({ op }) =>
    op.seen < state.cursor ? [[op.id, { type: op.type, previous: undefined }] as const] : [],
  );
  return { state, stale: new Map(stale) };
}

/** Numbers for new things out of what the cloud lent to the own stream, as long as there are any. */
async function withNumbers(
  tx: Transaction,
  { parts, held }: { readonly parts: Parts; readonly held: Held },
  wishes: readonly Unplaced[],
): Promise<{ readonly numbered: readonly Unplaced[]; readonly lastRef: number }> {
  const { tenantId, node, stream, epoch } = held.state;
  const { registry } = parts.deps;
  let { lastRef } = held.state;
  if (!wishes.some((wish) => isNamed(registry, wish))) return { numbered: wishes, lastRef };
  const [row] = await rowRepository(tx, tenantId).byIds([lendingIdOf(node)]);
  const numbered = wishes.map((wish) => {
    const number = isNamed(registry, wish)
      ? nextNumber(row, { stream, epoch, last: lastRef })
      : undefined;
    if (number === undefined) return wish;
    lastRef = number;
    return { ...wish, number };
  });
  return { numbered, lastRef };
}

/** What own things are called whose numbers were lent. */
function namesGiven(registry: Registry, ops: readonly SealedOp[]): NamedRow[] {
  return ops.flatMap(({ op: { type, id, number } }) => {
    const prefix = rulesOf(registry, type)?.refPrefix;
    if (prefix === undefined || number === undefined) return [];
    return [{ type, id, ref: refOf(prefix, number) }];
  });
}

async function sealAtCloud(
  tx: Transaction,
  { parts, held }: { readonly parts: Parts; readonly held: Held },
  wishes: readonly Unplaced[],
): Promise<Omit<Sealed, 'count'>> {
  const { state, ops } = await chain(parts, held.state, wishes);
  const decided = await decideOwn(tx, { parts, held: { ...held, state } }, ops);
  const stale = new Map([...decided.changed].filter(([id]) => decided.unlike.has(id)));
  return { state: decided.state, stale };
}

/** What deciding own ops came to. */
interface OwnDecisions {
  readonly state: TenantState;
  readonly changed: Changed;
  /** Rows that are not, or may not be, what the wishes said. */
  readonly unlike: ReadonlySet<string>;
}

/** Decides the cloud's own ops. */
export async function decideOwn(
  tx: Transaction,
  { parts, held }: { readonly parts: Parts; readonly held: Held },
  ops: readonly SealedOp[],
): Promise<OwnDecisions> {
  const { state, topology } = held;
  const { registry } = parts.deps;
  const wallMs = parts.platform.clock.now();
  const given = { state, registry, at: new Date(wallMs) };
  const working = await loadCloud(tx, given, { ops, streams: [], living: [] });
  const { cloud, lookups } = working;
  const conflicts: NewConflict[] = [];
  const unlike = new Set<string>();
  const names: NamedRow[] = [];
  const context = { registry, wallMs, lookups, ...authorityOf(topology) };
  const { newId } = parts.platform;
  for (const sealed of ops) {
    const { op } = sealed;
    const verdict = decide(cloud, sealed, context);
    if (op.seen < state.cursor || isUnlike(verdict)) unlike.add(op.id);
    if (verdict.kind !== 'decided') continue;
    names.push(...namesMade(verdict));
    conflicts.push(...conflictsOf(verdict.entry, { newId, topology, op }));
  }
  parts.reached('sync:after-decide');
  await working.save(tx);
  await parts.deps.nameRows?.(tx, names);
  await keepConflicts(tx, conflicts, { tenantId: state.tenantId, at: new Date(wallMs) });
  const next = { ...state, cursor: cloud.history.cursor, lastRef: cloud.lastRef };
  return { state: next, changed: changedIn(working.rows), unlike };
}

/** What the cloud called a thing that is new. */
function namesMade({ outcome }: Extract<Verdict, { kind: 'decided' }>): NamedRow[] {
  if (outcome.kind !== 'applied' || !outcome.isCreated) return [];
  const { type, id, ref } = outcome.row;
  return ref === null ? [] : [{ type, id, ref }];
}

function isUnlike(verdict: Verdict): boolean {
  return (
    verdict.kind !== 'decided' || verdict.entry.reason !== null || verdict.entry.alias !== null
  );
}

/** Where a stream of this node begins. */
export function beginStream(node: string, { tools }: Parts): { stream: string; head: string } {
  return { stream: `${node}/${tools.newIncarnation()}/ctl`, head: EMPTY_HEAD };
}
