import { figureOf, type Bench, type BenchContext } from './figure.ts';
import { collectGarbage, heldBytes } from './sync/collector.ts';
import { exchange, prepareGround, type Ground } from './sync/grid.ts';

const MEGABYTE = 1_048_576;

/** What taking rows costs in memory, in megabytes. */
interface Costs {
  /** The most that was held at once, above what was held before. */
  readonly held: number;
  /** The highest resident memory, above that of the process at rest. */
  readonly resident: number;
}

/**
 * What taking rows costs in memory, for some rows and for many more. What is held says whether anything
 * grows with the backlog. Resident memory is that and the garbage that V8 lets lie: it collects its old
 * space when that passes some 100 MB, so that few rows never fill it, and more rows do not add to it.
 */
export const bench: Bench = {
  name: 'sync-memory',
  summary: 'memory while rows come down one hop: few, ten times as many, thirty times',
  async run(context) {
    const few = context.isQuick ? 2_000 : 10_000;
    const sizes = context.isQuick ? [few, few * 10] : [few, few * 10, few * 30];
    const ground = await prepareGround(context);
    // What the first rows load and compile is not what rows cost.
    await pull(ground, few, restingBytes());
    const resting = restingBytes();
    const all = new Map<number, Costs[]>(sizes.map((size) => [size, []]));
    for (let round = 0; round < (context.isQuick ? 1 : 2); round += 1) {
      for (const [size, costs] of all) {
        context.signal.throwIfAborted();
        costs.push(await pull(ground, size, resting));
        tell(context, size, costs.at(-1));
      }
    }
    return [...all].flatMap(([size, costs]) => [
      figureOf(
        figure(`held_for_${size}`, 'equal'),
        costs.map(({ held }) => held),
      ),
      figureOf(
        figure(`rss_for_${size}`, '<=64'),
        costs.map(({ resident }) => resident),
      ),
    ]);
  },
};

function figure(name: string, goal: string) {
  return { bench: 'sync-memory', figure: name, unit: 'MB', goal };
}

function tell(context: BenchContext, size: number, costs: Costs | undefined): void {
  if (!costs) return;
  context.say(
    `${size} rows: ${costs.held.toFixed(1)} MB held, ${costs.resident.toFixed(1)} MB resident`,
  );
}

function restingBytes(): number {
  collectGarbage();
  return process.memoryUsage.rss();
}

/** When what is held is looked at: late, since garbage that is collected then is not resident any more. */
const LOOKS = [0.7, 0.8, 0.9] as const;

async function pull(ground: Ground, devices: number, resting: number): Promise<Costs> {
  const grid = await ground.grow(devices);
  const before = heldBytes();
  let rows = 0;
  let looks = 0;
  let held = 0;
  let resident = 0;
  for (let isMore = true; isMore;) {
    const one = await exchange(grid, { from: grid.local, to: grid.cloud, isWeighed: false });
    isMore = one.isMore;
    rows += one.response.page?.entries.length ?? 0;
    resident = Math.max(resident, process.memoryUsage.rss());
    const next = LOOKS[looks];
    if (next === undefined || rows < devices * next) continue;
    looks += 1;
    held = Math.max(held, heldBytes() - before);
  }
  return { held: held / MEGABYTE, resident: (resident - resting) / MEGABYTE };
}
