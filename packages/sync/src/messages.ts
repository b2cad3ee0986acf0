import type { Alias, DecidedMark, DecidedUpTo, Entry, Voucher } from './log.ts';
import type { LivingStream, SealedOp, StreamId } from './op.ts';
import type { Row } from './row.ts';

/** Up: own and relayed ops, and where the sender stands. */
export interface SyncRequest {
  readonly from: string;
  /** Told back; an answer to any other request is dropped. */
  readonly requestNumber: number;
  readonly epoch: number;
  readonly scopeVersion: number;
  readonly cursor: number;
  /** Where a snapshot that is being taken goes on; null without one. */
  readonly catchup: { readonly at: number; readonly after: string | null } | null;
  /** The own stream: shows a database that was restored or copied. */
  readonly claim: { readonly stream: StreamId; readonly last: number; readonly head: string };
  /**
   * The streams in which the sender and its subtree write now: tells streams that somebody goes on
   * with from those of a database that is gone.
   */
  readonly streams: readonly LivingStream[];
  /** How far the sender knows the streams of `ops` to be decided. */
  readonly decided: readonly (readonly [StreamId, number])[];
  readonly ops: readonly SealedOp[];
}

/** A page of decisions: everything that the reader may see with `from < g ≤ upTo`. */
export interface LogPage {
  readonly from: number;
  readonly upTo: number;
  readonly entries: readonly Entry[];
  readonly marks: readonly DecidedMark[];
  /** The cloud's word on it: for the reader, and for every controller below it on the same stretch. */
  readonly vouchers: readonly Voucher[];
}

/** A page of the rows themselves, as of `at` or newer. */
export interface SnapshotPage {
  readonly at: number;
  readonly after: string | null;
  readonly rows: readonly Row[];
  readonly next: string | null;
  /** Of the first page. */
  readonly aliases: readonly Alias[];
  /** How far streams were decided at `at`; on the first page. */
  readonly decided: readonly (readonly [StreamId, DecidedUpTo])[] | null;
}

/** What an upstream holds of a stream. A receipt steers what is sent, never what is forgotten. */
export interface StreamReceipt {
  readonly stream: StreamId;
  readonly upTo: number;
  /** Numbers above `upTo` that are there, too. */
  readonly extra: readonly number[];
}

/** Down: what was decided, what is on its way, and how the request stood to the upstream's history. */
export interface SyncResponse {
  readonly from: string;
  readonly requestNumber: number;
  readonly epoch: number;
  /** The caller's scope version under which rows were read: under another they are not taken over. */
  readonly scopeVersion: number;
  /**
   * `fork`: the caller's database is not the one that wrote its stream. `epoch`: the caller knows an
   * older history. `behind`: the upstream is behind the caller, or catching up itself.
   */
  readonly status: 'ok' | 'fork' | 'epoch' | 'behind';
  readonly received: readonly StreamReceipt[];
  readonly page: LogPage | null;
  readonly snapshot: SnapshotPage | null;
  /** With `epoch`: what the upstream knows to be decided. */
  readonly reset: readonly (readonly [StreamId, DecidedUpTo])[] | null;
  /**
   * Undecided ops of those above that the caller may see, each as its author signed it: replaces what it
   * had.
   */
  readonly foreign: readonly SealedOp[] | null;
}
