/* The system programs that tests need: `node scripts/services.ts check|install`. */
import {
  describeMissing,
  findMissing,
  installMissing,
  type Requirement,
} from './services/requirements.ts';

/** Runs the command line; gives the exit code. */
async function main(command: string | undefined): Promise<number> {
  const write = (line: string): void => void process.stdout.write(`${line}\n`);
  if (command !== 'check' && command !== 'install') {
    write('usage: node scripts/services.ts check|install');
    return 2;
  }
  const missing: readonly Requirement[] = await findMissing();
  if (missing.length === 0) {
    write('All programs that the tests need are there.');
    return 0;
  }
  for (const line of describeMissing(missing)) write(line);
  if (command === 'check') return 1;
  const result = await installMissing(missing, write);
  write(result.message);
  return result.kind === 'installed' ? 0 : 1;
}

process.exitCode = await main(process.argv[2]);
