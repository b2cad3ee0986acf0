/** A source of randomness: the system's for keys and ids, a seeded one in tests and simulation. */
export interface Random {
  /** `size` random bytes. */
  readonly bytes: (size: number) => Uint8Array;
  /** A number in [0, 1). */
  readonly fraction: () => number;
}

/** Reproducible randomness (sfc32) for tests, simulation and jitter; never for secrets. */
export function createSeededRandom(seed: number): Random {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = seed | 0;
  let counter = 1;

  function nextUint32(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** Rounds that spread a small seed over the whole state. */
  const WARM_UP_ROUNDS = 15;
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) nextUint32();

  return {
    bytes: (size) => Uint8Array.from({ length: size }, () => nextUint32() & 0xff),
    fraction: () => nextUint32() / 2 ** 32,
  };
}
