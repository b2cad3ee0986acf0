import { readFileSync } from 'node:fs';
import { compileRules, openYaraEngine, type RuleSet } from '@wardgrid/agent/signatures/yara/index';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readYara } from './rule-tree.ts';

const FILES = readYara();
const SCAN_MS_MAX = 10_000;

let set: RuleSet;

beforeAll(async () => {
  const sources = FILES.map(({ path, text }) => ({ name: path, text }));
  set = compileRules(await openYaraEngine(), sources);
});

afterAll(() => set.compiled?.close());

const nameOf = (path: string): string =>
  path
    .replace(/^yara\//, 'wardgrid_')
    .replace(/\.yar$/, '')
    .replaceAll(/[-/]/g, '_');

function hits(bytes: Uint8Array): readonly string[] {
  const outcome = set.compiled?.scan(bytes, SCAN_MS_MAX);
  if (outcome?.kind !== 'done') throw new Error('the scan did not end');
  return outcome.matches.map(({ rule }) => rule);
}

test('every rule has the name of its file', () => {
  expect(set.issues).toEqual([]);
  expect([...set.rules.keys()].toSorted()).toEqual(
    FILES.map(({ path }) => nameOf(path)).toSorted(),
  );
});

test('no rule finds a rule: packs of rules are no malware', () => {
  const found = FILES.flatMap(({ path, text, samples }) => [
    ...hits(Buffer.from(text)).map((rule) => `${path}: ${rule}`),
    ...hits(Buffer.from(samples)).map((rule) => `samples of ${path}: ${rule}`),
  ]);
  expect(found).toEqual([]);
});

test.each(['/bin/sh', '/bin/bash', '/bin/ls', '/usr/bin/env'])('no rule finds %s', (program) => {
  expect(hits(readFileSync(program))).toEqual([]);
});
