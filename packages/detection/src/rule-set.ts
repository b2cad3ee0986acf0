import { EventClass, type EventAction } from '@wardgrid/wire';
import { createCounters, type IdleReason, type RuleCounters } from './health.ts';
import { topics, type Machine } from './machine.ts';
import { createMachine } from './machines.ts';
import type { TreeOf } from './group-key.ts';
import { createMatcher, type Matcher } from './match/matcher.ts';
import type { Pack } from './pack.ts';
import { AnomalyKind, isEventRule, type EventRule, type Product, type Rule } from './rule.ts';

/** The rules about one class of events, in the order of their matcher. */
export interface ClassRules {
  readonly matcher: Matcher;
  readonly rules: readonly RuleCounters[];
}

/** Most rules about several events in one engine: each keeps up to some megabytes. */
const MACHINES_MAX = 500;

/** The rules of packs, made ready for one system. */
export interface RuleSet {
  readonly byClass: ReadonlyMap<EventClass, ClassRules>;
  readonly machines: readonly Machine[];
  /** The machines that want to hear of matches of a rule, by its id. */
  readonly machinesOfRule: ReadonlyMap<string, readonly Machine[]>;
  readonly machinesOfAnomaly: ReadonlyMap<AnomalyKind, readonly Machine[]>;
  readonly counters: ReadonlyMap<string, RuleCounters>;
  readonly digestOf: (ruleId: string) => string | null;
  /** Rules that never can match here, and why. */
  readonly idle: ReadonlyMap<string, IdleReason>;
}

/** Makes rules ready. Of rules with one id the first pack's counts. */
export function createRuleSet(
  packs: readonly Pack[],
  platform: Product | null,
  treeOf: TreeOf,
): RuleSet {
  const digests = new Map<string, string>();
  const counters = new Map<string, RuleCounters>();
  for (const pack of packs) {
    for (const rule of pack.rules) {
      if (counters.has(rule.id) || !isFor(rule, platform)) continue;
      counters.set(rule.id, createCounters(rule));
      digests.set(rule.id, pack.digest);
    }
  }
  const all = [...counters.values()];
  const byClass = classRulesOf(all);
  const several = all.filter(({ rule }) => !isEventRule(rule));
  const machines = several.slice(0, MACHINES_MAX).map(({ rule }) => createMachine(rule, treeOf));
  const wanting = (...wanted: readonly string[]) =>
    machines.filter(({ wants }) => wanted.some((topic) => wants.has(topic)));
  return {
    byClass,
    machines,
    machinesOfRule: new Map(
      all.map(({ rule }) => [rule.id, wanting(topics.rule(rule.id), topics.level(rule.severity))]),
    ),
    machinesOfAnomaly: new Map(
      AnomalyKind.options.map((kind) => [kind, wanting(topics.anomaly(kind))]),
    ),
    counters,
    digestOf: (ruleId) => digests.get(ruleId) ?? null,
    idle: idleRules(all, byClass),
  };
}

function isFor(rule: Rule, platform: Product | null): boolean {
  if (!isEventRule(rule) || platform === null) return true;
  const { product } = rule.body.source;
  return product === null || product === platform;
}

function actionsOf(rule: EventRule, eventClass: EventClass): readonly EventAction[] {
  return rule.body.source.events.flatMap((source) =>
    source.class === eventClass ? source.actions : [],
  );
}

function classRulesOf(all: readonly RuleCounters[]): ReadonlyMap<EventClass, ClassRules> {
  const byClass = new Map<EventClass, ClassRules>();
  for (const eventClass of EventClass.options) {
    const own: RuleCounters[] = [];
    const asked: Parameters<typeof createMatcher>[0][number][] = [];
    for (const counters of all) {
      if (!isEventRule(counters.rule)) continue;
      const actions = actionsOf(counters.rule, eventClass);
      if (actions.length === 0) continue;
      own.push(counters);
      asked.push({ actions, when: counters.rule.body.when });
    }
    if (own.length > 0) byClass.set(eventClass, { matcher: createMatcher(asked), rules: own });
  }
  return byClass;
}

function idleRules(
  all: readonly RuleCounters[],
  byClass: ReadonlyMap<EventClass, ClassRules>,
): ReadonlyMap<string, IdleReason> {
  const several = all.filter(({ rule }) => !isEventRule(rule));
  const idle = new Map<string, IdleReason>(
    several.slice(MACHINES_MAX).map(({ rule }) => [rule.id, 'too-many']),
  );
  for (const { rule } of all) {
    if (isEventRule(rule) && rule.body.source.events.length === 0) idle.set(rule.id, 'no-events');
  }
  for (const { matcher, rules } of byClass.values()) {
    for (const index of matcher.impossible) {
      const id = rules[index]?.rule.id;
      if (id !== undefined) idle.set(id, 'impossible');
    }
  }
  return idle;
}
