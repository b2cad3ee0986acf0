import { RegexFault, type Assertion, type RegexNode } from './syntax.ts';
import type { UnitSet } from './unit-set.ts';

/** Most states of one expression after its counts are unrolled. */
const STATES_MAX = 4_000;
/** Most steps of building one: counts of what is empty make no states and still take time. */
const STEPS_MAX = 50_000;

/** One state of the automaton (Thompson's construction). */
export type State =
  | { readonly kind: 'set'; readonly set: UnitSet; readonly next: number }
  | { readonly kind: 'split'; readonly next: number; readonly other: number }
  | { readonly kind: 'assert'; readonly assertion: Assertion; readonly next: number }
  | { readonly kind: 'match' };

/** A compiled expression: its states and where it begins. */
export interface Program {
  readonly states: readonly State[];
  readonly start: number;
}

/** The automaton of a tree. @throws RegexFault `regex-too-large`. */
export function programOf(node: RegexNode): Program {
  const states: State[] = [{ kind: 'match' }];
  const start = build({ states, steps: 0 }, node, 0);
  return { states, start };
}

interface Builder {
  readonly states: State[];
  steps: number;
}

function add(builder: Builder, state: State): number {
  if (builder.states.length >= STATES_MAX) throw tooLarge();
  return builder.states.push(state) - 1;
}

function tooLarge(): RegexFault {
  return new RegexFault('regex-too-large', 0, `more than ${STATES_MAX} states`);
}

/** Builds backwards: `next` is where what follows begins. */
function build(builder: Builder, node: RegexNode, next: number): number {
  builder.steps += 1;
  if (builder.steps > STEPS_MAX) throw tooLarge();
  switch (node.kind) {
    case 'set':
      return add(builder, { kind: 'set', set: node.set, next });
    case 'assert':
      return add(builder, { kind: 'assert', assertion: node.assertion, next });
    case 'cat':
      return node.of.reduceRight((after, part) => build(builder, part, after), next);
    case 'alt':
      return node.of
        .map((part) => build(builder, part, next))
        .reduceRight((other, one) => add(builder, { kind: 'split', next: one, other }));
    case 'repeat':
      return repeat(builder, node, next);
  }
}

function repeat(
  builder: Builder,
  node: Extract<RegexNode, { kind: 'repeat' }>,
  next: number,
): number {
  let after = next;
  if (node.max === null) {
    const loop = add(builder, { kind: 'split', next, other: next });
    const body = build(builder, node.of, loop);
    builder.states[loop] = { kind: 'split', next: body, other: next };
    after = loop;
  }
  for (let count = node.min; count < (node.max ?? node.min); count += 1) {
    const body = build(builder, node.of, after);
    after = add(builder, { kind: 'split', next: body, other: next });
  }
  for (let count = 0; count < node.min; count += 1) after = build(builder, node.of, after);
  return after;
}
