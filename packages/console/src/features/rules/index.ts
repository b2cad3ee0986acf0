/**
 * Detection content in the console: which rules there are and what they found, switches, exceptions
 * that are tried before they hold, and sets a tenant brought along. It owns how they are shown and
 * asked for; what a rule means the detection engine says.
 */
export { ExceptionListPage } from './ExceptionListPage.tsx';
export { RuleListPage } from './RuleListPage.tsx';
export { RulePage } from './RulePage.tsx';
export { RuleSetListPage } from './RuleSetListPage.tsx';
