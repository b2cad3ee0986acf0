/** One measured figure against its goal, printed as one JSON line. */
export interface Figure {
  readonly bench: string;
  readonly figure: string;
  readonly value: number;
  readonly goal: string;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
  readonly unit: string;
}

/** What a bench is given. */
export interface BenchContext {
  /** Ends within 50 seconds, with fewer and shorter runs. */
  readonly isQuick: boolean;
  /** Progress for people; never a figure. */
  readonly say: (line: string) => void;
  /** Undone in reverse order when the bench ends, also after a failure. */
  readonly defer: (close: () => Promise<void> | void) => void;
  readonly signal: AbortSignal;
}

/** Measures ours and its yardstick in the same run, in turns. */
export interface Bench {
  readonly name: string;
  readonly summary: string;
  readonly run: (context: BenchContext) => Promise<readonly Figure[]>;
}

/** The figure of several runs: the median, with the range. */
export function figureOf(
  given: Pick<Figure, 'bench' | 'figure' | 'goal' | 'unit'>,
  values: readonly number[],
): Figure {
  const sorted = values.toSorted((left, right) => left - right);
  return {
    ...given,
    value: rounded(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN),
    min: rounded(sorted[0] ?? Number.NaN),
    max: rounded(sorted.at(-1) ?? Number.NaN),
    runs: sorted.length,
  };
}

/** Four significant digits: more would pretend. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** The value below which a share of all lies, 0 to 1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
