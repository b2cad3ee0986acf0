/* The one file of the pure packages that may touch the machine: the real clock and real randomness. */
import { sleepWith, type Clock } from './clock.ts';
import { createNewId, type NewId } from './ids.ts';
import type { Random } from './random.ts';

/** `crypto.getRandomValues` fills at most this many bytes a call (Web Cryptography API, 10.1.1). */
const RANDOM_CHUNK_BYTES = 65_536;
/** A call costs as much as this many bytes: small wishes, ids above all, are cut from a store. */
const RANDOM_STORE_BYTES = 4_096;
const RANDOM_SMALL_BYTES = 16;

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

const store = new Uint8Array(RANDOM_STORE_BYTES);
let storeUsed = RANDOM_STORE_BYTES;

/** Bytes of the store, which forgets them. */
function storedBytes(size: number): Uint8Array {
  if (storeUsed + size > RANDOM_STORE_BYTES) {
    crypto.getRandomValues(store);
    storeUsed = 0;
  }
  const bytes = store.slice(storeUsed, storeUsed + size);
  store.fill(0, storeUsed, storeUsed + size);
  storeUsed += size;
  return bytes;
}

/** The machine's cryptographic randomness. */
export const systemRandom: Random = {
  bytes(size) {
    if (size <= RANDOM_SMALL_BYTES) return storedBytes(size);
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
