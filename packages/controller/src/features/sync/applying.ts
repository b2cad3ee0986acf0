import {
  applyResponse,
  CLOUD,
  needsCloud,
  RELAY_FORKS_MAX,
  type Alias,
  type SyncResponse,
} from '@wardgrid/sync';
import type { Transaction } from '../../platform/database.ts';
import { fillUnsent } from './asking.ts';
import type { Changed } from './changes.ts';
import { conflictsOf } from './conflicts.ts';
import { replaceForeign, type OpRow } from './foreign-ops.ts';
import { ownTasks } from './own-ops.ts';
import { hold, type Held, type Parts } from './parts.ts';
import { SCAN_MAX } from './reading.ts';
import { saveReplica, toldAliases, type Applying } from './saving.ts';
import { sealSome } from './sealer.ts';
import { isStorable } from './storable.ts';
import { keepConflicts } from './store/conflict-repository.ts';
import { opRepository } from './store/op-repository.ts';
import { ownOpRepository } from './store/own-op-repository.ts';
import { rowRepository } from './store/row-repository.ts';
import { streamRepository } from './store/stream-repository.ts';
import { tenantRepository, type TenantState } from './store/tenant-repository.ts';
import { changedIn } from './store/working-cloud.ts';
import { loadReplica, replicaOf, type WorkingReplica } from './store/working-replica.ts';

/** Rows of an ended snapshot that are removed by one statement. */
const UNSEEN_BATCH = 1_000;

/** What taking an answer came to. */
export interface Applied {
  /** Whether to ask again at once. */
  readonly more: boolean;
  /** What is missed only the cloud can tell. */
  readonly asksCloud: boolean;
  /** Why nothing of the answer was taken: it says what the cloud did not, or what is not to be believed. */
  readonly doubt: string | null;
}

const FORK_DOUBT = `it says more than ${RELAY_FORKS_MAX} times in a day that the database here is a copy`;
const NOT_ASKED: Applied = { more: false, asksCloud: false, doubt: null };

/** An answer that is not believed: what was begun for it is undone. */
class DoubtError extends Error {}

/**
 * Takes an answer, all or nothing. An answer to another request than the last changes nothing, and so
 * does one for which the cloud does not vouch.
 */
export async function apply(
  parts: Parts,
  given: { readonly tenantId: string; readonly upstreamId: string },
  response: SyncResponse,
): Promise<Applied> {
  try {
    return await applyBelieved(parts, given, response);
  } catch (error) {
    if (!(error instanceof DoubtError)) throw error;
    return { more: false, asksCloud: true, doubt: error.message };
  }
}

/** @throws DoubtError */
function applyBelieved(
  parts: Parts,
  given: { readonly tenantId: string; readonly upstreamId: string },
  response: SyncResponse,
): Promise<Applied> {
  return parts.platform.database.transact({ kind: 'sync' }, async (tx) => {
    const locked = await hold(tx, parts, given.tenantId);
    const isAsked =
      locked.state.requestNumber === response.requestNumber &&
      locked.state.upstream === given.upstreamId;
    if (!isAsked) return NOT_ASKED;
    // What was changed here must not be painted over by what comes: it goes into the own stream first.
    const sealed = await sealSome(tx, parts, locked);
    const held = { ...locked, state: sealed.state };
    const { state, changed, asksCloud } = await applyHeld(tx, { parts, held, response });
    await saveIfChanged(tx, { before: locked.state, state, isIdle: changed.size === 0 });
    parts.reached('sync:page-applied');
    const all = new Map([...sealed.stale, ...changed]);
    await parts.announcer.tell(tx, { state, topology: held.topology }, all);
    parts.reached('sync:before-commit');
    const now = { parts, held: { ...held, state } };
    const isForkDoubted =
      response.status === 'fork' && response.from !== CLOUD && state.stream === held.state.stream;
    if (isForkDoubted) return { more: false, asksCloud: true, doubt: FORK_DOUBT };
    return {
      more: await isMore(tx, now, { response, before: held.state, asksCloud }),
      asksCloud,
      doubt: null,
    };
  });
}

/** What an answer without news changes is told again with the next: it waits for no disk. */
async function saveIfChanged(
  tx: Transaction,
  given: { readonly before: TenantState; readonly state: TenantState; readonly isIdle: boolean },
): Promise<void> {
  const { before, state, isIdle } = given;
  const isSame = JSON.stringify(before) === JSON.stringify(state);
  if (isIdle && before.cursor === state.cursor && before.q === state.q)
    await tenantRepository(tx).needNotLast();
  if (!isSame) await tenantRepository(tx).save(state);
}

/** Whether there is more behind the page: a relay hands on one stretch at a time. */
function hasMoreToRead(
  { limits }: Parts,
  { cursor }: TenantState,
  given: {
    readonly response: SyncResponse;
    readonly before: TenantState;
    readonly asksCloud: boolean;
  },
): boolean {
  const { from, page } = given.response;
  // What a relay cannot prove, the cloud is asked for.
  if (from !== CLOUD) return given.asksCloud || cursor > given.before.cursor;
  return page !== null && (page.entries.length >= limits.rows || page.upTo - page.from >= SCAN_MAX);
}

async function isMore(
  tx: Transaction,
  { parts, held }: { readonly parts: Parts; readonly held: Held },
  given: {
    readonly response: SyncResponse;
    readonly before: TenantState;
    readonly asksCloud: boolean;
  },
): Promise<boolean> {
  const { response, before } = given;
  const { snapshot, status } = response;
  if (status === 'fork' || status === 'epoch') return true;
  if (status === 'behind') return false;
  if (snapshot) return held.state.catchup !== null || before.catchup !== null;
  if (hasMoreToRead(parts, held.state, given)) return true;
  if (!(await opRepository(tx, held.state.tenantId).hasUndecided())) return false;
  const probe = replicaOf(held.state);
  await fillUnsent(tx, { parts: { ...parts, limits: { ...parts.limits, ops: 1 } }, held }, probe);
  return probe.pending.length > 0 || [...probe.relay.values()].some(({ ops }) => ops.size > 0);
}

/** Applies the pure rules to what the answer touches, and writes back what changed. */
async function applyHeld(
  tx: Transaction,
  given: Applying,
): Promise<{
  readonly state: TenantState;
  readonly changed: Changed;
  readonly asksCloud: boolean;
}> {
  const { parts, held, response } = given;
  const { topology } = held;
  const { tenantId } = held.state;
  const { registry } = parts.deps;
  const working = await loadReplica(tx, { state: held.state, registry }, response);
  const { replica } = working;
  const { foreign } = replica.soft;
  const wereAliases = response.snapshot ? await rowRepository(tx, tenantId).aliases() : [];
  const tasks = ownTasks(parts.tools);
  if (!isStorable(response.foreign ?? []))
    throw new DoubtError('it shows a change that nobody can keep');
  const doubt = applyResponse(replica, response, {
    registry,
    topology,
    tools: tasks.tools,
    opsMax: parts.limits.ops,
    openVoucher: (sealed) => parts.deps.openVoucher(tenantId, sealed),
    isSigned: topology.isSigned,
    isRevoked: topology.isRevoked,
  });
  if (doubt !== null) throw new DoubtError(doubt);
  const state = await saveReplica(tx, { ...given, tasks }, working);
  const isWhole = working.isReplaced() && response.status === 'ok';
  if (isWhole) {
    await removeUnseen(tx, { parts, held: { state, topology } });
    await tellMissing(tx, { parts, held: { state, topology } }, held.state);
  }
  const replaced = [...wereAliases, ...toldAliases(working, response)];
  const rows = [
    ...(await named(tx, tenantId, replaced)),
    ...(await forget(tx, { ...given, working, isWhole })),
    ...(replica.soft.foreign === foreign
      ? []
      : await replaceForeign(tx, tenantId, replica.soft.foreign)),
  ];
  const told = rows.map(({ id, type }) => [id, { type, previous: undefined }] as const);
  const changed = new Map([...told, ...changedIn(working.rows)]);
  return { state, changed, asksCloud: needsCloud(replica) };
}

/** Rows that undecided ops change otherwise than before, because an id in them became another's or its own. */
async function named(
  tx: Transaction,
  tenantId: string,
  aliases: readonly Alias[],
): Promise<readonly OpRow[]> {
  const rows = await opRepository(tx, tenantId).naming(aliases.map(({ from }) => from));
  const types = new Map(rows.map(({ id, type }) => [id, type]));
  const targets = aliases.flatMap(({ from, to }) => {
    const type = types.get(from);
    return type === undefined ? [] : [{ id: to, type }];
  });
  return [...rows, ...targets];
}

/** Rows that did not come with a snapshot that is whole are not there any more, or out of sight. */
async function removeUnseen(
  tx: Transaction,
  { parts, held }: Omit<Applying, 'response'>,
): Promise<void> {
  const { state } = held;
  const repository = rowRepository(tx, state.tenantId);
  for (;;) {
    const gone = await repository.removeUnseen(state.snapshotNumber, UNSEEN_BATCH);
    const changed = gone.map((row) => [row.id, { type: row.type, previous: row }] as const);
    await parts.announcer.tell(tx, held, new Map(changed));
    if (gone.length < UNSEEN_BATCH) return;
  }
}

/**
 * Rows that the history which begins does not have, and that somebody changes in what the cloud may have
 * forgotten: until all rows had arrived, what stood here held it.
 */
async function tellMissing(
  tx: Transaction,
  { parts, held }: Omit<Applying, 'response'>,
  { catchup, tenantId }: TenantState,
): Promise<void> {
  const before = catchup?.turn?.before ?? [];
  if (before.length === 0) return;
  const limit = parts.limits.rows;
  for (let after = ''; ;) {
    const rows = await ownOpRepository(tx, tenantId).missingRows(before, after, limit);
    const changed = rows.map(({ id, type }) => [id, { type, previous: undefined }] as const);
    await parts.announcer.tell(tx, held, new Map(changed));
    after = rows.at(-1)?.id ?? '';
    if (rows.length < limit) return;
  }
}

/** Forgets what is decided by now. The rows that it was about. */
async function forget(
  tx: Transaction,
  given: Applying & { readonly working: WorkingReplica; readonly isWhole: boolean },
): Promise<readonly OpRow[]> {
  const { working, isWhole, response, held } = given;
  const { tenantId } = held.state;
  if (!isWhole) await noteConflicts(tx, given);
  const places = isWhole ? null : decidedBefore(working, response);
  const forgotten =
    places?.length === 0 ? [] : await opRepository(tx, tenantId).forgetDecided(places);
  if (working.hasEnded()) await streamRepository(tx, tenantId).endRelayed();
  return forgotten;
}

/** How far the streams of which a page tells were decided before it: of what came before, nothing is left. */
function decidedBefore(
  { streams }: WorkingReplica,
  { page }: SyncResponse,
): (readonly [stream: string, q: number])[] {
  const before = new Map(streams.map(({ stream, q }) => [stream, q]));
  return (page?.marks ?? []).map(({ stream }) => [stream, before.get(stream) ?? 0]);
}

/** Values that do not hold: of own changes, and of others in sight. */
async function noteConflicts(tx: Transaction, { parts, held, response }: Applying): Promise<void> {
  const { tenantId, cursor } = held.state;
  const entries = (response.page?.entries ?? []).filter(
    ({ g, lost }) => g > cursor && lost.length > 0,
  );
  const { newId, clock } = parts.platform;
  const ops = await opRepository(tx, tenantId).at(
    ['pending', 'relay'],
    entries.map(({ stream, q }) => [stream, q]),
  );
  const own = new Map(ops.map(({ op }) => [`${op.stream} ${op.q}`, op]));
  const conflicts = entries.flatMap((entry) =>
    conflictsOf(entry, {
      newId,
      topology: held.topology,
      op: own.get(`${entry.stream} ${entry.q}`),
    }),
  );
  await keepConflicts(tx, conflicts, { tenantId, at: new Date(clock.now()) });
}
