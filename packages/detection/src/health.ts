import type { EngineHealth } from '@wardgrid/wire';
import type { Anomalies } from './anomaly.ts';
import type { ExceptionList } from './exceptions.ts';
import type { FindingLog } from './finding-log.ts';
import type { Machine } from './machine.ts';
import type { ProcessTable } from './processes.ts';
import type { Rule } from './rule.ts';

/** Why a rule never says anything here. */
export type IdleReason = 'impossible' | 'no-events' | 'too-many';

/** What became of one rule since the engine started. */
export interface RuleHealth {
  readonly ruleId: string;
  readonly title: string;
  /**
   * `impossible`: it hangs on fields that no event has. `no-events`: no sensor makes events of its log
   * source. `too-many`: there are more rules about several events than there is room for.
   * `flooding`: its findings are withheld for a while.
   */
  readonly state: 'on' | 'off' | 'report' | IdleReason | 'flooding';
  /** How often it was asked; the index answers for the others. */
  readonly evaluated: number;
  readonly matched: number;
  /** Matches that an exception left out. */
  readonly excepted: number;
  readonly notEvaluable: number;
  /** Time spent, estimated from samples. */
  readonly microseconds: number;
  /** Fields it asks for that no event of its log source has. */
  readonly unmapped: readonly string[];
  /** Groups that a rule about several events threw out for want of room. */
  readonly evicted: number;
}

/** The health of all engines here and of every rule. */
export interface DetectionHealth {
  readonly engines: readonly EngineHealth[];
  readonly rules: readonly RuleHealth[];
  readonly processes: { readonly processes: number; readonly evicted: number };
  /** Findings that were withheld because their rule floods, and findings that were forgotten. */
  readonly findings: { readonly withheld: number; readonly evicted: number };
  /** Ids of exceptions that cannot be understood. */
  readonly unusableExceptions: readonly string[];
}

/** Counters of one rule; they only grow. */
export interface RuleCounters {
  readonly rule: Rule;
  evaluated: number;
  matched: number;
  excepted: number;
  notEvaluable: number;
  microseconds: number;
}

/** Counters at zero. */
export function createCounters(rule: Rule): RuleCounters {
  return { rule, evaluated: 0, matched: 0, excepted: 0, notEvaluable: 0, microseconds: 0 };
}

/** The health of one engine from its rules. */
function engineHealthOf(
  name: 'sigma' | 'behaviour',
  counters: readonly RuleCounters[],
): EngineHealth {
  const own = counters.filter(({ rule }) => rule.engine === name);
  const sum = (pick: (one: RuleCounters) => number) =>
    own.reduce((total, one) => total + pick(one), 0);
  return {
    name,
    state: own.length > 0 ? 'on' : 'off',
    reason: own.length > 0 ? null : 'no rules are loaded',
    rules: own.length,
    evaluated: sum((one) => one.evaluated),
    matched: sum((one) => one.matched),
    notEvaluable: sum((one) => one.notEvaluable),
  };
}

/** What health is told from. */
export interface HealthParts {
  readonly rules: {
    readonly counters: ReadonlyMap<string, RuleCounters>;
    readonly machines: readonly Machine[];
    readonly idle: ReadonlyMap<string, IdleReason>;
  };
  readonly switches: ReadonlyMap<string, 'off' | 'report'>;
  readonly log: FindingLog;
  readonly processes: ProcessTable;
  readonly exceptions: ExceptionList;
  readonly anomalies: Anomalies;
  readonly now: number;
}

/** The health of engines and rules. */
export function healthOf(parts: HealthParts): DetectionHealth {
  const counters = [...parts.rules.counters.values()];
  const machineOf = new Map(parts.rules.machines.map((machine) => [machine.rule.id, machine]));
  return {
    engines: [
      engineHealthOf('sigma', counters),
      engineHealthOf('behaviour', counters),
      parts.anomalies.health(parts.now),
    ],
    rules: counters.map((one) => ruleHealthOf(parts, one, machineOf.get(one.rule.id))),
    processes: parts.processes.counts(),
    findings: parts.log.counts(),
    unusableExceptions: parts.exceptions.unusable,
  };
}

function ruleHealthOf(
  parts: HealthParts,
  counters: RuleCounters,
  machine: Machine | undefined,
): RuleHealth {
  const { rule } = counters;
  const machineCounts = machine?.counts();
  return {
    ruleId: rule.id,
    title: rule.title,
    state: stateOf(parts, rule.id),
    evaluated: counters.evaluated,
    matched: counters.matched,
    excepted: counters.excepted,
    notEvaluable: counters.notEvaluable + (machineCounts?.ungrouped ?? 0),
    microseconds: Math.round(counters.microseconds),
    unmapped: rule.unmapped,
    evicted: machineCounts?.evicted ?? 0,
  };
}

function stateOf(parts: HealthParts, ruleId: string): RuleHealth['state'] {
  const idle = parts.rules.idle.get(ruleId);
  if (parts.switches.get(ruleId) === 'off') return 'off';
  if (idle) return idle;
  if (parts.log.isFlooding(ruleId, parts.now)) return 'flooding';
  return parts.switches.get(ruleId) ?? 'on';
}
