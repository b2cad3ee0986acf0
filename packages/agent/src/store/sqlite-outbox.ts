import type { DatabaseSync } from 'node:sqlite';
import type { LinkRecord, RecordBody } from '@wardgrid/wire';
import { isFit, isOver, rankOf, type OutboxLimits } from './drop-policy.ts';
import { readAcknowledgement } from './sequence.ts';
import type { SqliteSession } from './sqlite-session.ts';
import type { BatchLimits, NewRecord, OutboxState } from './store.ts';

/** The outbox on disk. `insert`, `acknowledge` and `turn` are called inside a transaction. */
export interface SqliteOutbox {
  readonly insert: (records: readonly NewRecord[]) => void;
  readonly acknowledge: (acknowledged: number) => void;
  readonly unnumber: () => void;
  /** Puts the numbers of one controller by and brings those of another into force. */
  readonly turn: (before: string, after: string) => void;
  readonly append: (records: readonly NewRecord[]) => boolean;
  readonly takeBatch: (limits: BatchLimits) => LinkRecord[];
  readonly state: () => OutboxState;
  readonly inventoryHash: (section: string) => string | undefined;
}

/** The outbox of a session, bounded. */
export function createSqliteOutbox(session: SqliteSession, limits: OutboxLimits): SqliteOutbox {
  const statements = prepareStatements(session.database);
  const tally = createTally(session);

  function insertOne({ at, body }: NewRecord): void {
    if (!isFit(body)) {
      countDrops(session, 1);
      return;
    }
    tally.state();
    if (body.kind === 'inventory') tally.subtract(statements.supersede.all(body.body.section));
    tally.add(insertRow(statements, { at, body }));
    while (isOver(limits, tally.state())) {
      const gone = statements.dropVictim.all();
      if (gone.length === 0) return;
      tally.subtract(gone);
      countDrops(session, gone.length);
    }
  }

  function unnumber(): void {
    session.database.exec('UPDATE outbox SET sequence = NULL WHERE sequence IS NOT NULL');
    tally.reset();
  }

  return {
    insert: (records) => records.forEach(insertOne),
    unnumber,
    turn(before, after) {
      statements.park.run(before);
      unnumber();
      statements.unpark.run(after);
      statements.unparked.run(after);
    },
    acknowledge(acknowledged) {
      const meaning = readAcknowledgement(session.link(), acknowledged);
      if (meaning.kind === 'renumber') {
        unnumber();
        if (meaning.isControllerBehind) session.database.exec('DELETE FROM inventory');
        return;
      }
      if (tally.state().records === 0) return;
      statements.rememberInventory.run(meaning.upTo);
      const { upTo } = meaning;
      statements.forget.run({ upTo, end: rankOf('job-finished') });
      tally.reset();
    },
    append(records) {
      const droppedBefore = session.link().droppedRecords;
      const isKept = session.attempt(() => records.forEach(insertOne), 'spare');
      // The count is kept in memory until the disk takes it with the next write that succeeds.
      if (!isKept) countDrops(session, records.length);
      return session.link().droppedRecords === droppedBefore;
    },
    takeBatch: (batchLimits) => takeBatch(session, statements, batchLimits),
    state: tally.state,
    inventoryHash(section) {
      const row = statements.waitingHash.get(section) ?? statements.sentHash.get(section);
      return row ? String(row['hash']) : undefined;
    },
  };
}

/** What waits, without counting it for every record. */
function createTally(session: SqliteSession) {
  let counted: OutboxState | undefined;
  const reset = (): void => void (counted = undefined);
  session.onRollback(reset);

  function state(): OutboxState {
    counted ??= countWaiting(session);
    return counted;
  }

  return {
    state,
    /** It is counted anew when it is next asked for. */
    reset,
    add(size: number): void {
      const { records, sizeBytes } = state();
      counted = { records: records + 1, sizeBytes: sizeBytes + size };
    },
    subtract(gone: readonly Record<string, unknown>[]): void {
      const size = gone.reduce((sum, row) => sum + Number(row['size_bytes']), 0);
      const { records, sizeBytes } = state();
      counted = { records: records - gone.length, sizeBytes: sizeBytes - size };
    },
  };
}

/** The parts of a scan's results, and its end, which go to one controller together. */
const SCAN_KINDS: ReadonlySet<string> = new Set(['job-hosts', 'job-ports', 'job-finished']);

/** Inserts one record and gives its size. */
function insertRow(statements: Statements, { at, body }: NewRecord): number {
  const section = body.kind === 'inventory' ? body.body.section : null;
  const hash = body.kind === 'inventory' ? body.contentHash : null;
  const text = JSON.stringify(body);
  const sizeBytes = Buffer.byteLength(text);
  const job = SCAN_KINDS.has(body.kind) && 'jobId' in body ? body.jobId : null;
  const added = statements.insert.run(at, rankOf(body.kind), section, hash, sizeBytes, job);
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
      'INSERT INTO outbox (at, rank, section, hash, size_bytes, job) VALUES (?, ?, ?, ?, ?, ?)',
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
    /** Acknowledged rows may still stand here: held, or because the disk refused to forget them. */
    numbered: database.prepare(
      `SELECT id, sequence, at, size_bytes, body FROM outbox JOIN outbox_body USING (id)
       WHERE sequence > ? ORDER BY sequence LIMIT ?`,
    ),
    unnumbered: database.prepare(
      `SELECT id, sequence, at, size_bytes, body FROM outbox JOIN outbox_body USING (id)
       WHERE sequence IS NULL ORDER BY id LIMIT ?`,
    ),
    number: database.prepare('UPDATE outbox SET sequence = ? WHERE id = ?'),
    rememberInventory: database.prepare(
      `INSERT INTO inventory (section, hash)
       SELECT section, hash FROM outbox
       WHERE sequence <= ? AND section IS NOT NULL ORDER BY sequence
       ON CONFLICT (section) DO UPDATE SET hash = excluded.hash`,
    ),
    /**
     * Parts of a scan stay until its end is safe too: should the end go to another controller, all of
     * the scan does.
     */
    forget: database.prepare(
      `DELETE FROM outbox WHERE sequence <= :upTo AND NOT (job IS NOT NULL AND rank < :end AND (
         EXISTS (SELECT 1 FROM inbox i WHERE i.job_id = outbox.job AND i.state = 'started')
         OR EXISTS (SELECT 1 FROM outbox f WHERE f.job = outbox.job AND f.rank = :end
           AND (f.sequence IS NULL OR f.sequence > :upTo))))`,
    ),
    park: database.prepare(
      `INSERT OR REPLACE INTO parked (controller, sequence, record)
       SELECT ?, sequence, id FROM outbox WHERE sequence IS NOT NULL`,
    ),
    unpark: database.prepare(
      `UPDATE outbox SET sequence = p.sequence FROM parked p
       WHERE p.controller = ? AND p.record = outbox.id`,
    ),
    unparked: database.prepare('DELETE FROM parked WHERE controller = ?'),
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
  // Numbers that a controller may already have come first: after them new ones go on without a gap.
  const numbered = statements.numbered.all(acknowledged, limits.recordsMax);
  const room = limits.recordsMax - numbered.length;
  for (const row of [...numbered, ...(room > 0 ? statements.unnumbered.all(room) : [])]) {
    sizeBytes += Number(row['size_bytes']);
    if (rows.length > 0 && sizeBytes > limits.sizeBytesMax) break;
    rows.push(row);
  }
  return rows;
}

/** What the controller that is talked with does not have yet. */
function countWaiting({ database, link }: SqliteSession): OutboxState {
  const row = database
    .prepare(
      `SELECT count(*) AS records, coalesce(sum(size_bytes), 0) AS size FROM outbox
       WHERE sequence IS NULL OR sequence > ?`,
    )
    .get(link().acknowledgedSequence);
  return { records: Number(row?.['records']), sizeBytes: Number(row?.['size']) };
}
