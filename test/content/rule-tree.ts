/**
 * The rules of the tree as a whole: read, with the platform each is for, and the table of techniques
 * they may name. For the coverage page and the tests of the content.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseRules, type ReadRules, type RuleFile } from '@wardgrid/detection/read';
import * as z from 'zod';

const RULES = fileURLToPath(new URL('../../rules/', import.meta.url));

const TechniqueTable = z.strictObject({
  /** Of ATT&CK. */
  version: z.string(),
  notice: z.string(),
  techniques: z.record(z.string(), z.strictObject({ name: z.string(), tactic: z.string() })),
});
export type TechniqueTable = z.infer<typeof TechniqueTable>;

/** The techniques that rules may name. */
export function readTechniques(): TechniqueTable {
  return TechniqueTable.parse(JSON.parse(readFileSync(join(RULES, 'attack.json'), 'utf8')));
}

/** Every YAML file below `rules/`, tests included. */
export function readRuleFiles(): readonly RuleFile[] {
  return globSync('**/*.yml', { cwd: RULES })
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(RULES, path), 'utf8') }));
}

/** The rules without their tests. */
export function readRules(): ReadRules {
  return parseRules(readRuleFiles().filter(({ path }) => !path.endsWith('.test.yml')));
}

/** What a rule is for, by where it lies. Behaviours are about Linux. */
export type Platform = 'linux' | 'windows' | 'macos' | 'yara';

export function platformOf(path: string): Platform {
  const [folder] = path.split('/');
  return folder === 'windows' || folder === 'macos' || folder === 'yara' ? folder : 'linux';
}

/** A YARA rule and the file of samples beside it, as text. */
export interface YaraFile {
  readonly path: string;
  readonly text: string;
  readonly techniques: readonly string[];
  readonly samples: string;
}

/** Every YARA rule of the tree, one a file. */
export function readYara(): readonly YaraFile[] {
  return globSync('yara/**/*.yar', { cwd: RULES })
    .toSorted()
    .map((path) => {
      const text = readFileSync(join(RULES, path), 'utf8');
      const [, techniques = ''] = /^ +attack = "([^"]*)"$/m.exec(text) ?? [];
      return {
        path,
        text,
        techniques: techniques.split(/[\s,]+/),
        samples: readFileSync(join(RULES, path.replace(/\.yar$/, '.samples.json')), 'utf8'),
      };
    });
}
