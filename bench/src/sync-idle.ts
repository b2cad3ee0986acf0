import { figureOf, quantile, type Bench, type Figure } from './figure.ts';
import { exchange, prepareGround } from './sync/grid.ts';
import { metered, type Took } from './sync/meter.ts';

/** Rows that lie still while nothing happens. */
const DEVICES = 10_000;

/** What controllers that have nothing to tell each other cost. */
export const bench: Bench = {
  name: 'sync-idle',
  summary: 'exchanges in which nothing happened: bytes both ways, time, CPU',
  async run(context) {
    const exchanges = context.isQuick ? 200 : 2_000;
    const ground = await prepareGround(context);
    const grid = await ground.grow(DEVICES);
    const link = { from: grid.local, to: grid.cloud };
    for (let isMore = true; isMore;) {
      isMore = (await exchange(grid, { ...link, isWeighed: false })).isMore;
    }
    const weighed = await exchange(grid, { ...link, isWeighed: true });
    const bytes = weighed.bytesUp + weighed.bytesDown;
    const rounds: { readonly took: Took; readonly p99Ms: number }[] = [];
    for (let round = 0; round < 3; round += 1) {
      context.signal.throwIfAborted();
      const latencies: number[] = [];
      const took = await metered(async () => {
        for (let count = 0; count < exchanges; count += 1) {
          const startedAt = performance.now();
          await exchange(grid, { ...link, isWeighed: false });
          latencies.push(performance.now() - startedAt);
        }
      });
      rounds.push({ took, p99Ms: quantile(latencies, 0.99) });
      context.say(`idle: ${Math.round(exchanges / took.seconds)} exchanges/s, ${bytes} B each`);
    }
    return figuresOf(rounds, { exchanges, bytes });
  },
};

function figuresOf(
  rounds: readonly { readonly took: Took; readonly p99Ms: number }[],
  { exchanges, bytes }: { readonly exchanges: number; readonly bytes: number },
): Figure[] {
  const figure = (name: string, unit: string, goal: string) => ({
    bench: 'sync-idle',
    figure: name,
    unit,
    goal,
  });
  return [
    figureOf(figure('bytes', 'B an exchange', '<=700'), [bytes]),
    figureOf(
      figure('cpu', 'ms an exchange, both ends', '<=2'),
      rounds.map(({ took }) => (took.cpuSeconds / exchanges) * 1_000),
    ),
    figureOf(
      figure('wall', 'ms an exchange', '–'),
      rounds.map(({ took }) => (took.seconds / exchanges) * 1_000),
    ),
    figureOf(
      figure('p99', 'ms', '–'),
      rounds.map(({ p99Ms }) => p99Ms),
    ),
  ];
}
