import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { routeList } from '@wardgrid/wire';
import { COMMON_OPTIONS, type CommandSpec } from './command-spec.ts';
import { entries } from './commands.ts';
import { completionScript, completionTree } from './completion.ts';
import { createFakeMachine } from './fake-machine.ts';
import { attributeOf } from './options.ts';

const machine = createFakeMachine();
const specs = await Promise.all(entries.map((entry) => entry.load()));
const leaves = specs.flatMap((spec) => leavesOf(spec, [spec.name]));

function leavesOf(
  spec: CommandSpec,
  path: readonly string[],
): { path: readonly string[]; spec: CommandSpec }[] {
  const below = (spec.commands ?? []).flatMap((child) => leavesOf(child, [...path, child.name]));
  return spec.run ? [{ path, spec }, ...below] : below;
}

test('the words of every top-level command are those of its tree', () => {
  expect(entries.map(({ name, summary }) => ({ name, summary }))).toEqual(
    specs.map(({ name, summary }) => ({ name, summary })),
  );
});

test('every command explains itself with exit code 0', async () => {
  for (const { path } of leaves) {
    const { exitCode, stdout, stderr } = await machine.run([...path, '--help']);
    expect({ path, exitCode, stderr }).toEqual({ path, exitCode: 0, stderr: '' });
    expect(stdout).toContain(`Usage: wardgrid ${path.join(' ')}`);
    expect(stdout).toContain('--json');
  }
  const asked = await machine.run(['help', 'devices']);
  expect(asked.exitCode).toBe(0);
  expect(asked.stdout).toContain('Usage: wardgrid devices');
});

test('no two options of a command share a name', () => {
  for (const { path, spec } of leaves) {
    const names = [...(spec.options ?? []), ...COMMON_OPTIONS].map(({ flags }) =>
      attributeOf(flags),
    );
    expect(new Set(names).size, path.join(' ')).toBe(names.length);
  }
});

test('every noun of the contract that people use has its command', () => {
  const others = new Set([
    'setup',
    'sessions',
    'device-codes',
    'link',
    'platform',
    'join-tokens',
    'join-candidates',
  ]);
  const nouns = new Set(routeList.map(({ name }) => name.split('.')[0] ?? ''));
  const commands = new Set(entries.map(({ name }) => name));
  expect([...nouns].filter((noun) => !others.has(noun) && !commands.has(noun))).toEqual([]);
});

test('a command line that does not fit ends with 2 and one line that names what is wrong', async () => {
  const cases: readonly (readonly [argv: string[], words: string])[] = [
    [['devices', 'list', '--bogus'], "unknown option '--bogus'"],
    [['devices', 'lst'], "unknown command 'lst' (Did you mean list?)"],
    [['hunts', 'list'], "unknown command 'hunts'"],
    [['devices', 'show'], "missing required argument 'id'"],
    [['devices', 'show', 'a', 'b'], 'too many arguments'],
    [['devices', 'list', '--limit', 'many'], "option '--limit <rows>' argument 'many' is invalid"],
    [['devices', 'list', '--limit', '0'], '--limit: must be at least 1'],
    [['devices', 'list', '--all', '--limit', '3'], '--all and --limit exclude each other'],
    [['devices', 'list', '--json', '--jsonl'], '--json and --jsonl exclude each other'],
    [['devices', 'inventory', 'a', 'registry'], "'registry' is invalid for argument 'section'"],
    [['jobs', 'run', 'discovery', '--cidr', 'here'], 'It takes a network such as'],
    [['organizations', 'create'], "required option '--name <name>' not specified"],
    [['jobs', 'run', 'discovery'], 'say which device'],
    [['devices', 'list', '--controller', 'http://10.0.0.1:7480'], 'clear text'],
    [['devices', 'list', '--controller', 'ftp://grid.example'], 'not the address'],
    [['devices', 'list', '--profile', '../x'], 'cannot be the name of a profile'],
    [['devices'], 'say what to do'],
    [[], 'say what to do'],
  ];
  for (const [argv, words] of cases) {
    const { exitCode, stderr } = await machine.run(argv);
    const line = stderr.trimEnd().split('\n').at(-1) ?? '';
    expect({ argv, exitCode }).toEqual({ argv, exitCode: 2 });
    expect(line).toMatch(/^wardgrid: .* \((usage|controller-insecure)\)$/);
    expect(line).toContain(words);
  }
});

test('with --json, a failure is a problem document as well', async () => {
  const { exitCode, stdout } = await machine.run(['devices', 'list', '--json', '--bogus']);
  expect(exitCode).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ code: 'usage', detail: "unknown option '--bogus'" });
});

test('completion knows every command and option in each shell', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { exitCode, stdout } = await machine.run(['completion', shell]);
    expect(exitCode).toBe(0);
    for (const { path } of leaves) expect(stdout).toContain(path.join(' '));
  }
  expect((await machine.run(['completion', 'tcsh'])).exitCode).toBe(2);
});

/** What bash would offer after these words. */
function bashOffers(words: readonly string[]): string[] {
  const script = [
    completionScript('bash', completionTree(specs)),
    `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})`,
    `COMP_CWORD=${words.length - 1}`,
    '_wardgrid; printf "%s\\n" "${COMPREPLY[@]}"',
  ].join('\n');
  const written = execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' });
  return written.split('\n').filter((word) => word !== '');
}

test('bash completes commands, options and choices where the cursor is', () => {
  expect(bashOffers(['wardgrid', 'dev'])).toEqual(['devices']);
  expect(bashOffers(['wardgrid', 'jobs', 'run', 'p'])).toEqual(['port-scan']);
  expect(bashOffers(['wardgrid', 'devices', 'list', '--fi'])).toEqual(['--filter']);
  expect(bashOffers(['wardgrid', 'accounts', 'invite', '--role', 'op'])).toEqual(['operator']);
  expect(bashOffers(['wardgrid', 'devices', 'inventory', 'srv1', 'soft'])).toEqual(['software']);
});
