import { expect, test } from 'vitest';
import type { SyncResponse } from '@wardgrid/sync';
import { honestyOf } from './honesty.ts';

const response: SyncResponse = {
  from: 'relay',
  requestNumber: 1,
  epoch: 1,
  scopeVersion: 1,
  status: 'ok',
  received: [],
  page: { from: 5, upTo: 9, entries: [], marks: [] },
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
    },
  ).kind;

test('a relay that tells what the cloud has decided is honest', () => {
  expect(judge()).toBe('honest');
  expect(judge({}, undefined)).toBe('honest');
  expect(judge({ page: null, snapshot: null })).toBe('honest');
});

test('decisions that the cloud has not made are a lie, in pages and in snapshots', () => {
  expect(judge({ page: { from: 5, upTo: 10, entries: [], marks: [] } })).toBe('lying');
  const snapshot = { at: 10, after: null, rows: [], next: null, aliases: [], decided: null };
  expect(judge({ page: null, snapshot })).toBe('lying');
});

test('numbers of another epoch are not compared', () => {
  expect(judge({ epoch: 2, page: { from: 5, upTo: 10, entries: [], marks: [] } })).toBe('honest');
});

test('what is handed on as the word of the cloud and is not signed by it is a lie', () => {
  expect(judge({}, null)).toBe('lying');
});

test('old news are told of', () => {
  expect(judge({}, word, 110_000)).toBe('honest');
  expect(judge({}, word, 110_001)).toBe('stale');
});
