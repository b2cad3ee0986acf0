import type { SystemCalls } from './system-calls.ts';

const CLOCK_MONOTONIC = 1;

/**
 * The kernel's clock that never goes back: the same for every thread and process, which Node's own
 * is not, and read without making an object. It stands still while the machine sleeps.
 */
export class KernelClock {
  readonly #calls: SystemCalls;
  /** `struct timespec`. */
  readonly #time = new BigInt64Array(2);
  readonly #halves = new Uint32Array(this.#time.buffer);

  constructor(calls: SystemCalls) {
    this.#calls = calls;
  }

  /** Microseconds since the machine started. */
  nowUs(): number {
    this.#calls.clock_gettime(CLOCK_MONOTONIC, this.#time);
    const [seconds = 0, secondsHigh = 0, nanoseconds = 0] = this.#halves;
    return (secondsHigh * 0x1_0000_0000 + seconds) * 1e6 + Math.floor(nanoseconds / 1e3);
  }

  nowMs(): number {
    return this.nowUs() / 1e3;
  }
}

/** How long ago a time was that is kept as 32 bits of microseconds; right for half an hour. */
export function elapsedUs(nowUs: number, thenUs: number): number {
  return ((nowUs | 0) - thenUs) | 0;
}
