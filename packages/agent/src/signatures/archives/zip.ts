import { crc32 } from 'node:zlib';
import { inflate } from './inflate.ts';
import { memberName, miss, type Member, type Opener, type Room } from './member.ts';

/* ZIP (PKWARE APPNOTE 6.3.10), read by its central directory as unpackers do. Where the directory and
   the local headers disagree, unpackers differ in what they see: such a file is looked at, and incomplete. */

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END_MARK = Buffer.from('PK\u0005\u0006', 'latin1');
const END_BYTES = 22;
const COMMENT_BYTES_MAX = 65_535;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
/** A data descriptor behind an entry has at most this (4.3.9, with signature and 64-bit sizes). */
const DESCRIPTOR_BYTES_MAX = 24;
const IN_ZIP64 = 0xff_ff_ff_ff;
const METHOD = { stored: 0, deflate: 8, zstd: 93 } as const;

interface Entry {
  readonly name: Buffer;
  readonly isEncrypted: boolean;
  readonly method: number;
  readonly crc: number;
  /** Where its local header begins and its data lies. */
  readonly start: number;
  readonly dataStart: number;
  readonly dataEnd: number;
  readonly sizeBytes: number;
  /** Local header and directory say the same. */
  readonly agrees: boolean;
}

/** The members of a ZIP. */
export const openZip: Opener = function* openZip(bytes, room) {
  const directory = findDirectory(bytes);
  if (!directory) {
    yield miss('archive-corrupt');
    return;
  }
  const entries: Entry[] = [];
  let at = directory.start;
  for (let index = 0; index < directory.count; index += 1) {
    const entry = entryAt(bytes, at, directory.shift);
    if (!entry) {
      yield miss('archive-corrupt');
      break;
    }
    entries.push(entry);
    at += centralBytes(bytes, at);
  }
  yield* faultsOf(bytes, entries, directory.start);
  for (const entry of entries) yield* memberOf(bytes, entry, room);
};

function findDirectory(bytes: Buffer) {
  const from = Math.max(0, bytes.length - END_BYTES - COMMENT_BYTES_MAX);
  const tail = bytes.subarray(from);
  const end = from + tail.lastIndexOf(END_MARK);
  if (end < from || end + END_BYTES > bytes.length) return undefined;
  const count = bytes.readUInt16LE(end + 10);
  const sizeBytes = bytes.readUInt32LE(end + 12);
  const offset = bytes.readUInt32LE(end + 16);
  // What stands before the archive (a self-extracting program) shifts all offsets.
  const shift = end - sizeBytes - offset;
  return shift < 0 ? undefined : { start: offset + shift, count, shift };
}

function centralBytes(bytes: Buffer, at: number): number {
  return (
    CENTRAL_BYTES +
    bytes.readUInt16LE(at + 28) +
    bytes.readUInt16LE(at + 30) +
    bytes.readUInt16LE(at + 32)
  );
}

function entryAt(bytes: Buffer, at: number, shift: number): Entry | undefined {
  if (at + CENTRAL_BYTES > bytes.length || bytes.readUInt32LE(at) !== CENTRAL) return undefined;
  const packedBytes = bytes.readUInt32LE(at + 20);
  const sizeBytes = bytes.readUInt32LE(at + 24);
  const offset = bytes.readUInt32LE(at + 42);
  if ([packedBytes, sizeBytes, offset].includes(IN_ZIP64)) return undefined;
  const start = offset + shift;
  if (start + LOCAL_BYTES > bytes.length || bytes.readUInt32LE(start) !== LOCAL) return undefined;
  const local = start + LOCAL_BYTES;
  const dataStart = local + bytes.readUInt16LE(start + 26) + bytes.readUInt16LE(start + 28);
  const dataEnd = dataStart + packedBytes;
  if (dataEnd > bytes.length) return undefined;
  const flags = bytes.readUInt16LE(at + 8);
  const method = bytes.readUInt16LE(at + 10);
  const hasDescriptor = (flags & 8) !== 0;
  const name = bytes.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + bytes.readUInt16LE(at + 28));
  return {
    name,
    isEncrypted: (flags & 1) !== 0,
    method,
    crc: bytes.readUInt32LE(at + 16),
    start,
    dataStart,
    dataEnd,
    sizeBytes,
    agrees:
      bytes.readUInt16LE(start + 8) === method &&
      (hasDescriptor || bytes.readUInt32LE(start + 18) === packedBytes) &&
      name.equals(bytes.subarray(local, local + bytes.readUInt16LE(start + 26))),
  };
}

/** Entries that share bytes, that are told twice otherwise, or that the directory hides. */
function* faultsOf(
  bytes: Buffer,
  entries: readonly Entry[],
  directoryStart: number,
): Generator<Member> {
  if (entries.some(({ agrees }) => !agrees)) yield miss('archive-corrupt');
  const ordered = entries.toSorted((left, right) => left.start - right.start);
  for (const [index, { dataEnd }] of ordered.entries()) {
    const next = ordered[index + 1]?.start ?? directoryStart;
    if (next < dataEnd) {
      yield miss('archive-overlap');
      return;
    }
    const gap = bytes.subarray(dataEnd, next);
    if (gap.length <= DESCRIPTOR_BYTES_MAX) continue;
    if (gap.includes('PK\u0003\u0004', 0, 'latin1')) yield miss('archive-corrupt');
  }
}

function* memberOf(bytes: Buffer, entry: Entry, room: Room): Generator<Member> {
  const name = memberName(entry.name);
  if (name.endsWith('/') && entry.sizeBytes === 0) return;
  if (entry.isEncrypted) {
    yield miss('encrypted');
    return;
  }
  const data = bytes.subarray(entry.dataStart, entry.dataEnd);
  if (entry.method === METHOD.stored) {
    yield { kind: 'member', name, bytes: data };
    return;
  }
  const packing = packingOf(entry.method);
  if (!packing) {
    yield miss('archive-method');
    return;
  }
  const { bytes: unpacked, missing } = inflate(packing, data, room.memberBytes());
  if (missing) yield miss(missing);
  else if (crc32(unpacked) !== entry.crc) yield miss('archive-corrupt');
  yield { kind: 'member', name, bytes: unpacked };
}

function packingOf(method: number): 'deflate' | 'zstd' | undefined {
  if (method === METHOD.deflate) return 'deflate';
  return method === METHOD.zstd ? 'zstd' : undefined;
}
