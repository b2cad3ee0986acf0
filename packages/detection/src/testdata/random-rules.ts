import * as fc from 'fast-check';
import type { DeviceEvent, EventFieldName, EventFields } from '@wardgrid/wire';
import type { Expression, Test } from '../rule.ts';

/* Random rules and events out of a small alphabet, so that most questions are nearly answered. */

const FIELDS = [
  'process.executable',
  'process.command_line',
  'process.args',
  'process.parent.executable',
  'user.id',
  'destination.ip',
  'process.exit_code',
] as const;

const word = fc
  .array(fc.constantFrom('a', 'b', 'A', 'B', '/', '-', 'ß', 'Σ', 'İ', '\u{1f600}', '1', '7'), {
    maxLength: 5,
  })
  .map((letters) => letters.join(''));

const place = fc.constantFrom('whole', 'start', 'end', 'any');

const part = fc.oneof(word, fc.constant<0>(0), fc.constant<1>(1));

const pattern = fc
  .array(
    fc.constantFrom('a', 'b', 'B', '.', 'a*', '(a|b7)', '[^a]+', '\\d?', '(?:-/)', 'b{1,2}', '\\b'),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => parts.join(''));

const test: fc.Arbitrary<Test> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('text'), place, text: word, cased: fc.boolean() }),
  },
  fc.record({
    kind: fc.constant('glob'),
    parts: fc.array(part, { minLength: 1, maxLength: 5 }),
    cased: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('regex'), pattern, flags: fc.constantFrom('', 'i', 'is', 'm') }),
  fc.record({
    kind: fc.constant('cidr'),
    network: fc.constantFrom('10.0.0.0/8', '10.1.0.0/16', '::1/128', '0.0.0.0/0'),
  }),
  fc.record({
    kind: fc.constant('number'),
    compare: fc.constantFrom('lt', 'lte', 'gt', 'gte', 'eq'),
    value: fc.integer({ min: -1, max: 8 }),
    part: fc.constant(null),
  }),
  fc.record({ kind: fc.constant('exists') }),
  fc.record({
    kind: fc.constant('field'),
    place,
    field: fc.constantFrom(...FIELDS),
    cased: fc.boolean(),
  }),
);

/** An expression of a few questions. */
export const randomExpression: fc.Arbitrary<Expression> = fc.letrec<{ expression: Expression }>(
  (tie) => ({
    expression: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.record({
        kind: fc.constant('test' as const),
        field: fc.constantFrom(...FIELDS, '*', '~argument.1', '~audit.type'),
        test,
      }),
      fc.constant({ kind: 'unknown' as const }),
      fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        of: fc.array(tie('expression'), { minLength: 1, maxLength: 4 }),
      }),
      fc.record({
        kind: fc.constant('count' as const),
        least: fc.integer({ min: 1, max: 2 }),
        of: fc.array(tie('expression'), { minLength: 2, maxLength: 4 }),
      }),
      fc.record({ kind: fc.constant('not' as const), of: tie('expression') }),
      fc.record({
        kind: fc.constant('named' as const),
        name: fc.constant('selection'),
        of: tie('expression'),
      }),
    ),
  }),
).expression;

const text = fc.array(word, { maxLength: 3 }).map((words) => words.join(''));

const fields: fc.Arbitrary<EventFields> = fc.record(
  {
    'process.executable': text,
    'process.command_line': text,
    'process.args': fc.array(text, { maxLength: 3 }),
    'process.parent.executable': text,
    'user.id': fc.integer({ min: 0, max: 8 }),
    'destination.ip': fc.constantFrom('10.1.2.3', '10.9.9.9', '192.0.2.1', '::1', 'not an address'),
    'process.exit_code': fc.integer({ min: 0, max: 8 }),
  },
  { requiredKeys: [] },
);

/** An event with some of the fields, some of them missing or cut. */
export const randomEvent: fc.Arbitrary<DeviceEvent> = fc.record({
  id: fc.constant('01890000-0000-7000-8000-000000000000'),
  class: fc.constant('process' as const),
  action: fc.constantFrom('exec' as const, 'exit' as const),
  at: fc.constant(1_700_000_000_000),
  order: fc.constant(1),
  sensor: fc.constant('process' as const),
  fields,
  missing: fc.oneof(
    { weight: 3, arbitrary: fc.constant<EventFieldName[]>([]) },
    fc.subarray<EventFieldName>([...FIELDS], { maxLength: 2 }),
  ),
});
