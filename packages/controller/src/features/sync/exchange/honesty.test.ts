import { expect, test } from 'vitest';
import type { SyncResponse } from '@wardgrid/sync';
import { honestyOf, owedAfter } from './honesty.ts';

const response: SyncResponse = {
  from: 'relay',
  requestNumber: 1,
  epoch: 1,
  scopeVersion: 1,
  status: 'ok',
  received: [],
  page: { from: 5, upTo: 9, entries: [], marks: [], vouchers: [] },
  snapshot: null,
  reset: null,
  foreign: null,
};
const word = { type: 'checkpoint', tenantId: 't', epoch: 1, g: 9, at: 100_000 } as const;
const judge = (
  change: Partial<SyncResponse> = {},
  checkpoint:
    | typeof word
    | { readonly g: number; readonly epoch: number }
    | null
    | undefined = word,
  nowMs = 101_000,
) =>
  honestyOf(
    { response: { ...response, ...change } },
    {
      checkpoint: checkpoint && { ...word, ...checkpoint },
      nowMs,
      syncIntervalMs: 1_000,
      newestAt: 100_000,
      owed: null,
    },
  ).kind;

test('a relay that tells what the cloud has decided is honest', () => {
  expect(judge()).toBe('honest');
  expect(judge({}, undefined)).toBe('honest');
  expect(judge({ page: null, snapshot: null })).toBe('honest');
});

test('decisions that the cloud has not made are a lie, in pages and in snapshots', () => {
  expect(judge({ page: { from: 5, upTo: 10, entries: [], marks: [], vouchers: [] } })).toBe(
    'lying',
  );
  const snapshot = { at: 10, after: null, rows: [], next: null, aliases: [], decided: null };
  expect(judge({ page: null, snapshot })).toBe('lying');
});

test('numbers of another epoch are not compared', () => {
  expect(
    judge({ epoch: 2, page: { from: 5, upTo: 10, entries: [], marks: [], vouchers: [] } }),
  ).toBe('honest');
});

test('what is handed on as the word of the cloud and is not signed by it is a lie', () => {
  expect(judge({}, null)).toBe('lying');
});

test('old news are told of', () => {
  expect(judge({}, word, 110_000)).toBe('honest');
  expect(judge({}, word, 110_001)).toBe('stale');
});

test('a relay that hands on no word of the cloud at all is behind after a while, too', () => {
  expect(judge({}, undefined, 110_000)).toBe('honest');
  expect(judge({}, undefined, 110_001)).toBe('stale');
});

test('decisions that are known of and do not come are owed', () => {
  const at = (cursor: number, nowMs: number, g?: number) => ({
    checkpoint: g === undefined ? undefined : { g, epoch: 1 },
    cursor,
    epoch: 1,
    nowMs,
  });
  const owed = owedAfter(null, at(5, 1, 9));
  expect(owed).toEqual({ g: 9, epoch: 1, since: 1 });
  expect(owedAfter(owed, at(8, 2, 12))).toEqual(owed);
  expect(owedAfter(owed, at(9, 3, 12))).toEqual({ g: 12, epoch: 1, since: 3 });
  expect(owedAfter(owed, at(9, 3))).toBeNull();
  expect(owedAfter(owed, { ...at(5, 3), epoch: 2 })).toBeNull();
  const known = { checkpoint: word, syncIntervalMs: 1_000, newestAt: word.at, owed };
  const judged = (nowMs: number) =>
    honestyOf({ response }, { ...known, checkpoint: { ...word, at: nowMs }, nowMs }).kind;
  expect(judged(10_001)).toBe('honest');
  expect(judged(10_002)).toBe('stale');
});
