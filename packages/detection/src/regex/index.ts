import { requiredTexts } from './literal.ts';
import { parseRegex } from './parse.ts';
import { programOf } from './program.ts';
import { createRegexSearch, type RegexSearch } from './search.ts';
import { RegexFault, type RegexFaultCode, type RegexNode } from './syntax.ts';

export { RegexFault, type RegexFaultCode, type RegexSearch };

/** A regular expression that is searched in linear time. */
export interface Regex extends RegexSearch {
  /** Folded texts of which one stands in every match; null when nothing is known. */
  readonly required: readonly string[] | null;
}

/** Compiles a pattern with flags out of `ims`. @throws RegexFault when it is refused. */
export function compileRegex(pattern: string, flags: string): Regex {
  const node = parse(pattern, flags);
  return { ...createRegexSearch(programOf(node)), required: requiredTexts(node) };
}

/**
 * What `required` of the pattern would be, without making it ready to search. Of a pattern that is
 * refused nothing is known.
 */
export function requiredTextsOf(pattern: string, flags: string): Regex['required'] {
  try {
    return requiredTexts(parse(pattern, flags));
  } catch (error) {
    if (error instanceof RegexFault) return null;
    throw error;
  }
}

/**
 * The pattern ready to search, or, when it is refused, what never knows: rules are refused when they are
 * read, but a pack may come from a reader with other limits, and an event must not end an engine.
 */
export function compileOrUnknown(pattern: string, flags: string): RegexSearch {
  try {
    return compileRegex(pattern, flags);
  } catch (error) {
    if (error instanceof RegexFault) return { find: () => undefined };
    throw error;
  }
}

function parse(pattern: string, flags: string): RegexNode {
  return parseRegex(pattern, {
    i: flags.includes('i'),
    m: flags.includes('m'),
    s: flags.includes('s'),
  });
}
