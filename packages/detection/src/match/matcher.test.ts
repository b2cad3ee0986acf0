import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DeviceEvent } from '@wardgrid/wire';
import { evaluatorOf } from '../evaluate.ts';
import type { Expression } from '../rule.ts';
import { randomEvent, randomExpression } from '../testdata/random-rules.ts';
import { No, Unknown, Yes } from '../truth.ts';
import { createMatcher, type MatcherRule } from './matcher.ts';

/** What every rule says of an event, asked one by one. */
function plainly(rules: readonly MatcherRule[], event: DeviceEvent) {
  const truths = rules.map(({ actions, when }) =>
    actions.includes(event.action) ? evaluatorOf(when)(event) : No,
  );
  const of = (truth: number) => truths.flatMap((one, rule) => (one === truth ? [rule] : []));
  return { matched: of(Yes), unknown: of(Unknown) };
}

test('the index says of random rules and events what asking one by one says', () => {
  let events = 0;
  let matched = 0;
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          actions: fc.constantFrom<MatcherRule['actions'][]>(['exec'], ['exec', 'exit']),
          when: randomExpression,
        }),
        { minLength: 1, maxLength: 12 },
      ),
      fc.array(randomEvent, { minLength: 4, maxLength: 12 }),
      (rules, stream) => {
        const matcher = createMatcher(rules);
        const impossible = new Set(matcher.impossible);
        for (const event of stream) {
          const verdict = matcher.match(event);
          const plain = plainly(rules, event);
          expect(verdict.matched.toSorted()).toEqual(plain.matched.toSorted());
          // What cannot match anywhere is told once, by `impossible`, and not of every event.
          expect(plain.matched.filter((rule) => impossible.has(rule))).toEqual([]);
          events += 1;
          matched += plain.matched.length;
        }
      },
    ),
    { numRuns: 2_000 },
  );
  expect(events).toBeGreaterThan(10_000);
  expect(matched).toBeGreaterThan(10_000);
}, 60_000);

test('a rule that hangs on a missing field is unknown to the index as well', () => {
  fc.assert(
    fc.property(randomExpression, randomEvent, (when, event) => {
      fc.pre(!hasUnknown(when));
      const rules: MatcherRule[] = [{ actions: ['exec', 'exit'], when }];
      const [matcher, plain] = [createMatcher(rules), plainly(rules, event)];
      expect(matcher.match(event).unknown).toEqual(plain.unknown);
    }),
    { numRuns: 2_000 },
  );
});

function hasUnknown(expression: Expression): boolean {
  switch (expression.kind) {
    case 'unknown':
      return true;
    case 'test':
      return false;
    case 'not':
    case 'named':
      return hasUnknown(expression.of);
    case 'and':
    case 'or':
    case 'count':
      return expression.of.some((part) => hasUnknown(part));
  }
}

function event(fields: DeviceEvent['fields'], missing: DeviceEvent['missing'] = []): DeviceEvent {
  return {
    id: '01890000-0000-7000-8000-000000000000',
    class: 'process',
    action: 'exec',
    at: 0,
    order: 0,
    sensor: 'process',
    fields,
    missing,
  };
}

function contains(text: string): Expression {
  return {
    kind: 'test',
    field: 'process.command_line',
    test: { kind: 'text', place: 'any', text, cased: false },
  };
}

test('an event without the required texts asks no rule', () => {
  const rules = Array.from({ length: 500 }, (_, index) => ({
    actions: ['exec'] as const,
    when: contains(`rare-word-${index}`),
  }));
  const matcher = createMatcher(rules);
  expect(matcher.match(event({ 'process.command_line': 'ls -l /usr/bin' })).asked).toBe(0);
  const hit = matcher.match(event({ 'process.command_line': 'x RARE-WORD-49 y' }));
  expect(hit.asked).toBe(2);
  expect(hit.matched).toEqual([4, 49]);
});

test('rules without a text that must be there are told', () => {
  const matcher = createMatcher([
    { actions: ['exec'], when: { kind: 'not', of: contains('x') } },
    { actions: ['exec'], when: contains('needle') },
    { actions: ['exec'], when: { kind: 'and', of: [contains('y'), { kind: 'unknown' }] } },
  ]);
  expect(matcher.unindexed).toEqual([0]);
  expect(matcher.impossible).toEqual([2]);
});

test('thirty thousand literals are found as they are one by one, far beyond whole rows', () => {
  const literals = Array.from({ length: 30_000 }, (_, at) => `w${(at * 7_919).toString(36)}`);
  const rules = literals.map((text) => ({ actions: ['exec'] as const, when: contains(text) }));
  const matcher = createMatcher(rules);
  const texts = [
    literals.slice(0, 500).join(' '),
    literals.slice(-500).join('').toUpperCase(),
    Array.from({ length: 4_000 }, (_, at) => `w${(at * 104_729).toString(36)}`).join(''),
  ];
  let found = 0;
  for (const text of texts) {
    const lower = text.toLowerCase();
    const expected = literals.flatMap((one, rule) => (lower.includes(one) ? [rule] : []));
    const { matched } = matcher.match(event({ 'process.command_line': text }));
    expect(matched.toSorted((one, other) => one - other)).toEqual(expected);
    found += expected.length;
  }
  expect(found).toBeGreaterThan(1_000);
});
