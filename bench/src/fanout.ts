import { systemClock } from '@wardgrid/base/system';
import { jobRoutes, LIVE_LINK_PATH } from '@wardgrid/wire';
import { startYardstick } from './child-program.ts';
import { startController, type ControllerProcess } from './controller-process.ts';
import { figureOf, quantile, type Bench, type BenchContext, type Figure } from './figure.ts';
import { enrolFleet } from './load/fleet.ts';
import { startListeners, type Listeners, type Received } from './load/listeners.ts';
import { machineMs } from './load/live-listener-messages.ts';
import type { Usage } from './process-usage.ts';

const KIBIBYTE = 1_024;
/** After connecting, until what the handshakes left behind is collected and noted. */
const SETTLE_MS = 3_000;
/** A tenant may have 50,000 open jobs, and nobody here carries them out. */
const ROUNDS = 4;
const ORDER_OPENING = '{"kind":"order"';

/** A server whose message goes to every connection. */
interface Contender {
  readonly name: string;
  readonly port: number;
  readonly usage: () => Usage;
  /** Says it; resolves when the server has answered. */
  readonly tell: () => Promise<void>;
}

interface Turn {
  readonly firstMs: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly allMs: number;
  readonly answerMs: number;
  readonly cpuSeconds: number;
  readonly sizeBytes: number;
}

/** A bulk order to every connected agent, against a loop over raw WebSockets. */
export const bench: Bench = {
  name: 'fanout',
  summary: 'a bulk order to connected agents against a raw ws send loop',
  async run(context) {
    const installed = await startController(context);
    const yardstick = await startYardstick(
      context,
      new URL('yardsticks/websocket-loop.ts', import.meta.url),
    );
    const devices = await enrolFleet(installed, context.isQuick ? 2_000 : 10_000);
    // A process that has enrolled nobody yet: its memory tells what connections cost.
    const controller = await installed.restart();
    const authorizations = devices.map(({ token }) => `Device ${token}`);
    context.say(`${devices.length} devices enrolled`);
    const text = { value: `${ORDER_OPENING},"order":null}` };
    const ours = { name: 'wardgrid', ...controller, tell: () => orderAll(controller) };
    const raw = { name: 'raw ws', ...yardstick, tell: () => sendAll(yardstick.port, text.value) };
    const ourListeners = await connectAll(context, ours, authorizations);
    const rawListeners = await connectAll(context, raw, authorizations);
    const rounds: { readonly ours: Turn; readonly raw: Turn }[] = [];
    for (let round = 0; round < (context.isQuick ? 3 : ROUNDS); round += 1) {
      context.signal.throwIfAborted();
      const turn = await play(context, ours, ourListeners.listeners);
      // The yardstick says as many bytes as the order had.
      text.value = `${ORDER_OPENING}${'x'.repeat(turn.sizeBytes - ORDER_OPENING.length)}`;
      rounds.push({ ours: turn, raw: await play(context, raw, rawListeners.listeners) });
    }
    return figuresOf(rounds, {
      ours: ourListeners.kibibytes,
      raw: rawListeners.kibibytes,
    });
  },
};

async function orderAll({ call }: ControllerProcess): Promise<void> {
  const made = await call(jobRoutes.createMany, {
    body: { selection: { filter: '' }, task: { kind: 'inventory', sections: ['system'] } },
  });
  if (made.refused.length > 0) throw new Error(`refused: ${JSON.stringify(made.refused[0])}`);
}

async function sendAll(port: number, text: string): Promise<void> {
  await (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: text })).text();
}

async function connectAll(
  context: BenchContext,
  { name, port, usage }: Contender,
  authorizations: readonly string[],
): Promise<{ readonly listeners: Listeners; readonly kibibytes: number }> {
  const listeners = startListeners(context);
  const before = usage().rssBytes;
  const startMs = performance.now();
  await listeners.connect({ port, path: LIVE_LINK_PATH, authorizations });
  const tookMs = performance.now() - startMs;
  await systemClock.sleep(SETTLE_MS, context.signal);
  const kibibytes = (usage().rssBytes - before) / authorizations.length / KIBIBYTE;
  context.say(`${name}: connected in ${Math.round(tookMs)} ms, ${kibibytes.toFixed(1)} KB each`);
  return { listeners, kibibytes };
}

async function play(
  context: BenchContext,
  contender: Contender,
  listeners: Listeners,
): Promise<Turn> {
  const { received } = await listeners.await(ORDER_OPENING);
  const before = secondsOf(contender.usage());
  const startMs = machineMs();
  const answered = contender.tell().then(() => machineMs() - startMs);
  const [{ atMs, sizeBytes }, answerMs]: [Received, number] = await Promise.all([
    received,
    answered,
  ]);
  const waitsMs = atMs.map((one) => one - startMs);
  const turn = {
    firstMs: quantile(waitsMs, 0),
    medianMs: quantile(waitsMs, 0.5),
    p99Ms: quantile(waitsMs, 0.99),
    allMs: quantile(waitsMs, 1),
    answerMs,
    cpuSeconds: secondsOf(contender.usage()) - before,
    sizeBytes,
  };
  context.say(
    `${contender.name}: first ${Math.round(turn.firstMs)}, median ${Math.round(turn.medianMs)}, ` +
      `p99 ${Math.round(turn.p99Ms)}, all ${Math.round(turn.allMs)} ms; answered in ` +
      `${Math.round(answerMs)} ms, ${turn.cpuSeconds.toFixed(2)} s CPU, ${sizeBytes} bytes`,
  );
  await systemClock.sleep(500, context.signal);
  return turn;
}

function secondsOf({ ownSeconds, childrenSeconds }: Usage): number {
  return ownSeconds + childrenSeconds;
}

function figuresOf(
  rounds: readonly { readonly ours: Turn; readonly raw: Turn }[],
  kibibytes: { readonly ours: number; readonly raw: number },
): Figure[] {
  const figure = (name: string, unit: string, goal = '–') => ({
    bench: 'fanout',
    figure: name,
    unit,
    goal,
  });
  const ours = (pick: (turn: Turn) => number): number[] => rounds.map((round) => pick(round.ours));
  const raw = (pick: (turn: Turn) => number): number[] => rounds.map((round) => pick(round.raw));
  return [
    figureOf(
      figure('ratio_to_raw_ws', 'ratio', '<=3'),
      rounds.map((round) => round.ours.allMs / round.raw.allMs),
    ),
    figureOf(
      figure('first', 'ms'),
      ours((turn) => turn.firstMs),
    ),
    figureOf(
      figure('median', 'ms'),
      ours((turn) => turn.medianMs),
    ),
    figureOf(
      figure('p99', 'ms'),
      ours((turn) => turn.p99Ms),
    ),
    figureOf(
      figure('all', 'ms', '<=1000'),
      ours((turn) => turn.allMs),
    ),
    figureOf(
      figure('post_answered', 'ms'),
      ours((turn) => turn.answerMs),
    ),
    figureOf(
      figure('raw_ws_all', 'ms'),
      raw((turn) => turn.allMs),
    ),
    figureOf(
      figure('cpu', 's'),
      ours((turn) => turn.cpuSeconds),
    ),
    figureOf(
      figure('raw_ws_cpu', 's'),
      raw((turn) => turn.cpuSeconds),
    ),
    figureOf(figure('rss_per_connection', 'KB', '<=15'), [kibibytes.ours]),
    figureOf(figure('raw_ws_rss_per_connection', 'KB'), [kibibytes.raw]),
  ];
}
