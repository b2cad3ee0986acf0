/* The one file of the pure packages that may touch the machine: the real clock and real randomness. */
import { sleepWith, type Clock } from './clock.ts';
import { createNewId, type NewId } from './ids.ts';
import type { Random } from './random.ts';

/** `crypto.getRandomValues` fills at most this many bytes a call (Web Cryptography API, 10.1.1). */
const RANDOM_CHUNK_BYTES = 65_536;

function after(delayMs: number, task: () => void): () => void {
  const timer = setTimeout(task, delayMs);
  return () => clearTimeout(timer);
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after,
  sleep: (delayMs, signal) => sleepWith(after, delayMs, signal),
};

/** The machine's cryptographic randomness. */
export const systemRandom: Random = {
  bytes(size) {
    const bytes = new Uint8Array(size);
    for (let offset = 0; offset < size; offset += RANDOM_CHUNK_BYTES) {
      crypto.getRandomValues(bytes.subarray(offset, offset + RANDOM_CHUNK_BYTES));
    }
    return bytes;
  },
  fraction: () => Math.random(),
};

/** A new UUIDv7 from the machine's clock and randomness. */
export const systemNewId: NewId = createNewId(systemClock, systemRandom);
