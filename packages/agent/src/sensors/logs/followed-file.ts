import { closeSync, constants, fstatSync, openSync, readSync, type BigIntStats } from 'node:fs';

/** Where reading of a file stands. Device and inode tell it from a later one of the same name. */
export interface FilePosition {
  readonly device: string;
  readonly inode: string;
  readonly offset: number;
}

/** What a followed file tells. */
export interface FollowedFileSink {
  /** The next bytes, valid during the call. */
  readonly onBytes: (bytes: Buffer) => void;
  /** What follows does not continue what came before. */
  readonly onGap: () => void;
}

/** A log file that others write, rotate and truncate. */
export interface FollowedFile {
  /** Reads what is new, at most `bytesMax`; true when there may be more. Never throws. */
  readonly readNew: (bytesMax: number) => boolean;
  /** Where it stands; null while there is no file. */
  readonly position: () => FilePosition | null;
  readonly close: () => void;
}

const CHUNK_BYTES = 64 * 1024;
/* A link in the place of a log would have anything read and reported; a pipe would hold the agent. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

interface OpenFile {
  readonly descriptor: number;
  readonly device: string;
  readonly inode: string;
  offset: number;
}

/**
 * Follows a name. Without a position it begins at the end: what is old was somebody else's to see. With
 * one it goes on there, also in the file that was renamed to `NAME.1` meanwhile.
 */
export function followFile(
  path: string,
  start: FilePosition | null,
  sink: FollowedFileSink,
): FollowedFile {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let file = openAtStart(path, start);

  function readOpen(bytesMax: number): number {
    if (file === null) return 0;
    let total = 0;
    for (let count = 1; count > 0 && total < bytesMax; total += count) {
      const wanted = Math.min(CHUNK_BYTES, bytesMax - total);
      count = readSync(file.descriptor, chunk, 0, wanted, file.offset);
      file.offset += count;
      if (count > 0) sink.onBytes(chunk.subarray(0, count));
    }
    return total;
  }

  /** Goes over to the file that bears the name now, when the one at hand is read to its end. */
  function turnOver(): boolean {
    const next = openFile(path);
    if (next === null) return false;
    const isSame = file !== null && next.inode === file.inode && next.device === file.device;
    if (isSame && file !== null) {
      const isTruncated = sizeOf(next.descriptor) < file.offset;
      closeSync(next.descriptor);
      if (isTruncated) {
        file.offset = 0;
        sink.onGap();
      }
      return isTruncated;
    }
    if (file !== null) closeSync(file.descriptor);
    sink.onGap();
    file = next;
    return true;
  }

  return {
    readNew(bytesMax) {
      try {
        const count = readOpen(bytesMax);
        if (count >= bytesMax) return true;
        return turnOver() ? readOpen(bytesMax - count) >= bytesMax - count : false;
      } catch {
        if (file !== null) closeSync(file.descriptor);
        file = null;
        return false;
      }
    },
    position: () =>
      file === null ? null : { device: file.device, inode: file.inode, offset: file.offset },
    close() {
      if (file !== null) closeSync(file.descriptor);
      file = null;
    },
  };
}

function openAtStart(path: string, start: FilePosition | null): OpenFile | null {
  const current = openFile(path);
  if (start === null) {
    if (current !== null) current.offset = sizeOf(current.descriptor);
    return current;
  }
  const rotated = isAt(current, start) ? null : openFile(`${path}.1`);
  for (const file of [current, rotated]) {
    if (file === null || !isAt(file, start)) continue;
    const other = file === current ? rotated : current;
    if (other !== null) closeSync(other.descriptor);
    if (sizeOf(file.descriptor) >= start.offset) file.offset = start.offset;
    return file;
  }
  if (rotated !== null) closeSync(rotated.descriptor);
  return current;
}

function isAt(file: OpenFile | null, position: FilePosition): boolean {
  return file !== null && file.device === position.device && file.inode === position.inode;
}

function openFile(path: string): OpenFile | null {
  let descriptor: number;
  try {
    descriptor = openSync(path, READ_FLAGS);
  } catch {
    return null;
  }
  const stat: BigIntStats = fstatSync(descriptor, { bigint: true });
  if (!stat.isFile()) {
    closeSync(descriptor);
    return null;
  }
  return { descriptor, device: String(stat.dev), inode: String(stat.ino), offset: 0 };
}

function sizeOf(descriptor: number): number {
  return fstatSync(descriptor).size;
}
