import { SPAN_MS_MAX } from '../rule.ts';

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The milliseconds of `30s`, `10m`, `1h`, `7d`, `1500ms`; undefined when the text is no span. */
export function parseSpan(value: unknown): number | undefined {
  const match = typeof value === 'string' ? /^(\d{1,10})(ms|s|m|h|d)$/.exec(value.trim()) : null;
  const spanMs = Number(match?.[1]) * (UNITS[match?.[2] ?? ''] ?? Number.NaN);
  return spanMs >= 1 && spanMs <= SPAN_MS_MAX ? spanMs : undefined;
}
