import { LITERAL_BYTES_MIN, type LiteralSet, type RequiredLiterals } from './required-literals.ts';

/** Tells in one pass over bytes whether any of many rules can match them. */
export interface LiteralFilter {
  /** False only when every rule lacks something that it needs. */
  readonly mayMatch: (bytes: Uint8Array) => boolean;
}

/** Beyond, the tables tell hardly anything apart. */
const LITERALS_MAX = 4_096;
/** Longer steps than this gain nothing more. */
const WINDOW_MAX = 8;
const PAIRS = 0x1_0000;
/** Entries of the table of window ends, a power of two: many times the literals of ordinary rules. */
const BUCKET_BITS = 14;
/** Sets the bit that tells a small letter from a capital, in four bytes at once. */
const CASE_BITS = 0x2020_2020;
const MULTIPLIER = 0x9e37_79b1;

/** What the search goes by. */
interface Tables {
  readonly window: number;
  /** By a pair of bytes at the end of the window: how far it may be moved on. */
  readonly shifts: Uint8Array;
  /** By a hash of the last four bytes of the window: a list of literals, from 1; 0 when there is none. */
  readonly buckets: Uint16Array;
  readonly lists: readonly (readonly Literal[])[];
}

interface Literal {
  /** In lower case. */
  readonly bytes: Uint8Array;
  /** Where its rarest window begins. */
  readonly windowAt: number;
  /** The rules that are known by it. */
  readonly rules: number[];
}

/**
 * A filter for rules with the given literals; null when a rule can match without any, or when there are
 * too many. The rarest set of each rule is looked for in one pass, by the search of Wu and Manber (1994)
 * with pairs of bytes: a window as long as the shortest literal is moved on by how far the pair at its
 * end is from the end of every literal. A rule of which one is found is asked for its other sets.
 */
export function createLiteralFilter(rules: readonly RequiredLiterals[]): LiteralFilter | null {
  const window = Math.min(WINDOW_MAX, ...rules.map((sets) => Math.max(0, ...sets.map(shortest))));
  if (window < LITERAL_BYTES_MIN) return null;
  const ordered = rules.map((sets) => sets.toSorted(rarestFirst(window)));
  const literals = collect(ordered, window);
  if (literals.length > LITERALS_MAX) return null;
  const tables = tablesOf(literals, window);
  const hasRest = ordered.map(([, ...rest]) => createRest(rest));
  return { mayMatch: (bytes) => search(bytes, tables, hasRest) };
}

/** Whether the bytes hold something of each further set of a rule. */
type HasRest = (bytes: Uint8Array) => boolean;

function search(bytes: Uint8Array, tables: Tables, hasRest: readonly HasRest[]): boolean {
  const { window, buckets, lists } = tables;
  for (let at = nextAt(bytes, window - 1, tables); at < bytes.length;) {
    for (const literal of lists[buckets[bucketAt(bytes, at)] ?? 0] ?? []) {
      const isFound = isAt(bytes, at - window + 1 - literal.windowAt, literal.bytes);
      if (isFound && literal.rules.some((rule) => hasRest[rule]?.(bytes) !== false)) return true;
    }
    at = nextAt(bytes, at + 1, tables);
  }
  return false;
}

/**
 * The end of the next window that may be one of a literal, or a place behind the bytes. Every byte of
 * every file goes through here: what is read is there, and said to be a number without a look.
 */
function nextAt(bytes: Uint8Array, start: number, { shifts, buckets }: Tables): number {
  const { length } = bytes;
  let at = start;
  while (at < length) {
    const shift = shifts[((bytes[at - 1] as number) << 8) | (bytes[at] as number)] as number;
    if (shift === 0 && (buckets[bucketAt(bytes, at)] as number) > 0) return at;
    at += shift === 0 ? 1 : shift;
  }
  return at;
}

function bucketAt(bytes: Uint8Array, at: number): number {
  const head = ((bytes[at - 3] as number) << 24) | ((bytes[at - 2] as number) << 16);
  return bucketOf(head | ((bytes[at - 1] as number) << 8) | (bytes[at] as number));
}

function bucketOf(word: number): number {
  return Math.imul(word | CASE_BITS, MULTIPLIER) >>> (32 - BUCKET_BITS);
}

/** The sets are tried one after the other, each as a filter of its own: it is seldom asked. */
function createRest(sets: readonly LiteralSet[]): HasRest {
  let filters: readonly LiteralFilter[] | undefined;
  return (bytes) => {
    filters ??= sets.flatMap((set) => createLiteralFilter([[set]]) ?? []);
    return filters.every(({ mayMatch }) => mayMatch(bytes));
  };
}

function shortest(set: LiteralSet): number {
  return Math.min(...set.map(({ length }) => length));
}

function rarestFirst(window: number): (left: LiteralSet, right: LiteralSet) => number {
  const rarityOf = (set: LiteralSet): number =>
    Math.min(...set.map((text) => (text.length < window ? -1 : rarestWindow(text, window).rarity)));
  return (left, right) => rarityOf(right) - rarityOf(left) || left.length - right.length;
}

/** The place of the window in a text that chance meets least often, and how rare that is. */
function rarestWindow(
  text: string,
  window: number,
): { readonly at: number; readonly rarity: number } {
  let rarest = { at: 0, rarity: -1 };
  for (let at = 0; at + window <= text.length; at += 1) {
    const rarities = text
      .slice(at, at + window)
      .split('')
      .map(rarityOfByte);
    /* By its last two bytes alone most of a file is passed over. */
    const rarity = sum(rarities) + 2 * sum(rarities.slice(-2));
    if (rarity > rarest.rarity) rarest = { at, rarity };
  }
  return rarest;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Bytes of texts and programs, the more common first; any other byte is as rare as the last. */
const COMMON_BYTES = [' etaoinsr', 'lcdupmfgh', '.,"\'()=-_/;:vbyw\n', 'kxjqz0123456789'];

function rarityOfByte(byte: string): number {
  const group = COMMON_BYTES.findIndex((bytes) => bytes.includes(byte));
  return group < 0 ? COMMON_BYTES.length : group;
}

function collect(rules: readonly RequiredLiterals[], window: number): readonly Literal[] {
  const literals = new Map<string, Literal>();
  for (const [rule, [texts = []]] of rules.entries()) {
    for (const text of texts) {
      const bytes = Buffer.from(text, 'latin1');
      const known = literals.get(text);
      if (known) known.rules.push(rule);
      else literals.set(text, { bytes, windowAt: rarestWindow(text, window).at, rules: [rule] });
    }
  }
  return [...literals.values()];
}

function tablesOf(literals: readonly Literal[], window: number): Tables {
  const shifts = new Uint8Array(PAIRS).fill(window - 1);
  const buckets = new Uint16Array(2 ** BUCKET_BITS);
  const lists: Literal[][] = [[]];
  for (const literal of literals) {
    const bytes = literal.bytes.subarray(literal.windowAt, literal.windowAt + window);
    for (let end = 1; end < window; end += 1) {
      for (const pair of pairsOf(bytes[end - 1] ?? 0, bytes[end] ?? 0)) {
        shifts[pair] = Math.min(shifts[pair] ?? 0, window - 1 - end);
      }
    }
    const bucket = bucketOf(new DataView(bytes.buffer, bytes.byteOffset).getInt32(window - 4));
    if (buckets[bucket] === 0) buckets[bucket] = lists.push([]) - 1;
    lists[buckets[bucket] ?? 0]?.push(literal);
  }
  return { window, shifts, buckets, lists };
}

/** Both bytes in both cases, so that the search need not fold what it reads. */
function pairsOf(first: number, second: number): readonly number[] {
  return casesOf(first).flatMap((one) => casesOf(second).map((other) => (one << 8) | other));
}

const [LOWER_A, LOWER_Z, UPPER_A, UPPER_Z, CASE_BIT] = [0x61, 0x7a, 0x41, 0x5a, 0x20];

function casesOf(byte: number): readonly number[] {
  return byte >= LOWER_A && byte <= LOWER_Z ? [byte, byte - CASE_BIT] : [byte];
}

function isAt(bytes: Uint8Array, start: number, literal: Uint8Array): boolean {
  if (start < 0 || start + literal.length > bytes.length) return false;
  for (let index = 0; index < literal.length; index += 1) {
    const byte = bytes[start + index] ?? 0;
    const isUpper = byte >= UPPER_A && byte <= UPPER_Z;
    if ((isUpper ? byte + CASE_BIT : byte) !== literal[index]) return false;
  }
  return true;
}
