import { receive, type Received, type SyncRequest, type SyncResponse } from '@wardgrid/sync';
import type { Transaction } from '../../platform/database.ts';
import { ControllerError } from '../../platform/error.ts';
import { conflictsOf } from './conflicts.ts';
import type { SyncCaller } from './deps.ts';
import { authorityOf, hold, type Held, type Parts } from './parts.ts';
import { readFor, type Fresh } from './reading.ts';
import { requireStorable } from './storable.ts';
import { keepConflicts, type NewConflict } from './store/conflict-repository.ts';
import { peerRepository } from './store/peer-repository.ts';
import { streamRepository } from './store/stream-repository.ts';
import { tenantRepository, type TenantState } from './store/tenant-repository.ts';
import { changedIn, loadCloud, type Touched } from './store/working-cloud.ts';
import { loadRelay, stateOf } from './store/working-replica.ts';

/** What taking a request came to. */
interface Taken extends Received {
  readonly state: TenantState;
  /** Decisions that it brought about. */
  readonly fresh: Fresh | null;
}

interface Taking {
  readonly parts: Parts;
  readonly held: Held;
}

/** How soon to come back while the tenant's rows are read for the first time. */
const ACTIVATION_RETRY_SECONDS = 5;

/** Answers a controller below: takes its ops and reads what it misses, all or nothing. */
export function handle(
  parts: Parts,
  caller: SyncCaller,
  request: SyncRequest,
): Promise<SyncResponse> {
  // Who it is, its certificate says.
  const asked = { ...request, from: caller.nodeId };
  requireStorable(asked.ops);
  return parts.platform.database.transact({ kind: 'sync' }, async (tx) => {
    const held = await hold(tx, parts, caller.tenantId);
    if (held.state.baseline !== null) {
      throw new ControllerError('unavailable', 'the tenant is being made ready to sync', {
        retryAfterSeconds: ACTIVATION_RETRY_SECONDS,
      });
    }
    const taken = parts.deps.isCloud
      ? await takeAtCloud(tx, { parts, held }, asked)
      : await takeAtRelay(tx, { parts, held }, asked);
    await notePeer(tx, { parts, state: taken.state }, asked);
    // Who brings nothing tells the rest again the next time.
    if (asked.ops.length === 0) await tenantRepository(tx).needNotLast();
    const response = await answer(tx, { parts, held, taken }, asked);
    parts.reached('sync:before-commit');
    return response;
  });
}

async function answer(
  tx: Transaction,
  { parts, held, taken }: Taking & { readonly taken: Taken },
  asked: SyncRequest,
): Promise<SyncResponse> {
  const { response, mayRead, state, fresh } = taken;
  const now = { parts, held: { ...held, state }, fresh };
  if (mayRead) return { ...response, ...(await readFor(tx, now, asked)) };
  if (response.status !== 'epoch') return response;
  return { ...response, reset: await streamRepository(tx, state.tenantId).decided() };
}

/** What a request touches, whoever takes it. */
function touchedBy({ ops, claim, decided, streams }: SyncRequest): Touched {
  return {
    ops,
    streams: [claim.stream, ...decided.map(([stream]) => stream)],
    living: streams,
  };
}

async function takeAtCloud(
  tx: Transaction,
  { parts, held }: Taking,
  asked: SyncRequest,
): Promise<Taken> {
  const { deps, limits, platform } = parts;
  const { state, topology } = held;
  const { registry } = deps;
  const wallMs = platform.clock.now();
  const blockSize = limits.numbers;
  const working = await loadCloud(tx, { state, registry, at: new Date(wallMs) }, touchedBy(asked));
  const { cloud, lookups } = working;
  const decideContext = { registry, wallMs, lookups, blockSize, ...authorityOf(topology) };
  const conflicts: NewConflict[] = [];
  const received = receive({ kind: 'cloud', cloud, decideContext }, asked, {
    registry,
    topology,
    wallMs,
    rowsMax: limits.rows,
    sha256: parts.tools.sha256,
    onVerdict(op, verdict) {
      if (verdict.kind !== 'decided') return;
      conflicts.push(...conflictsOf(verdict.entry, { newId: platform.newId, topology, op }));
    },
  });
  parts.reached('sync:after-decide');
  await working.save(tx);
  await keepConflicts(tx, conflicts, { tenantId: state.tenantId, at: new Date(wallMs) });
  const next = { ...state, cursor: cloud.history.cursor, lastRef: cloud.lastRef };
  if (next.cursor !== state.cursor) await tenantRepository(tx).save(next);
  await parts.announcer.tell(
    tx,
    { state: next, topology, known: working.rows },
    changedIn(working.rows),
  );
  const { entries, marks } = cloud.history;
  return { ...received, state: next, fresh: { from: state.cursor, entries, marks } };
}

async function takeAtRelay(
  tx: Transaction,
  { parts, held }: Taking,
  asked: SyncRequest,
): Promise<Taken> {
  const { deps, limits, platform } = parts;
  const { state, topology } = held;
  const { streams, living, ops } = touchedBy(asked);
  const working = await loadRelay(tx, state, {
    streams: [...streams, ...ops.map(({ op }) => op.stream)],
    living,
    claimed: ops.filter(({ op }) => op.stream === asked.claim.stream).map(({ op }) => op),
  });
  const { replica } = working;
  const received = receive({ kind: 'controller', replica }, asked, {
    registry: deps.registry,
    topology,
    wallMs: platform.clock.now(),
    rowsMax: limits.rows,
    sha256: parts.tools.sha256,
  });
  parts.reached('sync:after-decide');
  const written = await working.save(tx);
  const next = stateOf(replica, state);
  if (next.hlc !== state.hlc) await tenantRepository(tx).save(next);
  const changed = new Map(
    [...written].map(([id, type]) => [id, { type, previous: undefined }] as const),
  );
  await parts.announcer.tell(tx, { state: next, topology }, changed);
  return { ...received, state: next, fresh: null };
}

async function notePeer(
  tx: Transaction,
  { parts, state }: { readonly parts: Parts; readonly state: TenantState },
  { from, epoch, cursor, scopeVersion, catchup }: SyncRequest,
): Promise<void> {
  const snapshotAt = catchup && catchup.at >= 0 ? catchup.at : null;
  const peer = { node: from, epoch, cursor, scopeVersion, snapshotAt };
  await peerRepository(tx, state.tenantId).note(peer, new Date(parts.platform.clock.now()));
}
