import { startYardstick } from './child-program.ts';
import { startController } from './controller-process.ts';
import { figureOf, quantile, type Bench, type Figure } from './figure.ts';
import { makeCandidates, storm } from './load/fleet.ts';
import type { Usage } from './process-usage.ts';
import { createYardstickDatabase } from './yardstick-database.ts';

const MICROSECONDS = 1_000_000;

interface Turn {
  readonly perSecond: number;
  readonly failures: number;
  readonly cpuMicroseconds: number;
  readonly p99Ms: number;
}

/** A storm of enrolments with real keys and proofs, against one signature and one row each. */
export const bench: Bench = {
  name: 'enrol',
  summary: 'a storm of enrolments against one checked signature and one insert per request',
  async run(context) {
    const count = context.isQuick ? 2_000 : 10_000;
    const controller = await startController(context);
    const database = await createYardstickDatabase(controller, 'verify_and_insert');
    const yardstick = await startYardstick(
      context,
      new URL('yardsticks/verify-and-insert.ts', import.meta.url),
      database,
    );
    const enrolmentKey = await controller.makeEnrolmentKey();
    const contenders = [
      { name: 'wardgrid', port: controller.port, usage: () => secondsOf(controller.usage()) },
      {
        name: 'verify and insert',
        port: yardstick.port,
        usage: () => yardstick.usage().ownSeconds + controller.usage().childrenSeconds,
      },
    ];
    const rounds: Turn[][] = [];
    for (let round = 0; round < (context.isQuick ? 3 : 5); round += 1) {
      const turns: Turn[] = [];
      for (const contender of contenders) {
        context.signal.throwIfAborted();
        const turn = await play(contender, { count, enrolmentKey });
        context.say(
          `${contender.name}: ${Math.round(turn.perSecond)}/s, ${Math.round(turn.cpuMicroseconds)} µs each, ` +
            `p99 ${Math.round(turn.p99Ms)} ms, ${turn.failures} failed`,
        );
        turns.push(turn);
      }
      rounds.push(turns);
    }
    return figuresOf(rounds);
  },
};

function secondsOf({ ownSeconds, childrenSeconds }: Usage): number {
  return ownSeconds + childrenSeconds;
}

async function play(
  contender: { readonly port: number; readonly usage: () => number },
  given: { readonly count: number; readonly enrolmentKey: string },
): Promise<Turn> {
  const candidates = makeCandidates(given.count, given.enrolmentKey);
  const before = contender.usage();
  const result = await storm(contender.port, candidates);
  const cpuSeconds = contender.usage() - before;
  return {
    perSecond: (result.count / result.tookMs) * 1_000,
    failures: result.failures,
    cpuMicroseconds: (cpuSeconds / result.count) * MICROSECONDS,
    p99Ms: quantile(result.latenciesMs, 0.99),
  };
}

function figuresOf(rounds: readonly (readonly Turn[])[]): Figure[] {
  const of = (contender: number, pick: (turn: Turn) => number): number[] =>
    rounds.map((turns) => {
      const turn = turns[contender];
      return turn ? pick(turn) : Number.NaN;
    });
  const figure = (name: string, unit: string, goal = '–') => ({
    bench: 'enrol',
    figure: name,
    unit,
    goal,
  });
  const theirs = of(1, (turn) => turn.perSecond);
  const ours = of(0, (turn) => turn.perSecond);
  return [
    figureOf(
      figure('ratio_to_verify_and_insert', 'ratio', '>=0.3'),
      ours.map((perSecond, round) => perSecond / (theirs[round] ?? 0)),
    ),
    figureOf(
      figure('failures', 'requests', '0'),
      of(0, (turn) => turn.failures),
    ),
    figureOf(figure('per_second', '1/s'), ours),
    figureOf(figure('verify_and_insert_per_second', '1/s'), theirs),
    figureOf(
      figure('cpu', 'µs an enrolment'),
      of(0, (turn) => turn.cpuMicroseconds),
    ),
    figureOf(
      figure('verify_and_insert_cpu', 'µs an enrolment'),
      of(1, (turn) => turn.cpuMicroseconds),
    ),
    figureOf(
      figure('p99', 'ms'),
      of(0, (turn) => turn.p99Ms),
    ),
  ];
}
