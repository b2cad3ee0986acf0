import type { GlobPart, Place, Test } from '../rule.ts';

/** One character, whatever it is (`?`). */
const ONE = 0;
/** Any number of characters (`*`). */
const MANY = 1;

/**
 * The parts of a value as Sigma writes it: `*` and `?` are wildcards, `\*` and `\?` are not, and `\\` is
 * one backslash. A backslash before anything else is itself.
 */
export function parseWildcards(text: string): readonly GlobPart[] {
  const parts: GlobPart[] = [];
  let literal = '';
  const flush = (): void => {
    if (literal !== '') parts.push(literal);
    literal = '';
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    const next = text[at + 1];
    if (character === '\\' && (next === '*' || next === '?' || next === '\\')) {
      literal += next;
      at += 1;
    } else if (character === '*' || character === '?') {
      flush();
      parts.push(character === '*' ? MANY : ONE);
    } else literal += character;
  }
  flush();
  return parts;
}

/** The parts with wildcards at the ends that the place does not hold. */
export function placed(parts: readonly GlobPart[], place: Place): readonly GlobPart[] {
  const before = place === 'end' || place === 'any' ? [MANY as GlobPart] : [];
  const after = place === 'start' || place === 'any' ? [MANY as GlobPart] : [];
  return [...before, ...parts, ...after];
}

/** The simplest test that parts amount to. */
export function textTest(given: readonly GlobPart[], cased: boolean): Test {
  const parts = given.filter((part, index) => part !== MANY || given[index - 1] !== MANY);
  const isOpenStart = parts[0] === MANY;
  const isOpenEnd = parts.at(-1) === MANY && parts.length > 1;
  const inner = parts.slice(isOpenStart ? 1 : 0, isOpenEnd ? -1 : undefined);
  if (isOpenStart && inner.length === 0) return { kind: 'exists' };
  const [text = ''] = inner;
  if (inner.length > 1 || typeof text !== 'string') return { kind: 'glob', parts, cased };
  return { kind: 'text', place: placeOf(isOpenStart, isOpenEnd), text, cased };
}

function placeOf(isOpenStart: boolean, isOpenEnd: boolean): Place {
  if (isOpenStart) return isOpenEnd ? 'any' : 'end';
  return isOpenEnd ? 'start' : 'whole';
}
