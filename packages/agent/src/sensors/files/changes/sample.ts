import type { SystemCalls } from '../../../platform/linux/system-calls.ts';

/** Three pieces tell plain from encrypted as well as the whole file does. */
const PIECE_BYTES = 4_096;
const PIECES = 3;
/** Below this, entropy says nothing. */
const SAMPLED_BYTES_MIN = 256;
const BYTE_VALUES = 256;

/** What the sampled bytes of a file are like. */
export interface Sample {
  /** Bits a byte, 0 to 8; null for files too small to tell. */
  readonly entropy: number | null;
  /** What the first bytes say it is; null when they say nothing known. */
  readonly magic: string | null;
}

/** What files begin with. */
const MAGICS: readonly (readonly [bytes: string, name: string])[] = [
  ['\x7fELF', 'elf'],
  ['#!', 'script'],
  ['MZ', 'pe'],
  ['PK\x03\x04', 'zip'],
  ['\x1f\x8b', 'gzip'],
  ['BZh', 'bzip2'],
  ['\xfd7zXZ\0', 'xz'],
  ['\x28\xb5\x2f\xfd', 'zstd'],
  ['7z\xbc\xaf\x27\x1c', '7z'],
  ['Rar!', 'rar'],
  ['%PDF', 'pdf'],
  ['\x89PNG', 'png'],
  ['\xff\xd8\xff', 'jpeg'],
  ['GIF8', 'gif'],
  ['RIFF', 'riff'],
  ['OggS', 'ogg'],
  ['ID3', 'mp3'],
  ['\xd0\xcf\x11\xe0', 'ole'],
  ['SQLite format 3\0', 'sqlite'],
  ['-----BEGIN ', 'pem'],
];

/** Looks at a few pieces of files, into memory that is used again and again. */
export class Sampler {
  readonly #calls: SystemCalls;
  readonly #bytes = Buffer.allocUnsafeSlow(PIECE_BYTES * PIECES);
  readonly #counts = new Uint32Array(BYTE_VALUES);

  constructor(calls: SystemCalls) {
    this.#calls = calls;
  }

  /** Samples an open file at its beginning, middle and end. */
  sample(fd: number, sizeBytes: number): Sample {
    let filled = 0;
    for (const offset of offsetsOf(sizeBytes)) {
      const piece = this.#bytes.subarray(filled, filled + PIECE_BYTES);
      filled += Math.max(0, this.#calls.pread(fd, piece, PIECE_BYTES, BigInt(offset)));
    }
    const bytes = this.#bytes.subarray(0, filled);
    return { entropy: this.#entropyOf(bytes), magic: magicOf(bytes) };
  }

  #entropyOf(bytes: Buffer): number | null {
    if (bytes.length < SAMPLED_BYTES_MIN) return null;
    this.#counts.fill(0);
    for (const byte of bytes) this.#counts[byte] = (this.#counts[byte] ?? 0) + 1;
    let entropy = 0;
    for (const count of this.#counts) {
      if (count > 0) entropy -= (count / bytes.length) * Math.log2(count / bytes.length);
    }
    return Math.round(entropy * 1_000) / 1_000;
  }
}

function offsetsOf(sizeBytes: number): number[] {
  if (sizeBytes <= PIECE_BYTES) return [0];
  const last = sizeBytes - PIECE_BYTES;
  return last < PIECE_BYTES * 2 ? [0, last] : [0, Math.floor(last / 2), last];
}

function magicOf(bytes: Buffer): string | null {
  const found = MAGICS.find(([magic]) => bytes.toString('latin1', 0, magic.length) === magic);
  return found?.[1] ?? null;
}
