/* Runs scripts on a stage: a mount namespace of its own in which whatever is written stays in memory,
   watched by the sensors of the agent, judged by the engine with the rules of the tree. Prints what was
   found as one line of JSON. Started below `unshare --mount`; refuses to run on the bare machine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import type { SensedEvent } from '@wardgrid/agent/protect/parts';
import { systemClock, systemNewId } from '@wardgrid/base/system';
import { createEngine, type EngineFinding, type Pack } from '@wardgrid/detection';
import { coverMachine } from './cover.ts';
import { createFamily } from './family.ts';
import { packOfRules } from './pack.ts';
import type { Performance, StageReport } from './performance.ts';
import { startSensors } from './sensors.ts';

/** The last events of a script come from the kernel within this, also on a busy machine. */
const SETTLE_MS = 500;
/** No script runs longer. */
const SCRIPT_MS_MAX = 180_000;

const scripts = process.argv.slice(2);
const pack = packOfRules();
const covered = coverMachine();
const seen: SensedEvent[] = [];
const sensors = await startSensors(covered, (events) => seen.push(...events));
const performances: Performance[] = [];
let running = 0;
/** Whoever ends the stage early ends its script too. */
process.on('exit', () => endGroup(running));
process.once('SIGTERM', () => process.exit(143));
for (const script of scripts) performances.push(await perform(script));
const health = sensors.health();
await sensors.stop();
const report: StageReport = { health, performances };
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));

async function perform(script: string): Promise<Performance> {
  seen.length = 0;
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
  await systemClock.sleep(SETTLE_MS);
  const events = createFamily(child.pid ?? 0).of(seen.toSorted((one, other) => one.at - other.at));
  return {
    script: basename(script),
    code: typeof code === 'number' ? code : null,
    stderr: said.join('').slice(-2_000),
    events: events.length,
    findings: judge(pack, events).map(({ title, severity, techniques, subject }) => ({
      title,
      severity,
      techniques,
      subject,
    })),
  };
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

/** What an engine that has seen nothing before says of these events. */
function judge(rules: Pack, events: readonly SensedEvent[]): readonly EngineFinding[] {
  const engine = createEngine({
    packs: [rules],
    platform: 'linux',
    switches: [],
    exceptions: [],
    now: systemClock.now(),
    newId: systemNewId,
  });
  return events.flatMap((event, order) => [
    ...engine.accept({ ...event, id: systemNewId(), order }),
  ]);
}
