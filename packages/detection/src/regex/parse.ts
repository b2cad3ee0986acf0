import { readBracket, readEscape } from './character-class.ts';
import { RegexFault, type Cursor, type RegexFlags, type RegexNode } from './syntax.ts';
import { complement, LINE_ENDS, UNIT_MAX, withoutCase, type UnitSet } from './unit-set.ts';

/** Longest pattern; the longest in use has some hundred characters. */
const PATTERN_LENGTH_MAX = 4_096;
/** Deepest group: keeps the parser's recursion small. */
const DEPTH_MAX = 50;
/** Largest count in `{n,m}`: it is unrolled. */
const REPEAT_MAX = 1_000;

/** The tree of a pattern. @throws RegexFault when it is refused. */
export function parseRegex(pattern: string, flags: RegexFlags): RegexNode {
  if (pattern.length > PATTERN_LENGTH_MAX) {
    throw new RegexFault('regex-too-large', 0, `longer than ${PATTERN_LENGTH_MAX} characters`);
  }
  const cursor: Cursor = { pattern, at: 0, flags, depth: 0 };
  const node = alternatives(cursor);
  if (cursor.at < pattern.length) throw fault(cursor, "')' without '('");
  return node;
}

function fault(cursor: Cursor, message: string): RegexFault {
  return new RegexFault('regex-invalid', cursor.at, message);
}

function unsupported(cursor: Cursor, what: string): RegexFault {
  return new RegexFault('regex-unsupported', cursor.at, `${what} cannot be matched in linear time`);
}

function alternatives(cursor: Cursor): RegexNode {
  const branches = [sequence(cursor)];
  while (cursor.pattern[cursor.at] === '|') {
    cursor.at += 1;
    branches.push(sequence(cursor));
  }
  const [only] = branches;
  return branches.length === 1 && only ? only : { kind: 'alt', of: branches };
}

function sequence(cursor: Cursor): RegexNode {
  const items: RegexNode[] = [];
  while (cursor.at < cursor.pattern.length) {
    const character = cursor.pattern[cursor.at];
    if (character === '|' || character === ')') break;
    const item = atom(cursor);
    if (item) items.push(quantified(cursor, item));
  }
  return { kind: 'cat', of: items };
}

/** One item; undefined where only flags were set (`(?i)`). */
function atom(cursor: Cursor): RegexNode | undefined {
  const character = cursor.pattern[cursor.at] ?? '';
  if (character === '(') return group(cursor);
  if (character === '[') return setNode(cursor, readBracket(cursor));
  if (character === '\\') return escaped(cursor);
  if (/[*+?]/.test(character)) throw fault(cursor, `'${character}' repeats nothing`);
  cursor.at += 1;
  const { m, s } = cursor.flags;
  if (character === '.') return { kind: 'set', set: s ? [0, UNIT_MAX] : complement(LINE_ENDS) };
  if (character === '^') return { kind: 'assert', assertion: m ? 'line-start' : 'start' };
  if (character === '$') return { kind: 'assert', assertion: m ? 'line-end' : 'end' };
  const unit = character.charCodeAt(0);
  return setNode(cursor, [unit, unit]);
}

function setNode(cursor: Cursor, set: UnitSet): RegexNode {
  return { kind: 'set', set: cursor.flags.i ? withoutCase(set) : set };
}

function escaped(cursor: Cursor): RegexNode {
  const next = cursor.pattern[cursor.at + 1];
  if (next === 'b' || next === 'B') {
    cursor.at += 2;
    return { kind: 'assert', assertion: next === 'b' ? 'word' : 'no-word' };
  }
  if (next === 'A' || next === 'z' || next === 'Z') {
    cursor.at += 2;
    return { kind: 'assert', assertion: next === 'A' ? 'start' : 'end' };
  }
  if (next !== undefined && /[1-9k]/.test(next)) throw unsupported(cursor, 'a back-reference');
  return setNode(cursor, readEscape(cursor));
}

const INLINE_FLAGS = /\(\?(?<on>[ims]*)(?:-(?<off>[ims]+))?(?<end>[:)])/y;

function group(cursor: Cursor): RegexNode | undefined {
  const outer = cursor.flags;
  INLINE_FLAGS.lastIndex = cursor.at;
  const inline = INLINE_FLAGS.exec(cursor.pattern);
  if (inline) {
    cursor.at += inline[0].length;
    cursor.flags = flagsOf(outer, inline.groups?.['on'] ?? '', inline.groups?.['off'] ?? '');
    if (inline.groups?.['end'] === ')') return undefined;
  } else openGroup(cursor);
  cursor.depth += 1;
  if (cursor.depth > DEPTH_MAX) {
    throw new RegexFault('regex-too-large', cursor.at, `groups deeper than ${DEPTH_MAX}`);
  }
  const inner = alternatives(cursor);
  if (cursor.pattern[cursor.at] !== ')') throw fault(cursor, "'(' without ')'");
  cursor.at += 1;
  cursor.depth -= 1;
  cursor.flags = outer;
  return inner;
}

function flagsOf(flags: RegexFlags, on: string, off: string): RegexFlags {
  const has = (flag: 'i' | 'm' | 's') => (flags[flag] || on.includes(flag)) && !off.includes(flag);
  return { i: has('i'), m: has('m'), s: has('s') };
}

/** Steps over `(`, `(?:` or the name of a named group. */
function openGroup(cursor: Cursor): void {
  const rest = cursor.pattern.slice(cursor.at, cursor.at + 80);
  const named = /^\(\?P?<[A-Za-z_]\w*>/.exec(rest);
  if (named) {
    cursor.at += named[0].length;
    return;
  }
  if (/^\(\?(?:[=!>|]|<[=!])/.test(rest)) throw unsupported(cursor, 'look-around or atomic group');
  if (rest.startsWith('(?')) throw fault(cursor, 'an unknown kind of group');
  cursor.at += 1;
}

function quantified(cursor: Cursor, item: RegexNode): RegexNode {
  const range = quantifier(cursor);
  if (!range) return item;
  const after = cursor.pattern[cursor.at];
  if (after === '+') throw unsupported(cursor, 'a possessive quantifier');
  // A lazy quantifier finds the same texts: only where a match ends would differ.
  if (after === '?') cursor.at += 1;
  if (quantifier(cursor)) throw fault(cursor, 'a quantifier repeats a quantifier');
  return { kind: 'repeat', of: item, min: range[0], max: range[1] };
}

type Range = readonly [min: number, max: number | null];

function quantifier(cursor: Cursor): Range | undefined {
  const character = cursor.pattern[cursor.at];
  const simple = { '*': [0, null], '+': [1, null], '?': [0, 1] } as const;
  if (character === '{') return counted(cursor);
  if (character !== '*' && character !== '+' && character !== '?') return undefined;
  cursor.at += 1;
  return simple[character];
}

/** `{n}`, `{n,}` or `{n,m}`; a brace that counts nothing stands for itself. */
function counted(cursor: Cursor): Range | undefined {
  const text = cursor.pattern.slice(cursor.at, cursor.at + 14);
  const counts = /^\{(?<min>\d{1,5})(?<more>,(?<max>\d{1,5})?)?\}/.exec(text)?.groups;
  if (!counts) return undefined;
  const min = Number(counts['min']);
  const bounded = counts['max'] === undefined ? null : Number(counts['max']);
  const max = counts['more'] === undefined ? min : bounded;
  if (Math.max(min, max ?? 0) > REPEAT_MAX) {
    throw new RegexFault('regex-too-large', cursor.at, `repeats more than ${REPEAT_MAX} times`);
  }
  if (max !== null && max < min) throw fault(cursor, 'counts down');
  cursor.at += text.indexOf('}') + 1;
  return [min, max];
}
