import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { SensedEvent } from '@wardgrid/agent/protect/parts';
import { createProcessSensor, processSources } from '@wardgrid/agent/sensors/process/index';
import { silentLog } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import { measureFindings } from './exec-latency/findings.ts';
import { figureOf, quantile, type Bench, type BenchContext, type Figure } from './figure.ts';

const LOAD = fileURLToPath(new URL('./load-starts.ts', import.meta.url));
/** What the design asks for. */
const PER_SECOND = 500;
/** The last events of a turn may still be under way. */
const LINGER_MS = 500;

type Source = ReturnType<typeof processSources>[number];

/** How one source saw one storm. */
interface Turn {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Share of starts that were told at all, and with their arguments. */
  readonly seen: number;
  readonly whole: number;
  readonly cpuMicroseconds: number;
  readonly perSecond: number;
}

/**
 * From the start of a program in the kernel to its event in the agent, by every source that works; then
 * to its finding at the controller's API, while many others start.
 */
export const bench: Bench = {
  name: 'exec-latency',
  summary:
    'how soon, how surely and at what cost a start is told, by source, and how soon it is found',
  async run(context) {
    const count = context.isQuick ? 1_000 : 5_000;
    const turns = new Map<string, Turn[]>();
    for (let round = 0; round < (context.isQuick ? 2 : 5); round += 1) {
      for (const source of processSources('/', false)) {
        const turn = await play(context, source, { count, mark: `round-${round}` });
        if (turn === null) continue;
        turns.set(source.name, [...(turns.get(source.name) ?? []), turn]);
        context.say(`${source.name}: p99 ${turn.p99Ms.toFixed(2)} ms, whole ${turn.whole}`);
      }
    }
    const ofSources = [...turns].flatMap(([source, all]) => figuresOf(source, all));
    return [...ofSources, ...(await measureFindings(context))];
  },
};

/** Runs a storm under one source; null where it does not work. */
async function play(
  context: BenchContext,
  source: Source,
  given: { readonly count: number; readonly mark: string },
): Promise<Turn | null> {
  const sensor = createProcessSensor({ clock: systemClock, log: silentLog, sources: [source] });
  const delaysMs: number[] = [];
  let seen = 0;
  let whole = 0;
  const take = (events: readonly SensedEvent[]): void => {
    const now = systemClock.now();
    for (const { action, at, fields, missing } of events) {
      if (action !== 'exec' || fields['event.reason'] !== undefined) continue;
      const commandLine = String(fields['process.command_line'] ?? '');
      const isUnread = missing.includes('process.args');
      if (!isUnread && !commandLine.startsWith(`/bin/true ${given.mark}`)) continue;
      seen += 1;
      if (!isUnread) whole += 1;
      delaysMs.push(now - at);
    }
  };
  await sensor.start(take);
  try {
    if (sensor.health().state === 'off') return null;
    const running = sensor.health().events;
    const idleCpu = process.cpuUsage();
    const tookMs = await storm(context, given);
    await systemClock.sleep(LINGER_MS, context.signal);
    const { user, system } = process.cpuUsage(idleCpu);
    const { p50Us, p99Us } = sensor.health();
    return {
      p50Ms: (p50Us ?? Number.NaN) / 1_000,
      p99Ms: Math.max((p99Us ?? Number.NaN) / 1_000, quantile(delaysMs, 0.99)),
      seen: Math.min(1, seen / given.count),
      whole: whole / given.count,
      cpuMicroseconds: (user + system) / (sensor.health().events - running),
      perSecond: (given.count / tookMs) * 1_000,
    };
  } finally {
    await sensor.stop();
  }
}

async function storm(
  context: BenchContext,
  given: { readonly count: number; readonly mark: string },
): Promise<number> {
  const words = [given.mark, String(PER_SECOND), String(given.count)];
  const child = spawn(process.execPath, [LOAD, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal: context.signal,
  });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return Number(said.toString());
}

function figuresOf(source: string, turns: readonly Turn[]): Figure[] {
  const isBest = source === 'bpf';
  const figure = (name: string, unit: string, goal = '–') => ({
    bench: 'exec-latency',
    figure: `${source.replace('-', '_')}_${name}`,
    unit,
    goal: isBest ? goal : '–',
  });
  const of = (pick: (turn: Turn) => number): number[] => turns.map(pick);
  return [
    figureOf(
      figure('p50', 'ms'),
      of((turn) => turn.p50Ms),
    ),
    figureOf(
      figure('p99', 'ms', '<=50'),
      of((turn) => turn.p99Ms),
    ),
    figureOf(
      figure('seen', 'share of starts', '1'),
      of((turn) => turn.seen),
    ),
    figureOf(
      figure('whole', 'share with arguments', '1'),
      of((turn) => turn.whole),
    ),
    figureOf(
      figure('cpu', 'µs a start, fork or end'),
      of((turn) => turn.cpuMicroseconds),
    ),
    figureOf(
      figure('starts', '1/s'),
      of((turn) => turn.perSecond),
    ),
  ];
}
