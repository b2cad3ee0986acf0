import { canonicalJson, type Json } from '@wardgrid/base';
import type { Field, FieldRule, Lost, Op, Outcome, Row } from '@wardgrid/sync';
import { PHASES, registry } from './registry.ts';
import { Violation } from './violation.ts';

/**
 * What must be true of every change by the rule of its field, said anew: phases do not go back, lists do
 * not shrink, what is added or removed for good is, and no value is lost without a word.
 */
export function checkMerge(op: Op, before: Row, outcome: Outcome): void {
  if (op.kind !== 'patch') return;
  const after = outcome.kind === 'applied' ? outcome.row : before;
  for (const [name, value] of Object.entries(op.fields)) {
    const rule = registry[before.type]?.fields[name];
    const change = { op, name, value, old: before.fields[name], now: after.fields[name], rule };
    // An author who may not write is not judged by what is there.
    if (outcome.kind === 'applied' || outcome.reason === 'concurrent-older') checkRule(change);
    // Nothing is lost where all that is written is kept; and a repeat had its word the first time.
    const isKept = ['set', 'counter', 'append-only'].includes(rule?.merge ?? 'lww');
    const isRepeat = outcome.kind === 'rejected' && outcome.reason === 'duplicate';
    if (!isKept && !isRepeat) checkToldLoss(change, outcome.lost);
  }
}

function checkRule(change: Change): void {
  const { rule } = change;
  if (rule?.merge === 'state-machine') checkPhase(change);
  if (rule?.merge === 'append-only') checkList(change);
  if (rule?.merge === 'set') checkSet(change);
}

interface Change {
  readonly op: Op;
  readonly name: string;
  readonly value: Json;
  readonly old: Field | undefined;
  readonly now: Field | undefined;
  readonly rule: FieldRule | undefined;
}

function fail({ op, name }: Change, text: string): never {
  throw new Violation('I8 merge rules', `${op.opId} on ${op.id}.${name}: ${text}`);
}

function checkPhase(change: Change): void {
  const rank = (field: Field | undefined): number =>
    PHASES.findIndex((phase) => (phase as readonly Json[]).includes(field?.value ?? null));
  if (rank(change.now) < rank(change.old)) fail(change, 'the phase went back');
  if (rank(change.now) === rank(change.old) && change.now?.value !== change.old?.value) {
    fail(change, 'one end was made another');
  }
}

function listOf(field: Field | undefined): readonly Json[] {
  return Array.isArray(field?.value) ? field.value : [];
}

function checkList(change: Change): void {
  const [old, now] = [listOf(change.old), listOf(change.now)];
  if (old.some((item, index) => now[index] !== item)) fail(change, 'the list lost an item');
}

function checkSet(change: Change): void {
  const { op, value, now, old, rule } = change;
  const asked = value as { readonly add?: readonly Json[]; readonly remove?: readonly Json[] };
  const members = listOf(now);
  const isCut = rule?.removalWins
    ? asked.remove?.some((item) => members.includes(item) && !asked.add?.includes(item))
    : asked.add?.some((item) => !members.includes(item));
  if (isCut) fail(change, `${canonicalJson(value)} came to ${canonicalJson(members)}`);
  const unseen = Object.entries(old?.members ?? {}).filter(([, known]) => !hasSeen(op, known));
  const back = unseen.filter(
    ([key, { isIn }]) => !isIn && members.includes(JSON.parse(key) as Json),
  );
  if (rule?.removalWins && back.length > 0) fail(change, 'what was taken out unseen came back');
  // Nobody takes out what he did not know of, by telling what shall be in.
  const unknown = unseen.filter(([, { isIn }]) => isIn && Array.isArray(value));
  if (unknown.some(([key]) => !members.includes(JSON.parse(key) as Json))) {
    fail(change, 'a member went that the author had not seen');
  }
}

/** A value that was wanted and does not hold, or was there unseen and holds no more, is told of. */
function checkToldLoss(change: Change, lost: readonly Lost[]): void {
  const { op, name, value, old, now } = change;
  // What is named may have become another.
  if (name === 'deviceId') return;
  const told = lost.filter(({ field }) => field === name).map((one) => canonicalJson(one.value));
  const is = canonicalJson(now?.value ?? null);
  const wanted = canonicalJson(value);
  if (is !== wanted && !told.includes(wanted)) fail(change, 'was lost without a word');
  const was = canonicalJson(old?.value ?? null);
  if (!old || was === is || hasSeen(op, old) || told.includes(was)) return;
  fail(change, 'replaced what it had not seen without a word');
}

function hasSeen(op: Op, { g, stream, q }: Pick<Field, 'g' | 'stream' | 'q'>): boolean {
  return g <= op.seen || (stream === op.stream && q < op.q);
}
