/* Runs every test: `npm test [-- path…]`. Ends with one line, `N passed, N failed`. */
import { buildConsoleWhenStale } from './console/build-when-stale.ts';
import { describeMissing, findMissing, installMissing } from './services/requirements.ts';
import { runOnBundledNode } from './test/bundled-node.ts';
import { runTests } from './test/run.ts';

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Tests that lack their programs would be skipped or fail oddly: they are installed or named. */
async function requireServices(): Promise<boolean> {
  const missing = await findMissing();
  if (missing.length === 0) return true;
  for (const line of describeMissing(missing)) write(line);
  const result = await installMissing(missing, write);
  write(result.message);
  return result.kind === 'installed';
}

/** Runs everything; gives the exit code. */
async function main(filters: readonly string[]): Promise<number> {
  if (!(await requireServices())) return 1;
  // A few files by name are somebody at work: they want their answer, not a build.
  if (filters.length === 0) await buildConsoleWhenStale(write);
  return runTests(filters, write);
}

process.exitCode = (await runOnBundledNode()) ?? (await main(process.argv.slice(2)));
