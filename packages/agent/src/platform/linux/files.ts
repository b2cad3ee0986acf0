import {
  closeSync,
  constants,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  statSync,
  type BigIntStats,
} from 'node:fs';

/** Most text files of the system are smaller than this; one that is larger is cut, not read on. */
const SMALL_FILE_BYTES_MAX = 64 * 1024;
/** Tables of the kernel grow with connections and routes; this holds some 6,000 rows. */
export const TABLE_BYTES_MAX = 1024 * 1024;
/** Read in pieces of this size: the kernel hands out its tables a page or so at a time. */
const CHUNK_BYTES = 64 * 1024;

/* O_NONBLOCK, so that a pipe put in a file's place cannot hold the agent. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** The first `sizeMax` bytes of a file, or null when it cannot be read. Never throws. */
export function readBytes(path: string, sizeMax = SMALL_FILE_BYTES_MAX): Buffer | null {
  let descriptor: number;
  try {
    descriptor = openSync(path, READ_FLAGS);
  } catch {
    return null;
  }
  try {
    return readUpTo(descriptor, sizeMax);
  } catch {
    return null;
  } finally {
    closeSync(descriptor);
  }
}

/** Every read goes here first: sensors read thousands of tiny files, and none needs 64 KB of its own. */
const chunk = Buffer.allocUnsafe(CHUNK_BYTES);

function readUpTo(descriptor: number, sizeMax: number): Buffer {
  const chunks: Buffer[] = [];
  let size = 0;
  while (size < sizeMax) {
    const wanted = Math.min(CHUNK_BYTES, sizeMax - size);
    const count = readSync(descriptor, chunk, 0, wanted, null);
    if (count === 0) break;
    chunks.push(Buffer.from(chunk.subarray(0, count)));
    size += count;
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

/** The text of a file's first `sizeMax` bytes, or null. Bytes that are no UTF-8 become U+FFFD. */
export function readText(path: string, sizeMax = SMALL_FILE_BYTES_MAX): string | null {
  return readBytes(path, sizeMax)?.toString('utf8') ?? null;
}

/** The trimmed first line of a file, or null when it is missing or blank. */
export function readLine(path: string): string | null {
  const line = readText(path)?.split('\n', 1)[0]?.replaceAll('\0', '').trim();
  return line === undefined || line === '' ? null : line;
}

/** The names in a folder, at most `countMax`, or none when it cannot be read. */
export function readNames(path: string, countMax: number): string[] {
  try {
    return readdirSync(path).slice(0, countMax);
  } catch {
    return [];
  }
}

/** Where a symbolic link points, or null when there is none. */
export function readLink(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

/** What a name leads to, or null when that cannot be told. */
export function readStat(path: string): BigIntStats | null {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return null;
  }
}
