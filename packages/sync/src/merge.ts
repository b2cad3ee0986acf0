import type { Json } from '@wardgrid/base';
import { refusalOf, type Authority } from './authority.ts';
import { hasSeen, mergeField } from './field-rules.ts';
import { isTmpId, lastingIdOf, meantBy } from './ids.ts';
import { LENDING_TYPE, lendingIdOf, lentRefOf } from './blocks.ts';
import { nodeOf, type Op } from './op.ts';
import { ruleOf, rulesOf, type FieldRule, type Registry } from './registry.ts';
import {
  fieldOf,
  resolveId,
  type Field,
  type Lost,
  type Row,
  type RowSet,
  type Written,
} from './row.ts';

/**
 * Why an op has no effect. Its values are kept, so that a person can apply them again.
 * `gone`: its row was deleted, or never was. `authority`: its author's layer may not write that.
 * `out-of-scope`: its row is not the author's to change. `bad-ref`: it names what the author may not see.
 * `too-late`: it was written anew and is so old that nobody knows whether it was decided before.
 */
export type RejectReason =
  | 'exists'
  | 'gone'
  | 'authority'
  | 'concurrent-older'
  | 'duplicate'
  | 'out-of-scope'
  | 'bad-ref'
  | 'revoked'
  | 'permanent'
  | 'too-late';

/** What an op came to. */
export type Outcome =
  | {
      readonly kind: 'rejected';
      readonly reason: RejectReason;
      readonly id: string;
      readonly lost: readonly Lost[];
    }
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
      /** Values that were written and do not hold: of this op, or of others that it had not seen. */
      readonly lost: readonly Lost[];
    };

/** Under what an op is applied. */
export interface MergeContext {
  readonly registry: Registry;
  /** The number of the decision; for a preview, one after what the author had seen. */
  readonly g: number;
  /** The author's layer by its certificate: 0 is the cloud. Never what the op says. */
  readonly layer: number;
  /** Of which history numbers of references may be lent; absent: nobody has any. */
  readonly epoch?: number;
  /** What authors may do; absent in a preview, which is of people's own. */
  readonly authority?: Authority | undefined;
}

/** Applies an op to rows by the rules of its type. Same arguments, same outcome, on every node. */
export function applyOp(rows: RowSet, op: Op, context: MergeContext): Outcome {
  const id = resolveId(rows, meantBy(op, op.id));
  const row = rows.get(id);
  // What was lent to whom nobody says but the cloud, and that by no op.
  if (op.type === LENDING_TYPE || row?.type === LENDING_TYPE) {
    return rejected(op, 'authority', { id });
  }
  if (op.kind === 'create') return create(rows, { id, row, op, context });
  if (!row || row.isDeleted) return rejected(op, 'gone', { id });
  const refusal = refusalOf(rows, { op, home: row.home, context });
  if (refusal) return rejected(op, refusal, { id });
  if (op.kind === 'delete') return remove(rows, { row, op, context });
  if (op.kind === 'move') return move(rows, { row, op, context });
  return patch(rows, { row, op, context });
}

/** Without the row the values are kept alone: what holds there may be none of the author's business. */
export function rejected(
  op: Op,
  reason: RejectReason,
  { id, row }: { readonly id: string; readonly row?: Row },
): Outcome {
  const lost = Object.entries(op.fields).map(([field, value]) =>
    lostTo(row && fieldOf(row, field), { field, value, by: op }),
  );
  // Who deletes what is gone has lost nothing.
  const isNothing = reason === 'duplicate' || op.kind === 'delete';
  return { kind: 'rejected', reason, id, lost: isNothing ? [] : lost };
}

function lostTo(
  winner: Field | undefined,
  { field, value, by }: { readonly field: string; readonly value: Json; readonly by: Written },
): Lost {
  return { field, value, to: winner?.value ?? null, stream: by.stream, q: by.q };
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
    lost: [],
    ...more,
  };
}

interface Creation {
  readonly id: string;
  readonly row: Row | undefined;
  readonly op: Op;
  readonly context: MergeContext;
}

function create(rows: RowSet, { id, row, op, context }: Creation): Outcome {
  const home = op.home ?? '';
  const refusal = refusalOf(rows, { op, home, context });
  if (refusal) return rejected(op, refusal, { id });
  const lastingId = lastingIdOf(op);
  if (row || rows.get(lastingId)) return rejected(op, 'exists', { id });
  const twin = twinOf(rows, op, context.registry);
  if (twin) return merge(rows, { op, row: twin, context });
  const empty: Row = {
    id: lastingId,
    type: op.type,
    home,
    g: context.g,
    ref: refGivenBy(rows, op, context),
    isDeleted: false,
    fields: {},
  };
  const { won, lost } = mergeFields(rows, { row: empty, op, context });
  const made = { ...empty, fields: won };
  if (!isTmpId(op.id)) return applied(rows, made, { isCreated: true, lost });
  const replaced = replaceId(rows, { from: id, to: empty.id, g: context.g });
  return applied(rows, made, { isCreated: true, lost, ...replaced });
}

/** The reference that an op's author gave out of what was lent to it. */
function refGivenBy(rows: RowSet, op: Op, { registry, epoch }: MergeContext): string | null {
  if (op.number === undefined || epoch === undefined) return null;
  return lentRefOf(op, { registry, epoch, row: rows.get(lendingIdOf(nodeOf(op.stream))) });
}

/** The live row that is the same thing by its natural key. */
function twinOf(rows: RowSet, op: Op, registry: Registry): Row | undefined {
  const key = rulesOf(registry, op.type)?.naturalKey;
  const value = key === undefined ? undefined : op.fields[key];
  if (typeof value !== 'string') return undefined;
  const id = rows.liveByKey?.(op.type, value);
  return id === undefined ? undefined : rows.get(id);
}

/** Two ids of one thing: the newer becomes an alias. */
function merge(rows: RowSet, { op, row: twin, context }: Change): Outcome {
  const from = meantBy(op, op.id);
  return applied(rows, twin, replaceId(rows, { from, to: twin.id, g: context.g }));
}

/** Makes an id stand for another for ever: what named it names the other. */
function replaceId(
  rows: RowSet,
  { from, to, g }: { readonly from: string; readonly to: string; readonly g: number },
): Pick<Extract<Outcome, { kind: 'applied' }>, 'alias' | 'rewritten'> {
  rows.putAlias(from, to);
  const rewritten = (rows.referringTo?.(from) ?? []).map(({ row, field }) => {
    const before = row.fields[field];
    const fields = before ? { ...row.fields, [field]: { ...before, value: to, g } } : row.fields;
    const next = { ...row, g, fields };
    rows.put(next);
    return next;
  });
  return { alias: { from, to }, rewritten };
}

interface Change {
  readonly row: Row;
  readonly op: Op;
  readonly context: MergeContext;
}

function remove(rows: RowSet, { row, op, context }: Change): Outcome {
  if (rulesOf(context.registry, row.type)?.isPermanent) {
    return rejected(op, 'permanent', { id: row.id });
  }
  const deleted = { ...row, g: context.g, isDeleted: true, fields: {} };
  return applied(rows, deleted, { lost: lostWith(row, op, context.registry) });
}

/** The field of a delete that says that nobody asked for it: what the row belonged to is gone. */
export const CASCADE = 'cascade';

/** What was written of a row and goes with it, though who deletes it had not seen that. */
function lostWith(row: Row, op: Op, registry: Registry): readonly Lost[] {
  if (rulesOf(registry, row.type)?.tellsLoss !== true) return [];
  const isCascade = op.fields[CASCADE] === true;
  return Object.entries(row.fields).flatMap(([field, written]) =>
    isCascade || !hasSeen(op, written)
      ? [lostTo(undefined, { field, value: written.value, by: written })]
      : [],
  );
}

/** Below the cloud a row is moved within what its author serves: it lay there, and it is to lie there. */
function move(rows: RowSet, { row, op, context }: Change): Outcome {
  const home = op.home ?? row.home;
  const { authority, layer } = context;
  if (layer > 0 && authority && !authority.isHomeWithin(home, nodeOf(op.stream))) {
    return rejected(op, 'authority', { id: row.id });
  }
  return applied(rows, { ...row, home, g: context.g }, { previousHome: row.home });
}

function patch(rows: RowSet, { row, op, context }: Change): Outcome {
  const { won, lost, isBarred } = mergeFields(rows, { row, op, context });
  if (Object.keys(won).length === 0) {
    return rejected(op, isBarred ? 'authority' : 'concurrent-older', { id: row.id, row });
  }
  return applied(rows, { ...row, g: context.g, fields: { ...row.fields, ...won } }, { lost });
}

interface MergedFields {
  readonly won: Readonly<Record<string, Field>>;
  readonly lost: readonly Lost[];
  /** Whether a field was left out that the author's layer may not write. */
  readonly isBarred: boolean;
}

function mergeFields(rows: RowSet, { row, op, context }: Change): MergedFields {
  // Not an object while names are put in: `__proto__` is a name like any other.
  const won = new Map<string, Field>();
  const lost: Lost[] = [];
  let isBarred = false;
  const ruleOfField = (name: string): FieldRule => ruleOf(context.registry, row.type, name);
  for (const [name, written] of leadersFirst(op, ruleOfField)) {
    const rule = ruleOfField(name);
    const current = fieldOf(row, name);
    if (!isAllowed(rule, context.layer)) {
      isBarred = true;
      lost.push(lostTo(current, { field: name, value: written, by: op }));
      continue;
    }
    const value = resolved(rows, rule, { op, written });
    const leader = leaderOf(op, rule);
    if (leader !== undefined && !won.has(leader)) {
      lost.push(lostTo(current, { field: name, value, by: op }));
      continue;
    }
    // What goes with a value that holds, holds with it.
    const replaced = leader === undefined ? current : undefined;
    const { field, loser } = mergeField(replaced, { op, rule, value, g: context.g });
    if (field) won.set(name, field);
    if (loser) lost.push(lostTo(field ?? current, { field: name, ...loser }));
  }
  return { won: Object.fromEntries(won), lost, isBarred };
}

/** The field of the same op whose fate this one shares. */
function leaderOf({ fields }: Op, { follows }: FieldRule): string | undefined {
  return follows !== undefined && Object.hasOwn(fields, follows) ? follows : undefined;
}

function leadersFirst(
  op: Op,
  ruleOfField: (name: string) => FieldRule,
): readonly (readonly [string, Json])[] {
  const isFollower = ([name]: readonly [string, Json]): boolean =>
    leaderOf(op, ruleOfField(name)) !== undefined;
  const entries = Object.entries(op.fields);
  return [...entries.filter((entry) => !isFollower(entry)), ...entries.filter(isFollower)];
}

function isAllowed(rule: FieldRule, layer: number): boolean {
  if (rule.merge === 'cloud-only') return layer === 0;
  return rule.layerMax === undefined || layer <= rule.layerMax;
}

/** A value that names a row names what that row has become. */
function resolved(
  rows: RowSet,
  { refersTo }: FieldRule,
  { op, written }: { readonly op: Op; readonly written: Json },
): Json {
  if (refersTo === undefined || typeof written !== 'string') return written;
  return resolveId(rows, meantBy(op, written));
}
