/* `npm start`: builds the console when it is missing or older than its sources, then runs a cloud
   controller on embedded defaults with its data under `.wardgrid`. */
import { buildConsoleWhenStale } from './console/build-when-stale.ts';

await buildConsoleWhenStale((line) => process.stdout.write(`${line}\n`));
process.argv.splice(2, 0, 'controller');
await import(new URL('../packages/cli/bin/wardgrid.mjs', import.meta.url).href);
