import type { Token } from './lexer.ts';
import { hexPattern, regexPattern, exactly, type Pattern } from './pattern-tree.ts';
import { stringsOf, textBytes, type RuleString } from './rule-sections.ts';

/*
 * Which texts a file must hold to match a rule. Most files hold none of those that any rule asks for:
 * whoever looks for them all at once need not try the rules. What cannot be proved is null, never a
 * guess: a literal too many costs time, one too few would hide a file from its rule.
 */

/**
 * What must be in whatever matches: of every set at least one text, letters of ASCII compared without
 * case. Bytes as latin1. Without any set nothing is known.
 */
export type RequiredLiterals = readonly LiteralSet[];

/** One of these occurs. */
export type LiteralSet = readonly string[];

/** Shorter texts occur in every other file. */
export const LITERAL_BYTES_MIN = 4;
/** More of a text tells no more. */
const LITERAL_BYTES_MAX = 16;
/** Alternatives that are followed through a pattern, and that one rule may ask for. */
const TEXTS_MAX = 48;

/** Sets of one rule: a few tell it from nearly every other file. */
const SETS_MAX = 6;

/** The literals of a rule by its condition (without its brace). */
export function requiredLiteralsOf(
  ruleText: string,
  condition: readonly Token[],
): RequiredLiterals {
  const strings = stringsOf(ruleText).map((one) => ({ name: one.name, needed: literalsOf(one) }));
  return neededBy(condition, strings).toSorted(rarestFirst).slice(0, SETS_MAX);
}

interface NeededString {
  readonly name: string;
  readonly needed: LiteralSet | null;
}

/** What must hold of a part of a condition, by its `or` and `and` and the strings it names. */
function neededBy(tokens: readonly Token[], strings: readonly NeededString[]): RequiredLiterals {
  const anyOf = split(tokens, 'or');
  if (anyOf.length > 1) return listOf(union(anyOf.map((part) => rarest(neededBy(part, strings)))));
  const allOf = split(tokens, 'and');
  if (allOf.length > 1) return allOf.flatMap((part) => neededBy(part, strings));
  const inner = withoutBrackets(tokens);
  return inner ? neededBy(inner, strings) : neededByTerm(tokens, strings);
}

/** `$a`, `$a at 0`, `$a in (0..9)`: the same string has to be there. */
const STRING_TERM = /^(\$\w*)(?: at .*| in .*)?$/s;
/** `#a > 2`. */
const COUNT_TERM = /^#(\w+) (>|> =|= =) (\d+)$/;
/** `any of them`, `2 of ($a, $b*)`, with a place behind it or not. */
const SET_TERM = /^(any|all|\d+) of (?:(them)|\( ([$\w*, ]+) \))(?: at .*| in .*)?$/s;

function neededByTerm(
  tokens: readonly Token[],
  strings: readonly NeededString[],
): RequiredLiterals {
  const text = tokens.map((token) => token.text).join(' ');
  const named = STRING_TERM.exec(text)?.[1] ?? countedIn(text);
  if (named !== null && named !== '$') return neededFor(strings, [named], 'any');
  const [, amount = '0', them, list = ''] = SET_TERM.exec(text) ?? [];
  if (Number(amount) === 0) return [];
  const names = them === undefined ? list.replaceAll(' ', '').split(',') : ['$*'];
  return neededFor(strings, names, amount === 'all' ? 'all' : 'any');
}

/** The string that a term wants at least once. */
function countedIn(text: string): string | null {
  const [, name, sign, number] = COUNT_TERM.exec(text) ?? [];
  const isThere = name !== undefined && (sign === '>' || Number(number) > 0);
  return isThere ? `$${name}` : null;
}

function neededFor(
  strings: readonly NeededString[],
  names: readonly string[],
  amount: 'any' | 'all',
): RequiredLiterals {
  const isMeant = (name: string): boolean =>
    names.some((one) => (one.endsWith('*') ? name.startsWith(one.slice(0, -1)) : name === one));
  const needed = strings.filter(({ name }) => isMeant(name)).map((one) => one.needed);
  return amount === 'all' ? needed.filter((one) => one !== null) : listOf(union(needed));
}

function listOf(set: LiteralSet | null): RequiredLiterals {
  return set ? [set] : [];
}

/** The parts that a word joins outside of brackets. */
function split(tokens: readonly Token[], word: string): readonly (readonly Token[])[] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.text === '(') depth += 1;
    if (token.text === ')') depth -= 1;
    if (depth === 0 && token.kind === 'word' && token.text === word) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

/** What one pair of brackets holds, when it holds all. */
function withoutBrackets(tokens: readonly Token[]): readonly Token[] | null {
  if (tokens[0]?.text !== '(') return null;
  let depth = 0;
  for (const [index, { text }] of tokens.entries()) {
    if (text === '(') depth += 1;
    if (text === ')') depth -= 1;
    if (depth === 0) return index === tokens.length - 1 ? tokens.slice(1, -1) : null;
  }
  return null;
}

/** Modifiers after which the bytes are not those that are written. */
const UNREADABLE_MODIFIERS = ['xor', 'base64', 'base64wide'];

function literalsOf({ kind, text, modifiers }: RuleString): LiteralSet | null {
  if (UNREADABLE_MODIFIERS.some((word) => modifiers.includes(word))) return null;
  const isWide = modifiers.includes('wide');
  const isNarrow = !isWide || modifiers.includes('ascii');
  const { exact, needed } = analyse(patternOf(kind, text));
  const found = rarest([needed, usable(exact)]);
  if (!found) return null;
  return usable([...(isNarrow ? found : []), ...(isWide ? found.map(widened) : [])]);
}

function patternOf(kind: RuleString['kind'], text: string): Pattern {
  if (kind === 'hex') return hexPattern(text);
  if (kind === 'text') return exactly(textBytes(text).toString('latin1'));
  return regexPattern(text.slice(1, text.endsWith('/') ? -1 : undefined));
}

/** The bytes that stand for a text in UTF-16. */
function widened(text: string): string {
  return text.split('').join('\0');
}

interface Analysis {
  /** All that the pattern matches, where that is little. */
  readonly exact: readonly string[] | null;
  /** What is in every match, where `exact` does not say. */
  readonly needed: LiteralSet | null;
}

function analyse(pattern: Pattern): Analysis {
  switch (pattern.kind) {
    case 'exact':
      return { exact: pattern.texts, needed: null };
    case 'anything':
      return { exact: null, needed: null };
    case 'choice':
      return analyseChoice(pattern.of.map(analyse));
    case 'sequence':
      return analyseSequence(pattern.parts.map(analyse));
  }
}

function analyseChoice(all: readonly Analysis[]): Analysis {
  const texts = new Set(all.flatMap(({ exact }) => exact ?? []));
  const isExact = all.every(({ exact }) => exact !== null) && texts.size <= TEXTS_MAX;
  if (isExact) return { exact: [...texts], needed: null };
  return { exact: null, needed: union(all.map(({ exact, needed }) => needed ?? usable(exact))) };
}

/** Texts that follow each other without a gap are one text. */
function analyseSequence(parts: readonly Analysis[]): Analysis {
  const found: (LiteralSet | null)[] = [];
  let run: readonly string[] = [''];
  let isWhole = true;
  for (const { exact, needed } of parts) {
    if (exact && run.length * exact.length <= TEXTS_MAX) {
      run = run.flatMap((head) => exact.map((tail) => head + tail));
      continue;
    }
    isWhole = false;
    found.push(usable(run), needed);
    run = exact ?? [''];
  }
  if (isWhole) return { exact: run, needed: null };
  return { exact: null, needed: rarest([...found, usable(run)]) };
}

/** The texts when each is long enough to be looked for. */
function usable(texts: readonly string[] | null): LiteralSet | null {
  if (!texts || texts.length === 0 || texts.length > TEXTS_MAX) return null;
  if (texts.some((text) => text.length < LITERAL_BYTES_MIN)) return null;
  return [...new Set(texts.map((text) => text.slice(0, LITERAL_BYTES_MAX)))];
}

/** All must hold: the one that is met least often by chance stands for them. */
function rarest(all: readonly (LiteralSet | null)[]): LiteralSet | null {
  const [first = null] = all.filter((one) => one !== null).toSorted(rarestFirst);
  return first;
}

function rarestFirst(left: LiteralSet, right: LiteralSet): number {
  return shortest(right) - shortest(left) || left.length - right.length;
}

function shortest(set: LiteralSet): number {
  return Math.min(...set.map(({ length }) => length));
}

/** One of them holds: none may be unknown. */
function union(all: readonly (LiteralSet | null)[]): LiteralSet | null {
  const texts = new Set<string>();
  for (const one of all) {
    if (!one) return null;
    for (const text of one) texts.add(text);
  }
  return texts.size > 0 && texts.size <= TEXTS_MAX ? [...texts] : null;
}
