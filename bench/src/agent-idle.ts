import { spawn, type ChildProcess } from 'node:child_process';
import { present } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import { makeTestDirectory } from '../../test/database/directory.ts';
import { startAgent } from './agent-process.ts';
import { startController, stopProcess } from './controller-process.ts';
import { figureOf, type Bench, type BenchContext, type Figure } from './figure.ts';
import { quietUsageOf, startsOfMachine, type QuietUsage } from './quiet-usage.ts';

const MEGABYTE = 1_024 * 1_024;
/** A program that does nothing but live. */
const EMPTY = ['-e', 'setInterval(() => {}, 1_000_000_000)'];

/** A program that is left alone and measured. */
interface Contender {
  readonly name: string;
  readonly pid: number;
}

/** What one turn showed of a contender. */
interface Turn extends QuietUsage {
  readonly seconds: number;
  /** Programs that others started meanwhile. */
  readonly starts: number;
}

/** The agent with its sensors on while nobody asks for anything, against a Node that does nothing. */
export const bench: Bench = {
  name: 'agent-idle',
  summary: 'memory, processor and wake-ups of a quiet agent, beside an empty Node',
  async run(context) {
    const directory = await makeTestDirectory();
    context.defer(() => directory.remove());
    const contenders = [
      startContender(context, { name: 'empty', argv: EMPTY }),
      await startMeasured(context, directory.path),
    ];
    const seconds = context.isQuick ? { settle: 12, turn: 5 } : { settle: 40, turn: 20 };
    context.say(`the agent settles for ${seconds.settle} s`);
    await systemClock.sleep(seconds.settle * 1_000, context.signal);
    const rounds: Turn[][] = [];
    for (let round = 0; round < (context.isQuick ? 3 : 5); round += 1) {
      rounds.push(await measure(contenders, seconds.turn, context));
      context.say(`round ${round + 1} measured`);
    }
    return figuresOf(rounds);
  },
};

async function startMeasured(context: BenchContext, folder: string): Promise<Contender> {
  const controller = await startController(context);
  const { pid } = await startAgent(context, controller, folder);
  return { name: 'agent', pid };
}

function startContender(
  context: BenchContext,
  given: { readonly name: string; readonly argv: readonly string[] },
): Contender {
  const child: ChildProcess = spawn(process.execPath, given.argv, {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  context.defer(() => stopProcess(child));
  return { name: given.name, pid: present(child.pid, 'a process id') };
}

/** All at the same time: the same noise is heard by each. */
async function measure(
  contenders: readonly Contender[],
  seconds: number,
  context: BenchContext,
): Promise<Turn[]> {
  const before = contenders.map(({ pid }) => quietUsageOf(pid));
  const starts = startsOfMachine();
  const begunMs = systemClock.monotonic();
  await systemClock.sleep(seconds * 1_000, context.signal);
  const passed = (systemClock.monotonic() - begunMs) / 1_000;
  return contenders.map(({ pid }, index) => {
    const after = quietUsageOf(pid);
    return {
      ...after,
      cpuSeconds: after.cpuSeconds - (before[index]?.cpuSeconds ?? 0),
      wakeUps: after.wakeUps - (before[index]?.wakeUps ?? 0),
      seconds: passed,
      starts: startsOfMachine() - starts,
    };
  });
}

function figuresOf(rounds: readonly (readonly Turn[])[]): Figure[] {
  const of = (contender: number, pick: (turn: Turn) => number): number[] =>
    rounds.map((turns) => {
      const turn = turns[contender];
      return turn ? pick(turn) : Number.NaN;
    });
  const figure = (name: string, unit: string, goal = '–') => ({
    bench: 'agent-idle',
    figure: name,
    unit,
    goal,
  });
  const rss = (turn: Turn): number => turn.rssBytes / MEGABYTE;
  const own = (turn: Turn): number => turn.privateBytes / MEGABYTE;
  const cpu = (turn: Turn): number => (turn.cpuSeconds / turn.seconds) * 100;
  const wakeUps = (turn: Turn): number => turn.wakeUps / turn.seconds;
  return [
    figureOf(figure('memory', 'MB', '<=75'), of(1, rss)),
    figureOf(figure('empty_memory', 'MB'), of(0, rss)),
    figureOf(figure('private_memory', 'MB', '<=28'), of(1, own)),
    figureOf(figure('empty_private_memory', 'MB'), of(0, own)),
    figureOf(figure('cpu', '% of a processor', '<=0.3'), of(1, cpu)),
    figureOf(figure('empty_cpu', '% of a processor'), of(0, cpu)),
    figureOf(figure('wake_ups', '1/s'), of(1, wakeUps)),
    figureOf(figure('empty_wake_ups', '1/s'), of(0, wakeUps)),
    figureOf(
      figure('starts_on_the_machine', '1/s'),
      of(1, (turn) => turn.starts / turn.seconds),
    ),
  ];
}
