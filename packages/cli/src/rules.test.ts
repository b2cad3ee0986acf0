import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createFakeMachine } from './fake-machine.ts';

const GOOD = `title: Listener for a shell
id: 4f2f0a52-6a33-4b4c-9d0a-3a5f6d1d2c11
level: high
logsource: { product: linux, category: process_creation }
detection:
  selection:
    Image|endswith: /nc
    CommandLine|contains: ' -e '
  condition: selection
`;
const GOOD_TESTS = `match:
  - Image: /usr/bin/nc
    CommandLine: nc -l -e /bin/sh
ignore:
  - Image: /usr/bin/nc
    CommandLine: nc -z localhost 22
`;

/** A folder of rule files, and a way to check it. */
function folderOf(files: Readonly<Record<string, string>>) {
  const machine = createFakeMachine();
  const folder = join(machine.folder, 'rules');
  mkdirSync(join(folder, 'linux'), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return {
    folder,
    check: (...options: string[]) => machine.run(['rules', 'check', folder, ...options]),
  };
}

test('rules that are fine and whose tests pass end with 0 and the counts', async () => {
  const { check } = folderOf({ 'linux/nc.yml': GOOD, 'linux/nc.test.yml': GOOD_TESTS });
  const run = await check('--must-have-tests');
  expect(run).toEqual({
    exitCode: 0,
    stdout: '1 rules, 0 errors, 0 warnings; 2 tests passed, 0 failed\n',
    stderr: '',
  });
});

test('a fault is told with its place, code and help, and stops no other rule', async () => {
  const { check, folder } = folderOf({
    'linux/nc.yml': GOOD,
    'linux/nc.test.yml': GOOD_TESTS,
    'broken.yml': GOOD.replace('|endswith', '|endsswith').replace('4f2f', '5f2f'),
  });
  const run = await check();
  expect(run.exitCode).toBe(1);
  expect(run.stdout).toContain(
    `${folder}/broken.yml:7:5 error modifier-unknown: 'endsswith' is no modifier. Use the modifiers of Sigma 2.1.`,
  );
  expect(run.stdout).toContain('1 rules, 1 errors, 0 warnings; 2 tests passed, 0 failed');
});

test('a test that fails ends with 1 and names the event', async () => {
  const { check } = folderOf({
    'linux/nc.yml': GOOD,
    'linux/nc.test.yml': GOOD_TESTS.replace('nc -z localhost 22', 'nc -e /bin/sh'),
  });
  const run = await check('--json');
  expect(run.exitCode).toBe(1);
  const document = JSON.parse(run.stdout) as { issues: unknown[]; tests: unknown };
  expect(document.tests).toEqual({ passed: 1, failed: 1 });
  expect(document.issues).toMatchObject([{ code: 'test-failed', line: 5, kind: 'error' }]);
});

test('a rule without tests is told when it must have them', async () => {
  const { check } = folderOf({ 'linux/nc.yml': GOOD });
  expect((await check()).stdout).not.toContain('test-missing');
  const run = await check('--must-have-tests');
  expect(run.exitCode).toBe(0);
  expect(run.stdout).toContain('warning test-missing');
});

test('names of files and rules are shown and never obeyed', async () => {
  const { check } = folderOf({
    'a\u001b[31m\nb.yml': GOOD.replace('level: high', 'level: "\\u202ehigh"'),
  });
  const { stdout } = await check();
  expect(stdout).not.toContain('\u001b');
  expect(stdout).not.toContain('\u202e');
  expect(stdout).toContain('key-invalid');
});

test('a path that is not there does not fit', async () => {
  const machine = createFakeMachine();
  const run = await machine.run(['rules', 'check', '/no/such/folder']);
  expect(run.exitCode).toBe(2);
});
