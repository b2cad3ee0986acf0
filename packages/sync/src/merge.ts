import type { Json } from '@wardgrid/base';
import { hlcAfter, hlcMax } from './hlc.ts';
import type { Op } from './op.ts';
import { ruleOf, type FieldRule, type Registry } from './registry.ts';
import { resolveId, type Field, type Row, type RowSet } from './row.ts';

/** Why an op has no effect. Its values are kept, so that a person can apply them again. */
export type RejectReason = 'exists' | 'gone' | 'authority' | 'concurrent-older' | 'duplicate';

/** What an op came to. */
export type Outcome =
  | { readonly kind: 'rejected'; readonly reason: RejectReason; readonly id: string }
  | {
      readonly kind: 'applied';
      /** The row as it is now. */
      readonly row: Row;
      /** The row's home before, when it moved. */
      readonly previousHome: string | null;
      readonly isCreated: boolean;
      /** The op's id became another's: the same machine enrolled twice. */
      readonly alias: { readonly from: string; readonly to: string } | null;
      /** Other rows that named the replaced id. */
      readonly rewritten: readonly Row[];
    };

/** Under what an op is applied. */
export interface MergeContext {
  readonly registry: Registry;
  /** The number of the decision; for a preview, one after what the author had seen. */
  readonly g: number;
  /** The author's layer by its certificate: 0 is the cloud. Never what the op says. */
  readonly layer: number;
}

/** Applies an op to rows by the rules of its type. Same arguments, same outcome, on every node. */
export function applyOp(rows: RowSet, op: Op, context: MergeContext): Outcome {
  if (op.kind === 'create') return create(rows, op, context);
  const id = resolveId(rows, op.id);
  const row = rows.get(id);
  if (!row || row.isDeleted) return { kind: 'rejected', reason: 'gone', id };
  if (op.kind === 'delete') {
    return applied(rows, { ...row, g: context.g, isDeleted: true, fields: {} });
  }
  if (op.kind === 'move') return move(rows, { row, op, context });
  return patch(rows, { row, op, context });
}

function applied(
  rows: RowSet,
  row: Row,
  more: Partial<Extract<Outcome, { kind: 'applied' }>> = {},
): Outcome {
  rows.put(row);
  return {
    kind: 'applied',
    row,
    previousHome: null,
    isCreated: false,
    alias: null,
    rewritten: [],
    ...more,
  };
}

function create(rows: RowSet, op: Op, context: MergeContext): Outcome {
  const id = resolveId(rows, op.id);
  if (rows.get(id)) return { kind: 'rejected', reason: 'exists', id };
  const twin = twinOf(rows, op, context.registry);
  if (twin) return merge(rows, { op, twin, context });
  const fields: Record<string, Field> = {};
  for (const [name, value] of Object.entries(op.fields)) {
    const rule = ruleOf(context.registry, op.type, name);
    if (isAllowed(rule, context.layer)) fields[name] = fieldOf(rows, { op, rule, value, context });
  }
  const home = op.home ?? '';
  const made = { id, type: op.type, home, g: context.g, ref: null, isDeleted: false, fields };
  return applied(rows, made, { isCreated: true });
}

/** The live row that is the same thing by its natural key. */
function twinOf(rows: RowSet, op: Op, registry: Registry): Row | undefined {
  const key = registry[op.type]?.naturalKey;
  const value = key === undefined ? undefined : op.fields[key];
  if (typeof value !== 'string') return undefined;
  const id = rows.liveByKey?.(op.type, value);
  return id === undefined ? undefined : rows.get(id);
}

/** Two ids of one thing: the newer becomes an alias, and what named it names the other. */
function merge(
  rows: RowSet,
  { op, twin, context }: { readonly op: Op; readonly twin: Row; readonly context: MergeContext },
): Outcome {
  rows.putAlias(op.id, twin.id);
  const rewritten = (rows.referringTo?.(op.id) ?? []).map(({ row, field }) => {
    const before = row.fields[field];
    const fields = before
      ? { ...row.fields, [field]: { ...before, value: twin.id, g: context.g } }
      : row.fields;
    const next = { ...row, g: context.g, fields };
    rows.put(next);
    return next;
  });
  return applied(rows, twin, { alias: { from: op.id, to: twin.id }, rewritten });
}

interface Change {
  readonly row: Row;
  readonly op: Op;
  readonly context: MergeContext;
}

function move(rows: RowSet, { row, op, context }: Change): Outcome {
  if (context.layer > 0) return { kind: 'rejected', reason: 'authority', id: row.id };
  const home = op.home ?? row.home;
  return applied(rows, { ...row, home, g: context.g }, { previousHome: row.home });
}

function patch(rows: RowSet, { row, op, context }: Change): Outcome {
  const won: Record<string, Field> = {};
  let isBarred = false;
  for (const [name, value] of Object.entries(op.fields)) {
    const rule = ruleOf(context.registry, row.type, name);
    const current = row.fields[name];
    if (!isAllowed(rule, context.layer)) {
      isBarred = true;
    } else if (winsOver(current, { op, rule, value })) {
      won[name] = fieldOf(rows, { op, rule, value, context, current });
    }
  }
  if (Object.keys(won).length === 0) {
    const reason = isBarred ? 'authority' : 'concurrent-older';
    return { kind: 'rejected', reason, id: row.id };
  }
  return applied(rows, { ...row, g: context.g, fields: { ...row.fields, ...won } });
}

function isAllowed(rule: FieldRule, layer: number): boolean {
  if (rule.merge === 'cloud-only') return layer === 0;
  return rule.layerMax === undefined || layer <= rule.layerMax;
}

/** Whether a write wins over the value that is there. What its author had seen, it wins over. */
function winsOver(
  current: Field | undefined,
  { op, rule, value }: { readonly op: Op; readonly rule: FieldRule; readonly value: Json },
): boolean {
  if (!current || rule.merge === 'counter') return true;
  if (rule.merge === 'once') return false;
  const isOwn = current.stream === op.stream && current.q < op.q;
  if (isOwn || current.g <= op.seen) return true;
  if (rule.merge === 'protective' && current.value !== value) return value === rule.protects;
  if (op.hlc !== current.hlc) return op.hlc > current.hlc;
  return op.stream > current.stream;
}

function fieldOf(
  rows: RowSet,
  given: {
    readonly op: Op;
    readonly rule: FieldRule;
    readonly value: Json;
    readonly context: MergeContext;
    readonly current?: Field | undefined;
  },
): Field {
  const { op, rule, context, current } = given;
  return {
    value: valueOf(rows, given),
    g: context.g,
    // Later than what it replaces, so that a slow clock does not lose the next time for it.
    hlc: current && rule.merge !== 'counter' ? hlcMax(op.hlc, hlcAfter(current.hlc)) : op.hlc,
    stream: op.stream,
    q: op.q,
  };
}

function valueOf(
  rows: RowSet,
  {
    rule,
    value,
    current,
  }: { readonly rule: FieldRule; readonly value: Json; readonly current?: Field | undefined },
): Json {
  if (rule.merge === 'counter') return Number(current?.value ?? 0) + Number(value);
  if (rule.refersTo !== undefined && typeof value === 'string') return resolveId(rows, value);
  return value;
}
