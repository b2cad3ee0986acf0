/**
 * The naive oracle of a world: it keeps every state of every row that the cloud ever decided, and says
 * what a node must and must not hold. Everything it finds is a violation of an invariant by its number
 * in `docs/design/sync.md`.
 */
import {
  CLOUD,
  effectiveRows,
  lastingIdOf,
  nodeOf,
  msOf,
  SKEW_MS_MAX,
  type Cloud,
  type Entry,
  type Field,
  type Op,
  type Outcome,
  type RejectReason,
  type Replica,
  type Row,
  type Verdict,
} from '@wardgrid/sync';
import { checkMerge } from './merges.ts';
import { Names, numberOf } from './names.ts';
import { registry } from './registry.ts';
import { createSight, type Sight } from './sight.ts';
import { Violation } from './violation.ts';
import { isWish } from './wishes.ts';
import type { Tree } from './tree.ts';

/** A row as it was from a decision on. */
interface Moment {
  readonly g: number;
  readonly row: Row | undefined;
}

/** Refusals that have nothing to do with who wrote first. */
const AUTHORITY: ReadonlySet<RejectReason> = new Set([
  'revoked',
  'out-of-scope',
  'bad-ref',
  'too-late',
]);

/** Milliseconds that a clock may run ahead of its wall by ticking alone. */
const TICKS_MS_MAX = 1_000;

/** Watches one world. */
export class Oracle {
  readonly #tree: Tree;
  readonly #sees: Sight;
  /** By epoch, then by id. */
  readonly #moments = new Map<number, Map<string, Moment[]>>();
  readonly #deletedAt = new Map<number, Map<string, number>>();
  /** What of a machine was last compared with the cloud's history. */
  readonly #compared = new WeakMap<Replica, string>();
  readonly #shown = new WeakMap<Replica, string>();
  /** Under which tree a machine's decisions were looked at, and which. */
  readonly #looked = new WeakMap<
    Replica,
    { readonly moves: number; readonly at: WeakSet<Entry> }
  >();
  readonly #effects = new Map<string, { readonly epoch: number; readonly isApplied: boolean }>();
  /** The numbers of each stream that were decided, by epoch. */
  readonly #numbers = new Map<string, Set<number>>();
  readonly #revoked = new Set<string>();
  readonly #names = new Names();
  readonly #written = new Map<string, Op>();
  readonly #renamed: string[] = [];
  /** Things whose site named them, and that kept their names. */
  namesKept = 0;
  /** Ids that somebody wants deleted or moved. */
  readonly #undone = new Set<string>();
  /** Ops that nobody who is left has ever to bring to the cloud. */
  readonly #excused = new Set<string>();
  /** Rows that a machine made, which it must go on showing. */
  readonly #own = new Map<Replica, Map<string, string>>();
  /** Whether the tree changed, so that controllers may know another than there is. */
  #hasMoved = false;

  constructor(tree: Tree) {
    this.#tree = tree;
    this.#sees = createSight(tree);
  }

  /** Somebody wrote an op. */
  noteWritten(op: Op, author: Replica | null): void {
    this.#written.set(op.opId, op);
    if (op.kind === 'delete' || op.kind === 'move') this.#undone.add(op.id);
    if (author && op.kind === 'create' && op.type === 'task') {
      const own = this.#own.get(author) ?? new Map<string, string>();
      own.set(lastingIdOf(op), op.opId);
      this.#own.set(author, own);
    }
  }

  /**
   * A database was lost, or went back to an older one: what only it held may be gone. `forgotten` are
   * the ops that a cloud had decided before it went back: relays may forget those, only authors do not.
   */
  noteLoss(
    machines: readonly Replica[],
    decided: ReadonlySet<string>,
    forgotten: ReadonlySet<string> = new Set(),
  ): void {
    const held = new Set<string>();
    for (const { pending, archive, relay } of machines) {
      for (const { op } of [...pending, ...archive]) held.add(op.opId);
      const relayed = [...relay.values()].flatMap(({ ops }) => [...ops.values()]);
      for (const { op } of relayed) if (!forgotten.has(op.opId)) held.add(op.opId);
    }
    for (const opId of this.#written.keys())
      if (!decided.has(opId) && !held.has(opId)) this.#excused.add(opId);
  }

  /**
   * A machine's database is another: it need not show what it showed, and what only the old one had
   * written may be gone. A relay that holds it brings it to the cloud as a rule, but not when its author,
   * who forgot it, writes under the same numbers before anybody notices.
   */
  noteReplaced(lost: Replica, now: Replica): void {
    this.#own.delete(lost);
    const kept = new Set([...now.pending, ...now.archive].map(({ op }) => op.opId));
    for (const { op } of [...lost.pending, ...lost.archive]) {
      if (!kept.has(op.opId)) this.#excused.add(op.opId);
    }
  }

  /** The tree changed, so that what somebody made may have left its sight. */
  forgetOwn(): void {
    this.#own.clear();
    this.#hasMoved = true;
  }

  /** The cloud came back from a backup: what it holds is how its new epoch begins. */
  noteEpoch(cloud: Cloud): void {
    this.#hasMoved = true;
    for (const row of cloud.history.rows.values()) {
      this.#note(cloud, row.id, cloud.history.cursor);
    }
  }

  #key(epoch: number, id: string): string {
    return `${epoch} ${id}`;
  }

  #note({ history }: Cloud, id: string, g: number): void {
    const epoch = this.#moments.get(history.epoch) ?? new Map<string, Moment[]>();
    const moments = epoch.get(id) ?? [];
    moments.push({ g, row: history.rows.get(id) });
    epoch.set(id, moments);
    this.#moments.set(history.epoch, epoch);
  }

  /** The cloud looked at an op. `before` is its row as it was. */
  noteVerdict(
    cloud: Cloud,
    given: {
      readonly op: Op;
      readonly verdict: Verdict;
      readonly before: Row | undefined;
      readonly nowMs: number;
    },
  ): void {
    const { op, verdict, before, nowMs } = given;
    if (verdict.kind !== 'decided') return;
    const { entry, outcome } = verdict;
    const { epoch } = cloud.history;
    this.#checkOnce(op, { epoch, isApplied: outcome.kind === 'applied' });
    this.#checkOrder(cloud, op);
    const isRefused = outcome.kind === 'rejected' && AUTHORITY.has(outcome.reason);
    if (!isRefused) this.#checkSequential(cloud, op, before);
    if (before?.isDeleted === false) checkMerge(op, before, outcome);
    this.#checkAuthority(cloud, { op, outcome, before });
    for (const id of [
      op.id,
      ...(entry.row ? [entry.row.id] : []),
      ...entry.rewritten.map((row) => row.id),
    ]) {
      this.#note(cloud, id, entry.g);
    }
    if (outcome.kind !== 'applied') return;
    checkStoredClocks(outcome.row, nowMs);
    this.#checkName(cloud, { op, row: outcome.row, isCreated: outcome.isCreated, before });
    if (!outcome.row.isDeleted) return;
    const deleted = this.#deletedAt.get(epoch) ?? new Map<string, number>();
    this.#deletedAt.set(epoch, deleted.set(outcome.row.id, entry.g));
  }

  /** Nobody changes what is not its own, and nobody anything who was revoked. */
  #checkAuthority(
    { history }: Cloud,
    given: { readonly op: Op; readonly outcome: Outcome; readonly before: Row | undefined },
  ): void {
    const { op, outcome, before } = given;
    const author = nodeOf(op.stream);
    if (outcome.kind !== 'applied' || author === CLOUD) return;
    if (this.#revoked.has(author)) {
      throw new Violation('I15 authority', `${author} was revoked and wrote ${op.id}`);
    }
    for (const home of homesTouched(op, before)) {
      // As of a type that is not inherited: what is seen from above is not one's own.
      if (!this.#sees(author, { home, type: 'task' })) {
        throw new Violation('I15 authority', `${author} wrote ${op.id} of ${home}`);
      }
    }
    const { deviceId } = op.fields;
    const named = typeof deviceId === 'string' ? history.rows.get(deviceId) : undefined;
    if (named && !named.isDeleted && !this.#sees(author, named)) {
      throw new Violation('I15 authority', `${author} named ${named.id} of ${named.home}`);
    }
  }

  /** From now on nothing of this node counts. */
  noteRevoked(node: string): void {
    this.#revoked.add(node);
  }

  #checkOnce(op: Op, effect: { readonly epoch: number; readonly isApplied: boolean }): void {
    const known = this.#effects.get(op.opId);
    if (known?.epoch === effect.epoch && known.isApplied && effect.isApplied) {
      throw new Violation('I6 decided once', `${op.opId} took effect twice`);
    }
    this.#effects.set(op.opId, {
      epoch: effect.epoch,
      isApplied: effect.isApplied || (known?.epoch === effect.epoch && known.isApplied),
    });
  }

  /** No number of a stream is decided twice; a late one was given up before. */
  #checkOrder({ history }: Cloud, op: Op): void {
    const key = this.#key(history.epoch, op.stream);
    const numbers = this.#numbers.get(key) ?? new Set<number>();
    if (numbers.has(op.q))
      throw new Violation('I7 stream order', `${op.stream} ${op.q} came twice`);
    this.#numbers.set(key, numbers.add(op.q));
  }

  /** What its author had seen, a write wins over, whatever the clocks say. */
  #checkSequential({ history }: Cloud, op: Op, before: Row | undefined): void {
    const field = op.kind === 'patch' && before?.type === 'device' ? before.fields['alias'] : null;
    const wanted = op.fields['alias'];
    if (!before || !field || wanted === undefined || this.#isRepeat(op)) return;
    if (!hadSeen(op, field)) return;
    if (history.rows.get(before.id)?.fields['alias']?.value !== wanted) {
      throw new Violation('I8 sequential update', `${op.opId} saw what it replaced and lost`);
    }
  }

  /** A wish that was decided before under another number has no second effect. */
  #isRepeat(op: Op): boolean {
    return this.#effects.get(op.opId)?.isApplied === false;
  }

  /** The cloud lent numbers to a controller: a decision without an op. */
  noteLent(cloud: Cloud, { row, g }: Entry): void {
    if (!row) return;
    this.#names.noteLent(row, cloud.history.epoch);
    this.#note(cloud, row.id, g);
  }

  #checkName(
    { history }: Cloud,
    given: {
      readonly op: Op;
      readonly row: Row;
      readonly isCreated: boolean;
      before?: Row | undefined;
    },
  ): void {
    const { op, isCreated, before } = given;
    const row = history.rows.get(given.row.id) ?? given.row;
    if (isCreated) this.#names.noteDecided(op, { row, before: undefined });
    else if (before) this.#names.noteDecided(op, { row, before });
    if (isCreated && op.number !== undefined) this.#noteGiven(op, row);
  }

  #noteGiven({ number, opId, stream }: Op, { ref }: Row): void {
    if (ref !== null && numberOf(ref) === number) this.namesKept += 1;
    else this.#renamed.push(`${opId} of ${stream} gave ${number}, and it became ${ref}`);
  }

  /** What a site named with nobody to ask is called so for good. Only where no database went back or was copied. */
  checkRenamed(): void {
    const [first] = this.#renamed;
    if (first !== undefined) throw new Violation('I9 references', first);
  }

  /** Everything that must hold on a machine at any moment. */
  checkMachine(machine: Replica, cloud: Cloud, wallMsMax: number): void {
    this.#checkClock(machine, wallMsMax);
    this.#checkOwn(machine);
    const isSettled =
      machine.catchup === null && machine.scopeVersion === this.#tree.scopeVersionOf(machine.node);
    if (!isSettled) return;
    this.#checkScope(machine);
    this.#checkFinality(machine);
    if (machine.history.epoch === cloud.history.epoch) this.#checkPrefix(machine);
  }

  #checkClock({ node, hlc }: Replica, wallMsMax: number): void {
    if (msOf(hlc) > wallMsMax + SKEW_MS_MAX + TICKS_MS_MAX) {
      throw new Violation(
        'I5 clock',
        `${node} is at ${msOf(hlc)}, its wall clock never passed ${wallMsMax}`,
      );
    }
  }

  #checkScope(machine: Replica): void {
    const { node, history, soft } = machine;
    for (const row of history.rows.values()) this.#requireSight(node, row, 'holds');
    const looked = this.#lookedAt(machine);
    for (const entry of history.entries) {
      if (!looked.has(entry)) this.#checkEntry(node, entry);
      looked.add(entry);
    }
    for (const { op } of soft.foreign) {
      const { home } = op;
      if (home !== null) this.#requireSight(node, { ...op, home }, 'was shown the undecided');
      this.#checkOrdered(machine, op);
    }
  }

  /** What is shown as somebody's order that somebody wrote, and may. */
  #checkOrdered({ node, history }: Replica, op: Op): void {
    const author = nodeOf(op.stream);
    const written = this.#written.get(op.opId);
    if (!written || nodeOf(written.stream) !== author || !isWish(op, written))
      throw new Violation('I17 orders', `${node} takes ${op.opId} for an order of ${author}`);
    if (this.#hasMoved) return;
    for (const home of [history.rows.get(op.id)?.home ?? op.home, op.home]) {
      if (home !== null && !this.#sees(author, { home, type: 'task' }))
        throw new Violation('I17 orders', `${node} obeys ${author} about ${op.id} of ${home}`);
    }
  }

  /** A decision never changes; who may see it does with the tree. */
  #lookedAt(machine: Replica): WeakSet<Entry> {
    const moves = this.#tree.movesSoFar();
    const known = this.#looked.get(machine);
    if (known?.moves === moves) return known.at;
    const at = new WeakSet<Entry>();
    this.#looked.set(machine, { moves, at });
    return at;
  }

  #requireSight(
    node: string,
    place: { readonly id: string; readonly home: string; readonly type: string },
    how: string,
  ): void {
    if (!this.#sees(node, place)) {
      throw new Violation('I2 scope', `${node} ${how} ${place.id} of ${place.home}`);
    }
  }

  #standsBelow(author: string, node: string): boolean {
    const below = this.#tree.scopeOf(author);
    return this.#tree.scopeOf(node).every((label, index) => below[index] === label);
  }

  /** Of a row that left its sight a node may be told that it did, and nothing of it. */
  #checkEntry(node: string, { row, previousHome, rewritten, lost, stream, g }: Entry): void {
    if (!row && lost.length > 0 && !this.#standsBelow(nodeOf(stream), node)) {
      throw new Violation('I2 scope', `${node} was told what ${stream} was refused at ${g}`);
    }
    for (const one of rewritten) this.#requireSight(node, one, 'lists');
    if (!row || Object.keys(row.fields).length === 0 || this.#sees(node, row)) return;
    this.#requireSight(node, { ...row, home: previousHome ?? row.home }, 'lists');
  }

  /** What is decided and held is the cloud's history at exactly the cursor, within the node's sight. */
  #checkPrefix(machine: Replica): void {
    const { node, history, scopeVersion } = machine;
    // What was decided up to a cursor never changes.
    const state = `${history.epoch} ${history.cursor} ${scopeVersion} ${history.rows.size}`;
    if (this.#compared.get(machine) === state) return;
    this.#compared.set(machine, state);
    for (const [id, moments] of this.#moments.get(history.epoch) ?? []) {
      const mine = history.rows.get(id);
      if (mine && mine.g > history.cursor) continue;
      const at = moments.findLast(({ g }) => g <= history.cursor)?.row;
      const isLater = (moments.at(-1)?.g ?? 0) > history.cursor;
      const wanted = at && !at.isDeleted && this.#sees(node, at) ? at : undefined;
      this.#compare({ node, id, cursor: history.cursor }, { mine, wanted, isLater });
    }
  }

  #compare(
    where: { readonly node: string; readonly id: string; readonly cursor: number },
    what: {
      readonly mine: Row | undefined;
      readonly wanted: Row | undefined;
      readonly isLater: boolean;
    },
  ): void {
    const { mine, wanted, isLater } = what;
    const place = `${where.node} at ${where.cursor}`;
    if (!wanted && mine && !mine.isDeleted) {
      throw new Violation('I1 prefix', `${place} has ${where.id}, which it must not`);
    }
    // A row that changes behind the cursor may have been read newer, or not at all, by a snapshot.
    if (isLater || !wanted) return;
    if (!mine) throw new Violation('I1 prefix', `${place} lacks ${where.id}`);
    if (textOf(mine) !== textOf(wanted)) {
      throw new Violation('I1 prefix', `${place}: ${textOf(mine)} instead of ${textOf(wanted)}`);
    }
  }

  #checkFinality({ node, history }: Pick<Replica, 'node' | 'history'>): void {
    const deleted = this.#deletedAt.get(history.epoch);
    if (!deleted) return;
    for (const row of history.rows.values()) {
      const g = deleted.get(row.id);
      if (g !== undefined && g <= history.cursor && !row.isDeleted) {
        throw new Violation('I4 finality', `${node} shows ${row.id}, deleted at ${g}`);
      }
    }
  }

  /** A row that was made here stays visible until it is refused, deleted or moved away. */
  #checkOwn(machine: Replica): void {
    const own = this.#own.get(machine);
    if (!own || own.size === 0 || !this.#isNews(machine)) return;
    for (const [id, opId] of own) {
      const isRefused = this.#effects.get(opId)?.isApplied === false;
      if (isRefused || this.#undone.has(id) || this.#excused.has(opId)) own.delete(id);
    }
    // What is decided and nobody ever wanted gone is shown.
    const waiting = [...own.keys()].filter(
      (id) => machine.history.rows.get(id)?.isDeleted !== false,
    );
    if (waiting.length === 0) return;
    const rows = effectiveRows(onlyOf(machine, new Set(waiting)), {
      registry,
      layerOf: this.#tree.layerOf,
    });
    for (const id of waiting) {
      if (!rows.get(rows.resolve(id))) {
        throw new Violation('I3 own writes', `${machine.node} no longer shows its own ${id}`);
      }
    }
  }

  /** Whether what a machine shows may be other than when it was last asked. */
  #isNews(machine: Replica): boolean {
    const { history, pending, relay, soft, stream, q, catchup } = machine;
    const relayed = [...relay.values()].reduce((sum, { ops }) => sum + ops.size, 0);
    const held = `${pending.length} ${relayed} ${soft.foreign.length}`;
    const place = `${history.epoch} ${history.cursor} ${catchup?.at} ${catchup?.after}`;
    const state = `${place} ${history.rows.size} ${stream} ${q} ${held}`;
    if (this.#shown.get(machine) === state) return false;
    this.#shown.set(machine, state);
    return true;
  }

  /** Everything that must hold when all faults have stopped and all are quiet. */
  checkAtRest(
    machines: readonly Replica[],
    { cloud, decided }: { readonly cloud: Cloud; readonly decided: ReadonlySet<string> },
  ): void {
    for (const machine of machines) {
      this.#checkConverged(machine, cloud);
      this.#checkAliases(machine, cloud);
    }
    for (const [opId, op] of this.#written) {
      if (!this.#excused.has(opId) && !decided.has(opId)) {
        throw new Violation('I12 durability', `${opId} of ${op.stream} was never decided`);
      }
    }
    this.#checkKeys(cloud);
  }

  #checkConverged(machine: Replica, { history }: Cloud): void {
    const { node } = machine;
    const rows = effectiveRows(machine, { registry, layerOf: this.#tree.layerOf });
    const mine = rows.all().map(textOf).toSorted();
    const wanted = [...history.rows.values()]
      .filter((row) => !row.isDeleted && this.#sees(node, row))
      .map(textOf)
      .toSorted();
    if (mine.join('\n') !== wanted.join('\n')) {
      const missing = wanted.filter((text) => !mine.includes(text));
      const extra = mine.filter((text) => !wanted.includes(text));
      throw new Violation(
        'I11 convergence',
        `${node} lacks ${missing.join(' ')}; has ${extra.join(' ')}`,
      );
    }
  }

  /** What became of an id is the same everywhere: a name of another history would lead astray. */
  #checkAliases({ node, history: { aliases } }: Replica, cloud: Cloud): void {
    for (const { from, to } of aliases.values()) {
      const wanted = cloud.history.aliases.get(from)?.to;
      if (wanted !== to) {
        throw new Violation('I11 convergence', `${node} takes ${from} for ${to}, not ${wanted}`);
      }
    }
  }

  /** One live device a machine, and nothing that names an id which became another. */
  #checkKeys({ history }: Cloud): void {
    const seen = new Map<string, string>();
    for (const { id, type, isDeleted, fields } of history.rows.values()) {
      if (isDeleted) continue;
      const key = type === 'device' ? fields['hardware']?.value : undefined;
      if (typeof key === 'string') {
        const twin = seen.get(key);
        if (twin !== undefined)
          throw new Violation('I10 natural key', `${id} and ${twin} are both ${key}`);
        seen.set(key, id);
      }
      const named = fields['deviceId']?.value;
      if (typeof named === 'string' && history.aliases.has(named)) {
        throw new Violation('I10 natural key', `${id} still names the replaced ${named}`);
      }
    }
  }

  /** The counters equal the increments that took effect. Only where no cloud went back. */
  checkCounters({ history }: Cloud): void {
    for (const { id, type, isDeleted, fields } of history.rows.values()) {
      if (type !== 'device' || isDeleted) continue;
      const counted = Number(fields['hits']?.value ?? 0);
      const wanted = this.#incrementsOf(id, history);
      if (counted !== wanted) {
        throw new Violation('I6 decided once', `${id} counts ${counted}, not ${wanted}`);
      }
    }
  }

  #incrementsOf(id: string, { aliases }: Cloud['history']): number {
    let sum = 0;
    for (const [opId, op] of this.#written) {
      const isOne =
        (aliases.get(op.id)?.to ?? op.id) === id &&
        op.kind === 'patch' &&
        op.fields['hits'] !== undefined;
      if (isOne && this.#effects.get(opId)?.isApplied === true) {
        sum += Number(op.fields['hits']);
      }
    }
    return sum;
  }
}

/** A machine with no other undecided ops than its own of some rows. */
function onlyOf(machine: Replica, ids: ReadonlySet<string>): Replica {
  const { pending, soft } = machine;
  const isAbout = ({ op }: Replica['pending'][number]): boolean =>
    ids.has(op.id) || ids.has(lastingIdOf(op));
  return {
    ...machine,
    pending: pending.filter(isAbout),
    relay: new Map(),
    soft: { ...soft, foreign: [] },
  };
}

/** Where an op changes something: where its row lies, and where it is to lie. */
function homesTouched({ kind, home }: Op, before: Row | undefined): readonly string[] {
  const from = kind === 'create' ? null : (before?.home ?? null);
  const to = kind === 'create' || kind === 'move' ? home : null;
  return [from, to].filter((one) => one !== null);
}

/** What is decided is never further ahead of the cloud's clock than a clock may be wrong. */
function checkStoredClocks({ id, fields }: Row, nowMs: number): void {
  for (const [name, { hlc }] of Object.entries(fields)) {
    if (msOf(hlc) > nowMs + SKEW_MS_MAX + TICKS_MS_MAX) {
      throw new Violation('I5 clock', `${id}.${name} was decided at ${nowMs} as of ${msOf(hlc)}`);
    }
  }
}

/** Whether an op's author knew a value when it wrote. */
function hadSeen(op: Op, field: Field): boolean {
  return field.g <= op.seen || (field.stream === op.stream && field.q < op.q);
}

/** Rows never change, so their texts can be kept. */
const texts = new WeakMap<Row, string>();

function textOf(row: Row): string {
  const known = texts.get(row);
  if (known !== undefined) return known;
  const { id, type, home, ref, fields } = row;
  const values = Object.entries(fields)
    .map(([name, { value }]) => `${name}=${JSON.stringify(value)}`)
    .toSorted();
  const text = `${type} ${id}@${home}#${ref ?? ''}{${values.join(',')}}`;
  texts.set(row, text);
  return text;
}
