/* A program for the kill test: an agent over a database in the folder given, for the controller given,
   with a job that streams hosts slowly enough to be killed in the middle. */
import { systemClock } from '@wardgrid/base/system';
import type { JobContext } from '../jobs/index.ts';
import { openDataFolder } from '../store/index.ts';
import { createTestAgent } from './test-agent.ts';

/** Hosts that one job reports, one record each. */
export const CHILD_HOSTS = 8;
const PAUSE_MS = 5;

async function discover(context: JobContext) {
  const jobId = context.order.id;
  for (let number = 0; number < CHILD_HOSTS && !context.signal.aborted; number += 1) {
    const ip = `10.0.0.${number}`;
    const host = { ip, mac: null, names: [], isSelf: false, rttMs: null, evidence: [] };
    context.emit({ kind: 'job-hosts', jobId, hosts: [host] });
    await systemClock.sleep(PAUSE_MS, context.signal).catch(() => undefined);
  }
  return { summary: { hosts: CHILD_HOSTS }, coverage: null };
}

async function main([url = '', dataPath = '']: readonly string[]): Promise<void> {
  const { store } = openDataFolder(dataPath);
  const { agent, stop } = createTestAgent(
    { url },
    { store, handlers: { discovery: (_, context) => discover(context) } },
  );
  await agent.run(stop.signal);
}

if (process.argv[1] === import.meta.filename) await main(process.argv.slice(2));
