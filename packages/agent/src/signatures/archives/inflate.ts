import { codeOf } from '@wardgrid/base';
import { constants, gunzipSync, inflateRawSync, zstdDecompressSync } from 'node:zlib';
import type { MissReason } from '../look.ts';

/** Unpacked bytes, and why they are not all when they are not. */
export interface Inflated {
  readonly bytes: Buffer;
  readonly missing: MissReason | null;
}

type Packing = 'deflate' | 'gzip' | 'zstd';

const NOTHING = Buffer.alloc(0);
/** How much of the input is tried when all of it gives too much; deflate gives at most 1,032 times. */
const CUTS = [4, 64, 1_100];

/** Unpacks at most so many bytes; of what is longer or broken, the beginning as far as it can be had. */
export function inflate(packing: Packing, input: Buffer, bytesMax: number): Inflated {
  try {
    return { bytes: unpack(packing, input, { bytesMax, isCut: false }), missing: null };
  } catch (error) {
    const isLarge = codeOf(error) === 'ERR_BUFFER_TOO_LARGE';
    const missing = isLarge ? 'archive-size' : 'archive-corrupt';
    return { bytes: beginning(packing, input, { bytesMax, isLarge }), missing };
  }
}

function beginning(
  packing: Packing,
  input: Buffer,
  given: { readonly bytesMax: number; readonly isLarge: boolean },
): Buffer {
  const lengths = given.isLarge
    ? CUTS.map((cut) => Math.floor(given.bytesMax / cut))
    : [input.length];
  for (const length of lengths) {
    try {
      const cut = input.subarray(0, length);
      return unpack(packing, cut, { bytesMax: given.bytesMax, isCut: true });
    } catch {
      // A shorter beginning may do.
    }
  }
  return NOTHING;
}

function unpack(
  packing: Packing,
  input: Buffer,
  given: { readonly bytesMax: number; readonly isCut: boolean },
): Buffer {
  const maxOutputLength = Math.max(1, given.bytesMax);
  if (packing === 'zstd') return zstdDecompressSync(input, { maxOutputLength });
  const finishFlush = given.isCut ? constants.Z_SYNC_FLUSH : constants.Z_FINISH;
  const options = { maxOutputLength, finishFlush };
  return packing === 'gzip' ? gunzipSync(input, options) : inflateRawSync(input, options);
}
