import * as z from 'zod';
import { AnomalyKind } from '../rule.ts';
import { parseSpan } from './span.ts';

/* What `behaviour:` may hold. Unknown keys are refused: a mistyped threshold must not be ignored. */

const Span = z.string().transform((text, context) => {
  const spanMs = parseSpan(text);
  if (spanMs !== undefined) return spanMs;
  context.addIssue({ code: 'custom', message: 'is a span such as 30s or 10m, at most 30d' });
  return z.NEVER;
});

const Field = z.string().min(1).max(200);
const By = z.array(Field).max(16);

/** Where events come from: a rule, or a detection of its own. */
const Origin = {
  rule: Field.optional(),
  logsource: z.unknown().optional(),
  detection: z.unknown().optional(),
};

const Step = z.strictObject({
  ...Origin,
  by: By.optional(),
  count: z.int().min(1).max(100_000).default(1),
  distinct: Field.optional(),
});

const Sequence = z.strictObject({
  kind: z.literal('sequence'),
  within: Span,
  by: By.default([]),
  steps: z.array(Step).min(1).max(16),
  unless: z
    .array(z.strictObject({ ...Origin, by: By.optional() }))
    .max(16)
    .default([]),
});

const Threshold = z.strictObject({
  kind: z.literal('threshold'),
  within: Span,
  by: By.default([]),
  count: z.int().min(1).max(100_000),
  distinct: Field.optional(),
  on: z.strictObject(Origin),
});

const Signal = z.strictObject({
  ...Origin,
  level: z.enum(['informational', 'low', 'medium', 'high', 'critical']).optional(),
  anomaly: AnomalyKind.optional(),
  weight: z.number().min(0).max(1_000_000),
  repeats: z.boolean().default(false),
});

const Score = z.strictObject({
  kind: z.literal('score'),
  by: By.default(['process.tree']),
  halfLife: Span,
  threshold: z.number().min(1).max(1_000_000),
  signals: z.array(Signal).min(1).max(256),
});

const Burst = z.strictObject({
  kind: z.literal('burst'),
  by: By.default(['process.tree']),
  within: Span,
  on: z.strictObject(Origin),
  files: z.int().min(1).max(2_000),
  directories: z.int().min(1).max(2_000).default(1),
  extensions: z.int().min(1).max(1_000).default(1),
  signs: z.int().min(0).max(2_000).optional(),
  entropy: z.number().min(0).max(8).optional(),
  entropyRise: z.number().min(0).max(8).default(0),
  sameNewExtension: z.int().min(1).max(2_000).optional(),
  canary: z.boolean().default(true),
});

/** The map under `behaviour`. */
export const BehaviourMap = z.discriminatedUnion('kind', [Sequence, Threshold, Score, Burst]);
export type BehaviourMap = z.infer<typeof BehaviourMap>;
export type SequenceMap = z.infer<typeof Sequence>;
export type ThresholdMap = z.infer<typeof Threshold>;
export type ScoreMap = z.infer<typeof Score>;
export type BurstMap = z.infer<typeof Burst>;
export type OriginMap = z.infer<z.ZodObject<typeof Origin>>;
