import type { Severity } from '@wardgrid/wire';
import type { BurstBody, Member, Rule, ScoreBody, SequenceBody, Step } from '../rule.ts';
import {
  BehaviourMap,
  type BurstMap,
  type OriginMap,
  type ScoreMap,
  type SequenceMap,
  type ThresholdMap,
} from './behaviour-schema.ts';
import type { FieldNames } from './aliases.ts';
import type { Path } from './issues.ts';
import {
  accessorFor,
  findRule,
  groupFields,
  memberOf,
  type KnownRule,
  type ReferenceContext,
} from './references.ts';

/** What reading a behaviour needs beside references: a way to make a rule of a step's own detection. */
export interface BehaviourContext extends ReferenceContext {
  readonly inlineRule: (origin: OriginMap, path: Path) => KnownRule | undefined;
}

/** The references of a behaviour, before they are resolved. */
export function behaviourReferences(value: unknown): readonly string[] {
  const parsed = BehaviourMap.safeParse(value);
  if (!parsed.success) return [];
  return originsOf(parsed.data).flatMap(({ rule }) => (rule === undefined ? [] : [rule]));
}

function originsOf(map: BehaviourMap): readonly OriginMap[] {
  switch (map.kind) {
    case 'sequence':
      return [...map.steps, ...map.unless];
    case 'score':
      return map.signals;
    case 'threshold':
    case 'burst':
      return [map.on];
  }
}

/** Reads the map under `behaviour`; undefined when it was refused. */
export function readBehaviour(context: BehaviourContext, value: unknown): Rule['body'] | undefined {
  const parsed = BehaviourMap.safeParse(value);
  if (!parsed.success) {
    for (const issue of parsed.error.issues.slice(0, 10)) {
      const path = issue.path.filter((key) => typeof key !== 'symbol');
      context.report('key-invalid', ['behaviour', ...path], issue.message);
    }
    return undefined;
  }
  switch (parsed.data.kind) {
    case 'sequence':
      return sequenceOf(context, parsed.data);
    case 'threshold':
      return thresholdOf(context, parsed.data);
    case 'score':
      return scoreOf(context, parsed.data);
    case 'burst':
      return burstOf(context, parsed.data);
  }
}

interface Place {
  readonly by: readonly string[];
  readonly path: Path;
}

/** The rule of a step, made when the step has a detection of its own. */
function ruleOf(context: BehaviourContext, origin: OriginMap, path: Path): KnownRule | undefined {
  if (origin.rule !== undefined && origin.detection !== undefined) {
    context.report('key-invalid', path, "has both 'rule' and 'detection'");
    return undefined;
  }
  return origin.rule === undefined
    ? context.inlineRule(origin, path)
    : findRule(context, origin.rule, [...path, 'rule']);
}

function readMember(
  context: BehaviourContext,
  origin: OriginMap,
  place: Place,
): { readonly member: Member; readonly names: FieldNames } | undefined {
  const known = ruleOf(context, origin, place.path);
  if (!known) return undefined;
  const by = groupFields(context, known.names, { fields: place.by, path: place.path });
  return { member: memberOf(known, by), names: known.names };
}

function readStep(
  context: BehaviourContext,
  step: OriginMap & { readonly count: number; readonly distinct?: string | undefined },
  place: Place,
): Step | undefined {
  const read = readMember(context, step, place);
  if (!read) return undefined;
  const { distinct } = step;
  const field =
    distinct === undefined
      ? null
      : accessorFor(context, read.names, { field: distinct, path: place.path });
  return { ...read.member, count: step.count, distinct: field };
}

function sequenceOf(context: BehaviourContext, map: SequenceMap): SequenceBody | undefined {
  const steps = map.steps.map((step, index) =>
    readStep(context, step, {
      by: step.by ?? map.by,
      path: ['behaviour', 'steps', index],
    }),
  );
  const unless = map.unless.map((origin, index) =>
    readMember(context, origin, {
      by: origin.by ?? map.by,
      path: ['behaviour', 'unless', index],
    }),
  );
  if (map.steps.some((step) => (step.by ?? map.by).length !== map.by.length)) {
    context.report('key-invalid', ['behaviour', 'steps'], "every 'by' has as many fields");
    return undefined;
  }
  if (steps.includes(undefined) || unless.includes(undefined)) return undefined;
  return {
    kind: 'sequence',
    spanMs: map.within,
    steps: steps.filter((step) => step !== undefined),
    unless: unless.flatMap((read) => (read ? [read.member] : [])),
  };
}

function thresholdOf(context: BehaviourContext, map: ThresholdMap): SequenceBody | undefined {
  const given = { ...map.on, count: map.count, distinct: map.distinct };
  const step = readStep(context, given, { by: map.by, path: ['behaviour', 'on'] });
  return step && { kind: 'sequence', spanMs: map.within, steps: [step], unless: [] };
}

function scoreOf(context: BehaviourContext, map: ScoreMap): ScoreBody | undefined {
  const signals = map.signals.map((signal, index) => {
    const path = ['behaviour', 'signals', index];
    const { level, anomaly, weight, repeats } = signal;
    const isOther = level !== undefined || anomaly !== undefined;
    const known = isOther ? undefined : ruleOf(context, signal, path);
    if (!isOther && !known) return undefined;
    return {
      rule: known?.rule.id ?? null,
      level: level === undefined ? null : severityOf(level),
      anomaly: anomaly ?? null,
      weight,
      repeats,
    };
  });
  if (signals.includes(undefined)) return undefined;
  return {
    kind: 'score',
    by: groupFields(context, undefined, { fields: map.by, path: ['behaviour', 'by'] }),
    halfLifeMs: map.halfLife,
    threshold: map.threshold,
    signals: signals.filter((signal) => signal !== undefined),
  };
}

function severityOf(level: 'informational' | Severity): Severity {
  return level === 'informational' ? 'info' : level;
}

function burstOf(context: BehaviourContext, map: BurstMap): BurstBody | undefined {
  const read = readMember(context, map.on, { by: map.by, path: ['behaviour', 'on'] });
  if (!read) return undefined;
  return {
    kind: 'burst',
    member: read.member,
    spanMs: map.within,
    files: map.files,
    directories: map.directories,
    extensions: map.extensions,
    signs: map.signs ?? map.files,
    entropy: map.entropy ?? null,
    entropyRise: map.entropyRise,
    sameNewExtension: map.sameNewExtension ?? null,
    canary: map.canary,
  };
}
