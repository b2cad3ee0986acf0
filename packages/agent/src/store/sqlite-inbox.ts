import type { DatabaseSync } from 'node:sqlite';
import { InboxRow, parseOrder } from './codec.ts';
import type { InboxEntry, InboxReads } from './store.ts';

/** The inbox on disk. What changes it is called inside a transaction. */
export interface SqliteInbox {
  readonly add: (entries: readonly InboxEntry[]) => void;
  readonly reads: InboxReads;
  /** False when no such job was there to start. */
  readonly start: (jobId: string) => boolean;
  /** False when no such job was there to end. */
  readonly finish: (jobId: string) => boolean;
  /** The highest sequence of each controller among what `prune` would forget. */
  readonly prunable: (nowMs: number) => ReadonlyMap<string, number>;
  readonly prune: (nowMs: number) => void;
  /** Names the controller that orders came from before any was named. */
  readonly claim: (controllerId: string) => void;
}

/** The inbox of a database. */
export function createSqliteInbox(database: DatabaseSync): SqliteInbox {
  const statements = prepareStatements(database);
  return {
    add(entries) {
      for (const entry of entries) {
        const { jobId, controllerId, sequence, kind, targetId, state, expiresAt, order } = entry;
        const body = order && JSON.stringify(order);
        const place = [jobId, controllerId, sequence] as const;
        statements.insert.run(...place, kind, targetId, state, expiresAt, body);
        if (targetId !== null) statements.endTaken.run(targetId);
      }
    },
    reads: {
      inboxEntries: (jobId) => statements.entries.all(jobId).map(entryOf),
      inboxCount: () => Number(statements.count.get()?.['orders']),
      hasCancelOf: (jobId) => statements.cancels.get(jobId) !== undefined,
      jobsIn: (state) => statements.jobsIn.all(state).map((row) => parseOrder(String(row['body']))),
    },
    start: (jobId) => Number(statements.start.run(jobId).changes) > 0,
    finish: (jobId) => Number(statements.finish.run(jobId).changes) > 0,
    prunable: (nowMs) =>
      new Map(
        statements.prunable
          .all(nowMs)
          .map((row) => [String(row['controller']), Number(row['sequence'])]),
      ),
    prune: (nowMs) => void statements.prune.run(nowMs),
    claim: (controllerId) => void statements.claim.run(controllerId),
  };
}

function prepareStatements(database: DatabaseSync) {
  const expired = `state = 'finished' AND expires_at < ?`;
  return {
    insert: database.prepare(
      `INSERT INTO inbox (job_id, controller, sequence, kind, target_id, state, expires_at, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ),
    endTaken: database.prepare(
      `UPDATE inbox SET state = 'finished', body = NULL WHERE job_id = ? AND state = 'taken'`,
    ),
    entries: database.prepare('SELECT * FROM inbox WHERE job_id = ? ORDER BY sequence'),
    count: database.prepare('SELECT count(*) AS orders FROM inbox'),
    cancels: database.prepare('SELECT 1 FROM inbox WHERE target_id = ? LIMIT 1'),
    jobsIn: database.prepare(
      'SELECT body FROM inbox WHERE state = ? AND body IS NOT NULL ORDER BY sequence',
    ),
    start: database.prepare(
      `UPDATE inbox SET state = 'started' WHERE job_id = ? AND state = 'taken'`,
    ),
    finish: database.prepare(
      `UPDATE inbox SET state = 'finished', body = NULL WHERE job_id = ? AND body IS NOT NULL`,
    ),
    prunable: database.prepare(
      `SELECT controller, max(sequence) AS sequence FROM inbox WHERE ${expired} GROUP BY controller`,
    ),
    prune: database.prepare(`DELETE FROM inbox WHERE ${expired}`),
    claim: database.prepare(`UPDATE inbox SET controller = ? WHERE controller = ''`),
  };
}

function entryOf(row: Record<string, unknown>): InboxEntry {
  const { body, ...rest } = InboxRow.parse(row);
  return {
    jobId: rest.job_id,
    controllerId: rest.controller,
    sequence: rest.sequence,
    kind: rest.kind,
    targetId: rest.target_id,
    state: rest.state,
    expiresAt: rest.expires_at,
    order: body === null ? null : parseOrder(body),
  };
}
