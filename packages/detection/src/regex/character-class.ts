import { RegexFault, type Cursor } from './syntax.ts';
import { complement, DIGITS, SPACES, union, withoutCase, WORDS, type UnitSet } from './unit-set.ts';

const CLASSES: Readonly<Record<string, UnitSet>> = {
  d: DIGITS,
  D: complement(DIGITS),
  w: WORDS,
  W: complement(WORDS),
  s: SPACES,
  S: complement(SPACES),
  h: [9, 9, 32, 32],
};
const CONTROLS: Readonly<Record<string, number>> = {
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  e: 27,
  0: 0,
};
const POSIX: Readonly<Record<string, UnitSet>> = {
  alpha: [65, 90, 97, 122],
  digit: DIGITS,
  alnum: [48, 57, 65, 90, 97, 122],
  upper: [65, 90],
  lower: [97, 122],
  space: [9, 13, 32, 32],
  blank: [9, 9, 32, 32],
  punct: [33, 47, 58, 64, 91, 96, 123, 126],
  xdigit: [48, 57, 65, 70, 97, 102],
  word: WORDS,
};
const HEX = /\\(?:x[0-9a-fA-F]{2}|x\{[0-9a-fA-F]{1,4}\}|u[0-9a-fA-F]{4})/y;

/** The set of an escape, inside brackets or outside. */
export function readEscape(cursor: Cursor): UnitSet {
  HEX.lastIndex = cursor.at;
  const hex = HEX.exec(cursor.pattern);
  if (hex) {
    cursor.at += hex[0].length;
    return one(Number.parseInt(hex[0].replaceAll(/[^0-9a-fA-F]/g, ''), 16));
  }
  const letter = cursor.pattern[cursor.at + 1];
  if (letter === undefined) {
    throw new RegexFault('regex-invalid', cursor.at, 'ends with a backslash');
  }
  const set = CLASSES[letter] ?? one(CONTROLS[letter] ?? letter.charCodeAt(0));
  if (/[A-Za-z]/.test(letter) && !CLASSES[letter] && CONTROLS[letter] === undefined) {
    throw new RegexFault('regex-unsupported', cursor.at, `'\\${letter}' is not known`);
  }
  cursor.at += 2;
  return set;
}

function one(unit: number): UnitSet {
  return [unit, unit];
}

/** The unit of a set that has only one. */
function onlyOf(set: UnitSet): number | undefined {
  return set.length === 2 && set[0] === set[1] ? set[0] : undefined;
}

/** The set of `[…]`. The case of its members is widened before it is turned round. */
export function readBracket(cursor: Cursor): UnitSet {
  const start = cursor.at;
  cursor.at += 1;
  const isNegated = cursor.pattern[cursor.at] === '^';
  if (isNegated) cursor.at += 1;
  let set: UnitSet = [];
  let isFirst = true;
  while (isFirst || cursor.pattern[cursor.at] !== ']') {
    if (cursor.at >= cursor.pattern.length) {
      throw new RegexFault('regex-invalid', start, "'[' without ']'");
    }
    set = union(set, readRange(cursor));
    isFirst = false;
  }
  cursor.at += 1;
  const widened = cursor.flags.i ? withoutCase(set) : set;
  return isNegated ? complement(widened) : widened;
}

function readRange(cursor: Cursor): UnitSet {
  const low = readMember(cursor);
  const first = onlyOf(low);
  const { pattern, at } = cursor;
  const isRange = pattern[at] === '-' && at + 1 < pattern.length && pattern[at + 1] !== ']';
  if (!isRange || first === undefined) return low;
  cursor.at += 1;
  const high = readMember(cursor);
  const last = onlyOf(high);
  // A dash before a class stands for itself.
  if (last === undefined) return union(union(low, [45, 45]), high);
  if (last < first) throw new RegexFault('regex-invalid', cursor.at, 'a range that counts down');
  return [first, last];
}

function readMember(cursor: Cursor): UnitSet {
  const { pattern, at } = cursor;
  if (pattern[at] === '\\') {
    if (pattern[at + 1] !== 'b') return readEscape(cursor);
    cursor.at += 2;
    return [8, 8];
  }
  const posix = /^\[:(\w+):\]/.exec(pattern.slice(at, at + 12));
  const named = posix && POSIX[posix[1] ?? ''];
  if (posix && named) {
    cursor.at += posix[0].length;
    return named;
  }
  cursor.at += 1;
  const unit = pattern.charCodeAt(at);
  return [unit, unit];
}
