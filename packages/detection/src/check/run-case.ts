import type { DeviceEvent } from '@wardgrid/wire';
import { createEngine } from '../engine.ts';
import { isEventRule, type Rule } from '../rule.ts';
import { TEST_EPOCH_MS } from './test-events.ts';

/** What a rule said of the events of a case. */
export type CaseResult = 'matched' | 'unknown' | 'silent';

/** Runs a rule, with those it refers to, over the events of a case. */
export function runCase(
  rules: ReadonlyMap<string, Rule>,
  rule: Rule,
  events: readonly DeviceEvent[],
): CaseResult {
  const engine = createEngine({
    packs: [{ digest: '0'.repeat(64), rules: rulesBelow(rules, rule) }],
    platform: null,
    switches: [],
    exceptions: [],
    now: TEST_EPOCH_MS,
    newId: () => '01890000-0000-7000-8000-000000000000',
  });
  for (const event of events) engine.accept(event);
  const health = engine.health().rules.find(({ ruleId }) => ruleId === rule.id);
  if (health && health.matched > 0) return 'matched';
  return health && health.notEvaluable > 0 ? 'unknown' : 'silent';
}

/** The rule and all that it refers to, directly or not. */
function rulesBelow(rules: ReadonlyMap<string, Rule>, rule: Rule): readonly Rule[] {
  const found = new Map([[rule.id, rule]]);
  for (const one of found.values()) {
    for (const id of referencesOf(one, rules)) {
      const below = rules.get(id);
      if (below) found.set(id, below);
    }
  }
  return [...found.values()];
}

/** The ids of the rules that a rule refers to. */
export function referencesOf(rule: Rule, rules: ReadonlyMap<string, Rule>): readonly string[] {
  const { body } = rule;
  switch (body.kind) {
    case 'event':
      return [];
    case 'correlation':
      return body.members.map((member) => member.rule);
    case 'sequence':
      return [...body.steps, ...body.unless].map((member) => member.rule);
    case 'burst':
      return [body.member.rule];
    case 'score':
      return body.signals.flatMap((signal) => {
        if (signal.rule !== null) return [signal.rule];
        // Signals by level come from every rule of it that is about single events.
        return [...rules.values()]
          .filter((one) => isEventRule(one) && one.severity === signal.level)
          .map(({ id }) => id);
      });
  }
}
