import { OUTBOX_LIMITS, type OutboxLimits } from './drop-policy.ts';
import { createMemoryInbox, type MemoryInbox } from './memory-inbox.ts';
import { createMemoryOutbox, type LinkHolder, type MemoryOutbox } from './memory-outbox.ts';
import { linkAfterReply, linkAttached, linkPruned } from './sequence.ts';
import { INITIAL_LINK, type AgentStore, type Identity, type OrderIntake } from './store.ts';

/** A store that forgets with the process: for simulated devices and for tests. */
export function createMemoryStore(limits: OutboxLimits = OUTBOX_LIMITS): AgentStore {
  const holder: LinkHolder = { link: INITIAL_LINK };
  const inbox = createMemoryInbox();
  const outbox = createMemoryOutbox(holder, limits, inbox.reads);
  let identity: Identity | undefined;

  function keepOrders(intake: OrderIntake): void {
    inbox.add(intake.entries);
    outbox.append(intake.records);
  }

  return {
    identity: () => identity,
    saveIdentity(next) {
      identity = next;
      return true;
    },
    startOver(next) {
      identity = { ...next, enrolment: null };
      holder.link = { ...INITIAL_LINK, droppedRecords: holder.link.droppedRecords };
      outbox.startOver();
      inbox.startOver();
      return true;
    },
    link: () => holder.link,
    attach(controllerId) {
      const { controllerId: before } = holder.link;
      if (before === null) inbox.claim(controllerId);
      holder.link = linkAttached(holder.link, controllerId);
      if (before !== null) outbox.turn(before, controllerId);
      return true;
    },
    markRetired: () => void (holder.link = { ...holder.link, isRetired: true }),
    markInventoried: (at) => void (holder.link = { ...holder.link, lastInventoryAt: at }),
    append: outbox.append,
    takeBatch: outbox.takeBatch,
    outbox: outbox.state,
    applyReply(reply) {
      outbox.acknowledge(reply.acknowledgedSequence);
      holder.link = linkAfterReply(holder.link, reply, true);
      keepOrders(reply);
      return true;
    },
    takeOrders(intake) {
      const acknowledgedOrder = Math.max(holder.link.acknowledgedOrder, intake.acknowledgedOrder);
      holder.link = { ...holder.link, acknowledgedOrder };
      keepOrders(intake);
      return true;
    },
    ...inbox.reads,
    ...jobWrites(inbox, outbox),
    inventoryHash: outbox.inventoryHash,
    prune(nowMs) {
      const pruned = inbox.prune(nowMs);
      if (pruned.size > 0) holder.link = linkPruned(holder.link, pruned);
    },
    isDegraded: () => false,
    close: () => undefined,
  };
}

function jobWrites(
  inbox: MemoryInbox,
  outbox: MemoryOutbox,
): Pick<AgentStore, 'startJob' | 'finishJob'> {
  return {
    startJob(jobId, record) {
      const isStarted = inbox.start(jobId);
      if (isStarted) outbox.append([record]);
      return isStarted;
    },
    finishJob(jobId, record) {
      if (inbox.finish(jobId)) outbox.append([record]);
      return true;
    },
  };
}
