import type { CorrelationBody, Member } from '../rule.ts';
import type { Path, Report } from './issues.ts';
import { accessorFor, findRule, groupFields, memberOf, textsOf } from './references.ts';
import type { KnownRule, ReferenceContext } from './references.ts';
import { parseSpan } from './span.ts';

const TYPES = [
  'event_count',
  'value_count',
  'temporal',
  'temporal_ordered',
  'value_sum',
  'value_avg',
  'value_percentile',
] as const;
const COMPARISONS = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] as const;
const MEMBERS_MAX = 64;

/** A correlation, and whether the rules it refers to still make findings of their own. */
export interface ReadCorrelation {
  readonly body: CorrelationBody;
  readonly isGenerating: boolean;
}

/** The references of a correlation, before they are resolved. */
export function correlationReferences(value: unknown): readonly string[] {
  const rules = isMap(value) ? value['rules'] : undefined;
  const list: readonly unknown[] = Array.isArray(rules) ? rules : [rules];
  return list.filter((one) => typeof one === 'string');
}

/** Reads the map under `correlation`; undefined when it was refused. */
export function readCorrelation(
  context: ReferenceContext,
  value: unknown,
): ReadCorrelation | undefined {
  const path = ['correlation'];
  if (!isMap(value)) {
    context.report('key-invalid', path, 'is a map');
    return undefined;
  }
  const type = TYPES.find((one) => one === value['type']);
  if (!type) {
    context.report('key-invalid', [...path, 'type'], `is one of ${TYPES.join(', ')}`);
    return undefined;
  }
  const spanMs = parseSpan(value['timespan']);
  if (spanMs === undefined) {
    context.report('key-invalid', [...path, 'timespan'], 'is a span such as 10m, at most 30d');
  }
  const rules = referencedRules(context, value);
  const condition = readCondition(context.report, value['condition'], type);
  if (!rules || !condition || spanMs === undefined) return undefined;
  const members = readMembers(context, value, rules);
  if (!members) return undefined;
  const [first] = rules;
  return {
    body: {
      kind: 'correlation',
      type,
      members,
      spanMs,
      fields: condition.fields.map((field) =>
        accessorFor(context, first?.names, { field, path: [...path, 'condition', 'field'] }),
      ),
      percentile: condition.percentile,
      conditions: condition.conditions,
    },
    isGenerating: value['generate'] === true,
  };
}

type Values = Readonly<Record<string, unknown>>;

function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function referencedRules(context: ReferenceContext, value: Values): KnownRule[] | undefined {
  const path = ['correlation', 'rules'];
  const names = textsOf(context.report, value['rules'], path);
  if (!names || names.length > MEMBERS_MAX) return undefined;
  const rules = names.map((name, index) => findRule(context, name, [...path, index]));
  return rules.includes(undefined) ? undefined : rules.filter((rule) => rule !== undefined);
}

function readMembers(
  context: ReferenceContext,
  value: Values,
  rules: readonly KnownRule[],
): Member[] | undefined {
  const path = ['correlation', 'group-by'];
  const given = value['group-by'] ?? [];
  const fields = textsOf(context.report, given, path);
  if (!fields) return undefined;
  const aliases = isMap(value['aliases']) ? value['aliases'] : {};
  return rules.map((known) => {
    const own = fields.map((field) => aliased(aliases, field, known));
    return memberOf(known, groupFields(context, known.names, { fields: own, path }));
  });
}

/** What an alias means for the events of one rule. */
function aliased(aliases: Values, field: string, { rule }: KnownRule): string {
  const alias = aliases[field];
  if (!isMap(alias)) return field;
  const meant = alias[rule.name ?? ''] ?? alias[rule.id];
  return typeof meant === 'string' ? meant : field;
}

interface Condition {
  readonly conditions: CorrelationBody['conditions'];
  readonly fields: readonly string[];
  readonly percentile: number;
}

/** Half of the events lie below; what a percentile means when none is named. */
const MEDIAN = 50;

function readCondition(
  report: Report,
  value: unknown,
  type: CorrelationBody['type'],
): Condition | undefined {
  const isTemporal = type === 'temporal' || type === 'temporal_ordered';
  if (value === undefined && isTemporal) {
    return { conditions: [], fields: [], percentile: MEDIAN };
  }
  if (!isMap(value)) {
    report('key-missing', CONDITION, "there is no map 'condition'");
    return undefined;
  }
  const conditions = COMPARISONS.flatMap((compare) => {
    const amount = value[compare];
    return typeof amount === 'number' && Number.isFinite(amount)
      ? [{ compare, value: amount }]
      : [];
  });
  if (conditions.length === 0) {
    report('key-invalid', CONDITION, `needs one of ${COMPARISONS.join(', ')}`);
    return undefined;
  }
  const fields = type.startsWith('value_') ? readFields(report, value['field']) : [];
  const percentile = readPercentile(report, value['percentile']);
  if (!fields || percentile === undefined) return undefined;
  return { conditions, fields, percentile };
}

const CONDITION: Path = ['correlation', 'condition'];

function readFields(report: Report, value: unknown): readonly string[] | undefined {
  if (value !== undefined) return textsOf(report, value, [...CONDITION, 'field']);
  report('key-missing', CONDITION, "needs a 'field'");
  return undefined;
}

function readPercentile(report: Report, value: unknown): number | undefined {
  if (value === undefined) return MEDIAN;
  if (typeof value === 'number' && value >= 0 && value <= 100) return value;
  report('key-invalid', [...CONDITION, 'percentile'], 'is a number from 0 to 100');
  return undefined;
}
