import type { DatabaseSync } from 'node:sqlite';
import type { LinkRecord, RecordBody } from '@wardgrid/wire';
import { isFit, isOver, rankOf, type OutboxLimits } from './drop-policy.ts';
import { readAcknowledgement } from './sequence.ts';
import type { SqliteSession } from './sqlite-session.ts';
import type { BatchLimits, NewRecord, OutboxState } from './store.ts';

/** The outbox on disk. `insert` and `acknowledge` are called inside a transaction. */
export interface SqliteOutbox {
  readonly insert: (records: readonly NewRecord[]) => void;
  readonly acknowledge: (acknowledged: number) => void;
  readonly unnumber: () => void;
  readonly append: (records: readonly NewRecord[]) => boolean;
  readonly takeBatch: (limits: BatchLimits) => LinkRecord[];
  readonly state: () => OutboxState;
  readonly inventoryHash: (section: string) => string | undefined;
}

/** The outbox of a session, bounded. */
export function createSqliteOutbox(session: SqliteSession, limits: OutboxLimits): SqliteOutbox {
  const statements = prepareStatements(session.database);
  let state = countRows(session.database);
  session.onRollback(() => void (state = countRows(session.database)));

  function subtract(gone: readonly Record<string, unknown>[]): void {
    const sizeBytes = gone.reduce((sum, row) => sum + Number(row['size_bytes']), 0);
    state = { records: state.records - gone.length, sizeBytes: state.sizeBytes - sizeBytes };
  }

  function insertOne({ at, body }: NewRecord): void {
    if (!isFit(body)) {
      countDrops(session, 1);
      return;
    }
    if (body.kind === 'inventory') subtract(statements.supersede.all(body.body.section));
    const sizeBytes = insertRow(statements, { at, body });
    state = { records: state.records + 1, sizeBytes: state.sizeBytes + sizeBytes };
    while (isOver(limits, state)) {
      const gone = statements.dropVictim.all();
      if (gone.length === 0) return;
      subtract(gone);
      countDrops(session, gone.length);
    }
  }

  function unnumber(): void {
    session.database.exec('UPDATE outbox SET sequence = NULL WHERE sequence IS NOT NULL');
  }

  return {
    insert: (records) => records.forEach(insertOne),
    unnumber,
    acknowledge(acknowledged) {
      const meaning = readAcknowledgement(session.link(), acknowledged);
      if (meaning.kind === 'renumber') {
        unnumber();
        if (meaning.isControllerBehind) session.database.exec('DELETE FROM inventory');
        return;
      }
      if (state.records === 0) return;
      statements.rememberInventory.run(meaning.upTo);
      subtract(statements.forget.all(meaning.upTo));
    },
    append(records) {
      const droppedBefore = session.link().droppedRecords;
      const isKept = session.attempt(() => records.forEach(insertOne), 'spare');
      // The count is kept in memory until the disk takes it with the next write that succeeds.
      if (!isKept) countDrops(session, records.length);
      return session.link().droppedRecords === droppedBefore;
    },
    takeBatch: (batchLimits) => takeBatch(session, statements, batchLimits),
    state: () => state,
    inventoryHash(section) {
      const row = statements.waitingHash.get(section) ?? statements.sentHash.get(section);
      return row ? String(row['hash']) : undefined;
    },
  };
}

/** Inserts one record and gives its size. */
function insertRow(statements: Statements, { at, body }: NewRecord): number {
  const section = body.kind === 'inventory' ? body.body.section : null;
  const hash = body.kind === 'inventory' ? body.contentHash : null;
  const text = JSON.stringify(body);
  const sizeBytes = Buffer.byteLength(text);
  const added = statements.insert.run(at, rankOf(body.kind), section, hash, sizeBytes);
  statements.insertBody.run(added.lastInsertRowid, text);
  return sizeBytes;
}

function countDrops(session: SqliteSession, count: number): void {
  const link = session.link();
  session.setLink({ ...link, droppedRecords: link.droppedRecords + count });
}

type Statements = ReturnType<typeof prepareStatements>;

function prepareStatements(database: DatabaseSync) {
  return {
    insert: database.prepare(
      'INSERT INTO outbox (at, rank, section, hash, size_bytes) VALUES (?, ?, ?, ?, ?)',
    ),
    insertBody: database.prepare('INSERT INTO outbox_body (id, body) VALUES (?, ?)'),
    /** A section that waits and was never sent says nothing beside a newer one. */
    supersede: database.prepare(
      'DELETE FROM outbox WHERE sequence IS NULL AND section = ? RETURNING size_bytes',
    ),
    dropVictim: database.prepare(
      `DELETE FROM outbox WHERE id = (
         SELECT id FROM outbox WHERE sequence IS NULL ORDER BY rank, id LIMIT 1
       ) RETURNING size_bytes`,
    ),
    /** Acknowledged rows may still stand here when the disk refused to forget them. */
    next: database.prepare(
      `SELECT id, sequence, at, size_bytes, body FROM outbox JOIN outbox_body USING (id)
       WHERE sequence IS NULL OR sequence > ? ORDER BY id LIMIT ?`,
    ),
    number: database.prepare('UPDATE outbox SET sequence = ? WHERE id = ?'),
    rememberInventory: database.prepare(
      `INSERT INTO inventory (section, hash)
       SELECT section, hash FROM outbox
       WHERE sequence <= ? AND section IS NOT NULL ORDER BY sequence
       ON CONFLICT (section) DO UPDATE SET hash = excluded.hash`,
    ),
    forget: database.prepare('DELETE FROM outbox WHERE sequence <= ? RETURNING size_bytes'),
    waitingHash: database.prepare(
      'SELECT hash FROM outbox WHERE section = ? ORDER BY id DESC LIMIT 1',
    ),
    sentHash: database.prepare('SELECT hash FROM inventory WHERE section = ?'),
  };
}

function takeBatch(
  session: SqliteSession,
  statements: Statements,
  limits: BatchLimits,
): LinkRecord[] {
  const link = session.link();
  const rows = rowsWithin(statements, link.acknowledgedSequence, limits);
  const numbers = new Map<unknown, number>();
  let assigned = link.assignedSequence;
  for (const row of rows) {
    if (row['sequence'] === null) numbers.set(row['id'], (assigned += 1));
  }
  const isNumbered =
    numbers.size === 0 ||
    session.attempt(() => {
      for (const [id, sequence] of numbers) statements.number.run(sequence, Number(id));
      session.setLink({ ...session.link(), assignedSequence: assigned });
    });
  // A number that is not on disk could be given twice after a crash: such records wait.
  return rows
    .filter((row) => isNumbered || row['sequence'] !== null)
    .map((row) => ({
      sequence: numbers.get(row['id']) ?? Number(row['sequence']),
      at: Number(row['at']),
      body: JSON.parse(String(row['body'])) as RecordBody,
    }));
}

function rowsWithin(
  statements: Statements,
  acknowledged: number,
  limits: BatchLimits,
): Record<string, unknown>[] {
  const rows: Record<string, unknown>[] = [];
  let sizeBytes = 0;
  for (const row of statements.next.iterate(acknowledged, limits.recordsMax)) {
    sizeBytes += Number(row['size_bytes']);
    if (rows.length > 0 && sizeBytes > limits.sizeBytesMax) break;
    rows.push(row);
  }
  return rows;
}

function countRows(database: DatabaseSync): OutboxState {
  const row = database
    .prepare('SELECT count(*) AS records, coalesce(sum(size_bytes), 0) AS size FROM outbox')
    .get();
  return { records: Number(row?.['records']), sizeBytes: Number(row?.['size']) };
}
