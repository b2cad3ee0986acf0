import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { systemNewId } from '@wardgrid/base/system';
import { createSqliteStore } from './sqlite.ts';
import type { ReplyIntake } from './store.ts';

const RECORD = { at: 1, body: { kind: 'job-started', jobId: systemNewId() } } as const;

function reply(receipt: string, acknowledgedSequence: number): ReplyIntake {
  return {
    at: 5,
    receipt,
    acknowledgedSequence,
    nextExchangeMs: 60_000,
    settings: null,
    entries: [],
    records: [],
    acknowledgedOrder: 0,
  };
}

/** A reply with more to keep than there is room for. */
function largeReply(receipt: string, acknowledgedSequence: number): ReplyIntake {
  const detail = 'x'.repeat(500);
  const body = { kind: 'order-refused', jobId: null, reason: 'signature', detail } as const;
  const records = Array.from({ length: 100 }, () => ({ at: 5, body }));
  return { ...reply(receipt, acknowledgedSequence), records };
}

test('a reply that the disk refused brings no receipt, so that a crash makes no clone of us', () => {
  const database = new DatabaseSync(':memory:');
  const store = createSqliteStore(database);
  store.append([RECORD]);
  store.takeBatch({ recordsMax: 1, sizeBytesMax: 1_000 });
  expect(store.applyReply(reply('first', 0))).toBe(true);
  const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count']);
  database.exec(`PRAGMA max_page_count = ${pages + 1}`);
  expect(store.applyReply(largeReply('second', 1))).toBe(false);
  expect(store.applyReply(largeReply('third', 1))).toBe(false);
  // What the controller has is not sent again; who we are is what a restart will say.
  expect(store.link()).toMatchObject({ receipt: 'first', acknowledgedSequence: 1 });
  expect(createSqliteStore(database).link().receipt).toBe('first');
  database.exec('PRAGMA max_page_count = 100000');
  expect(store.applyReply(largeReply('fourth', 1))).toBe(true);
  expect(createSqliteStore(database).link()).toMatchObject({
    receipt: 'fourth',
    acknowledgedSequence: 1,
  });
});
