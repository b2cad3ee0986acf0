import { isCostly } from '../match/witness.ts';
import { isEventRule, type Rule } from '../rule.ts';
import type { FieldNames } from '../sigma/aliases.ts';
import type { RuleIssue } from '../sigma/issues.ts';
import { parseRules } from '../sigma/read-rules.ts';
import { issueAt, type RuleFile } from '../sigma/rule-document.ts';
import { referencesOf, runCase, type CaseResult } from './run-case.ts';
import { eventsOf, TestFault, type EventDefaults } from './test-events.ts';
import { isTestFile, readTests, type RuleTests, type TestCase } from './test-files.ts';

/** What a check found. */
export interface CheckedRules {
  readonly rules: readonly Rule[];
  readonly issues: readonly RuleIssue[];
  readonly tests: { readonly passed: number; readonly failed: number };
}

/** How rules are checked. */
export interface CheckOptions {
  /** A rule without an event that fires it and one that must not is told. */
  readonly mustHaveTests: boolean;
}

/** Reads rule files and runs the tests among them. */
export function checkRules(files: readonly RuleFile[], options: CheckOptions): CheckedRules {
  const read = parseRules(files.filter(({ path }) => !isTestFile(path)));
  const issues: RuleIssue[] = [];
  const checking: Checking = {
    rules: new Map(read.rules.map((rule) => [rule.id, rule])),
    namesOf: read.namesOf,
    tested: new Map(),
    passed: 0,
    failed: 0,
  };
  const tests = files
    .filter(({ path }) => isTestFile(path))
    .flatMap((file) => readTests(file, issues));
  for (const one of tests) runTests(checking, one, ownRules(read.fileOf, checking.rules, one));
  issues.push(...costly(read.rules, read.fileOf));
  if (options.mustHaveTests) issues.push(...untested(checking, read.fileOf));
  return {
    rules: read.rules,
    issues: [...read.issues, ...issues],
    tests: { passed: checking.passed, failed: checking.failed },
  };
}

interface Checking {
  readonly rules: ReadonlyMap<string, Rule>;
  readonly namesOf: (ruleId: string) => FieldNames | undefined;
  /** By rule: what its cases expect. */
  readonly tested: Map<string, Set<CaseResult>>;
  passed: number;
  failed: number;
}

/** The rules of the file that tests stand beside. */
function ownRules(
  fileOf: ReadonlyMap<string, string>,
  rules: ReadonlyMap<string, Rule>,
  { ruleFile }: RuleTests,
): readonly Rule[] {
  const isBeside = (file: string | undefined) =>
    file === ruleFile || file === ruleFile.replace(/\.yml$/, '.yaml');
  return [...rules.values()].filter(({ id }) => isBeside(fileOf.get(id)));
}

function runTests(checking: Checking, tests: RuleTests, own: readonly Rule[]): void {
  const { rule: name } = tests;
  const called =
    name === null ? own : own.filter((rule) => [rule.id, rule.name, rule.title].includes(name));
  const [rule] = called;
  if (!rule || called.length > 1) {
    // A rule that was refused is told already; its tests can say nothing.
    if (own.length > 0) tests.report(`'rule' names ${called.length} rules of the file beside it`);
    return;
  }
  const expected = checking.tested.get(rule.id) ?? new Set<CaseResult>();
  checking.tested.set(rule.id, expected);
  for (const one of tests.cases) {
    expected.add(one.expected);
    runOne(checking, rule, one);
  }
}

function runOne(checking: Checking, rule: Rule, one: TestCase): void {
  try {
    const events = eventsOf(one.items, defaultsOf(checking, rule));
    const result = runCase(checking.rules, rule, events);
    if (isAsExpected(one.expected, result)) {
      checking.passed += 1;
      return;
    }
    one.report(
      'test-failed',
      `'${rule.title}' ${WORDS[result]} and should have ${WORDS[one.expected]}`,
    );
  } catch (error) {
    if (!(error instanceof TestFault)) throw error;
    one.report('test-invalid', error.message);
  }
  checking.failed += 1;
}

const WORDS: Readonly<Record<CaseResult, string>> = {
  matched: 'matched',
  silent: 'stayed silent',
  unknown: 'said "not evaluable"',
};

/** What must not fire may as well be "not evaluable": both tell nobody. */
function isAsExpected(expected: CaseResult, result: CaseResult): boolean {
  return expected === result || (expected === 'silent' && result === 'unknown');
}

function defaultsOf(checking: Checking, rule: Rule): EventDefaults {
  const source = firstEventRule(checking.rules, rule);
  const first = source && isEventRule(source) ? source.body.source.events[0] : undefined;
  return {
    class: first?.class ?? 'process',
    action: first?.actions[0] ?? 'exec',
    names: (source && checking.namesOf(source.id)) ?? { isAudit: false, classes: [] },
  };
}

/** The rule itself, or the first about single events that it refers to. */
function firstEventRule(rules: ReadonlyMap<string, Rule>, rule: Rule): Rule | undefined {
  const { body } = rule;
  if (body.kind === 'event') return rule;
  const [first] = referencesOf(rule, rules);
  const below = rules.get(first ?? '');
  return below && firstEventRule(rules, below);
}

/** One rule without a plain text costs more than a thousand with one. */
function costly(rules: readonly Rule[], fileOf: ReadonlyMap<string, string>): readonly RuleIssue[] {
  return rules.flatMap((rule) => {
    const file = fileOf.get(rule.id);
    if (file === undefined || !isEventRule(rule) || !isCostly(rule.body.when)) return [];
    return [issueAt(file, 'rule-costly', { line: 1, column: 1, message: `'${rule.title}'` })];
  });
}

function untested(
  { rules, tested }: Checking,
  fileOf: ReadonlyMap<string, string>,
): readonly RuleIssue[] {
  return [...rules.values()].flatMap(({ id, title }) => {
    const file = fileOf.get(id);
    const expected = tested.get(id);
    const hasBoth = expected?.has('matched') === true && expected.has('silent');
    if (file === undefined || hasBoth) return [];
    return [issueAt(file, 'test-missing', { line: 1, column: 1, message: `'${title}'` })];
  });
}
