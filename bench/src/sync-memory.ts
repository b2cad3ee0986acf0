import { figureOf, type Bench } from './figure.ts';
import { exchange, prepareGround, type Ground } from './sync/grid.ts';
import { metered } from './sync/meter.ts';

/** What taking rows costs in memory, for some rows and for ten times as many. */
export const bench: Bench = {
  name: 'sync-memory',
  summary: 'memory while rows come down one hop: few, and ten times as many',
  async run(context) {
    const few = context.isQuick ? 2_000 : 20_000;
    const ground = await prepareGround(context);
    // What the first rows load and compile is not what rows cost.
    await pull(ground, few);
    const small: number[] = [];
    const large: number[] = [];
    for (let round = 0; round < (context.isQuick ? 1 : 3); round += 1) {
      context.signal.throwIfAborted();
      small.push(await pull(ground, few));
      large.push(await pull(ground, few * 10));
      context.say(
        `${few} rows: ${small.at(-1)?.toFixed(1)} MB; ten times: ${large.at(-1)?.toFixed(1)} MB`,
      );
    }
    const figure = (name: string, goal: string) => ({
      bench: 'sync-memory',
      figure: name,
      unit: 'MB',
      goal,
    });
    return [
      figureOf(figure(`rss_for_${few}`, '<=64'), small),
      figureOf(figure(`rss_for_${few * 10}`, '<=64'), large),
    ];
  },
};

async function pull(ground: Ground, devices: number): Promise<number> {
  const grid = await ground.grow(devices);
  const { rssBytes } = await metered(async () => {
    for (let isMore = true; isMore;) {
      isMore = (await exchange(grid, { from: grid.local, to: grid.cloud, isWeighed: false }))
        .isMore;
    }
  });
  return rssBytes / 1_048_576;
}
