import type { LinkRecord } from '@wardgrid/wire';
import { isFit, isOver, rankOf, type OutboxLimits } from './drop-policy.ts';
import { readAcknowledgement } from './sequence.ts';
import type { BatchLimits, LinkState, NewRecord, OutboxState } from './store.ts';

interface Row extends NewRecord {
  /** Null until the record is first put into an exchange. */
  sequence: number | null;
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
  readonly state: () => OutboxState;
  readonly inventoryHash: (section: string) => string | undefined;
}

/** Records in memory, oldest first; those with a number always stand before those without. */
export function createMemoryOutbox(holder: LinkHolder, limits: OutboxLimits): MemoryOutbox {
  let rows: Row[] = [];
  let sizeBytes = 0;
  let inventory = new Map<string, string>();

  function remove(isGone: (row: Row) => boolean): void {
    rows = rows.filter((row) => !isGone(row));
    sizeBytes = rows.reduce((sum, row) => sum + row.sizeBytes, 0);
  }

  function countDrop(): void {
    holder.link = { ...holder.link, droppedRecords: holder.link.droppedRecords + 1 };
  }

  function add({ at, body }: NewRecord): void {
    if (!isFit(body)) {
      countDrop();
      return;
    }
    if (body.kind === 'inventory') remove((row) => isSuperseded(row, body.body.section));
    const size = JSON.stringify(body).length;
    rows.push({ at, body, sequence: null, sizeBytes: size });
    sizeBytes += size;
    while (isOver(limits, { records: rows.length, sizeBytes })) {
      const victim = victimOf(rows);
      if (!victim) return;
      remove((row) => row === victim);
      countDrop();
    }
  }

  function forget(upTo: number): void {
    if (rows.length === 0) return;
    const isSafe = (row: Row): boolean => row.sequence !== null && row.sequence <= upTo;
    for (const { body } of rows.filter(isSafe)) {
      if (body.kind === 'inventory') inventory.set(body.body.section, body.contentHash);
    }
    remove(isSafe);
  }

  function unnumber(): void {
    for (const row of rows) row.sequence = null;
  }

  return {
    append(records) {
      const droppedBefore = holder.link.droppedRecords;
      for (const record of records) add(record);
      return holder.link.droppedRecords === droppedBefore;
    },
    takeBatch: (batchLimits) => numberBatch(holder, rows, batchLimits),
    acknowledge(acknowledged) {
      const meaning = readAcknowledgement(holder.link, acknowledged);
      if (meaning.kind === 'forget') forget(meaning.upTo);
      else unnumber();
      if (meaning.kind === 'renumber' && meaning.isControllerBehind) inventory = new Map();
    },
    startOver() {
      unnumber();
      inventory = new Map();
    },
    state: () => ({ records: rows.length, sizeBytes }),
    inventoryHash: (section) => waitingHash(rows, section) ?? inventory.get(section),
  };
}

function numberBatch(holder: LinkHolder, rows: readonly Row[], limits: BatchLimits): LinkRecord[] {
  const batch: LinkRecord[] = [];
  let batchBytes = 0;
  for (const row of rows) {
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
