import type { Clock } from './clock.ts';
import { encodeHex } from './bytes.ts';
import type { Random } from './random.ts';

/** Makes a new id. */
export type NewId = () => string;

/** A maker of UUIDv7 (RFC 9562 section 5.7): 48 bits of epoch milliseconds, then 74 random bits. */
export function createNewId(clock: Pick<Clock, 'now'>, random: Pick<Random, 'bytes'>): NewId {
  return () => uuidv7(clock.now(), random.bytes(10));
}

/** The UUIDv7 of a time and ten random bytes. */
export function uuidv7(epochMs: number, randomBytes: Uint8Array): string {
  const time = Math.trunc(epochMs).toString(16).padStart(12, '0');
  const tail = randomBytes.slice(0, 10);
  tail[0] = ((tail[0] ?? 0) & 0x0f) | 0x70;
  tail[2] = ((tail[2] ?? 0) & 0x3f) | 0x80;
  const hex = time + encodeHex(tail);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}
