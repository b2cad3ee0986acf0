import { memberName, miss, type Opener } from './member.ts';

/* tar: POSIX.1-2001 (ustar and pax) and GNU's long names. */

const BLOCK = 512;
const REGULAR: ReadonlySet<string> = new Set(['0', '\0', '7']);

/** The regular files of a tar. Links, devices and folders have no content. */
export const openTar: Opener = function* openTar(bytes) {
  let longName: Buffer | undefined;
  for (let at = 0; at + BLOCK <= bytes.length;) {
    const entry = entryAt(bytes, at);
    if (entry === 'end') return;
    if (entry === 'broken') {
      yield miss('archive-corrupt');
      return;
    }
    const { kind, name, data } = entry;
    if (isSparse(kind, data)) yield miss('archive-format');
    if (REGULAR.has(kind)) {
      yield { kind: 'member', name: memberName(longName ?? name), bytes: data };
    }
    longName = longNameIn(kind, data);
    at += BLOCK + Math.ceil(data.length / BLOCK) * BLOCK;
  }
};

function entryAt(bytes: Buffer, at: number) {
  const header = bytes.subarray(at, at + BLOCK);
  if (header.every((byte) => byte === 0)) return 'end';
  const sizeBytes = numberIn(header.subarray(124, 136));
  const start = at + BLOCK;
  if (sizeBytes === undefined || start + sizeBytes > bytes.length) return 'broken';
  if (!hasGoodSum(header)) return 'broken';
  return {
    kind: header.toString('latin1', 156, 157),
    name: nameIn(header),
    data: bytes.subarray(start, start + sizeBytes),
  };
}

/** Files with holes are stored in pieces that only tar itself puts together. */
function isSparse(kind: string, data: Buffer): boolean {
  return kind === 'S' || (kind === 'x' && data.includes('GNU.sparse'));
}

/** Octal digits, or base 256 when the first bit is set (GNU). */
function numberIn(field: Buffer): number | undefined {
  if (((field[0] ?? 0) & 0x80) !== 0) {
    const value = field.subarray(4).reduce((sum, byte) => sum * 256 + byte, 0);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const text = field
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .trimStart();
  if (text === '') return 0;
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

/** The sum of the header's bytes, its own field taken as blanks. */
function hasGoodSum(header: Buffer): boolean {
  const sum = header.reduce(
    (total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte),
    0,
  );
  return numberIn(header.subarray(148, 156)) === sum;
}

function nameIn(header: Buffer): Buffer {
  const name = untilNul(header.subarray(0, 100));
  const isUstar = header.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isUstar ? untilNul(header.subarray(345, 500)) : Buffer.alloc(0);
  return prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]);
}

/** The name that a special header gives to the next entry. */
function longNameIn(kind: string, data: Buffer): Buffer | undefined {
  if (kind === 'L') return untilNul(data);
  if (kind !== 'x') return undefined;
  const found = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(data.toString('latin1'));
  return found ? Buffer.from(found[1] ?? '', 'latin1') : undefined;
}

function untilNul(field: Buffer): Buffer {
  const end = field.indexOf(0);
  return end < 0 ? field : field.subarray(0, end);
}
