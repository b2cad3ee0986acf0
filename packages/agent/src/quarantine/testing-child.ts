/* A program for the kill test: seals or restores a file, and kills itself before the call to the system
   with the number given. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { systemClock, systemNewId } from '@wardgrid/base/system';
import { silentLog } from '@wardgrid/base';

/** What only looks: a kill before it is a kill before the next that changes something. */
const LOOKS = /^(?:errno|check|view|[A-Z]|_|read|l?stat|fstat|exists|open|close)/;

/** Makes every function of a table count, and the one with the number `last` the end. */
function arm(table: Record<string, unknown>, count: () => void): void {
  for (const [name, value] of Object.entries(table)) {
    if (typeof value !== 'function' || LOOKS.test(name)) continue;
    const real = value as (...words: unknown[]) => unknown;
    const counting = (...words: unknown[]): unknown => {
      count();
      return real(...words);
    };
    // `promisify` looks at marks of the real one.
    table[name] = Object.defineProperties(counting, Object.getOwnPropertyDescriptors(real));
  }
}

async function main([action, path = '', store = '', last = '']: readonly string[]): Promise<void> {
  const { systemCalls } = await import('../platform/linux/system-calls.ts');
  const calls = systemCalls();
  let made = 0;
  let isArmed = false;
  const count = (): void => {
    if (isArmed && (made += 1) === Number(last)) process.kill(process.pid, 'SIGKILL');
  };
  arm(fs, count);
  arm(calls, count);
  syncBuiltinESMExports();
  const { createProcessKiller } = await import('../processes/index.ts');
  const { createQuarantine } = await import('./quarantine.ts');
  const quarantine = createQuarantine({
    path: store,
    clock: systemClock,
    log: silentLog,
    newId: systemNewId,
    killer: createProcessKiller(systemClock),
    limits: () => ({ bytesMax: 64 * 1_048_576, daysMax: 90 }),
    onChange: () => true,
    onExcept: () => Promise.resolve(),
  });
  const fd = action === 'seal' ? fs.openSync(path, 'r') : -1;
  isArmed = true;
  if (action === 'seal') {
    await quarantine.seal(fd, { findingId: null, rule: null, pid: null });
  } else {
    await quarantine.restore(quarantine.list()[0]?.id ?? '', null);
  }
  isArmed = false;
  process.stdout.write(String(made));
}

await main(process.argv.slice(2));
