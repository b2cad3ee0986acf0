/* The second door: rule files in, rules and located issues out. For those who make packs, the
   controller and the command line; agents never import it, and so never the YAML parser. */
export { type RuleFile } from './sigma/rule-document.ts';
export { type RuleIssue, type RuleIssueCode } from './sigma/issues.ts';
export { parseRules, type ReadRules } from './sigma/read-rules.ts';
export { checkRules, type CheckedRules, type CheckOptions } from './check/check-rules.ts';
