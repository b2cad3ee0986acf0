/* All of CI: `npm run check`. Stops at nothing, so that one run tells everything that is wrong. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runOnBundledNode, runProgram } from './test/bundled-node.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** Every check by its name: the program and what it is told. Generated files are compared by tests. */
const CHECKS: readonly (readonly [name: string, program: string, ...args: string[]])[] = [
  ['format', 'oxfmt', '--check'],
  ['lint', 'oxlint', '--type-aware', '--deny-warnings'],
  ['types', 'tsc', '-b'],
  ['dead code', 'knip'],
  ['tests', 'node', join(ROOT, 'scripts/test.ts')],
];

/** Runs every check; gives the exit code. */
async function main(): Promise<number> {
  const failed: string[] = [];
  for (const [name, program, ...args] of CHECKS) {
    process.stdout.write(`== ${name}\n`);
    const path = program === 'node' ? process.execPath : join(ROOT, 'node_modules/.bin', program);
    if ((await runProgram(path, args)) !== 0) failed.push(name);
  }
  const verdict = failed.length === 0 ? 'Everything is fine.' : `Not fine: ${failed.join(', ')}.`;
  process.stdout.write(`${verdict}\n`);
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = (await runOnBundledNode()) ?? (await main());
