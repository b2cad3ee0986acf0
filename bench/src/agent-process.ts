import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { present } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import { deviceRoutes, ruleRoutes, type Call } from '@wardgrid/wire';
import { bundleAgent } from '../../scripts/agent/bundle-agent.ts';
import { stopProcess, type ControllerProcess } from './controller-process.ts';
import type { BenchContext } from './figure.ts';

const UNIT = fileURLToPath(new URL('../../deploy/systemd/wardgrid-agent.service', import.meta.url));
/** Compiling the rules takes some seconds, more on a busy machine. */
const RULES_MS_MAX = 120_000;
const LOOK_MS = 250;

/** An agent in a process of its own, as it is shipped and as its service starts it. */
export interface AgentProcess {
  readonly pid: number;
  readonly deviceId: string;
}

/**
 * Bundles the agent, starts it with the flags and the environment of its unit file, and waits until it
 * says that it runs the product's rules. It holds up nobody: no file system is protected.
 */
export async function startAgent(
  context: BenchContext,
  controller: ControllerProcess,
  folder: string,
): Promise<AgentProcess> {
  const { call, url } = controller;
  const program = await bundleAgent(join(folder, 'agent'));
  await publishedRules(call, context.signal);
  const { flags, environment } = await readUnit();
  const key = await controller.makeEnrolmentKey();
  const words = ['agent', 'run', '--controller', url, '--enrolment-key', key];
  const more = ['--data', join(folder, 'data'), '--allow-plain-http', '--protect-mounts', 'none'];
  const argv = [...flags, program, ...words, ...more, '--log-level', 'error'];
  const child = spawn(process.execPath, argv, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: '/usr/bin:/bin', ...environment, NODE_COMPILE_CACHE: join(folder, 'cache') },
  });
  context.defer(() => stopProcess(child));
  const deviceId = await eventually('the agent runs the rules', context.signal, async () => {
    const [device] = (await call(deviceRoutes.list)).data;
    if (!device) return undefined;
    const { health } = await call(deviceRoutes.protection, { params: { id: device.id } });
    const isRunning = health?.engines.some(({ name, rules }) => name === 'sigma' && rules > 0);
    return isRunning ? device.id : undefined;
  });
  return { pid: present(child.pid, 'a process id'), deviceId };
}

/** Waits until the rules of the product are published; gives how many rules a list shows of them. */
export function publishedRules(call: Call, signal: AbortSignal): Promise<number> {
  return eventually('rules are published', signal, async () => {
    const { data } = await call(ruleRoutes.list, { query: { limit: 1 } });
    return data.length > 0 ? data.length : undefined;
  });
}

/** What the service gives Node, and what it finds in its environment. */
async function readUnit(): Promise<{
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}> {
  const text = await readFile(UNIT, 'utf8');
  const start = /^ExecStart=@NODE@ (.*) @LAUNCHER@/m.exec(text)?.[1];
  const environment = /^Environment=(.*)$/m.exec(text)?.[1];
  const pairs = present(environment, 'the environment of the unit').split(' ');
  return {
    flags: present(start, 'the flags of the unit').split(' '),
    environment: Object.fromEntries(
      pairs.map((pair) => [pair.split('=')[0] ?? '', pair.slice(pair.indexOf('=') + 1)]),
    ),
  };
}

async function eventually<T>(
  what: string,
  signal: AbortSignal,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const lastMs = systemClock.monotonic() + RULES_MS_MAX;
  while (systemClock.monotonic() < lastMs) {
    const found = await look();
    if (found !== undefined) return found;
    await systemClock.sleep(LOOK_MS, signal);
  }
  throw new Error(`not in ${RULES_MS_MAX} ms: ${what}`);
}
