import { decodeHex, encodeUtf8 } from '@wardgrid/base';
import type { HashAlgorithm, HashEntry } from './hash-entry.ts';
import { DIGEST_BYTES } from './hash-entry.ts';
import {
  filterBits,
  FILTER_BITS_PER_ENTRY,
  layoutOf,
  MAGIC,
  recordBytes,
  SIZE_ANY,
  type Header,
  type Layout,
} from './hash-format.ts';

/** Compiles entries to a `hashes` part (see `format.ts`). The same entries give the same bytes. */
export function buildHashes(entries: readonly HashEntry[]): Uint8Array {
  const sorted = withoutRepeats(entries);
  const of = (algorithm: HashAlgorithm) => sorted.filter((one) => one.algorithm === algorithm);
  const sizes = sizesOf(sorted);
  const names = namesOf(sorted);
  const header: Header = {
    sha256: of('sha256').length,
    sha1: of('sha1').length,
    md5: of('md5').length,
    sizes: sizes.length,
    filterBytes: Math.max(8, Math.ceil((sorted.length * FILTER_BITS_PER_ENTRY) / 8)),
    namesBytes: names.bytes.length,
  };
  const layout = layoutOf(header);
  const bytes = new Uint8Array(layout.end);
  const view = new DataView(bytes.buffer);
  bytes.set(encodeUtf8(MAGIC));
  const counts = [header.sha256, header.sha1, header.md5, header.sizes];
  for (const [index, count] of [...counts, header.filterBytes, header.namesBytes].entries()) {
    view.setUint32(8 + index * 4, count, true);
  }
  for (const [index, size] of sizes.entries())
    view.setFloat64(layout.sizes + index * 8, size, true);
  bytes.set(names.bytes, layout.names);
  for (const algorithm of ['sha256', 'sha1', 'md5'] as const) {
    writeRecords(bytes, layout, { algorithm, entries: of(algorithm), places: names.places });
  }
  return bytes;
}

/** Sorted by digest, each digest once: the first name of it stays. */
function withoutRepeats(entries: readonly HashEntry[]): readonly HashEntry[] {
  const byDigest = new Map<string, HashEntry>();
  for (const one of entries) if (!byDigest.has(one.digest)) byDigest.set(one.digest, one);
  return [...byDigest.values()].toSorted((left, right) => (left.digest < right.digest ? -1 : 1));
}

/** Which sizes make a file worth an SHA-1 and an MD5; any size is one of them. */
function sizesOf(entries: readonly HashEntry[]): readonly number[] {
  const old = entries.filter(({ algorithm }) => algorithm !== 'sha256');
  const sizes = new Set(old.map(({ sizeBytes }) => sizeBytes ?? SIZE_ANY));
  return [...sizes].toSorted((left, right) => left - right);
}

interface Names {
  readonly bytes: Uint8Array;
  readonly places: ReadonlyMap<string, number>;
}

function namesOf(entries: readonly HashEntry[]): Names {
  const places = new Map<string, number>();
  const texts: Uint8Array[] = [];
  let length = 0;
  for (const { name } of entries) {
    if (places.has(name)) continue;
    const text = encodeUtf8(name);
    places.set(name, length);
    texts.push(text);
    length += 2 + text.length;
  }
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const text of texts) {
    view.setUint16(at, text.length, true);
    bytes.set(text, at + 2);
    at += 2 + text.length;
  }
  return { bytes, places };
}

function writeRecords(
  bytes: Uint8Array,
  layout: Layout,
  given: {
    readonly algorithm: HashAlgorithm;
    readonly entries: readonly HashEntry[];
    readonly places: ReadonlyMap<string, number>;
  },
): void {
  const { algorithm, entries, places } = given;
  const view = new DataView(bytes.buffer);
  const filterBytes = layout.records.sha256 - layout.filter;
  let at = layout.records[algorithm];
  for (const { digest, sizeBytes, name } of entries) {
    const raw = decodeHex(digest);
    bytes.set(raw, at);
    const tail = at + DIGEST_BYTES[algorithm];
    view.setFloat64(tail, sizeBytes ?? SIZE_ANY, true);
    view.setUint32(tail + 8, places.get(name) ?? 0, true);
    for (const bit of filterBits(new DataView(raw.buffer, raw.byteOffset), filterBytes)) {
      const place = layout.filter + (bit >>> 3);
      bytes[place] = (bytes[place] ?? 0) | (1 << (bit & 7));
    }
    at += recordBytes(algorithm);
  }
}
