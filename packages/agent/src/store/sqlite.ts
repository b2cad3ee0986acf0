import type { DatabaseSync } from 'node:sqlite';
import { silentLog, type Log } from '@wardgrid/base';
import { parseEnrolment } from './codec.ts';
import { OUTBOX_LIMITS, type OutboxLimits } from './drop-policy.ts';
import { prepareDatabase } from './schema.ts';
import type { DiskReserve } from './reserve.ts';
import { linkAfterReply, linkAttached, linkPruned, readAcknowledgement } from './sequence.ts';
import { createSqliteInbox, type SqliteInbox } from './sqlite-inbox.ts';
import { createSqliteOutbox, type SqliteOutbox } from './sqlite-outbox.ts';
import { createSqliteSession, type SqliteSession } from './sqlite-session.ts';
import {
  INITIAL_LINK,
  type AgentStore,
  type Identity,
  type LinkState,
  type ReplyIntake,
} from './store.ts';

/** The agent's one database. @throws on a file that is no database of ours or is broken. */
export function createSqliteStore(
  database: DatabaseSync,
  options: {
    readonly limits?: OutboxLimits;
    readonly log?: Log;
    readonly reserve?: DiskReserve;
  } = {},
): AgentStore {
  prepareDatabase(database);
  const session = createSqliteSession(database, options.log ?? silentLog, options.reserve);
  const outbox = createSqliteOutbox(session, options.limits ?? OUTBOX_LIMITS);
  const inbox = createSqliteInbox(database);
  const identities = createIdentityTable(database);
  const { attempt } = session;

  return {
    identity: () => identities.read(),
    saveIdentity: (identity) => attempt(() => identities.write(identity)),
    startOver: (next) =>
      attempt(() => {
        identities.write({ ...next, enrolment: null });
        session.setLink({ ...INITIAL_LINK, droppedRecords: session.link().droppedRecords });
        outbox.unnumber();
        database.exec('DELETE FROM inbox; DELETE FROM inventory; DELETE FROM parked;');
      }),
    link: session.link,
    attach(controllerId) {
      const { controllerId: before } = session.link();
      if (before === controllerId) return true;
      return attempt(() => {
        session.setLink(linkAttached(session.link(), controllerId));
        if (before === null) inbox.claim(controllerId);
        else outbox.turn(before, controllerId);
      });
    },
    markRetired: () => keepAnyhow(session, { isRetired: true }),
    markInventoried: (at) => keepAnyhow(session, { lastInventoryAt: at }),
    append: outbox.append,
    takeBatch: outbox.takeBatch,
    outbox: outbox.state,
    applyReply: (reply) =>
      applyReply(session, outbox, {
        reply,
        keepOrders: () => inbox.add(reply.entries),
      }),
    ...orderWrites(session, outbox, inbox),
    ...inbox.reads,
    inventoryHash: outbox.inventoryHash,
    isDegraded: session.isDegraded,
    close: () => database.close(),
  };
}

/** What changes the inbox and, with it, the outbox. */
function orderWrites(
  session: SqliteSession,
  outbox: SqliteOutbox,
  inbox: SqliteInbox,
): Pick<AgentStore, 'takeOrders' | 'startJob' | 'finishJob' | 'prune'> {
  const { attempt } = session;
  return {
    takeOrders: (intake) =>
      attempt(() => {
        const link = session.link();
        const acknowledgedOrder = Math.max(link.acknowledgedOrder, intake.acknowledgedOrder);
        session.setLink({ ...link, acknowledgedOrder });
        inbox.add(intake.entries);
        outbox.insert(intake.records);
      }),
    startJob(jobId, record) {
      let isStarted = false;
      const isKept = attempt(() => {
        isStarted = inbox.start(jobId);
        if (isStarted) outbox.insert([record]);
      });
      return isKept && isStarted;
    },
    finishJob: (jobId, record) =>
      attempt(() => {
        if (inbox.finish(jobId)) outbox.insert([record]);
      }),
    prune(nowMs) {
      const prunable = inbox.prunable(nowMs);
      if (prunable.size === 0) return;
      attempt(() => {
        session.setLink(linkPruned(session.link(), prunable));
        inbox.prune(nowMs);
      });
    },
  };
}

/** Sets a part of the link state whether or not the disk takes it now. */
function keepAnyhow(session: SqliteSession, part: Partial<LinkState>): void {
  const next = { ...session.link(), ...part };
  if (!session.attempt(() => session.setLink(next))) session.setLink(next);
}

/**
 * Applies a reply. When the disk refuses, what it acknowledged still counts; its orders were not taken
 * and come again. Its receipt does not count: the one on the disk is shown again, as after a lost
 * reply. Otherwise a crash would set the device back by several, and it would pass for a clone.
 */
function applyReply(
  session: SqliteSession,
  outbox: SqliteOutbox,
  given: { readonly reply: ReplyIntake; readonly keepOrders: () => void },
): boolean {
  const { reply, keepOrders } = given;
  const before = session.link();
  const isKept = session.attempt(() => {
    outbox.acknowledge(reply.acknowledgedSequence);
    session.setLink(linkAfterReply(session.link(), reply, true));
    keepOrders();
    outbox.insert(reply.records);
  });
  if (isKept) return true;
  const meaning = readAcknowledgement(before, reply.acknowledgedSequence);
  const after = linkAfterReply(before, reply, false);
  // New numbers that could not be written are not in force: the next reply brings them again.
  const { acknowledgedSequence, assignedSequence } = meaning.kind === 'forget' ? after : before;
  const { receipt } = before;
  session.setLink({ ...after, receipt, acknowledgedSequence, assignedSequence });
  return false;
}

function createIdentityTable(database: DatabaseSync) {
  const select = database.prepare(
    'SELECT seed, split_ticket, enrolment FROM identity WHERE id = 1',
  );
  const upsert = database.prepare(
    `INSERT INTO identity (id, seed, split_ticket, enrolment) VALUES (1, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET seed = excluded.seed,
       split_ticket = excluded.split_ticket, enrolment = excluded.enrolment`,
  );
  return {
    read(): Identity | undefined {
      const row = select.get();
      if (!row) return undefined;
      const { seed, split_ticket: ticket, enrolment } = row;
      return {
        seed: seed instanceof Uint8Array ? seed : new Uint8Array(),
        splitTicket: typeof ticket === 'string' ? ticket : null,
        enrolment: typeof enrolment === 'string' ? parseEnrolment(enrolment) : null,
      };
    },
    write({ seed, splitTicket, enrolment }: Identity): void {
      upsert.run(seed, splitTicket, enrolment && JSON.stringify(enrolment));
    },
  };
}
