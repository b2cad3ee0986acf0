import type { HashAlgorithm } from './hash-entry.ts';
import { DIGEST_BYTES } from './hash-entry.ts';

/*
 * A compiled list of digests, as the `hashes` part of a content pack: everything little-endian.
 *
 *   magic, 8 bytes · six counts of 32 bits (`Header`) · filter · records of SHA-256, SHA-1, MD5, each
 *   sorted by digest · the sizes of the SHA-1 and MD5 entries, sorted, doubles · names
 *
 *   A record is the digest, the size as a double (-1: any) and the place of its name within the names
 *   (32 bits); a name is its length (16 bits) and UTF-8.
 *
 * The filter has a bit for each of the first four words of a digest, modulo its size: digests are random
 * already. With 12 bits an entry, 7 of 1,000 clean files are looked for in the records for nothing.
 */
export const MAGIC = 'WGHASH1\n';
export const HEADER_BYTES = 32;
export const FILTER_BITS_PER_ENTRY = 12;
export const SIZE_ANY = -1;
/** Size and place of the name, behind the digest. */
const TAIL_BYTES = 12;

/** The counts of a list. */
export interface Header {
  readonly sha256: number;
  readonly sha1: number;
  readonly md5: number;
  readonly sizes: number;
  readonly filterBytes: number;
  readonly namesBytes: number;
}

/** Where everything lies. */
export interface Layout {
  readonly filter: number;
  readonly records: Readonly<Record<HashAlgorithm, number>>;
  readonly sizes: number;
  readonly names: number;
  readonly end: number;
}

export function recordBytes(algorithm: HashAlgorithm): number {
  return DIGEST_BYTES[algorithm] + TAIL_BYTES;
}

export function layoutOf(header: Header): Layout {
  const sha256 = HEADER_BYTES + header.filterBytes;
  const sha1 = sha256 + header.sha256 * recordBytes('sha256');
  const md5 = sha1 + header.sha1 * recordBytes('sha1');
  const sizes = md5 + header.md5 * recordBytes('md5');
  const names = sizes + header.sizes * 8;
  return {
    filter: HEADER_BYTES,
    records: { sha256, sha1, md5 },
    sizes,
    names,
    end: names + header.namesBytes,
  };
}

/** The bits of a digest in a filter of so many bytes. */
export function filterBits(digest: DataView, filterBytes: number): readonly number[] {
  const bits = filterBytes * 8;
  return [0, 4, 8, 12].map((offset) => digest.getUint32(offset, true) % bits);
}
