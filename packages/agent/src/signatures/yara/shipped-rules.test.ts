import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSeededRandom } from '@wardgrid/base';
import { Technique } from '@wardgrid/wire';
import { afterAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { compileRules, compileTiers, factsOf, setFor } from './index.ts';
import type { YaraEngine } from './engine.ts';
import { openLibyara } from './libyara.ts';
import { openYaraX } from './yara-x.ts';

/** Files that a rule must find, and that it must not, in base64. */
const Samples = z.strictObject({ match: z.array(z.string()).min(1), ignore: z.array(z.string()) });

const root = fileURLToPath(new URL('../../../../../rules/yara/', import.meta.url));
const files = globSync('**/*.yar', { cwd: root }).toSorted();
const sources = files.map((name) => ({ name, text: readFileSync(root + name, 'utf8') }));
const engines: readonly (readonly [string, YaraEngine | undefined])[] = [
  ['libyara', openLibyara()],
  ['YARA-X', openYaraX()],
];

describe.each(engines)('the rules of the product in %s', (_, engine) => {
  const set = compileRules(engine as YaraEngine, sources);
  afterAll(() => set.compiled?.close());

  function rulesFor(base64: string): readonly string[] {
    const outcome = set.compiled?.scan(Buffer.from(base64, 'base64'), 10_000);
    return outcome?.kind === 'done' ? outcome.matches.map(({ rule }) => rule) : ['not scanned'];
  }

  test('all compile, and say of themselves what a finding needs', () => {
    expect(set.issues).toEqual([]);
    expect(set.rules.size).toBeGreaterThanOrEqual(40);
    for (const { name, text } of set.rules.values()) {
      const facts = factsOf(name, text);
      expect(facts.title).not.toBe(name);
      expect(facts.author).not.toBeNull();
      expect(facts.techniques.every((one) => Technique.safeParse(one).success)).toBe(true);
    }
  });

  test.each(files)('%s finds its samples and leaves the others', (file) => {
    const source = readFileSync(root + file, 'utf8');
    const own = new Set([...source.matchAll(/^rule (\w+)/gm)].map((match) => match[1] ?? ''));
    const samples = Samples.parse(
      JSON.parse(readFileSync(root + file.replace(/\.yar$/, '.samples.json'), 'utf8')),
    );
    const isFound = (base64: string): boolean => rulesFor(base64).some((rule) => own.has(rule));
    expect([basename(file), samples.match.map(isFound)]).toEqual([
      basename(file),
      samples.match.map(() => true),
    ]);
    expect(samples.ignore.map(isFound)).toEqual(samples.ignore.map(() => false));
  });
});

test('the filter passes over no file that a rule of the product finds, changed at random or not', () => {
  const tiers = compileTiers(engines[0]?.[1] as YaraEngine, sources);
  expect(Object.values(tiers.filters)).not.toContain(null);
  const counts = { found: 0, passedOver: 0 };
  for (const bytes of changedSamples()) {
    const outcome = tiers.compiled?.scan(bytes, 10_000);
    const isFound = outcome?.kind === 'done' && outcome.matches.length > 0;
    const isPassedOver = setFor(tiers, bytes) === null;
    counts.found += Number(isFound);
    counts.passedOver += Number(isPassedOver);
    expect(isFound && isPassedOver, bytes.toString('latin1')).toBe(false);
  }
  expect(counts.found).toBeGreaterThan(1_000);
  expect(counts.passedOver).toBeGreaterThan(100);
  for (const set of [tiers.compiled, tiers.plain, tiers.large]) set?.close();
});

/** Every sample many times, with up to three bytes changed, often in their case alone. */
function* changedSamples(): Generator<Buffer> {
  const random = createSeededRandom(7);
  const pick = (count: number): number => Math.floor(random.fraction() * count);
  for (const sample of readSamples()) {
    for (let round = 0; round < 40; round += 1) {
      const bytes = Buffer.from(sample);
      for (let changes = 0; changes < round % 4; changes += 1) {
        const at = pick(bytes.length);
        bytes[at] = (bytes[at] ?? 0) ^ (round % 3 === 0 ? 1 << pick(8) : 0x20);
      }
      yield bytes;
    }
  }
}

function readSamples(): readonly Buffer[] {
  return files.flatMap((file) => {
    const text = readFileSync(root + file.replace(/\.yar$/, '.samples.json'), 'utf8');
    const { match, ignore } = Samples.parse(JSON.parse(text));
    return [...match, ...ignore].map((base64) => Buffer.from(base64, 'base64'));
  });
}
