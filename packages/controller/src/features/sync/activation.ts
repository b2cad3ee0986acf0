import { CLOUD, hlcOf } from '@wardgrid/sync';
import type { Transaction } from '../../platform/database.ts';
import type { TypedRow } from './deps.ts';
import { hold, type Parts } from './parts.ts';
import { beginStream, chain, decideOwn } from './sealer.ts';
import { tenantRepository } from './store/tenant-repository.ts';

/** Rows that become decisions in one transaction. */
const BASELINE_BATCH = 1_000;

/**
 * Begins to sync a tenant. From the first commit on its changes are captured; at the cloud its rows are
 * then decided some at a time, and a crash goes on where it was. What is captured meanwhile is sealed
 * behind them, so that it finds the rows that it is about.
 */
export async function activate(parts: Parts, tenantId: string): Promise<void> {
  const { database } = parts.platform;
  await database.transact({ kind: 'sync' }, (tx) => tenantRepository(tx).beginCapture());
  await database.transact({ kind: 'sync' }, (tx) => begin(tx, parts, tenantId));
  for (;;) {
    const isMore = await database.transact({ kind: 'sync' }, (tx) => baseline(tx, parts, tenantId));
    if (!isMore) return;
  }
}

async function begin(tx: Transaction, parts: Parts, tenantId: string): Promise<void> {
  const { deps, tools } = parts;
  const topology = await deps.topologyOf(tx, tenantId);
  const node = deps.isCloud ? CLOUD : deps.nodeId;
  await tenantRepository(tx).insert({
    tenantId,
    node,
    ...beginStream(node, parts),
    scopeVersion: topology.scopeVersionOf(node),
    hlc: deps.isCloud ? hlcOf(tools.wallMs()) : hlcOf(0),
    baseline: deps.isCloud ? { after: null } : null,
    declarations: deps.declarations,
  });
}

async function baseline(tx: Transaction, parts: Parts, tenantId: string): Promise<boolean> {
  const held = await hold(tx, parts, tenantId);
  if (held.state.baseline === null) return false;
  const { after } = held.state.baseline;
  const rows = await parts.deps.baselineOf(tx, { tenantId, after, limit: BASELINE_BATCH });
  const last = rows.at(-1);
  if (!last) {
    await tenantRepository(tx).save({ ...held.state, baseline: null });
    return false;
  }
  const wishes = rows.map((row) => wishOf(row, parts));
  const { state, ops } = await chain(parts, held.state, wishes);
  const decided = await decideOwn(tx, { parts, held: { ...held, state } }, ops);
  const place = { after: { type: last.type, id: last.id } };
  await tenantRepository(tx).save({ ...decided.state, baseline: place });
  return true;
}

function wishOf({ type, id, home, fields }: TypedRow, { tools }: Parts) {
  return {
    opId: tools.newId(),
    kind: 'create' as const,
    type,
    id,
    home,
    fields,
    seen: 0,
    by: '',
    schemaVersion: 1,
  };
}
