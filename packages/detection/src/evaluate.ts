import type { DeviceEvent } from '@wardgrid/wire';
import { isMissing, readerOf } from './fields.ts';
import type { Expression, Test } from './rule.ts';
import { anyValue, compareFields, listOf, valueTestOf } from './single-test.ts';
import { atLeast, No, opposite, Unknown, Yes, type Truth } from './truth.ts';
import { newWork } from './work.ts';

/* The plain evaluator: one rule, one event, nothing prepared but the tests. It is what the matcher is
   compared with, it decides exceptions, and it explains what matched. */

/** Decides one expression about events. */
export type Evaluator = (event: DeviceEvent) => Truth;

/** Makes an expression ready. @throws RegexFault for a pattern that a rule file would not have passed. */
export function evaluatorOf(expression: Expression): Evaluator {
  switch (expression.kind) {
    case 'unknown':
      return () => Unknown;
    case 'named':
      return evaluatorOf(expression.of);
    case 'not': {
      const inner = evaluatorOf(expression.of);
      return (event) => opposite(inner(event));
    }
    case 'and':
      return counted(expression.of, expression.of.length);
    case 'or':
      return counted(expression.of, 1);
    case 'count':
      return counted(expression.of, expression.least);
    case 'test':
      return testEvaluator(expression.field, expression.test);
  }
}

function counted(of: readonly Expression[], least: number): Evaluator {
  const parts = of.map((part) => evaluatorOf(part));
  return (event) => {
    let yes = 0;
    let unknown = 0;
    for (const [index, part] of parts.entries()) {
      const truth = part(event);
      if (truth === Yes) yes += 1;
      if (truth === Unknown) unknown += 1;
      if (yes >= least) return Yes;
      if (yes + unknown + parts.length - index - 1 < least) return No;
    }
    return atLeast(least, yes, unknown);
  };
}

function testEvaluator(field: string, test: Test): Evaluator {
  const reader = readerOf(field);
  if (test.kind === 'field') {
    const other = readerOf(test.field);
    return (event) => {
      const value = reader.read(event);
      if (compareFields(test, value, other.read(event)) === Yes) return Yes;
      // What is absent equals nothing, whatever the other field may hold.
      const isOtherUnknown = value !== undefined && isMissing(event, test.field, other);
      return isMissing(event, field, reader) || isOtherUnknown ? Unknown : No;
    };
  }
  const ask = valueTestOf(test);
  return (event) => {
    const value = reader.read(event);
    // An empty list holds nothing, but it is there.
    const isThere = test.kind === 'exists' && value !== undefined;
    const truth = isThere ? Yes : anyValue(ask, value);
    return truth === No && isMissing(event, field, reader) ? Unknown : truth;
  };
}

/** One field that made a rule match. */
export interface Match {
  readonly selection: string;
  readonly field: string;
  readonly value: string;
}

/** Most fields told of one finding. */
const MATCHES_MAX = 16;

/** Which selections and fields made an expression hold. Meant for the few events that match. */
export function explain(expression: Expression, event: DeviceEvent): readonly Match[] {
  const matches = new Map<string, Match>();
  collect({ event, matches }, expression, '');
  return [...matches.values()].slice(0, MATCHES_MAX);
}

interface Explanation {
  readonly event: DeviceEvent;
  readonly matches: Map<string, Match>;
}

function collect(into: Explanation, expression: Expression, selection: string): void {
  switch (expression.kind) {
    case 'unknown':
    // What must not hold explains nothing that a person could see in the event.
    case 'not':
      return;
    case 'named':
      collect(into, expression.of, expression.name);
      return;
    case 'and':
    case 'or':
    case 'count':
      for (const part of expression.of) {
        if (evaluatorOf(part)(into.event) === Yes) collect(into, part, selection);
      }
      return;
    case 'test': {
      const value = matchingValue(expression.field, expression.test, into.event);
      if (value === undefined) return;
      const key = `${selection}\n${expression.field}\n${value}`;
      into.matches.set(key, { selection, field: expression.field, value });
    }
  }
}

function matchingValue(field: string, test: Test, event: DeviceEvent): string | undefined {
  const values = listOf(readerOf(field).read(event));
  if (test.kind === 'field') return values[0];
  const ask = valueTestOf(test);
  return values.find((value) => ask(value, newWork()) === Yes);
}
