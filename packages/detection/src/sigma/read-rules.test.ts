import { describe, expect, test } from 'vitest';
import { errorsOf, readText } from '../testdata/stream.ts';
import { parseRules } from './read-rules.ts';

const RULE = `title: A rule
id: 4f2f0a52-6a33-4b4c-9d0a-3a5f6d1d2c11
status: stable
level: high
tags:
  - attack.t1059.004
  - attack.execution
logsource:
  product: linux
  category: process_creation
detection:
  selection:
    Image|endswith: /nc
  condition: selection
`;

/** The first issue of a text, without its help. */
function issueOf(text: string) {
  const [issue] = readText(text).issues;
  return issue && { code: issue.code, line: issue.line, column: issue.column };
}

describe('issues', () => {
  test('of a rule that is fine there are none', () => {
    expect(readText(RULE).issues).toEqual([]);
  });

  test.each([
    ['Image|endswith', 'Image|endsswith', { code: 'modifier-unknown', line: 13, column: 5 }],
    ['  - attack.execution', '  - attack.t12', { code: 'technique-invalid', line: 7, column: 5 }],
    ['level: high', 'level: loud', { code: 'key-invalid', line: 4, column: 1 }],
    ['status: stable', 'status: ripe', { code: 'key-invalid', line: 3, column: 1 }],
    ['  condition: selection\n', '', { code: 'key-missing', line: 11, column: 1 }],
    ['title: A rule\n', '', { code: 'key-missing', line: 1, column: 1 }],
    [
      'condition: selection',
      'condition: other',
      { code: 'selection-unknown', line: 14, column: 3 },
    ],
    ['Image|endswith', 'OriginalFileName', { code: 'field-unknown', line: 13, column: 5 }],
    ['process_creation', 'telepathy', { code: 'logsource-unknown', line: 8, column: 1 }],
    ['detection:', 'detektion:', { code: 'document-unknown', line: 1, column: 1 }],
    ['level: high', 'level: high\nlevel: low', { code: 'yaml-invalid', line: 5, column: 1 }],
    ['id: 4f2f', 'confidence: 300\nid: 4f2f', { code: 'key-invalid', line: 2, column: 1 }],
    [
      '    Image|endswith: /nc',
      '    Image|re: "(?=a)"',
      { code: 'regex-unsupported', line: 13, column: 5 },
    ],
  ])('%j as %j', (good, bad, expected) => {
    expect(issueOf(RULE.replace(good, bad))).toEqual(expected);
  });

  test('a selection that is not used is a warning, and the rule runs', () => {
    const { rules, issues } = readText(
      RULE.replace('  condition', '  spare: { User: x }\n  condition'),
    );
    expect(issues).toMatchObject([{ code: 'selection-unused', kind: 'warning', line: 14 }]);
    expect(rules).toHaveLength(1);
  });

  test('all are told at once, and a broken rule stops no other', () => {
    const broken = RULE.replace('Image|endswith', 'Image|x').replace('4f2f', '5f2f');
    const { rules, issues } = readText(`${broken}---\n${RULE}---\nnothing: here\n---\n[1, 2]\n`);
    expect(errorsOf(issues)).toEqual(['modifier-unknown', 'document-unknown', 'document-unknown']);
    expect(rules.map(({ id }) => id)).toEqual(['4f2f0a52-6a33-4b4c-9d0a-3a5f6d1d2c11']);
  });

  test('two rules with one id or one name are told', () => {
    expect(errorsOf(readText(`${RULE}---\n${RULE}`).issues)).toEqual(['id-duplicate']);
    const named = RULE.replace('status', 'name: same\nstatus');
    const other = named.replace('4f2f', '5f2f');
    expect(errorsOf(readText(`${named}---\n${other}`).issues)).toEqual(['name-duplicate']);
  });
});

describe('what a rule says about itself', () => {
  test('becomes what findings tell', () => {
    const [rule] = readText(RULE).rules;
    expect(rule).toMatchObject({
      severity: 'high',
      confidence: 90,
      techniques: ['T1059.004'],
      isGenerating: true,
      isReportOnly: false,
    });
  });

  test('techniques that ATT&CK renumbered are rewritten', () => {
    const [rule] = readText(RULE.replace('t1059.004', 't1562.004')).rules;
    expect(rule?.techniques).toEqual(['T1686']);
  });

  test('a retired rule is read and checked and does not run', () => {
    expect(readText(RULE.replace('stable', 'deprecated')).rules).toEqual([]);
    const broken = RULE.replace('stable', 'deprecated').replace('|endswith', '|x');
    expect(errorsOf(readText(broken).issues)).toEqual(['modifier-unknown']);
  });

  test('placeholders take their values from the nearest values.yml', () => {
    const text = RULE.replace('Image|endswith: /nc', "User|expand: '%admins%'");
    const { rules, issues } = parseRules([
      { path: 'rules/linux/x.yml', text },
      { path: 'rules/values.yml', text: 'admins: [root]' },
      { path: 'rules/linux/values.yml', text: 'admins: [toor]' },
    ]);
    expect(issues).toEqual([]);
    expect(JSON.stringify(rules)).toContain('toor');
    expect(JSON.stringify(rules)).not.toContain('root');
  });
});

describe('hostile files', () => {
  const bomb = Array.from({ length: 30 }, (_, at) =>
    at === 0 ? 'a0: &a0 [x, x]' : `a${at}: &a${at} [*a${at - 1}, *a${at - 1}]`,
  ).join('\n');
  test.each([
    ['aliases that explode', bomb, 'yaml-invalid'],
    ['nesting without end', '['.repeat(50_000), 'yaml-invalid'],
    ['no text', '\u0000\u0001', 'file-not-text'],
    ['too much', 'a'.repeat(1_100_000), 'file-too-large'],
    ['too many documents', '---\na: b\n'.repeat(1_100), 'file-too-large'],
    ['a merge of itself', 'a: &a { <<: *a }', 'document-unknown'],
    [
      'a selection that holds itself',
      RULE.replace('selection:', 'selection: &s [*s]\n  other:'),
      'key-invalid',
    ],
    ['tags of other languages', 'a: !!js/function x', 'document-unknown'],
    [
      'a list without end',
      RULE.replace('/nc', `[${Array.from({ length: 6_000 }, (_, at) => `v${at}`).join(', ')}]`),
      'rule-too-large',
    ],
    ['a value without end', RULE.replace('/nc', 'v'.repeat(5_000)), 'value-invalid'],
    [
      'selections without end',
      RULE.replace(
        '  condition',
        `${Array.from({ length: 600 }, (_, at) => `  s${at}: { User: x }`).join('\n')}\n  condition`,
      ),
      'key-invalid',
    ],
  ])('%s are refused', (_, text, code) => {
    const startedAt = performance.now();
    const { rules, issues } = readText(text);
    expect(issues.map((issue) => issue.code)).toContain(code);
    expect(rules).toEqual([]);
    // Tells what is refused from what is tried.
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test('names of prototypes are names', () => {
    const { rules, issues } = readText(
      RULE.replace(
        '  selection:',
        '  __proto__x:\n    User: x\n  constructor: { toString: y }\n  selection:',
      ),
    );
    expect(issues.every(({ kind }) => kind === 'warning')).toBe(true);
    expect(rules).toHaveLength(1);
  });
});
