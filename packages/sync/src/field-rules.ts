import { canonicalJson, type Json } from '@wardgrid/base';
import { hlcAfter, hlcMax } from './hlc.ts';
import type { Op } from './op.ts';
import type { FieldRule } from './registry.ts';
import type { Field, Member, Written } from './row.ts';

/** A write of one field. */
export interface FieldWrite {
  readonly op: Op;
  readonly rule: FieldRule;
  readonly value: Json;
  /** The number of the decision. */
  readonly g: number;
}

/** What became of a write: the field as it is now, if it changed, and the value that lost, if one did. */
export interface FieldOutcome {
  readonly field: Field | null;
  /** Of the write itself, or of what it replaced without having seen it. */
  readonly loser: { readonly value: Json; readonly by: Written } | null;
}

/** Members of a set of which anything is remembered; also those that were taken out. */
const MEMBERS_MAX = 2_000;
/** Items of a list that only grows. */
const ITEMS_MAX = 1_000;

/** Merges a write into what is there, by the rule of its field. */
export function mergeField(current: Field | undefined, write: FieldWrite): FieldOutcome {
  const { merge } = write.rule;
  if (merge === 'counter') {
    return won(write, numberOf(current?.value) + numberOf(write.value));
  }
  if (merge === 'set') return mergeSet(current, write);
  return merge === 'append-only' ? append(current, write) : replace(current, write);
}

function won({ op, g }: FieldWrite, value: Json, more: Partial<Field> = {}): FieldOutcome {
  const field = { value, g, hlc: op.hlc, stream: op.stream, q: op.q, ...more };
  return { field, loser: null };
}

function numberOf(value: Json | undefined): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

/** Whether an op's author knew what somebody wrote. */
export function hasSeen(op: Op, { g, stream, q }: Pick<Field, 'g' | 'stream' | 'q'>): boolean {
  return g <= op.seen || (stream === op.stream && q < op.q);
}

// ---- one value instead of another

function replace(current: Field | undefined, write: FieldWrite): FieldOutcome {
  const { op, rule, value } = write;
  if (!current) return won(write, value);
  const isOther = canonicalJson(current.value) !== canonicalJson(value);
  if (!winsOver(current, write)) {
    return { field: null, loser: isOther ? { value, by: op } : null };
  }
  // Later than what it replaces, so that a slow clock does not lose the next time for it. A single
  // writer's own clock is what its next write is compared with.
  const hlc = rule.merge === 'single-writer' ? op.hlc : hlcMax(op.hlc, hlcAfter(current.hlc));
  const isUnseen = isOther && !hasSeen(op, current);
  const loser = isUnseen ? { value: current.value, by: current } : null;
  return { ...won(write, value, { hlc }), loser };
}

/** Whether a write wins over the value that is there. What its author had seen, it wins over. */
function winsOver(current: Field, { op, rule, value }: FieldWrite): boolean {
  if (rule.merge === 'once') return false;
  if (rule.merge === 'state-machine') return goesOn(current, { op, rule, value });
  if (hasSeen(op, current)) return true;
  // A late op of the same author: what it wrote afterwards is there already.
  if (op.stream === current.stream) return false;
  if (rule.merge === 'protective' && current.value !== value) return value === rule.protects;
  if (op.hlc !== current.hlc) return op.hlc > current.hlc;
  return op.stream > current.stream;
}

/**
 * Phases only go on, whoever saw what; back only by somebody who saw where it stands, where that is
 * allowed. A phase that nobody here knows is of a newer version: it takes a writer who saw it.
 */
function goesOn(current: Field, { op, rule, value }: Omit<FieldWrite, 'g'>): boolean {
  const before = rankOf(rule, current.value);
  const after = rankOf(rule, value);
  if (before < 0 || after < 0) return hasSeen(op, current);
  if (after > before || current.value === value) return true;
  return rule.canReopen === true && hasSeen(op, current);
}

/** The place of a phase in its order; phases of one place exclude each other. */
function rankOf({ phases = [] }: FieldRule, value: Json): number {
  return phases.findIndex((phase) => typeof value === 'string' && phase.includes(value));
}

// ---- sets

type Members = Map<string, Member>;

/**
 * A set is written as what to `add` and to `remove`, or as the list it shall be: then what the author
 * had not seen stays. Of adding and removing the same without having seen each other, adding wins, or
 * removing, by the rule.
 */
function mergeSet(current: Field | undefined, write: FieldWrite): FieldOutcome {
  const { op, g, rule } = write;
  const members: Members = new Map(Object.entries(current?.members ?? {}));
  const { add, remove } = changesOf(members, write);
  const stamp = { g, stream: op.stream, q: op.q };
  const refused: { add: Json[]; remove: Json[] } = { add: [], remove: [] };
  let isChanged = !current;
  for (const [items, isIn] of [
    [remove, false],
    [add, true],
  ] as const) {
    for (const item of items) {
      const key = canonicalJson(item);
      const known = members.get(key);
      const isPreferred = isIn !== (rule.removalWins === true);
      if (!known || known.isIn === isIn || isPreferred || hasSeen(op, known)) {
        members.set(key, { ...stamp, isIn });
        isChanged = true;
      } else refused[isIn ? 'add' : 'remove'].push(item);
    }
  }
  const isRefused = refused.add.length + refused.remove.length > 0;
  const loser = isRefused ? { value: refused, by: op } : null;
  if (!isChanged) return { field: null, loser };
  bound(members);
  const value = [...members]
    .filter(([, { isIn }]) => isIn)
    .map(([key]) => key)
    .toSorted()
    .map((key) => JSON.parse(key) as Json);
  return { ...won(write, value, { members: Object.fromEntries(members) }), loser };
}

function changesOf(
  members: Members,
  { op, value }: FieldWrite,
): { readonly add: readonly Json[]; readonly remove: readonly Json[] } {
  if (!Array.isArray(value)) {
    const { add, remove } = (value ?? {}) as { readonly add?: Json; readonly remove?: Json };
    return { add: listOf(add), remove: listOf(remove) };
  }
  const wanted = new Set(value.map((item: Json) => canonicalJson(item)));
  const add = value.filter((item: Json) => members.get(canonicalJson(item))?.isIn !== true);
  const remove = [...members]
    .filter(([key, known]) => known.isIn && !wanted.has(key) && hasSeen(op, known))
    .map(([key]) => JSON.parse(key) as Json);
  return { add, remove };
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** Forgets first what was taken out longest ago. */
function bound(members: Members): void {
  if (members.size <= MEMBERS_MAX) return;
  const oldest = [...members].toSorted(
    ([, left], [, right]) => Number(left.isIn) - Number(right.isIn) || left.g - right.g,
  );
  for (const [key] of oldest.slice(0, members.size - MEMBERS_MAX)) members.delete(key);
}

// ---- lists that only grow

function append(current: Field | undefined, write: FieldWrite): FieldOutcome {
  const before = listOf(current?.value);
  const items = Array.isArray(write.value) ? write.value : [write.value];
  if (before.length + items.length > ITEMS_MAX) {
    return { field: null, loser: { value: write.value, by: write.op } };
  }
  return won(write, [...before, ...items]);
}
