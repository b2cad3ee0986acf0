import { spawn, type ChildProcess } from 'node:child_process';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@wardgrid/base/system';
import { findingRoutes } from '@wardgrid/wire';
import { makeTestDirectory } from '../../../test/database/directory.ts';
import { startAgent } from '../agent-process.ts';
import { startController, stopProcess, type ControllerProcess } from '../controller-process.ts';
import { figureOf, quantile, type BenchContext, type Figure } from '../figure.ts';
import { startsOfMachine } from '../quiet-usage.ts';
import { openLiveStream, type LiveStream } from './live-stream.ts';

const LOAD = fileURLToPath(new URL('../load-starts.ts', import.meta.url));
/** What the design asks for, all the time, beside what is measured; one starter alone cannot do it. */
const BACKGROUND_PER_SECOND = 500;
const STARTERS = 2;
/** Longer than any bench. */
const BACKGROUND_STARTS = 1_000_000;
/**
 * Harmless programs under names that a shipped rule each takes for dangerous. A rule tells a hundred
 * different programs in an hour, so there are several.
 */
const BAIT = [
  { name: 'chisel', words: [] },
  { name: 'hydra', words: ['-l', 'nobody'] },
  { name: 'mimipenguin', words: [] },
  { name: 'sliver-client', words: [] },
] as const;
/** So that it falls into every phase of the agent's beats. */
const PAUSE_MS = { least: 150, more: 400 };
/** What is not seen by then counts as lost. */
const PATIENCE_MS = 10_000;
/** A stream may lose an event; the answer does not. */
const LOOK_MS = 500;

/** What one start takes part in. */
interface Scene {
  readonly controller: ControllerProcess;
  readonly stream: LiveStream;
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** From the start of a program to its finding in an answer of the controller's API. */
export async function measureFindings(context: BenchContext): Promise<readonly Figure[]> {
  const directory = await makeTestDirectory();
  context.defer(() => directory.remove());
  const folder = directory.path;
  const controller = await startController(context);
  await startAgent(context, controller, folder);
  const over = new AbortController();
  context.defer(() => over.abort());
  const stream = await openLiveStream(controller, over.signal);
  for (let starter = 0; starter < STARTERS; starter += 1) {
    const background = startBackground();
    context.defer(() => stopProcess(background));
  }
  const scene = { controller, stream, folder, signal: context.signal };
  const count = context.isQuick ? 40 : 300;
  const delaysMs: number[] = [];
  const before = { starts: startsOfMachine(), atMs: systemClock.monotonic() };
  for (let index = 0; index < count; index += 1) {
    const delayMs = await playOne(scene, index);
    if (delayMs !== undefined) delaysMs.push(delayMs);
    const pauseMs = PAUSE_MS.least + Math.random() * PAUSE_MS.more;
    await systemClock.sleep(pauseMs, context.signal);
  }
  context.say(`${delaysMs.length} of ${count} found`);
  const seconds = (systemClock.monotonic() - before.atMs) / 1_000;
  return figuresOf(delaysMs, { count, perSecond: (startsOfMachine() - before.starts) / seconds });
}

function startBackground(): ChildProcess {
  const words = ['background', String(BACKGROUND_PER_SECOND / STARTERS), String(BACKGROUND_STARTS)];
  return spawn(process.execPath, [LOAD, ...words], { stdio: 'ignore' });
}

/** Starts one program of its own name; gives how long it took to be found, undefined when it was not. */
async function playOne(scene: Scene, index: number): Promise<number | undefined> {
  const bait = BAIT[index % BAIT.length] ?? BAIT[0];
  const place = join(scene.folder, 'bait', String(index));
  await mkdir(place, { recursive: true });
  const path = join(place, bait.name);
  await copyFile('/bin/true', path);
  let change = scene.stream.next('findings');
  const startMs = systemClock.monotonic();
  spawn(path, bait.words, { stdio: 'ignore' });
  const lastMs = startMs + PATIENCE_MS;
  while (systemClock.monotonic() < lastMs) {
    await Promise.race([change, systemClock.sleep(LOOK_MS, scene.signal)]);
    change = scene.stream.next('findings');
    if (await isFound(scene.controller, path)) return systemClock.monotonic() - startMs;
  }
  return undefined;
}

async function isFound({ call }: ControllerProcess, path: string): Promise<boolean> {
  const query = { filter: 'category:threat', sort: '-lastSeenAt', limit: 5 };
  const { data } = await call(findingRoutes.list, { query });
  return data.some(({ subject }) => subject === path);
}

function figuresOf(
  delaysMs: readonly number[],
  { count, perSecond }: { readonly count: number; readonly perSecond: number },
): Figure[] {
  const figure = (name: string, unit: string, goal = '–') => ({
    bench: 'exec-latency',
    figure: `finding_${name}`,
    unit,
    goal,
  });
  return [
    figureOf(figure('p50', 'ms'), [quantile(delaysMs, 0.5)]),
    figureOf(figure('p99', 'ms', '<=300'), [quantile(delaysMs, 0.99)]),
    figureOf(figure('worst', 'ms'), [Math.max(...delaysMs)]),
    figureOf(figure('seen', 'share of starts', '1'), [delaysMs.length / count]),
    figureOf(figure('starts_on_the_machine', '1/s', '>=500'), [perSecond]),
  ];
}
