import { EventAction, type DeviceEvent } from '@wardgrid/wire';
import type { Expression } from '../rule.ts';
import { atLeast, No, opposite, Unknown, Yes, type Truth } from '../truth.ts';
import {
  beginEvent,
  buildIndexes,
  createEventFacts,
  look,
  truthOf,
  viewOf,
  watch,
  type EventFacts,
} from './event-facts.ts';
import { witnessOf } from './witness.ts';

/** One rule of a matcher: the actions it looks at and what it asks. */
export interface MatcherRule {
  readonly actions: readonly EventAction[];
  readonly when: Expression;
}

/** What rules said about an event, by their position. */
export interface Verdict {
  readonly matched: readonly number[];
  readonly unknown: readonly number[];
  /** How many rules were asked at all. */
  readonly asked: number;
}

/** Told before and after a rule is asked, by its position: for measuring. */
export interface Probe {
  readonly before: (rule: number) => void;
  readonly after: (rule: number) => void;
}

/** All rules about one class of events. */
export interface Matcher {
  /** The verdict is reused by the next call. */
  readonly match: (event: DeviceEvent, probe?: Probe) => Verdict;
  /** Rules that can never match: they hang on fields that no event has. */
  readonly impossible: readonly number[];
  /** Rules that every event of their actions asks, for want of a plain text that must be there. */
  readonly unindexed: readonly number[];
}

type Ask = () => Truth;

/** The matcher of rules about one class of events. */
export function createMatcher(rules: readonly MatcherRule[]): Matcher {
  const facts = createEventFacts();
  const witnesses = rules.map((rule) => witnessOf(facts.table, rule.when));
  const asks = rules.map((rule) => askOf(facts, rule.when));
  const unindexed: number[] = [];
  const impossible: number[] = [];
  for (const [rule, witness] of witnesses.entries()) {
    if (witness.kind === 'never') impossible.push(rule);
    else if (witness.kind === 'always') unindexed.push(rule);
    else for (const atom of witness.atoms) watch(facts, atom, rule);
  }
  buildIndexes(facts);
  const watched = [...facts.views.values()].filter((view) => view.watchers.size > 0);
  const actionBits = rules.map(({ actions }) => bitsOf(actions));
  const proposedAt = new Uint32Array(rules.length);
  const candidates: number[] = [];
  facts.propose = (rule) => {
    if (proposedAt[rule] === facts.mark) return;
    proposedAt[rule] = facts.mark;
    candidates.push(rule);
  };

  function gather(event: DeviceEvent): void {
    if (beginEvent(facts, event)) proposedAt.fill(0);
    candidates.length = 0;
    for (const view of watched) {
      look(facts, view);
      if (view.isMissing) for (const rule of view.watchers) facts.propose(rule);
    }
    for (const rule of unindexed) facts.propose(rule);
  }

  const verdict = { matched: [] as number[], unknown: [] as number[], asked: 0 };
  return {
    impossible,
    unindexed,
    match(event, probe) {
      gather(event);
      verdict.matched.length = 0;
      verdict.unknown.length = 0;
      verdict.asked = 0;
      const bit = ACTION_BITS[event.action];
      for (const rule of candidates) {
        if (((actionBits[rule] ?? 0) & bit) === 0) continue;
        verdict.asked += 1;
        probe?.before(rule);
        const truth = asks[rule]?.() ?? No;
        probe?.after(rule);
        if (truth === Yes) verdict.matched.push(rule);
        else if (truth === Unknown) verdict.unknown.push(rule);
      }
      return verdict;
    },
  };
}

const ACTION_BITS = Object.fromEntries(
  EventAction.options.map((action, index) => [action, 1 << index]),
) as Readonly<Record<EventAction, number>>;

function bitsOf(actions: readonly EventAction[]): number {
  return actions.reduce((bits, action) => bits | ACTION_BITS[action], 0);
}

function askOf(facts: EventFacts, expression: Expression): Ask {
  switch (expression.kind) {
    case 'unknown':
      return () => Unknown;
    case 'named':
      return askOf(facts, expression.of);
    case 'not': {
      const inner = askOf(facts, expression.of);
      return () => opposite(inner());
    }
    case 'and':
      return askAll(expression.of.map((part) => askOf(facts, part)));
    case 'or':
      return askAny(expression.of.map((part) => askOf(facts, part)));
    case 'count':
      return askCount(
        expression.of.map((part) => askOf(facts, part)),
        expression.least,
      );
    case 'test': {
      const id = facts.table.idOf(expression.field, expression.test);
      const view = viewOf(facts, expression.field);
      return () => truthOf(facts, id, view);
    }
  }
}

function askAll(parts: readonly Ask[]): Ask {
  return () => {
    let result: Truth = Yes;
    for (const part of parts) {
      const truth = part();
      if (truth === No) return No;
      if (truth === Unknown) result = Unknown;
    }
    return result;
  };
}

function askAny(parts: readonly Ask[]): Ask {
  return () => {
    let result: Truth = No;
    for (const part of parts) {
      const truth = part();
      if (truth === Yes) return Yes;
      if (truth === Unknown) result = Unknown;
    }
    return result;
  };
}

function askCount(parts: readonly Ask[], least: number): Ask {
  return () => {
    let yes = 0;
    let unknown = 0;
    for (const part of parts) {
      const truth = part();
      if (truth === Yes) yes += 1;
      if (truth === Unknown) unknown += 1;
    }
    return atLeast(least, yes, unknown);
  };
}
