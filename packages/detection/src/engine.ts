import type { NewId } from '@wardgrid/base';
import type { DeviceEvent, ProcessNode, RuleException, RuleSwitch } from '@wardgrid/wire';
import { createAnomalies, type Anomalies } from './anomaly.ts';
import { explain } from './evaluate.ts';
import { createExceptionList, type ExceptionList } from './exceptions.ts';
import { FindingLog, type EngineFinding, type FindingMemory } from './finding-log.ts';
import { healthOf, type DetectionHealth } from './health.ts';
import type { Firing, Machine, Signal } from './machine.ts';
import type { Probe } from './match/matcher.ts';
import type { Pack } from './pack.ts';
import { ProcessTable } from './processes.ts';
import { createRuleSet, type ClassRules, type RuleSet } from './rule-set.ts';
import type { Product, Rule } from './rule.ts';
import { restoreSnapshot, snapshotOf } from './snapshot.ts';
import { subjectOf } from './subject.ts';

/** What an engine runs with. */
export interface EngineOptions {
  readonly packs: readonly Pack[];
  /** The system of the events; rules of others are left aside. Null: events of all. */
  readonly platform: Product | null;
  readonly switches: readonly RuleSwitch[];
  readonly exceptions: readonly RuleException[];
  /** Epoch milliseconds at the start. */
  readonly now: number;
  readonly newId: NewId;
  /** A clock for measuring rules; without one their time is 0. */
  readonly microseconds?: () => number;
  /** What `snapshot` gave before. What does not fit these rules is left aside. */
  readonly snapshot?: string;
  /** What was told before; without it every finding is new. */
  readonly memory?: FindingMemory;
  /** Told of every match of a rule that finds: whoever acts must not wait for a held back repeat. */
  readonly onSighting?: (sighting: RuleSighting) => void;
}

/** One match of a rule, also when it is not told as a finding of its own. */
export interface RuleSighting {
  readonly rule: Pick<Rule, 'id' | 'severity' | 'confidence'>;
  /** The finding that counts it; null when it was withheld. */
  readonly findingId: string | null;
  readonly isReportOnly: boolean;
  readonly event: DeviceEvent;
}

/** What may change while an engine runs. */
export type EngineSettings = Pick<EngineOptions, 'switches' | 'exceptions'>;

/** Rules at work: events in, findings out. Its answers depend on nothing but what it was given. */
export interface Engine {
  /** Takes one event; events come in the order of the device. Never throws for what it holds. */
  readonly accept: (event: DeviceEvent) => readonly EngineFinding[];
  /** Tells the time, so that held back repeats come out; once a minute is enough. */
  readonly tick: (now: number) => readonly EngineFinding[];
  /** Changes switches and exceptions; what rules remember stays. */
  readonly configure: (settings: EngineSettings) => void;
  readonly health: () => DetectionHealth;
  /** The process of an event and its ancestors as far as known. */
  readonly processesOf: (event: DeviceEvent) => readonly ProcessNode[];
  /** All that must outlive a restart, as JSON text. */
  readonly snapshot: () => string;
}

interface State {
  readonly rules: RuleSet;
  readonly processes: ProcessTable;
  readonly anomalies: Anomalies;
  readonly log: FindingLog;
  readonly probe: RuleProbe;
  readonly onSighting: EngineOptions['onSighting'];
  exceptions: ExceptionList;
  switches: ReadonlyMap<string, RuleSwitch['setting']>;
  now: number;
}

/** Makes an engine of packs. */
export function createEngine(options: EngineOptions): Engine {
  const processes = new ProcessTable();
  const state: State = {
    rules: createRuleSet(options.packs, options.platform, (event) => processes.treeOf(event)),
    processes,
    anomalies: createAnomalies(options.now),
    log: new FindingLog(options.newId, options.memory),
    probe: createProbe(options.microseconds),
    onSighting: options.onSighting,
    exceptions: createExceptionList(options.exceptions),
    switches: switchesOf(options.switches),
    now: options.now,
  };
  const parts = { machines: state.rules.machines, anomalies: state.anomalies };
  if (options.snapshot !== undefined) restoreSnapshot(parts, options.snapshot);
  return {
    accept: (event) => accept(state, event),
    tick(now) {
      state.now = now;
      return state.log.tick(state.now);
    },
    configure(settings) {
      state.exceptions = createExceptionList(settings.exceptions);
      state.switches = switchesOf(settings.switches);
    },
    health: () => healthOf(state),
    processesOf: (event) => processes.nodesOf(event),
    snapshot: () => snapshotOf(parts),
  };
}

function switchesOf(switches: readonly RuleSwitch[]): State['switches'] {
  return new Map(switches.map(({ ruleId, setting }) => [ruleId, setting]));
}

function accept(state: State, given: DeviceEvent): readonly EngineFinding[] {
  const event = state.processes.accept(given);
  // Not the latest of all: a clock that was set forward for a moment would stop it until then.
  state.now = event.at;
  const signals: (Signal & { readonly firing?: Firing })[] = matchesOf(state, event);
  for (const anomaly of state.anomalies.accept(event)) {
    signals.push({ kind: 'anomaly', anomaly, event });
  }
  if (signals.length === 0) return NOTHING;
  const findings: EngineFinding[] = [];
  for (let at = 0; at < Math.min(signals.length, SIGNALS_MAX); at += 1) {
    const signal = signals[at];
    if (!signal) break;
    for (const firing of firingsOf(state, signal)) {
      signals.push({ kind: 'rule', rule: firing.rule, event, firing });
    }
    if (signal.kind === 'rule') findings.push(...findingsOf(state, signal));
  }
  return findings;
}

const NOTHING: readonly EngineFinding[] = [];
/** Most matches and firings that one event may set off; rules that wait for each other cannot go on. */
const SIGNALS_MAX = 1_000;

function matchesOf(state: State, event: DeviceEvent): Signal[] {
  const own = state.rules.byClass.get(event.class);
  if (!own) return [];
  const verdict = own.matcher.match(event, state.probe.begin(own));
  for (const index of verdict.unknown) {
    const counters = own.rules[index];
    if (counters) counters.notEvaluable += 1;
  }
  const signals: Signal[] = [];
  for (const index of verdict.matched) {
    const counters = own.rules[index];
    const signal = counters && { kind: 'rule' as const, rule: counters.rule, event };
    if (signal && isHeard(state, signal)) signals.push(signal);
  }
  return signals;
}

/** Counts a match; false when the rule is off or an exception leaves the event out. */
function isHeard(state: State, { rule, event }: Extract<Signal, { kind: 'rule' }>): boolean {
  const counters = state.rules.counters.get(rule.id);
  if (!counters || state.switches.get(rule.id) === 'off') return false;
  counters.matched += 1;
  if (!state.exceptions.covers(rule.id, event, state.now)) return true;
  counters.excepted += 1;
  return false;
}

function firingsOf(state: State, signal: Signal): readonly Firing[] {
  const firings: Firing[] = [];
  for (const machine of machinesFor(state, signal)) {
    const counters = state.rules.counters.get(machine.rule.id);
    if (counters) counters.evaluated += 1;
    const firing = machine.accept(signal);
    const isTold =
      firing && isHeard(state, { kind: 'rule', rule: firing.rule, event: signal.event });
    if (isTold) firings.push(firing);
  }
  return firings;
}

function findingsOf(
  state: State,
  { rule, event, firing }: Extract<Signal, { kind: 'rule' }> & { readonly firing?: Firing },
): readonly EngineFinding[] {
  if (!rule.isGenerating) return [];
  const { body } = rule;
  const subject = (rule.subject === null ? firing?.subject : null) ?? subjectOf(rule, event);
  const isReportOnly = rule.isReportOnly || state.switches.get(rule.id) === 'report';
  const findings = state.log.sight(
    {
      rule,
      contentDigest: state.rules.digestOf(rule.id),
      subject,
      event,
      matches: () => firing?.matches ?? (body.kind === 'event' ? explain(body.when, event) : []),
      processes: () => state.processes.nodesOf(event),
      isReportOnly,
    },
    state.now,
  );
  const findingId = state.log.idOf({ rule, subject });
  state.onSighting?.({ rule, findingId, isReportOnly, event });
  return findings;
}

function machinesFor({ rules }: State, signal: Signal): readonly Machine[] {
  const machines =
    signal.kind === 'rule'
      ? rules.machinesOfRule.get(signal.rule.id)
      : rules.machinesOfAnomaly.get(signal.anomaly);
  return machines ?? [];
}

interface RuleProbe {
  readonly begin: (rules: ClassRules) => Probe;
}

/** Rules are measured on one of so many events: asking the clock costs more than asking a rule. */
const SAMPLED_EVERY = 64;

function createProbe(microseconds: (() => number) | undefined): RuleProbe {
  let events = 0;
  let isSampled = false;
  let startedAt = 0;
  let current: ClassRules | undefined;
  const probe: Probe = {
    before(rule) {
      const counters = current?.rules[rule];
      if (counters) counters.evaluated += 1;
      if (isSampled && microseconds) startedAt = microseconds();
    },
    after(rule) {
      if (!isSampled || !microseconds) return;
      const counters = current?.rules[rule];
      if (counters) counters.microseconds += (microseconds() - startedAt) * SAMPLED_EVERY;
    },
  };
  return {
    begin(rules) {
      events += 1;
      isSampled = events % SAMPLED_EVERY === 0;
      current = rules;
      return probe;
    },
  };
}
