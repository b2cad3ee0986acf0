import type { StreamId } from './op.ts';
import type { RejectReason } from './merge.ts';
import type { Lost, Row, RowSet } from './row.ts';

/** An id that became another, with the home of whoever wrote it: who may know of it. */
export interface Alias {
  readonly from: string;
  readonly to: string;
  readonly home: string;
}

/** One decision as it is handed down. */
export interface Entry {
  readonly g: number;
  /** The row behind it; null for an op without effect. */
  readonly row: Row | null;
  /** Where the row was before, when it moved: who could see it there must forget it. */
  readonly previousHome: string | null;
  readonly alias: Alias | null;
  readonly rewritten: readonly Row[];
  readonly stream: StreamId;
  readonly q: number;
  /** The home the op was written for, and why it had no effect. */
  readonly home: string;
  readonly type: string;
  readonly reason: RejectReason | null;
  /** Values that were written and do not hold: conflicts that a person may look at. */
  readonly lost: readonly Lost[];
}

/** How far a stream is decided; with the head there, which its author checks before it forgets. */
export interface DecidedMark {
  readonly g: number;
  readonly stream: StreamId;
  readonly q: number;
  readonly head: string;
  /** Numbers below `q` that never came, when they changed with this mark. */
  readonly holes: readonly number[] | null;
}

/** What the cloud says that one controller reads of a stretch of decisions: all of it, and nothing else. */
export interface PageWord {
  readonly node: string;
  readonly epoch: number;
  /** Of decisions with `from < g ≤ upTo`. */
  readonly from: number;
  readonly upTo: number;
  /** As which the controller's sight was taken. */
  readonly scopeVersion: number;
  /** Of the entries and marks of the page, as `pageDigest` says. */
  readonly digest: string;
  /** When the cloud said so, by its clock. */
  readonly at: number;
}

/** The cloud's word, on its way through relays. */
export interface Voucher {
  /** What it says. Not to be believed: what was sealed is. */
  readonly word: PageWord;
  /** As the cloud signed it; null until it did. */
  readonly sealed: string | null;
}

/** How far a stream is decided, and what is missing below. */
export interface DecidedUpTo {
  readonly q: number;
  readonly head: string;
  readonly holes: ReadonlySet<number>;
}

/** What every holder of history keeps: the rows at a cursor, and the decisions that led there. */
export interface History {
  /** Changes only when the cloud is restored from a backup. */
  epoch: number;
  /** The last decision that `rows` hold: for the cloud, the newest of all. */
  cursor: number;
  /** Decisions up to this one are no longer listed: who is behind it takes a snapshot. */
  floor: number;
  readonly rows: Map<string, Row>;
  readonly aliases: Map<string, Alias>;
  /** In the order of `g`. */
  entries: Entry[];
  /** In the order of `g`. */
  marks: DecidedMark[];
  readonly decided: Map<StreamId, DecidedUpTo>;
  /** What the cloud said of `entries` and `marks`, for controllers below this one. */
  vouchers: Voucher[];
}

/** A history that holds nothing. */
export function createHistory(): History {
  return {
    epoch: 1,
    cursor: 0,
    floor: 0,
    rows: new Map(),
    aliases: new Map(),
    entries: [],
    marks: [],
    decided: new Map(),
    vouchers: [],
  };
}

/** The rows of a history, for merging. */
export function rowsOf({ rows, aliases }: History, aliasHome: string): RowSet {
  return {
    get: (id) => rows.get(id),
    put: (row) => void rows.set(row.id, row),
    aliasOf: (id) => aliases.get(id)?.to,
    putAlias: (from, to) => void aliases.set(from, { from, to, home: aliasHome }),
  };
}

/** How far a stream is decided here; zero when nothing of it is. */
export function decidedOf({ decided }: History, stream: StreamId): number {
  return decided.get(stream)?.q ?? 0;
}

/**
 * Forgets decisions and deleted rows up to `floor`. A row that was deleted before the floor cannot come
 * back: whoever still has it takes a snapshot that replaces what it has.
 */
export function forgetBelow(history: History, floor: number): void {
  if (floor <= history.floor || floor > history.cursor) return;
  history.floor = floor;
  history.entries = history.entries.filter(({ g }) => g > floor);
  history.marks = history.marks.filter(({ g }) => g > floor);
  history.vouchers = history.vouchers.filter(({ word }) => word.upTo > floor);
  for (const row of history.rows.values()) {
    if (row.isDeleted && row.g <= floor) history.rows.delete(row.id);
  }
}

/** Notes how far a stream is decided. */
export function noteDecided(history: History, mark: DecidedMark): void {
  const before = history.decided.get(mark.stream);
  history.marks.push(mark);
  if (before && before.q > mark.q) return;
  const holes = mark.holes ? new Set(mark.holes) : (before?.holes ?? NO_HOLES);
  history.decided.set(mark.stream, { q: mark.q, head: mark.head, holes });
}

const NO_HOLES: ReadonlySet<number> = new Set();
