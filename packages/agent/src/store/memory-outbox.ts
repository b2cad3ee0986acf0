import type { LinkRecord } from '@wardgrid/wire';
import { isFit, isOver, rankOf, type OutboxLimits } from './drop-policy.ts';
import { readAcknowledgement } from './sequence.ts';
import type { BatchLimits, InboxReads, LinkState, NewRecord, OutboxState } from './store.ts';

interface Row extends NewRecord {
  /** Null until the record is first put into an exchange. */
  sequence: number | null;
  /** Its numbers at controllers other than the one that is talked with. */
  readonly parked: Map<string, number>;
  readonly sizeBytes: number;
}

/** The link state that the parts of a memory store share. */
export interface LinkHolder {
  link: LinkState;
}

/** The outbox of a memory store. */
export interface MemoryOutbox {
  readonly append: (records: readonly NewRecord[]) => boolean;
  readonly takeBatch: (limits: BatchLimits) => LinkRecord[];
  readonly acknowledge: (acknowledged: number) => void;
  readonly startOver: () => void;
  /** Puts the numbers of one controller by and brings those of another into force. */
  readonly turn: (before: string, after: string) => void;
  readonly state: () => OutboxState;
  readonly inventoryHash: (section: string) => string | undefined;
}

/** Records in memory, oldest first. */
export function createMemoryOutbox(
  holder: LinkHolder,
  limits: OutboxLimits,
  inbox: Pick<InboxReads, 'inboxEntries'>,
): MemoryOutbox {
  let rows: Row[] = [];
  let inventory = new Map<string, string>();

  const state = (): OutboxState => stateOf(rows, holder.link);

  function forget(upTo: number): void {
    if (rows.length === 0) return;
    const isSafe = (row: Row): boolean => row.sequence !== null && row.sequence <= upTo;
    for (const { body } of rows.filter(isSafe)) {
      if (body.kind === 'inventory') inventory.set(body.body.section, body.contentHash);
    }
    const isRunning = (jobId: string): boolean =>
      inbox.inboxEntries(jobId).some((entry) => entry.state === 'started');
    const unsafe = rows.filter((row) => !isSafe(row));
    rows = rows.filter((row) => !isSafe(row) || isHeld(row, { unsafe, isRunning }));
  }

  function unnumber(): void {
    for (const row of rows) row.sequence = null;
  }

  return {
    append(records) {
      const droppedBefore = holder.link.droppedRecords;
      for (const record of records) rows = rowsWith(rows, record, { holder, limits });
      return holder.link.droppedRecords === droppedBefore;
    },
    takeBatch: (batchLimits) => numberBatch(holder, rows, batchLimits),
    acknowledge(acknowledged) {
      const meaning = readAcknowledgement(holder.link, acknowledged);
      if (meaning.kind === 'forget') forget(meaning.upTo);
      else unnumber();
      if (meaning.kind === 'renumber' && meaning.isControllerBehind) inventory = new Map();
    },
    turn: (before, after) => rows.forEach((row) => turnRow(row, before, after)),
    startOver() {
      unnumber();
      for (const { parked } of rows) parked.clear();
      inventory = new Map();
    },
    state,
    inventoryHash: (section) => waitingHash(rows, section) ?? inventory.get(section),
  };
}

/** What the controller that is talked with does not have yet. */
function stateOf(rows: readonly Row[], { acknowledgedSequence }: LinkState): OutboxState {
  const waiting = rows.filter(({ sequence }) => isAfter(sequence, acknowledgedSequence));
  const sizeBytes = waiting.reduce((sum, row) => sum + row.sizeBytes, 0);
  return { records: waiting.length, sizeBytes };
}

/** The rows with one more, and without those that had to make room for it. */
function rowsWith(
  rows: readonly Row[],
  { at, body }: NewRecord,
  { holder, limits }: { readonly holder: LinkHolder; readonly limits: OutboxLimits },
): Row[] {
  if (!isFit(body)) {
    countDrop(holder);
    return [...rows];
  }
  const isStale = (row: Row): boolean =>
    body.kind === 'inventory' && isSuperseded(row, body.body.section);
  const sizeBytes = JSON.stringify(body).length;
  const added: Row = { at, body, sequence: null, parked: new Map(), sizeBytes };
  let kept = [...rows.filter((row) => !isStale(row)), added];
  while (isOver(limits, stateOf(kept, holder.link))) {
    const victim = victimOf(kept);
    if (!victim) break;
    kept = kept.filter((row) => row !== victim);
    countDrop(holder);
  }
  return kept;
}

function countDrop(holder: LinkHolder): void {
  holder.link = { ...holder.link, droppedRecords: holder.link.droppedRecords + 1 };
}

function turnRow(row: Row, before: string, after: string): void {
  if (row.sequence !== null) row.parked.set(before, row.sequence);
  row.sequence = row.parked.get(after) ?? null;
  row.parked.delete(after);
}

/** Parts of a scan stay until its end is safe too: should the end go elsewhere, all of it does. */
function isHeld(
  { body }: Row,
  given: {
    readonly unsafe: readonly Row[];
    readonly isRunning: (jobId: string) => boolean;
  },
): boolean {
  if (body.kind !== 'job-hosts' && body.kind !== 'job-ports') return false;
  const { jobId } = body;
  return given.isRunning(jobId) || given.unsafe.some((row) => isEndOf(row, jobId));
}

function isAfter(sequence: number | null, upTo: number): boolean {
  return sequence === null || sequence > upTo;
}

function isEndOf({ body }: Row, jobId: string): boolean {
  return body.kind === 'job-finished' && body.jobId === jobId;
}

/** Numbers that a controller may already have come first: after them new ones go on without a gap. */
function inOrder({ link }: LinkHolder, rows: readonly Row[]): readonly Row[] {
  const numbered = rows.filter(({ sequence }) => sequence !== null);
  const sent = numbered.filter(({ sequence }) => isAfter(sequence, link.acknowledgedSequence));
  const bySequence = sent.toSorted((left, right) => (left.sequence ?? 0) - (right.sequence ?? 0));
  return [...bySequence, ...rows.filter(({ sequence }) => sequence === null)];
}

function numberBatch(holder: LinkHolder, rows: readonly Row[], limits: BatchLimits): LinkRecord[] {
  const batch: LinkRecord[] = [];
  let batchBytes = 0;
  for (const row of inOrder(holder, rows)) {
    batchBytes += row.sizeBytes;
    const isFull = batch.length > 0 && batchBytes > limits.sizeBytesMax;
    if (batch.length >= limits.recordsMax || isFull) break;
    const sequence = row.sequence ?? holder.link.assignedSequence + 1;
    if (row.sequence === null) holder.link = { ...holder.link, assignedSequence: sequence };
    row.sequence = sequence;
    batch.push({ sequence, at: row.at, body: row.body });
  }
  return batch;
}

/** A section that waits and was never sent says nothing beside a newer one. */
function isSuperseded(row: Row, section: string): boolean {
  const { body } = row;
  return row.sequence === null && body.kind === 'inventory' && body.body.section === section;
}

/** The record to drop: never sent, least worth, oldest. */
function victimOf(rows: readonly Row[]): Row | undefined {
  let worst: Row | undefined;
  for (const row of rows) {
    if (row.sequence !== null) continue;
    if (!worst || rankOf(row.body.kind) < rankOf(worst.body.kind)) worst = row;
  }
  return worst;
}

function waitingHash(rows: readonly Row[], section: string): string | undefined {
  for (const { body } of rows.toReversed()) {
    if (body.kind === 'inventory' && body.body.section === section) return body.contentHash;
  }
  return undefined;
}
