import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { takeLoss } from './last-loss.ts';
import { LOSS_FILE, writeLoss } from './loss.ts';
import { parseOrder, wordsOf } from './order.ts';

const folder = mkdtempSync(join(tmpdir(), 'wardgrid-loss-'));

afterAll(() => rmSync(folder, { recursive: true }));

test('word that was left is taken once', () => {
  writeLoss(folder, { reason: 'stopped', at: 5 });
  expect(takeLoss(folder)).toEqual({ reason: 'stopped', at: 5 });
  expect(takeLoss(folder)).toBeNull();
  expect(readdirSync(folder)).toEqual([]);
});

test.each(['', '{', '{"reason":"other","at":1}', '{"reason":"ended","at":-1}', ' '.repeat(5_000)])(
  'what cannot be understood says nothing: %#',
  (text) => {
    writeFileSync(join(folder, LOSS_FILE), text);
    expect(takeLoss(folder)).toBeNull();
  },
);

test('an order survives the command line, and anything else is refused', () => {
  const order = { agentPid: 7, folder: '/a folder', limits: { lookMs: 250, stallMs: 10_000 } };
  expect(parseOrder(wordsOf(order))).toEqual(order);
  expect(() => parseOrder([])).toThrow('started by an agent');
  expect(() => parseOrder(['7', 'x', '9', '/folder'])).toThrow('started by an agent');
});
