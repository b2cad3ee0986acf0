import * as z from 'zod';
import { EventAction, EventClass, Severity, Technique } from '@wardgrid/wire';

/** Longest text of one value of a rule, by UTF-16 units. */
export const VALUE_LENGTH_MAX = 4_096;
/** Deepest nesting of an expression: a person reads five, and a stack bears a thousand. */
export const EXPRESSION_DEPTH_MAX = 64;
/** Most tests of one rule: the largest rule in use has a few hundred. */
export const TESTS_MAX = 5_000;
/** Most rules of one pack. */
export const RULES_MAX = 20_000;

const Text = z.string().max(VALUE_LENGTH_MAX);
const Place = z.enum(['whole', 'start', 'end', 'any']);

/** Where a text must stand in a value. */
export type Place = z.infer<typeof Place>;

/** Part of a wildcard pattern: a text, `0` for one character, `1` for any number of them. */
const GlobPart = z.union([Text, z.literal(0), z.literal(1)]);
export type GlobPart = z.infer<typeof GlobPart>;

/** A part of a date, in UTC. */
const DatePart = z.enum(['minute', 'hour', 'day', 'week', 'month', 'year']);
export type DatePart = z.infer<typeof DatePart>;

/** One question about one field. A list field answers yes when one of its items does. */
const Test = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('text'), place: Place, text: Text, cased: z.boolean() }),
  z.strictObject({
    kind: z.literal('glob'),
    parts: z.array(GlobPart).max(VALUE_LENGTH_MAX),
    cased: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('regex'),
    pattern: Text,
    flags: z.string().regex(/^i?m?s?$/),
  }),
  z.strictObject({ kind: z.literal('cidr'), network: z.string().max(49) }),
  z.strictObject({
    kind: z.literal('number'),
    compare: z.enum(['lt', 'lte', 'gt', 'gte', 'eq']),
    value: z.number(),
    part: DatePart.nullable(),
  }),
  /** The field is there, whatever it holds. */
  z.strictObject({ kind: z.literal('exists') }),
  z.strictObject({ kind: z.literal('field'), place: Place, field: Text, cased: z.boolean() }),
]);
export type Test = z.infer<typeof Test>;

/**
 * What a rule asks of an event. `unknown` stands for a field that no event of the log source has.
 * `named` carries the name of the selection, for explaining.
 */
export type Expression =
  | { readonly kind: 'test'; readonly field: string; readonly test: Test }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Expression[] }
  | { readonly kind: 'count'; readonly least: number; readonly of: readonly Expression[] }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'named'; readonly name: string; readonly of: Expression }
  | { readonly kind: 'unknown' };

const Expression: z.ZodType<Expression> = z.lazy(() =>
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('test'), field: z.string().max(200), test: Test }),
    z.strictObject({ kind: z.enum(['and', 'or']), of: z.array(Expression).max(TESTS_MAX) }),
    z.strictObject({
      kind: z.literal('count'),
      least: z.int().min(1).max(TESTS_MAX),
      of: z.array(Expression).max(TESTS_MAX),
    }),
    z.strictObject({ kind: z.literal('not'), of: Expression }),
    z.strictObject({ kind: z.literal('named'), name: z.string().max(200), of: Expression }),
    z.strictObject({ kind: z.literal('unknown') }),
  ]),
);

/** The systems that rules and devices are of. */
export const Product = z.enum(['linux', 'windows', 'macos']);
export type Product = z.infer<typeof Product>;

/** Which events a rule looks at: classes with their actions. Empty: events that no sensor makes. */
const Source = z.strictObject({
  product: Product.nullable(),
  events: z
    .array(z.strictObject({ class: EventClass, actions: z.array(EventAction).max(32) }))
    .max(16),
});
export type Source = z.infer<typeof Source>;

const Field = z.string().max(200);
const RuleId = z.string().min(1).max(200);
/** Longest time that a correlation or behaviour looks back: 30 days. */
export const SPAN_MS_MAX = 2_592_000_000;
const Span = z.int().min(1).max(SPAN_MS_MAX);
const Amount = z.number().min(0).max(1_000_000_000);

const EventBody = z.strictObject({
  kind: z.literal('event'),
  source: Source,
  when: Expression,
});
export type EventBody = z.infer<typeof EventBody>;

/** Most rules, fields or steps that one rule of rules names. */
const MEMBERS_MAX = 64;

/** A rule whose matches are counted, with the fields that group them, in the order of the groups. */
const Member = z.strictObject({
  rule: RuleId,
  by: z.array(Field).max(16),
});
export type Member = z.infer<typeof Member>;

const CorrelationBody = z.strictObject({
  kind: z.literal('correlation'),
  type: z.enum([
    'event_count',
    'value_count',
    'temporal',
    'temporal_ordered',
    'value_sum',
    'value_avg',
    'value_percentile',
  ]),
  members: z.array(Member).min(1).max(MEMBERS_MAX),
  spanMs: Span,
  /** The fields whose values are counted, summed or ranked. */
  fields: z.array(Field).max(16),
  percentile: z.number().min(0).max(100),
  /** All must hold. */
  conditions: z
    .array(
      z.strictObject({
        compare: z.enum(['gt', 'gte', 'lt', 'lte', 'eq', 'neq']),
        value: z.number(),
      }),
    )
    .max(8),
});
export type CorrelationBody = z.infer<typeof CorrelationBody>;

const Step = Member.extend({
  count: z.int().min(1).max(100_000),
  distinct: Field.nullable(),
});
export type Step = z.infer<typeof Step>;

const SequenceBody = z.strictObject({
  kind: z.literal('sequence'),
  spanMs: Span,
  steps: z.array(Step).min(1).max(16),
  unless: z.array(Member).max(16),
});
export type SequenceBody = z.infer<typeof SequenceBody>;

/** What is new on a device. */
export const AnomalyKind = z.enum([
  'first-seen-program',
  'first-seen-child',
  'first-seen-listener',
  'first-seen-peer',
  'first-seen-login',
]);
export type AnomalyKind = z.infer<typeof AnomalyKind>;

const Signal = z.strictObject({
  /** One of three is set: a rule, all rules of a severity, or an anomaly. */
  rule: RuleId.nullable(),
  level: Severity.nullable(),
  anomaly: AnomalyKind.nullable(),
  weight: z.number().min(0).max(1_000_000),
  repeats: z.boolean(),
});
export type Signal = z.infer<typeof Signal>;

const ScoreBody = z.strictObject({
  kind: z.literal('score'),
  by: z.array(Field).max(16),
  halfLifeMs: Span,
  threshold: z.number().min(1).max(1_000_000),
  signals: z.array(Signal).min(1).max(256),
});
export type ScoreBody = z.infer<typeof ScoreBody>;

const BurstBody = z.strictObject({
  kind: z.literal('burst'),
  member: Member,
  spanMs: Span,
  files: z.int().min(1).max(10_000),
  directories: z.int().min(1).max(10_000),
  extensions: z.int().min(1).max(1_000),
  signs: z.int().min(0).max(10_000),
  /** Bits a byte; null: entropy is no sign. */
  entropy: Amount.nullable(),
  entropyRise: Amount,
  /** How many files must get the same new extension; null: that is no sign. */
  sameNewExtension: z.int().min(1).max(10_000).nullable(),
  canary: z.boolean(),
});
export type BurstBody = z.infer<typeof BurstBody>;

/** One rule as engines run it. Its fields are accessors: names of ours, or derived ones with `~`. */
export const Rule = z.strictObject({
  id: RuleId,
  name: z.string().max(200).nullable(),
  title: z.string().max(300),
  engine: z.enum(['sigma', 'behaviour']),
  status: z.enum(['stable', 'test', 'experimental']),
  severity: Severity,
  confidence: z.int().min(0).max(100),
  techniques: z.array(Technique).max(16),
  author: z.string().max(300).nullable(),
  remedy: z.string().max(1_000),
  /** The field whose value tells repeats; null: by the class of the event. */
  subject: Field.nullable(),
  /** It reports but nothing acts on it. */
  isReportOnly: z.boolean(),
  /** It makes findings; otherwise it only feeds other rules. */
  isGenerating: z.boolean(),
  /** Fields it asks for that no event of its log source has. */
  unmapped: z.array(Field).max(64),
  body: z.discriminatedUnion('kind', [
    EventBody,
    CorrelationBody,
    SequenceBody,
    ScoreBody,
    BurstBody,
  ]),
});
export type Rule = z.infer<typeof Rule>;

/** A rule about single events. */
export type EventRule = Rule & { readonly body: EventBody };

/** Whether a rule is about single events. */
export function isEventRule(rule: Rule): rule is EventRule {
  return rule.body.kind === 'event';
}
