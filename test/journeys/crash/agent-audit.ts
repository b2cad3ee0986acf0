/**
 * What the agent kept, numbered and forgot, noted by triggers of the test in the agent's own
 * database, so that a note stands exactly where its record stood.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openDataFolder } from '@wardgrid/agent/store/index';
import * as z from 'zod';

/** A record that was once in the outbox. */
const KeptRecord = z.strictObject({
  kind: z.string(),
  /** Of an inventory. */
  section: z.string().nullable(),
  /** Of an inventory: its hash and when it was collected, as the controller's audit writes it. */
  content: z.string().nullable(),
  /** Of all others. */
  job: z.string().nullable(),
  outcome: z.string().nullable(),
  /** Null when it was replaced or dropped before it was first sent. */
  sequence: z.int().nullable(),
  /** How often it was given a number. */
  numbered: z.int(),
  /** Whether the outbox has let it go. */
  is_gone: z.int(),
});
export type KeptRecord = z.infer<typeof KeptRecord>;

const Link = z.object({
  acknowledgedSequence: z.int(),
  assignedSequence: z.int(),
  droppedRecords: z.int(),
});

/** Everything the account needs of the agent. */
export interface AgentAccount extends z.infer<typeof Link> {
  readonly records: readonly KeptRecord[];
  readonly waiting: number;
}

const TRIGGERS = `
  CREATE TABLE crash_record (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, section TEXT, content TEXT, job TEXT, outcome TEXT,
    sequence INTEGER, numbered INTEGER NOT NULL DEFAULT 0, is_gone INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TRIGGER crash_kept AFTER INSERT ON outbox_body BEGIN
    INSERT INTO crash_record (id, kind, section, content, job, outcome) VALUES (new.id,
      json_extract(new.body, '$.kind'), json_extract(new.body, '$.body.section'),
      json_extract(new.body, '$.contentHash') || ' ' || json_extract(new.body, '$.collectedAt'),
      json_extract(new.body, '$.jobId'), json_extract(new.body, '$.outcome'));
  END;
  CREATE TRIGGER crash_numbered AFTER UPDATE OF sequence ON outbox BEGIN
    UPDATE crash_record SET sequence = new.sequence, numbered = numbered + 1 WHERE id = new.id;
  END;
  CREATE TRIGGER crash_gone AFTER DELETE ON outbox BEGIN
    UPDATE crash_record SET is_gone = is_gone + 1 WHERE id = old.id;
  END;
`;

/** Makes the agent's database before the agent comes, and begins to note. */
export function installAgentAudit(dataPath: string): void {
  openDataFolder(dataPath).close();
  const database = new DatabaseSync(fileIn(dataPath));
  database.exec(TRIGGERS);
  database.close();
}

/** How many records wait, beside a running agent. */
export function countWaiting(dataPath: string): number {
  return readAgentAccount(dataPath).waiting;
}

export function readAgentAccount(dataPath: string): AgentAccount {
  const database = new DatabaseSync(fileIn(dataPath), { timeout: 2_000 });
  try {
    const link = database.prepare('SELECT state FROM link').get();
    const waiting = database.prepare('SELECT count(*) AS records FROM outbox').get();
    const records = database
      .prepare(
        `SELECT kind, section, content, job, outcome, sequence, numbered, is_gone
         FROM crash_record ORDER BY id`,
      )
      .all();
    return {
      ...Link.parse(JSON.parse(String(link?.['state']))),
      waiting: Number(waiting?.['records']),
      records: z.array(KeptRecord).parse(records),
    };
  } finally {
    database.close();
  }
}

/** Gives back to the disk what the stopped agent's database does not need. */
export function compact(dataPath: string): void {
  const database = new DatabaseSync(fileIn(dataPath));
  database.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE);');
  database.close();
}

function fileIn(dataPath: string): string {
  return join(dataPath, 'agent.sqlite');
}
