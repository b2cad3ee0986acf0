import { requiredTexts } from './literal.ts';
import { parseRegex } from './parse.ts';
import { programOf } from './program.ts';
import { createRegexSearch, type RegexSearch } from './search.ts';
import type { RegexNode } from './syntax.ts';

export { RegexFault, type RegexFaultCode } from './syntax.ts';

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

/** What `required` of the pattern would be, without making it ready to search. @throws RegexFault. */
export function requiredTextsOf(pattern: string, flags: string): Regex['required'] {
  return requiredTexts(parse(pattern, flags));
}

function parse(pattern: string, flags: string): RegexNode {
  return parseRegex(pattern, {
    i: flags.includes('i'),
    m: flags.includes('m'),
    s: flags.includes('s'),
  });
}
