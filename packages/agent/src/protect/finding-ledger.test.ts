import { expect, test } from 'vitest';
import { createFakeClock, createNewId, createSeededRandom } from '@wardgrid/base';
import type { ToldFinding } from './finding-book.ts';
import { createFindingLedger, type NewFinding } from './finding-ledger.ts';

const clock = createFakeClock();

function start() {
  const told: ToldFinding[] = [];
  const ledger = createFindingLedger({
    clock,
    memory: { find: () => undefined },
    newId: createNewId(clock, createSeededRandom(7)),
    tell: (finding) => void told.push(finding),
  });
  return { ledger, told };
}

function finding(given: Partial<NewFinding> = {}): NewFinding {
  return {
    rule: 'reverse-shell',
    title: 'Reverse shell',
    engine: 'behaviour',
    severity: 'high',
    confidence: 90,
    techniques: ['T1059.004'],
    contentDigest: null,
    subject: '/bin/sh',
    remedy: 'Look at it.',
    author: null,
    matches: [],
    event: null,
    processes: [],
    ...given,
  };
}

test('the same rule about the same subject is one finding, told again with its count, ever more rarely', async () => {
  const { ledger, told } = start();
  const id = ledger.note(finding());
  for (let minute = 0; minute < 60; minute += 1) {
    expect(ledger.note(finding())).toBe(id);
    await clock.advance(60_000);
    ledger.tellDue();
  }
  expect(told.map(({ count }) => count)).toEqual([1, 2, 4, 8, 16, 32]);
  expect(new Set(told.map((one) => one.id)).size).toBe(1);
  expect(told.at(-1)?.lastSeenAt).toBeGreaterThan(told[0]?.lastSeenAt ?? 0);
});

test('another subject is another finding', () => {
  const { ledger, told } = start();
  expect(ledger.note(finding())).not.toBe(ledger.note(finding({ subject: '/bin/bash' })));
  expect(told).toHaveLength(2);
});

test('a flood of subjects becomes one finding about the rule', async () => {
  const { ledger, told } = start();
  for (let number = 0; number < 10_000; number += 1) {
    ledger.note(finding({ subject: `/tmp/${number}` }));
  }
  expect(told).toHaveLength(51);
  expect(told.at(-1)).toMatchObject({ rule: 'rule-flood', subject: 'reverse-shell', count: 1 });
  await clock.advance(60_000);
  ledger.tellDue();
  expect(told.at(-1)).toMatchObject({ rule: 'rule-flood', count: 9_950 });
  ledger.note(finding({ rule: 'other', subject: '/tmp/1' }));
  expect(told.at(-1)).toMatchObject({ rule: 'rule-flood', subject: 'other' });
  await clock.advance(3_600_000);
  ledger.note(finding({ rule: 'other', subject: '/tmp/2' }));
  expect(told.at(-1)).toMatchObject({ rule: 'other', subject: '/tmp/2' });
});
