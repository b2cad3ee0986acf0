import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPack, loadPack, type Pack } from '@wardgrid/detection';
import { parseRules } from '@wardgrid/detection/read';

const RULES = fileURLToPath(new URL('../../../rules/', import.meta.url));

/** The rules of the tree, compiled. @throws Error when one of them is refused. */
export function packOfRules(): Pack {
  const paths = globSync('**/*.yml', { cwd: RULES }).filter((path) => !path.endsWith('.test.yml'));
  const { rules, issues } = parseRules(
    paths.map((path) => ({ path, text: readFileSync(join(RULES, path), 'utf8') })),
  );
  const errors = issues.filter(({ kind }) => kind === 'error');
  if (errors.length > 0) throw new Error(`rules are refused: ${JSON.stringify(errors[0])}`);
  return loadPack(buildPack(rules).text);
}
