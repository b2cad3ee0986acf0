import { readFile } from 'node:fs/promises';
import { checkRules, type RuleIssue } from '@wardgrid/detection/read';
import { beforeAll, describe, expect, test } from 'vitest';
import { COVERAGE_FILE, coverageText } from './coverage-text.ts';
import {
  platformOf,
  readRuleFiles,
  readRules,
  readTechniques,
  readYara,
  type Platform,
} from './rule-tree.ts';

const LEAST: Readonly<Record<Exclude<Platform, 'yara'>, number>> = {
  linux: 150,
  windows: 60,
  macos: 30,
};
const YARA_LEAST = 40;
/** Reading and compiling all rules and running 1,500 cases, on a machine that does other things too. */
const CHECK_MS_MAX = 120_000;

/** Single characters and long labels: no text can be named that must be there, so every event asks. */
const COSTLY: readonly string[] = [
  'linux/command-and-control/long-label-asked.yml',
  'linux/stealth/invisible-character-in-program-name.yml',
];

const { rules, fileOf, issues } = readRules();
const named = rules.filter(({ id }) => fileOf.has(id));
const table = readTechniques();

test.each(Object.entries(LEAST))('there are enough rules for %s', (platform, least) => {
  const own = named.filter(({ id }) => platformOf(fileOf.get(id) ?? '') === platform);
  expect(own.length).toBeGreaterThanOrEqual(least);
});

const isKnownCost = ({ code, file }: RuleIssue): boolean =>
  code === 'rule-costly' && COSTLY.includes(file);

test('every rule is read, without an error or a warning', () => {
  expect(issues.filter((issue) => !isKnownCost(issue))).toEqual([]);
});

describe('the tests of the rules', () => {
  let checked: ReturnType<typeof checkRules>;
  beforeAll(() => {
    checked = checkRules(readRuleFiles(), { mustHaveTests: true });
  }, CHECK_MS_MAX);

  test('every rule has an event that fires it and one that must not, and the engine agrees', () => {
    expect(checked.issues.filter((issue) => !isKnownCost(issue))).toEqual([]);
    expect(checked.tests.failed).toBe(0);
    expect(checked.tests.passed).toBeGreaterThan(2 * named.length);
  });
});

test('ids are used once, over all kinds of rules', () => {
  const yaraIds = readYara().map(({ text }) => /^ +id = "([0-9a-f-]{36})"$/m.exec(text)?.[1]);
  const ids = [...named.map(({ id }) => id), ...yaraIds];
  expect(ids).not.toContain(undefined);
  expect(new Set(ids).size).toBe(ids.length);
});

test('every rule says who wrote it and what to do', () => {
  const silent = named.filter(({ author, remedy }) => author !== 'Wardgrid' || remedy === '');
  expect(silent.map(({ title }) => title)).toEqual([]);
});

test('techniques are those of the table, and the table holds no other', () => {
  const used = [...named, ...readYara()].flatMap(({ techniques }) => techniques);
  expect([...new Set(used)].toSorted()).toEqual(Object.keys(table.techniques).toSorted());
});

test('a rule that only tells of ordinary things makes no finding of its own', () => {
  const loud = named.filter(({ severity, isGenerating }) => severity === 'info' && isGenerating);
  expect(loud.map(({ title }) => title)).toEqual([]);
});

test('there are enough YARA rules', () => {
  expect(readYara().length).toBeGreaterThanOrEqual(YARA_LEAST);
});

test('the coverage page is fresh: run node scripts/coverage.ts', async () => {
  expect(await readFile(COVERAGE_FILE, 'utf8')).toBe(coverageText());
});
