import { describe, expect, test } from 'vitest';
import { checkRules } from './check-rules.ts';

const RULE = `title: Netcat
id: netcat
name: nc
level: high
logsource: { product: linux, category: process_creation }
detection:
  s: { Image|endswith: /nc, CommandLine|contains: ' -e ' }
  condition: s
`;
const OTHER = RULE.replace('id: netcat', 'id: other')
  .replace('name: nc', 'name: oc')
  .replace('title: Netcat', 'title: Other')
  .replace('/nc', '/oc');

/** What a check of one rule file with one file of tests says. */
function check(tests: string, rules = RULE, testFile = 'x.test.yml') {
  const { issues, tests: counts } = checkRules(
    [
      { path: 'linux/x.yml', text: rules },
      { path: `linux/${testFile}`, text: tests },
    ],
    { mustHaveTests: false },
  );
  return { codes: issues.map(({ code, line }) => `${code}:${line}`), ...counts };
}

describe('tests of a rule', () => {
  test('pass when each event does what is expected of it', () => {
    const text = `
match:
  - { Image: /bin/nc, CommandLine: nc -e sh }
ignore:
  - { Image: /bin/nc, CommandLine: nc -z x }
  - { Image: /bin/nc, missing: [process.command_line] }
unknown:
  - { Image: /bin/nc, missing: [process.command_line] }
`;
    expect(check(text)).toEqual({ codes: [], passed: 4, failed: 0 });
  });

  test.each([
    ['match:\n  - { Image: /bin/nc }', 'test-failed:2'],
    ['ignore:\n  - { Image: /bin/nc, CommandLine: x -e y }', 'test-failed:2'],
    ['unknown:\n  - { Image: /bin/nc, CommandLine: x -e y }', 'test-failed:2'],
    ['match:\n  - { Nowhere: x }', 'test-invalid:2'],
    ['match:\n  - { Image: x, class: dream }', 'test-invalid:2'],
    ['match:\n  - { Image: x, missing: [dream] }', 'test-invalid:2'],
    ['match:\n  - { Image: x, at: soon }', 'test-invalid:2'],
    ['match:\n  - { Image: x, repeat: 0 }', 'test-invalid:2'],
    ['match:\n  - { Image: x, repeat: 1000000 }', 'test-invalid:2'],
    ['match:\n  - text', 'test-invalid:2'],
    ['match: all', 'test-invalid:1'],
    ['rule: nobody\nmatch:\n  - { Image: x }', 'test-invalid:1'],
    ['match: [', 'yaml-invalid:1'],
  ])('%j tells %s', (text, told) => {
    expect(check(text).codes).toContain(told);
  });

  test('of a file with several rules name theirs', () => {
    const rules = `${RULE}---\n${OTHER}`;
    const event = 'match:\n  - { Image: /bin/oc, CommandLine: x -e y }';
    expect(check(event, rules).codes).toEqual(['test-invalid:1']);
    for (const name of ['oc', 'other', 'Other']) {
      expect(check(`rule: ${name}\n${event}`, rules)).toMatchObject({ codes: [], passed: 1 });
    }
  });

  test('of a refused rule say nothing more', () => {
    const refused = RULE.replace('|endswith', '|x');
    expect(check('match:\n  - { Image: x }', refused).codes).toEqual(['modifier-unknown:7']);
  });

  test('may be recorded events, one a line', () => {
    const event = (command: string) =>
      JSON.stringify({ Image: '/bin/nc', CommandLine: `nc ${command} x` });
    const lines = `${event('-e')}\n\n${event('-e')}\n`;
    expect(check(lines, RULE, 'x.match.ndjson')).toEqual({ codes: [], passed: 2, failed: 0 });
    expect(check(lines, RULE, 'x.ignore.ndjson').codes).toEqual(['test-failed:1', 'test-failed:3']);
    expect(check('{', RULE, 'x.match.ndjson').codes).toEqual(['test-invalid:1']);
  });

  test('events get what every sensor would have told with them', () => {
    const rule = RULE.replace(
      "Image|endswith: /nc, CommandLine|contains: ' -e '",
      'process.name: nc, process.args: -e, process.parent.name: sh',
    );
    const event = '{ Image: /bin/nc, CommandLine: nc -e x, ParentImage: /bin/sh }';
    expect(check(`match:\n  - ${event}`, rule)).toMatchObject({ passed: 1, failed: 0 });
  });
});

describe('a check', () => {
  const alone = (text: string, mustHaveTests = false) =>
    checkRules([{ path: 'x.yml', text }], { mustHaveTests }).issues.map(({ code }) => code);

  test('tells rules that every event asks', () => {
    expect(alone(RULE)).toEqual([]);
    const costly = RULE.replace(
      "s: { Image|endswith: /nc, CommandLine|contains: ' -e ' }",
      's: { CommandLine|re: "[ab]{3}" }',
    );
    expect(alone(costly)).toEqual(['rule-costly']);
    expect(alone(RULE.replace('condition: s', 'condition: not s'))).toEqual(['rule-costly']);
  });

  test('tells rules without tests when they must have them', () => {
    expect(alone(RULE, true)).toEqual(['test-missing']);
  });
});
