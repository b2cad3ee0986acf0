/* Runs scripts on a stage: a mount namespace of its own in which whatever is written stays in memory,
   watched by the sensors of the agent, judged by the engine with the rules of the tree. Prints what was
   found as one line of JSON. Started below `unshare --mount`; refuses to run on the bare machine. */
import { basename } from 'node:path';
import type { SensedEvent } from '@wardgrid/agent/protect/parts';
import { systemClock, systemNewId } from '@wardgrid/base/system';
import { createEngine, type EngineFinding, type Pack } from '@wardgrid/detection';
import { coverMachine } from './cover.ts';
import { createFamily } from './family.ts';
import { packOfRules } from './pack.ts';
import type { Performance, StageReport } from './performance.ts';
import { createScripts } from './scripts.ts';
import { startSensors } from './sensors.ts';

/** The last events of a script come from the kernel within this, also on a busy machine. */
const SETTLE_MS = 500;

const scripts = process.argv.slice(2);
const pack = packOfRules();
const covered = coverMachine();
const seen: SensedEvent[] = [];
const sensors = await startSensors(covered, (events) => seen.push(...events));
const performances: Performance[] = [];
const acts = createScripts();
/** Whoever ends the stage early ends its script too. */
process.on('exit', () => acts.end());
process.once('SIGTERM', () => process.exit(143));
for (const script of scripts) performances.push(await perform(script));
const health = sensors.health();
await sensors.stop();
const report: StageReport = { health, performances };
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));

async function perform(script: string): Promise<Performance> {
  seen.length = 0;
  const { pid, code, stderr } = await acts.run(script);
  await systemClock.sleep(SETTLE_MS);
  const events = createFamily(pid).of(seen.toSorted((one, other) => one.at - other.at));
  return {
    script: basename(script),
    code,
    stderr,
    events: events.length,
    findings: judge(pack, events).map(({ title, severity, techniques, subject }) => ({
      title,
      severity,
      techniques,
      subject,
    })),
  };
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
