import { tokensOf, type Token } from '@wardgrid/detection/signatures';
import { sectionStart } from '@wardgrid/detection/signatures';

const UNITS: Readonly<Record<string, number>> = { '': 1, KB: 1_024, MB: 1_048_576 };

/**
 * The size from which on a rule cannot match, when its condition is a plain conjunction with
 * `filesize < N` in it; infinite otherwise. So such rules need not be tried on large files.
 */
export function sizeBoundOf(ruleText: string): number {
  const bounds = conjunctsOf(conditionOf(ruleText)).map(boundOf);
  return Math.min(Number.POSITIVE_INFINITY, ...bounds);
}

/** The words of a condition: other rules may be named by them. */
export function wordsOf(ruleText: string): ReadonlySet<string> {
  return new Set(conditionOf(ruleText).map(({ text }) => text));
}

/** The condition of a rule, without its brace. */
export function conditionOf(ruleText: string): readonly Token[] {
  const tokens = [...tokensOf(ruleText)];
  const start = sectionStart(
    tokens.map(({ text }) => text),
    'condition',
  );
  // The last token is the rule's brace.
  return tokens.slice(start, -1);
}

/** The parts that `and` joins outside of brackets; none when something else joins them. */
export function conjunctsOf(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.text === '(') depth += 1;
    if (token.text === ')') depth -= 1;
    if (depth === 0 && token.text === 'or') return [];
    if (depth === 0 && token.text === 'and') parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

/** `filesize < 200KB` and `filesize <= 200KB`, and nothing beside it. */
function boundOf(part: readonly Token[]): number {
  const words = part.map(({ text }) => text);
  const [, isEqualToo, digits, unit = ''] =
    /^filesize <( =)? (\d+)([KM]B)?$/.exec(words.join(' ')) ?? [];
  if (digits === undefined) return Number.POSITIVE_INFINITY;
  return Number(digits) * (UNITS[unit] ?? 1) + (isEqualToo === undefined ? 0 : 1);
}
