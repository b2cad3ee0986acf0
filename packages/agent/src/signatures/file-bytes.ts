import { readSync } from 'node:fs';

/** How the bytes of a file could be read. */
export type FileBytes =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  /** Longer or shorter than it was said to be: somebody writes it. */
  | { readonly kind: 'changed'; readonly bytes: Buffer }
  | { readonly kind: 'unreadable' };

/** The shared buffer at first, and as it is kept at most: fresh memory costs more than reading into it. */
const SCRATCH_BYTES = 256 * 1_024;
const SCRATCH_BYTES_MAX = 8 * 1_024 * 1_024;

/** Reads small files into the same memory again and again. */
export function createFileReader() {
  let scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

  function room(wanted: number): Buffer {
    if (wanted > SCRATCH_BYTES_MAX) return Buffer.allocUnsafeSlow(wanted);
    if (wanted > scratch.length) {
      scratch = Buffer.allocUnsafeSlow(Math.min(SCRATCH_BYTES_MAX, wanted * 2));
    }
    return scratch.subarray(0, wanted);
  }

  return {
    /** The bytes of a file of the given size; valid until the next call. */
    readWhole(fd: number, sizeBytes: number): FileBytes {
      // One byte more than there should be shows a file that grew.
      const wanted = sizeBytes + 1;
      const target = room(wanted);
      const got = readStart(fd, target, sizeBytes);
      if (got === undefined) return { kind: 'unreadable' };
      return {
        kind: got === sizeBytes ? 'whole' : 'changed',
        bytes: target.subarray(0, Math.min(got, sizeBytes)),
      };
    },
  };
}

/** Fills the target from the beginning; a first read that ends where the file should needs no second. */
function readStart(fd: number, target: Uint8Array, sizeBytes: number): number | undefined {
  try {
    const got = readSync(fd, target, 0, target.length, 0);
    if (got === sizeBytes || got === 0) return got;
    const rest = readInto(fd, target.subarray(got), got);
    return rest === undefined ? undefined : got + rest;
  } catch {
    return undefined;
  }
}

/** Fills the target from a position; how much there was, or undefined when it cannot be read. */
export function readInto(fd: number, target: Uint8Array, position: number): number | undefined {
  let filled = 0;
  try {
    while (filled < target.length) {
      const got = readSync(fd, target, filled, target.length - filled, position + filled);
      if (got === 0) break;
      filled += got;
    }
    return filled;
  } catch {
    return undefined;
  }
}
