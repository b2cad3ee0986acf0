import { publishedRules } from './agent-process.ts';
import { startYardstick } from './child-program.ts';
import { startController } from './controller-process.ts';
import { figureOf, quantile, type Bench, type BenchContext, type Figure } from './figure.ts';
import { enrolFleet } from './load/fleet.ts';
import { openFleet, openPlainFleet, type ExchangingFleet } from './load/exchanging-fleet.ts';
import { requireNoFailure } from './load/load.ts';
import type { Usage } from './process-usage.ts';
import { createYardstickDatabase } from './yardstick-database.ts';

/** 100,000 devices that speak once a minute. */
const DRIP_PER_SECOND = 1_667;
const DEVICES = 2_000;
const MICROSECONDS = 1_000_000;
const MEBIBYTE = 1_048_576;

/** A server under the same load as the others. */
interface Contender {
  readonly name: string;
  readonly fleet: ExchangingFleet;
  readonly usage: () => Usage;
}

interface Turn {
  readonly perSecond: number;
  /** CPU of the server's own process, and with its database, in microseconds an exchange. */
  readonly ownMicroseconds: number;
  readonly allMicroseconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Durable exchanges through the whole path, against the least and the usual server. */
export const bench: Bench = {
  name: 'exchange',
  summary: 'durable exchanges against bare node:http and against a select and a row per request',
  async run(context) {
    const { contenders, rssBytes } = await prepare(context);
    const [ours, bare, usual] = contenders;
    const rounds: Turn[][] = [];
    for (let round = 0; round < (context.isQuick ? 3 : 5); round += 1) {
      context.signal.throwIfAborted();
      rounds.push(await playRound(context, contenders));
    }
    const drips = await dripAll(context, ours.fleet);
    context.say(`${ours.name}, ${bare.name}, ${usual.name}: ${rounds.length} rounds`);
    return [...figuresOf(rounds), ...drips, memoryFigure(rssBytes())];
  },
};

async function prepare(context: BenchContext): Promise<{
  readonly contenders: readonly [Contender, Contender, Contender];
  readonly rssBytes: () => number;
}> {
  const controller = await startController(context);
  const database = await createYardstickDatabase(controller, 'usual');
  const bare = await startYardstick(context, new URL('yardsticks/bare-http.ts', import.meta.url));
  const usual = await startYardstick(
    context,
    new URL('yardsticks/select-and-row.ts', import.meta.url),
    database,
  );
  const devices = await enrolFleet(controller, DEVICES);
  context.say(`${devices.length} devices enrolled`);
  const bareFleet = openPlainFleet(bare.port, devices);
  const usualFleet = openPlainFleet(usual.port, devices);
  // What is published later would make the settings of every device new again, in each reply.
  await publishedRules(controller.call, context.signal);
  const ours = await openFleet(controller.port, devices);
  return {
    contenders: [
      { name: 'wardgrid', fleet: ours, usage: controller.usage },
      { name: 'bare node:http', fleet: bareFleet, usage: bare.usage },
      {
        name: 'select and row',
        fleet: usualFleet,
        usage: withDatabase(usual.usage, controller.usage),
      },
    ],
    rssBytes: () => controller.usage().rssBytes,
  };
}

/** The database works for the yardstick, and is a child of the controller. */
function withDatabase(own: () => Usage, database: () => Usage): () => Usage {
  return () => ({ ...own(), childrenSeconds: database().childrenSeconds });
}

async function playRound(context: BenchContext, contenders: readonly Contender[]): Promise<Turn[]> {
  const turns: Turn[] = [];
  for (const contender of contenders) {
    const turn = await play(contender, context.isQuick ? 1_500 : 3_000);
    const { perSecond, ownMicroseconds, allMicroseconds, p50Ms, p99Ms } = turn;
    context.say(
      `${contender.name}: ${Math.round(perSecond)}/s, ${Math.round(ownMicroseconds)} µs own, ` +
        `${Math.round(allMicroseconds)} µs with the database, p50 ${p50Ms.toFixed(1)}, p99 ${p99Ms.toFixed(1)} ms`,
    );
    turns.push(turn);
  }
  return turns;
}

async function play({ fleet, usage }: Contender, durationMs: number): Promise<Turn> {
  const before = usage();
  const result = await fleet.flood(durationMs);
  const after = usage();
  requireNoFailure(result);
  const own = after.ownSeconds - before.ownSeconds;
  const all = own + after.childrenSeconds - before.childrenSeconds;
  return {
    perSecond: (result.count / result.tookMs) * 1_000,
    ownMicroseconds: (own / result.count) * MICROSECONDS,
    allMicroseconds: (all / result.count) * MICROSECONDS,
    p50Ms: quantile(result.latenciesMs, 0.5),
    p99Ms: quantile(result.latenciesMs, 0.99),
  };
}

async function dripAll(context: BenchContext, fleet: ExchangingFleet): Promise<Figure[]> {
  const results: Awaited<ReturnType<ExchangingFleet['drip']>>[] = [];
  for (let run = 0; run < (context.isQuick ? 2 : 3); run += 1) {
    context.signal.throwIfAborted();
    const result = await fleet.drip(context.isQuick ? 3_000 : 10_000, DRIP_PER_SECOND);
    requireNoFailure(result);
    const { lagMaxMs, skipped, count } = result;
    context.say(
      `drip: ${count} sent, ${skipped} skipped, load late by ${lagMaxMs.toFixed(1)} ms at most`,
    );
    results.push(result);
  }
  const figure = (name: string, unit: string, goal: string) => ({
    bench: 'exchange',
    figure: name,
    unit,
    goal,
  });
  const quantilesAt = (share: number): number[] =>
    results.map(({ latenciesMs }) => quantile(latenciesMs, share));
  return [
    figureOf(figure('p50_at_1667', 'ms', '–'), quantilesAt(0.5)),
    figureOf(figure('p99_at_1667', 'ms', '<=50'), quantilesAt(0.99)),
    figureOf(
      figure('load_lag_at_1667', 'ms', '–'),
      results.map(({ lagMaxMs }) => lagMaxMs),
    ),
  ];
}

function figuresOf(rounds: readonly (readonly Turn[])[]): Figure[] {
  const names = ['wardgrid', 'bare', 'select_and_row'];
  const of = (contender: number, pick: (turn: Turn) => number): number[] =>
    rounds.map((turns) => {
      const turn = turns[contender];
      return turn ? pick(turn) : Number.NaN;
    });
  const ratios = (ours: readonly number[], theirs: readonly number[]): number[] =>
    ours.map((value, round) => value / (theirs[round] ?? Number.NaN));
  const perSecond = (turn: Turn): number => turn.perSecond;
  const own = (turn: Turn): number => turn.ownMicroseconds;
  const withDatabase = (turn: Turn): number => turn.allMicroseconds;
  const figure = (name: string, unit: string, goal = '–') => ({
    bench: 'exchange',
    figure: name,
    unit,
    goal,
  });
  return [
    figureOf(
      figure('ratio_to_bare_http', 'ratio', '>=0.4'),
      ratios(of(0, perSecond), of(1, perSecond)),
    ),
    figureOf(
      figure('ratio_to_select_and_row', 'ratio', '>=3.5'),
      ratios(of(0, perSecond), of(2, perSecond)),
    ),
    // The same by CPU, which other programs on the machine disturb less.
    figureOf(figure('cpu_ratio_to_bare_http', 'ratio'), ratios(of(1, own), of(0, own))),
    figureOf(
      figure('cpu_ratio_to_select_and_row', 'ratio'),
      ratios(of(2, withDatabase), of(0, withDatabase)),
    ),
    ...names.flatMap((name, contender) => [
      figureOf(figure(`${name}_per_second`, '1/s'), of(contender, perSecond)),
      figureOf(figure(`${name}_cpu_own`, 'µs an exchange'), of(contender, own)),
      figureOf(figure(`${name}_cpu_with_database`, 'µs an exchange'), of(contender, withDatabase)),
    ]),
  ];
}

function memoryFigure(rssBytes: number): Figure {
  const given = { bench: 'exchange', figure: 'controller_rss', unit: 'MiB', goal: '–' };
  return figureOf(given, [rssBytes / MEBIBYTE]);
}
