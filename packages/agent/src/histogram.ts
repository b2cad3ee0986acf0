/** Buckets an octave: values are told apart by one percent. */
const BUCKETS_PER_OCTAVE = 64;
/** From a microsecond to an hour, in milliseconds. */
const VALUE_MIN = 0.001;
const OCTAVES = 32;

/** What a histogram tells, in the unit of its values. */
export interface Quantiles {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** A histogram of fixed size, whatever is put in. */
export interface Histogram {
  readonly add: (value: number) => void;
  readonly quantiles: () => Quantiles;
}

/** An empty histogram for milliseconds. */
export function createHistogram(): Histogram {
  const buckets = new Uint32Array(BUCKETS_PER_OCTAVE * OCTAVES);
  let count = 0;
  let sum = 0;
  let max = 0;

  function quantile(share: number): number {
    const wanted = Math.ceil(count * share);
    let seen = 0;
    for (const [index, inBucket] of buckets.entries()) {
      seen += inBucket;
      if (seen >= wanted && seen > 0) return Math.min(max, upperEdge(index));
    }
    return max;
  }

  return {
    add(value) {
      count += 1;
      sum += value;
      max = Math.max(max, value);
      const index = indexOf(value);
      buckets[index] = (buckets[index] ?? 0) + 1;
    },
    quantiles: () => ({
      count,
      mean: rounded(count === 0 ? 0 : sum / count),
      p50: rounded(quantile(0.5)),
      p90: rounded(quantile(0.9)),
      p99: rounded(quantile(0.99)),
      max: rounded(max),
    }),
  };
}

function indexOf(value: number): number {
  const octaves = Math.log2(Math.max(VALUE_MIN, value) / VALUE_MIN);
  return Math.min(BUCKETS_PER_OCTAVE * OCTAVES - 1, Math.floor(octaves * BUCKETS_PER_OCTAVE));
}

function upperEdge(index: number): number {
  return VALUE_MIN * 2 ** ((index + 1) / BUCKETS_PER_OCTAVE);
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
