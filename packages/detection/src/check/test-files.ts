import { messageOf } from '@wardgrid/base';
import type { RuleIssue } from '../sigma/issues.ts';
import { issueAt, readDocuments, type RuleFile } from '../sigma/rule-document.ts';

/** One case of a test file: events, what the rule must say of them, and where it stands. */
export interface TestCase {
  readonly expected: 'matched' | 'silent' | 'unknown';
  readonly items: readonly unknown[];
  readonly report: (code: 'test-invalid' | 'test-failed', message: string) => void;
}

/** The cases about one rule. */
export interface RuleTests {
  /** Name, id or title; null: the only rule of the file. */
  readonly rule: string | null;
  /** The rule file they stand beside. */
  readonly ruleFile: string;
  readonly cases: readonly TestCase[];
  readonly report: (message: string) => void;
}

const TEST_FILE = /\.(?:test\.ya?ml|(?:match|ignore)\.ndjson)$/;
const EXPECTED = { match: 'matched', ignore: 'silent', unknown: 'unknown' } as const;

/** Whether a file holds tests of the rule file beside it. */
export function isTestFile(path: string): boolean {
  return TEST_FILE.test(path);
}

/** Reads a test file. */
export function readTests(file: RuleFile, issues: RuleIssue[]): readonly RuleTests[] {
  const ruleFile = `${file.path.replace(TEST_FILE, '')}.yml`;
  if (file.path.endsWith('.ndjson')) return [linesOf(file, ruleFile, issues)];
  return readDocuments(file, issues).map((document) => {
    const cases = Object.entries(EXPECTED).flatMap(([key, expected]) => {
      const list: unknown = document.value[key] ?? [];
      if (!Array.isArray(list)) {
        document.report('test-invalid', [key], `'${key}' is a list of events`);
        return [];
      }
      return list.map((item: unknown, index): TestCase => {
        return {
          expected,
          items: itemsOf(item),
          report: (code, message) => document.report(code, [key, index], message),
        };
      });
    });
    const rule = document.value['rule'];
    return {
      rule: typeof rule === 'string' ? rule : null,
      ruleFile,
      cases,
      report: (message) => document.report('test-invalid', ['rule'], message),
    };
  });
}

/** A case is one event, or several under `events`. */
function itemsOf(item: unknown): readonly unknown[] {
  const events: unknown =
    typeof item === 'object' && item !== null ? Reflect.get(item, 'events') : undefined;
  return Array.isArray(events) ? events : [item];
}

/** Longest file of recorded events, by lines. */
const LINES_MAX = 100_000;

function linesOf(file: RuleFile, ruleFile: string, issues: RuleIssue[]): RuleTests {
  const expected = file.path.endsWith('.match.ndjson') ? 'matched' : 'silent';
  const cases: TestCase[] = [];
  for (const [index, text] of file.text.split('\n').slice(0, LINES_MAX).entries()) {
    if (text.trim() === '') continue;
    const report: TestCase['report'] = (code, message) =>
      void issues.push(issueAt(file.path, code, { line: index + 1, column: 1, message }));
    try {
      cases.push({ expected, items: [JSON.parse(text)], report });
    } catch (error) {
      report('test-invalid', messageOf(error));
    }
  }
  const report = (message: string): void => {
    issues.push(issueAt(file.path, 'test-invalid', { line: 1, column: 1, message }));
  };
  return { rule: null, ruleFile, cases, report };
}
