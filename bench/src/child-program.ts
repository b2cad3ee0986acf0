import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { present } from '@wardgrid/base';
import { stopProcess } from './controller-process.ts';
import type { BenchContext } from './figure.ts';
import { usageOf, type Usage } from './process-usage.ts';

/** A yardstick that runs in its own process and said on which port it listens. */
export interface YardstickProcess {
  readonly port: number;
  readonly usage: () => Usage;
}

/** Starts a script of `yardsticks/`, given as its URL, with one argument of JSON. */
export async function startYardstick(
  context: BenchContext,
  script: URL,
  settings: unknown = {},
): Promise<YardstickProcess> {
  const args = [...process.execArgv, fileURLToPath(script), JSON.stringify(settings)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  context.defer(() => stopProcess(child));
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  const pid = present(child.pid, 'a process id');
  return { port: Number(said.toString()), usage: () => usageOf(pid) };
}
