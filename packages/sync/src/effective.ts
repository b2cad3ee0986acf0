import { lastingIdOf } from './ids.ts';
import { rowsOf, decidedOf } from './log.ts';
import { applyOp } from './merge.ts';
import { compareOps, nodeOf, type Op } from './op.ts';
import type { Registry } from './registry.ts';
import type { Replica } from './replica.ts';
import { resolveId, type Row, type RowSet } from './row.ts';

/** Rows as people see them: what is decided, and on top what is not yet, in the order of its clocks. */
export interface EffectiveRows {
  readonly get: (id: string) => Row | undefined;
  /** Live rows. */
  readonly all: () => readonly Row[];
  readonly resolve: (id: string) => string;
}

/**
 * The state of a node for its people and devices: `base ⊕ foreign ⊕ relay ⊕ pending`. An admin of a
 * site that is cut off changes what holds there at once.
 */
export function effectiveRows(
  replica: Replica,
  {
    registry,
    layerOf,
  }: { readonly registry: Registry; readonly layerOf: (node: string) => number },
): EffectiveRows {
  const { history } = replica;
  const changed = new Map<string, Row>();
  const aliases = new Map<string, string>();
  const base = rowsOf(history, '');
  const rows: RowSet = {
    get: (id) => changed.get(id) ?? base.get(id),
    put: (row) => void changed.set(row.id, row),
    aliasOf: (id) => aliases.get(id) ?? base.aliasOf(id),
    putAlias: (from, to) => void aliases.set(from, to),
  };
  for (const op of undecided(replica)) {
    // After everything its author had seen, before the decision that follows.
    const g = op.seen + 0.5;
    const layer = layerOf(nodeOf(op.stream));
    applyOp(rows, op, { registry, g, layer, epoch: history.epoch });
  }
  return {
    get: (id) => liveOf(rows.get(id)),
    all: () =>
      [
        ...history.rows.keys(),
        ...[...changed.keys()].filter((id) => !history.rows.has(id)),
      ].flatMap((id) => liveOf(rows.get(id)) ?? []),
    resolve: (id) => resolveId(rows, id),
  };
}

function liveOf(row: Row | undefined): Row | undefined {
  return row && !row.isDeleted ? row : undefined;
}

/** Own, relayed and foreign ops that are not decided, each once, in the order of their clocks. */
export function undecided(replica: Replica): readonly Op[] {
  const { pending, relay, soft } = replica;
  const ops = new Map<string, Op>();
  for (const { op } of soft.foreign) ops.set(`${op.stream} ${op.q}`, op);
  for (const { ops: relayed } of relay.values()) {
    for (const { op } of relayed.values()) ops.set(`${op.stream} ${op.q}`, op);
  }
  for (const { op } of pending) ops.set(`${op.stream} ${op.q}`, op);
  return [...ops.values()].filter((op) => op.q > heldUpTo(replica, op)).toSorted(compareOps);
}

/** Up to where the row of an op, as it stands here, holds the op's stream. */
function heldUpTo({ catchup, history }: Replica, op: Op): number {
  const turn = catchup?.turn;
  const hasArrived = !turn || turn.arrived.has(op.id) || turn.arrived.has(lastingIdOf(op));
  // Otherwise it is that of the history that ended: it holds also what has to be decided again.
  return hasArrived ? decidedOf(history, op.stream) : (turn.before.get(op.stream) ?? 0);
}
