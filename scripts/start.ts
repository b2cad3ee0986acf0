/* `npm start`: builds the console when it is missing or older than its sources, then runs a cloud
   controller on embedded defaults with its data under `.wardgrid`. */
import { spawnSync } from 'node:child_process';
import { isConsoleStale } from './console-freshness.ts';

const launcher = new URL('../packages/cli/bin/wardgrid.mjs', import.meta.url).pathname;
const builder = new URL('build-console.ts', import.meta.url).pathname;

if (await isConsoleStale()) {
  process.stdout.write('building the console …\n');
  const built = spawnSync(process.execPath, [builder], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (built.status !== 0) process.exit(built.status ?? 1);
}
process.argv.splice(2, 0, 'controller');
await import(launcher);
