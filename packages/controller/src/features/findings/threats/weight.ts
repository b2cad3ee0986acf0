import type { Severity } from '@wardgrid/wire';

/** How much a sure finding of a severity counts; a medium one is worth four low ones. */
const WEIGHTS: Readonly<Record<Severity, number>> = {
  info: 0,
  low: 1,
  medium: 4,
  high: 10,
  critical: 20,
};

/** The weights in the order of the severities. */
export const WEIGHT_BY_RANK: readonly number[] = Object.values(WEIGHTS);

/** A medium finding that is as likely right as wrong: from here on a finding opens an incident. */
export const OPENING_WEIGHT = 2;
/** Weak signals of different rules on one device that together open one. */
export const WEAK_SUM = 3;
/** The span over which they add up. */
export const WEAK_SPAN_MS = 3_600_000;

/** Severity times confidence. */
export function weightOf(finding: {
  readonly severity: Severity;
  readonly confidence: number;
}): number {
  return (WEIGHTS[finding.severity] * finding.confidence) / 100;
}
