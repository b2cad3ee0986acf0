import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import type { Order, RecordBody } from '@wardgrid/wire';
import { systemNewId } from '@wardgrid/base/system';
import type { OutboxLimits } from './drop-policy.ts';
import { createMemoryStore, createSqliteStore, type AgentStore } from './index.ts';
import type { InboxEntry, NewRecord, ReplyIntake } from './store.ts';

const HOME = systemNewId();
const CLOUD = systemNewId();
const ALL = { recordsMax: 500, sizeBytesMax: 4_000_000 };
const WIDE: OutboxLimits = { recordsMax: 1_000, sizeBytesMax: 10_000_000 };

function started(jobId = systemNewId()): NewRecord {
  return { at: 1, body: { kind: 'job-started', jobId } };
}

function finished(jobId: string): NewRecord {
  const body: RecordBody = {
    kind: 'job-finished',
    jobId,
    outcome: 'succeeded',
    error: null,
    summary: {},
    coverage: null,
  };
  return { at: 1, body };
}

function inventory(section: 'system' | 'services', hash: string): NewRecord {
  const body =
    section === 'services'
      ? { section, services: [], isTruncated: false }
      : {
          section,
          hostname: 'host',
          fqdn: null,
          osName: 'Linux',
          osVersion: '1',
          osFamily: 'linux' as const,
          kernel: '6',
          architecture: 'x64',
          bootId: '',
          machineIdHash: '',
          timeZone: 'UTC',
          virtualization: null,
          uptimeSeconds: 1,
        };
  return {
    at: 1,
    body: { kind: 'inventory', collectedAt: 1, contentHash: hash.repeat(64), body },
  };
}

function reply(acknowledgedSequence: number, given: Partial<ReplyIntake> = {}): ReplyIntake {
  return {
    at: 5,
    receipt: 'A'.repeat(22),
    acknowledgedSequence,
    nextExchangeMs: 60_000,
    settings: null,
    entries: [],
    records: [],
    acknowledgedOrder: 0,
    ...given,
  };
}

function entryOf(sequence: number, given: Partial<InboxEntry> = {}): InboxEntry {
  const jobId = systemNewId();
  const order: Order = {
    type: 'order',
    id: jobId,
    tenantId: systemNewId(),
    deviceId: systemNewId(),
    sequence,
    issuedAt: 1,
    expiresAt: 100,
    task: { kind: 'inventory', arguments: { sections: ['system'] } },
  };
  return {
    jobId,
    controllerId: '',
    sequence,
    state: 'taken',
    expiresAt: 100,
    kind: 'inventory',
    targetId: null,
    order,
    ...given,
  };
}

const sequencesOf = (store: AgentStore): number[] =>
  store.takeBatch(ALL).map(({ sequence }) => sequence);
const kindsOf = (store: AgentStore): string[] => store.takeBatch(ALL).map(({ body }) => body.kind);

describe.each([
  ['memory', (limits: OutboxLimits) => createMemoryStore(limits)],
  ['sqlite', (limits: OutboxLimits) => createSqliteStore(new DatabaseSync(':memory:'), { limits })],
])('a store in %s', (_, create) => {
  test('gives records the same numbers, without gaps, until they are acknowledged', () => {
    const store = create(WIDE);
    store.append([started(), started()]);
    expect(sequencesOf(store)).toEqual([1, 2]);
    store.append([started()]);
    expect(sequencesOf(store)).toEqual([1, 2, 3]);
    store.applyReply(reply(2));
    expect(sequencesOf(store)).toEqual([3]);
    expect(store.outbox().records).toBe(1);
    expect(store.link()).toMatchObject({ receipt: 'A'.repeat(22), acknowledgedSequence: 2 });
  });

  test('sends no more than a batch may hold, but always at least one record', () => {
    const store = create(WIDE);
    store.append([started(), started(), started()]);
    expect(store.takeBatch({ recordsMax: 2, sizeBytesMax: 1_000 })).toHaveLength(2);
    expect(store.takeBatch({ recordsMax: 2, sizeBytesMax: 1 })).toHaveLength(1);
  });

  test('numbers what waits above what a controller has that knows more', () => {
    const store = create(WIDE);
    store.append([started(), started()]);
    expect(sequencesOf(store)).toEqual([1, 2]);
    store.applyReply(reply(40));
    expect(store.outbox().records).toBe(2);
    expect(sequencesOf(store)).toEqual([41, 42]);
  });

  test('numbers what waits after what a controller has that was restored, and sends all inventory', () => {
    const store = create(WIDE);
    store.append([started(), inventory('system', 'a'), started()]);
    store.takeBatch(ALL);
    store.applyReply(reply(2));
    expect(store.inventoryHash('system')).toBe('a'.repeat(64));
    store.applyReply(reply(1));
    expect(sequencesOf(store)).toEqual([2]);
    expect(store.inventoryHash('system')).toBeUndefined();
  });

  test('drops inventory first, then hosts, and the end of a job last; counts what it drops', () => {
    const jobId = systemNewId();
    const store = create({ recordsMax: 3, sizeBytesMax: 1_000_000 });
    const hosts: NewRecord = { at: 1, body: { kind: 'job-hosts', jobId, hosts: [] } };
    store.append([hosts, inventory('system', 'a'), finished(jobId)]);
    expect(store.append([started(jobId)])).toBe(false);
    expect(store.append([finished(jobId)])).toBe(false);
    expect(kindsOf(store)).toEqual(['job-finished', 'job-started', 'job-finished']);
    expect(sequencesOf(store)).toEqual([1, 2, 3]);
    expect(store.link().droppedRecords).toBe(2);
  });

  test('never drops a record that already has a number: no gap may arise', () => {
    const store = create({ recordsMax: 2, sizeBytesMax: 1_000_000 });
    store.append([inventory('system', 'a'), inventory('services', 'b')]);
    expect(sequencesOf(store)).toEqual([1, 2]);
    expect(store.append([started()])).toBe(false);
    expect(sequencesOf(store)).toEqual([1, 2]);
    store.applyReply(reply(2));
    store.append([started()]);
    expect(sequencesOf(store)).toEqual([3]);
  });

  test('drops and counts a record that the wire does not carry', () => {
    const store = create(WIDE);
    expect(store.append([{ at: 1, body: { kind: 'job-started', jobId: 'nonsense' } }])).toBe(false);
    expect(store.outbox().records).toBe(0);
    expect(store.link().droppedRecords).toBe(1);
  });

  test('keeps one waiting inventory of a section: the newest', () => {
    const store = create(WIDE);
    store.append([inventory('system', 'a'), inventory('system', 'b')]);
    expect(store.outbox().records).toBe(1);
    expect(store.inventoryHash('system')).toBe('b'.repeat(64));
    store.takeBatch(ALL);
    store.append([inventory('system', 'c')]);
    expect(store.outbox().records).toBe(2);
    store.applyReply(reply(1));
    expect(store.inventoryHash('system')).toBe('c'.repeat(64));
    expect(store.link().droppedRecords).toBe(0);
  });

  test('takes an order with the reply that brought it, runs it once and ends it once', () => {
    const store = create(WIDE);
    const entry = entryOf(1);
    store.applyReply(reply(0, { entries: [entry], acknowledgedOrder: 1 }));
    expect(store.link().acknowledgedOrder).toBe(1);
    expect(store.jobsIn('taken').map(({ id }) => id)).toEqual([entry.jobId]);
    expect(store.startJob(entry.jobId, started(entry.jobId))).toBe(true);
    expect(store.startJob(entry.jobId, started(entry.jobId))).toBe(false);
    expect(store.jobsIn('started')).toEqual([entry.order]);
    expect(store.finishJob(entry.jobId, finished(entry.jobId))).toBe(true);
    expect(store.finishJob(entry.jobId, finished(entry.jobId))).toBe(true);
    expect(kindsOf(store)).toEqual(['job-started', 'job-finished']);
    expect(store.inboxEntries(entry.jobId)).toMatchObject([{ state: 'finished', order: null }]);
  });

  test('a cancel ends a job that waits and leaves one that runs to the runner', () => {
    const store = create(WIDE);
    const waiting = entryOf(1);
    const running = entryOf(2);
    store.takeOrders({ entries: [waiting, running], records: [], acknowledgedOrder: 2 });
    store.startJob(running.jobId, started(running.jobId));
    const cancels = [waiting, running].map((target, index) =>
      entryOf(3 + index, {
        kind: 'cancel',
        state: 'finished',
        order: null,
        targetId: target.jobId,
      }),
    );
    store.takeOrders({ entries: cancels, records: [], acknowledgedOrder: 4 });
    expect(store.jobsIn('taken')).toEqual([]);
    expect(store.jobsIn('started').map(({ id }) => id)).toEqual([running.jobId]);
    expect(store.hasCancelOf(waiting.jobId)).toBe(true);
    expect(store.hasCancelOf(systemNewId())).toBe(false);
  });

  test('forgets ended orders after their expiry, and remembers how far it forgot', () => {
    const store = create(WIDE);
    const [open, ended] = [entryOf(1), entryOf(2)];
    store.takeOrders({ entries: [open, ended], records: [], acknowledgedOrder: 2 });
    store.finishJob(ended.jobId, finished(ended.jobId));
    store.prune(100);
    expect(store.inboxCount()).toBe(2);
    store.prune(101);
    expect(store.inboxEntries(ended.jobId)).toEqual([]);
    expect(store.inboxEntries(open.jobId)).toHaveLength(1);
    expect(store.link().prunedOrder).toBe(2);
  });

  test('records have numbers of their own at each controller, and go on where each left off', () => {
    const store = create(WIDE);
    store.attach(HOME);
    store.append([started(), started(), started()]);
    expect(sequencesOf(store)).toEqual([1, 2, 3]);
    store.applyReply(reply(1, { receipt: 'H'.repeat(22), acknowledgedOrder: 4 }));
    expect(store.attach(CLOUD)).toBe(true);
    expect(store.link()).toMatchObject({ receipt: null, acknowledgedOrder: 0 });
    expect(sequencesOf(store)).toEqual([1, 2]);
    store.applyReply(reply(1, { receipt: 'C'.repeat(22) }));
    store.attach(HOME);
    // The second is safe above; the third may have come here before the link broke.
    expect(store.link()).toMatchObject({ receipt: 'H'.repeat(22), acknowledgedOrder: 4 });
    store.append([started()]);
    expect(sequencesOf(store)).toEqual([3, 4]);
    store.applyReply(reply(4));
    expect(store.outbox().records).toBe(0);
    store.attach(CLOUD);
    expect(store.link()).toMatchObject({ receipt: 'C'.repeat(22), acknowledgedSequence: 1 });
    store.append([started()]);
    // The number 2 there was given to a record that went home since: it is not given again.
    expect(sequencesOf(store)).toEqual([3]);
  });

  test('what one controller took is not sent to it again after a visit elsewhere', () => {
    const store = create(WIDE);
    store.attach(HOME);
    store.append([started(), started()]);
    expect(sequencesOf(store)).toEqual([1, 2]);
    store.attach(CLOUD);
    expect(sequencesOf(store)).toEqual([1, 2]);
    store.attach(HOME);
    expect(sequencesOf(store)).toEqual([1, 2]);
    // Its reply was lost: it had taken both.
    store.applyReply(reply(2));
    expect(store.outbox().records).toBe(0);
    store.attach(CLOUD);
    expect(sequencesOf(store)).toEqual([]);
  });

  test('a scan whose end goes elsewhere goes there whole', () => {
    const store = create(WIDE);
    store.attach(HOME);
    const entry = entryOf(1, { controllerId: HOME });
    const { jobId } = entry;
    const hosts: NewRecord = { at: 1, body: { kind: 'job-hosts', jobId, hosts: [] } };
    store.applyReply(reply(0, { entries: [entry], acknowledgedOrder: 1 }));
    store.startJob(jobId, started(jobId));
    store.append([hosts]);
    expect(kindsOf(store)).toEqual(['job-started', 'job-hosts']);
    store.applyReply(reply(2));
    expect(store.outbox().records).toBe(0);
    expect(kindsOf(store)).toEqual([]);
    store.finishJob(jobId, finished(jobId));
    store.attach(CLOUD);
    expect(kindsOf(store)).toEqual(['job-hosts', 'job-finished']);
    store.applyReply(reply(2));
    expect(store.outbox().records).toBe(0);
    store.attach(HOME);
    expect(kindsOf(store)).toEqual([]);
    expect(store.outbox().records).toBe(0);
  });

  test('the parts of a scan are let go once its end is safe at the same controller', () => {
    const store = create(WIDE);
    store.attach(HOME);
    const entry = entryOf(1, { controllerId: HOME });
    const { jobId } = entry;
    store.applyReply(reply(0, { entries: [entry], acknowledgedOrder: 1 }));
    store.startJob(jobId, started(jobId));
    store.append([{ at: 1, body: { kind: 'job-hosts', jobId, hosts: [] } }]);
    sequencesOf(store);
    store.applyReply(reply(2));
    store.finishJob(jobId, finished(jobId));
    expect(sequencesOf(store)).toEqual([3]);
    store.applyReply(reply(3));
    store.attach(CLOUD);
    expect(kindsOf(store)).toEqual([]);
  });

  test('orders of two controllers with one number are two orders', () => {
    const store = create(WIDE);
    store.attach(HOME);
    const job = entryOf(1, { controllerId: HOME });
    store.applyReply(reply(0, { entries: [job], acknowledgedOrder: 1 }));
    store.attach(CLOUD);
    const cancel: InboxEntry = {
      ...job,
      controllerId: CLOUD,
      kind: 'cancel',
      targetId: job.jobId,
      state: 'finished',
      order: null,
    };
    store.takeOrders({ entries: [cancel], acknowledgedOrder: 1, records: [] });
    expect(store.inboxEntries(job.jobId)).toHaveLength(2);
    expect(store.jobsIn('taken')).toEqual([]);
    store.prune(1_000);
    expect(store.link().prunedOrder).toBe(1);
    store.attach(HOME);
    expect(store.link().prunedOrder).toBe(1);
  });

  test('after a fork it is another device with the same records, unnumbered', () => {
    const store = create(WIDE);
    store.append([started(), started()]);
    store.takeBatch(ALL);
    store.applyReply(reply(1, { entries: [entryOf(1)], acknowledgedOrder: 1 }));
    store.startOver({ seed: new Uint8Array(32).fill(9), splitTicket: 'ticket' });
    expect(store.identity()).toEqual({
      seed: new Uint8Array(32).fill(9),
      splitTicket: 'ticket',
      enrolment: null,
    });
    expect(store.link()).toMatchObject({ receipt: null, acknowledgedOrder: 0 });
    expect(store.inboxCount()).toBe(0);
    expect(sequencesOf(store)).toEqual([1]);
  });
});
