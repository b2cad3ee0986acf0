import { visibleText } from '@wardgrid/base';
import { checkRules, type CheckedRules, type RuleIssue } from '@wardgrid/detection/read';
import type { CommandSpec, Invocation } from '../command-spec.ts';
import { ExitCode } from '../errors.ts';
import { listVerb } from '../listing.ts';
import { readRuleFiles } from '../rule-files.ts';
import { showVerb } from '../verbs.ts';

export const rules: CommandSpec = {
  name: 'rules',
  summary: 'detection rules',
  commands: [
    listVerb('rules', {
      route: 'rules.list',
      columns: [
        { key: 'ruleId', title: 'rule' },
        { key: 'title' },
        { key: 'engine' },
        { key: 'severity' },
        { key: 'setting' },
        { key: 'hits' },
        { key: 'devices' },
        { key: 'origin' },
      ],
    }),
    showVerb('rules', 'rules.read'),
    {
      name: 'check',
      summary: 'read and compile rule files and run the tests beside them; needs no controller',
      arguments: [{ syntax: '<paths...>', summary: 'files or folders' }],
      options: [
        {
          flags: '--must-have-tests',
          summary: 'tell rules without an event that fires them and one that must not',
        },
        { flags: '--errors-only', summary: 'leave warnings out' },
      ],
      run: (invocation) => Promise.resolve(check(invocation)),
    },
  ],
};

function check({ operands, options, output }: Invocation): ExitCode {
  const mustHaveTests = options.isOn('mustHaveTests');
  const checked = checkRules(readRuleFiles(operands), { mustHaveTests });
  const issues = checked.issues.filter(
    ({ kind }) => kind === 'error' || !options.isOn('errorsOnly'),
  );
  const isFine = checked.issues.every(({ kind }) => kind !== 'error');
  const document = {
    rules: checked.rules.length,
    tests: checked.tests,
    issues,
  };
  for (const issue of issues) output.row(issue);
  if (output.mode !== 'jsonl') output.document(document, () => textOf(checked, issues));
  return isFine ? ExitCode.ok : ExitCode.error;
}

function textOf(checked: CheckedRules, issues: readonly RuleIssue[]): string {
  const { passed, failed } = checked.tests;
  const errors = checked.issues.filter(({ kind }) => kind === 'error').length;
  const warnings = checked.issues.length - errors;
  return [
    ...issues.map((issue) => lineOf(issue)),
    `${checked.rules.length} rules, ${errors} errors, ${warnings} warnings; ${passed} tests passed, ${failed} failed`,
  ].join('\n');
}

/** Names of files and parts of rules come from others: they are shown and never obeyed. */
function lineOf({ file, line, column, kind, code, message, help }: RuleIssue): string {
  return visibleText(`${file}:${line}:${column} ${kind} ${code}: ${message}. ${help}`);
}
