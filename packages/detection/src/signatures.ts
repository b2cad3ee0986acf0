/* The third door: signatures as texts. YARA sources taken apart without an engine, and lists of digests
   as they travel. Agents scan with them, controllers publish them. */
export { tokensOf, type Token } from './signatures/lexer.ts';
export { plainStringsOf } from './signatures/rule-sections.ts';
export { createLiteralFilter, type LiteralFilter } from './signatures/literal-filter.ts';
export { requiredLiteralsOf, type RequiredLiterals } from './signatures/required-literals.ts';
export { parseSource, sectionStart, type RuleText } from './signatures/rule-text.ts';
export { descriptionOf, factsOf, type RuleFacts } from './signatures/rule-facts.ts';
export { buildHashes } from './signatures/hash-build.ts';
export { DIGEST_BYTES, type HashAlgorithm, type HashEntry } from './signatures/hash-entry.ts';
export {
  filterBits,
  HEADER_BYTES,
  layoutOf,
  MAGIC,
  recordBytes,
  SIZE_ANY,
  type Header,
  type Layout,
} from './signatures/hash-format.ts';
export { importHashes, type HashIssue } from './signatures/hash-import.ts';
