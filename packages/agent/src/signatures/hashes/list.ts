import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { SignatureError } from '../errors.ts';
import { DIGEST_BYTES, type HashAlgorithm } from '@wardgrid/detection/signatures';
import {
  filterBits,
  HEADER_BYTES,
  layoutOf,
  MAGIC,
  recordBytes,
  SIZE_ANY,
  type Header,
  type Layout,
} from '@wardgrid/detection/signatures';

/** What a list knows of a digest. */
export interface KnownHash {
  readonly algorithm: HashAlgorithm;
  readonly name: string;
}

/** A compiled list, open for look-ups: its filter and its sizes are in memory, its records are not. */
export interface HashList {
  /** What the list says of a whole file, of which the SHA-256 is known already. */
  readonly find: (bytes: Uint8Array, sha256: Uint8Array) => KnownHash | undefined;
  /** What the list says of an SHA-256 alone. */
  readonly findDigest: (sha256: Uint8Array, sizeBytes: number) => KnownHash | undefined;
  /** A file of this size needs its SHA-1 and MD5 as well, which `findDigest` cannot have. */
  readonly wantsBytesOf: (sizeBytes: number) => boolean;
  readonly entryCount: number;
  readonly close: () => void;
}

/** Opens a compiled list. @throws SignatureError `hashes-broken` when it is none. */
export function openHashes(path: string): HashList {
  const fd = openSync(path, 'r');
  try {
    return listOf(fd, path);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function listOf(fd: number, path: string): HashList {
  const header = readHeader(fd, path);
  const layout = layoutOf(header);
  if (fstatSync(fd).size !== layout.end) throw broken(path, 'it is cut off or has more');
  const filter = readAt(fd, layout.filter, header.filterBytes);
  const sizes = readSizes(fd, layout, header.sizes);

  const mayHold = (digest: Uint8Array): boolean =>
    filterBits(viewOf(digest), filter.length).every(
      (bit) => ((filter[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0,
    );
  const search = (algorithm: HashAlgorithm, digest: Uint8Array, sizeBytes: number) => {
    if (!mayHold(digest)) return undefined;
    const tail = searchRecord(fd, digest, {
      start: layout.records[algorithm],
      count: header[algorithm],
      recordBytes: recordBytes(algorithm),
    });
    if (!tail) return undefined;
    const size = tail.readDoubleLE(0);
    if (size !== SIZE_ANY && size !== sizeBytes) return undefined;
    return { algorithm, name: readName(fd, layout, tail.readUInt32LE(8)) };
  };
  const wantsBytesOf = (size: number): boolean => sizes.has(SIZE_ANY) || sizes.has(size);

  return {
    entryCount: header.sha256 + header.sha1 + header.md5,
    wantsBytesOf,
    findDigest: (sha256, sizeBytes) => search('sha256', sha256, sizeBytes),
    find(bytes, sha256) {
      const known = search('sha256', sha256, bytes.length);
      if (known || !wantsBytesOf(bytes.length)) return known;
      return (
        search('sha1', createHash('sha1').update(bytes).digest(), bytes.length) ??
        search('md5', createHash('md5').update(bytes).digest(), bytes.length)
      );
    },
    close: () => closeSync(fd),
  };
}

function readHeader(fd: number, path: string): Header {
  const head = readAt(fd, 0, HEADER_BYTES);
  if (head.toString('latin1', 0, MAGIC.length) !== MAGIC) throw broken(path, 'it is no such list');
  const count = (index: number): number => head.readUInt32LE(8 + index * 4);
  const header = {
    sha256: count(0),
    sha1: count(1),
    md5: count(2),
    sizes: count(3),
    filterBytes: count(4),
    namesBytes: count(5),
  };
  if (header.filterBytes === 0) throw broken(path, 'it has no filter');
  return header;
}

function readSizes(fd: number, layout: Layout, count: number): ReadonlySet<number> {
  const bytes = readAt(fd, layout.sizes, count * 8);
  return new Set(Array.from({ length: count }, (_, index) => bytes.readDoubleLE(index * 8)));
}

/** The bytes behind the digest in its record. */
function searchRecord(
  fd: number,
  digest: Uint8Array,
  table: { readonly start: number; readonly count: number; readonly recordBytes: number },
): Buffer | undefined {
  let low = 0;
  let high = table.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const record = readAt(fd, table.start + middle * table.recordBytes, table.recordBytes);
    const order = record.compare(digest, 0, digest.length, 0, digest.length);
    if (order === 0) return record.subarray(digest.length);
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return undefined;
}

function readName(fd: number, layout: Layout, place: number): string {
  const at = layout.names + place;
  if (at + 2 > layout.end) return 'unnamed';
  const length = readAt(fd, at, 2).readUInt16LE(0);
  return readAt(fd, at + 2, Math.min(length, layout.end - at - 2)).toString('utf8');
}

function readAt(fd: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const got = length === 0 ? 0 : readSync(fd, bytes, 0, length, position);
  if (got !== length) throw new SignatureError('hashes-broken', 'a list of hashes ends too early');
  return bytes;
}

function viewOf(digest: Uint8Array): DataView {
  return new DataView(digest.buffer, digest.byteOffset, Math.min(DIGEST_BYTES.md5, digest.length));
}

function broken(path: string, why: string): SignatureError {
  return new SignatureError('hashes-broken', `'${path}' is no usable list of hashes: ${why}`);
}
