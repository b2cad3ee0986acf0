import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** No script runs longer. */
const SCRIPT_MS_MAX = 180_000;
const STDERR_LENGTH_MAX = 2_000;

/** How a script ended. */
interface ScriptEnd {
  readonly pid: number;
  readonly code: number | null;
  readonly stderr: string;
}

/** Runs scripts of a stage, one at a time. */
export interface Scripts {
  readonly run: (script: string) => Promise<ScriptEnd>;
  /** Ends the script that runs, with what it started. */
  readonly end: () => void;
}

/** Scripts for the stage on which this process stands. */
export function createScripts(): Scripts {
  let running = 0;

  async function run(script: string): Promise<ScriptEnd> {
    const child = spawn('bash', [script], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: '/root', LANG: 'C', STAGE: import.meta.dirname },
      cwd: '/srv',
      detached: true,
    });
    running = child.pid ?? 0;
    const said: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
    const timer = setTimeout(() => endGroup(running), SCRIPT_MS_MAX);
    const [code] = await once(child, 'exit');
    clearTimeout(timer);
    endGroup(running);
    running = 0;
    const stderr = said.join('').slice(-STDERR_LENGTH_MAX);
    return { pid: child.pid ?? 0, code: typeof code === 'number' ? code : null, stderr };
  }

  return { run, end: () => endGroup(running) };
}

/** Ends a script and what it left running. */
function endGroup(leader: number): void {
  if (leader <= 0) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // Nobody of the group is left.
  }
}
