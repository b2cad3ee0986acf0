/* The agent itself on a stage: a mount namespace in which whatever is written stays in memory. Its words
   are those of `wardgrid agent run`; the folders of the stage are what it protects. Says `ready` when the
   agent has been started, then runs each script that is named on its standard input, and says how it
   ended. Ends, with the agent, when the input does. Refuses to run on the bare machine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { coverMachine } from './cover.ts';
import { createScripts } from './scripts.ts';

const LAUNCHER = fileURLToPath(new URL('../../../packages/cli/bin/wardgrid.mjs', import.meta.url));
/** What the agent keeps is gone with the stage. */
const DATA = '/mnt/agent';
/** An agent that does not stop is ended. */
const STOP_MS_MAX = 20_000;

const covered = coverMachine();
const words = [LAUNCHER, 'agent', 'run', '--data', DATA, '--protect-mounts', covered.join(',')];
const agent = spawn(process.execPath, ['--no-warnings', ...words, ...process.argv.slice(2)], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
const scripts = createScripts();
process.on('exit', () => {
  scripts.end();
  agent.kill('SIGKILL');
});
process.once('SIGTERM', () => process.exit(143));
process.stdout.write('ready\n');
for await (const script of createInterface({ input: process.stdin })) {
  const { code, stderr } = await scripts.run(script);
  process.stdout.write(`${JSON.stringify({ script, code, stderr })}\n`);
}
agent.kill('SIGTERM');
const timer = setTimeout(() => process.exit(1), STOP_MS_MAX);
if (agent.exitCode === null && agent.signalCode === null) await once(agent, 'exit');
clearTimeout(timer);
