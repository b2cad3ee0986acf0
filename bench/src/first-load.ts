import { once } from 'node:events';
import { createServer } from 'node:net';
import lighthouse from 'lighthouse';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { systemClock } from '@wardgrid/base/system';
import { openBrowser, openSignedIn } from './browser.ts';
import { startController, type ControllerProcess } from './controller-process.ts';
import { figureOf, type Bench, type BenchContext, type Figure } from './figure.ts';

/** Every page of the console that needs no thing to exist. */
const PAGES = [
  '/',
  '/add-device',
  '/devices',
  '/enrolment-keys',
  '/jobs',
  '/networks',
  '/assets',
  '/findings',
  '/incidents',
  '/tenants',
  '/organizations',
  '/groups',
  '/accounts',
  '/blocked-addresses',
  '/system',
  '/settings',
];
/** A quick look: those that load most, least, and differently. */
const QUICK_PAGES = ['/', '/devices', '/jobs', '/system', '/settings'];
/** As people count transfers. */
const KILOBYTE = 1_000;
/** What a page still fetches after its heading stands. */
const SETTLE_MS = 400;

/** A script as it came over the wire. */
type Scripts = ReadonlyMap<string, number>;

interface Visit {
  readonly scripts: Scripts;
  /** Everything, by kind of resource. */
  readonly totalBytes: number;
  readonly firstPaintMs: number;
  readonly largestPaintMs: number;
}

/** What a first visit transfers and when it is painted, in a real browser. */
export const bench: Bench = {
  name: 'first-load',
  summary: 'what a first visit transfers and when it is painted, in Chromium',
  async run(context) {
    const controller = await startController(context);
    const browser = await openBrowser(context);
    const runs = context.isQuick ? 3 : 7;
    const signIn = await visitOften(runs, () => browser.newContext(), `${controller.url}/sign-in`);
    const home = await visitOften(
      runs,
      () => openSignedIn(browser, controller),
      `${controller.url}/`,
    );
    const routes = await routeFigures(context, { browser, controller });
    const scores = await lighthouseScores(context, controller, context.isQuick ? 1 : 5);
    return [
      ...visitFigures('sign_in', signIn),
      ...visitFigures('overview', home),
      ...routes,
      scores,
    ];
  },
};

async function visitOften(
  runs: number,
  open: () => Promise<BrowserContext>,
  url: string,
): Promise<Visit[]> {
  const visits: Visit[] = [];
  for (let run = 0; run < runs; run += 1) visits.push(await visit(await open(), url));
  return visits;
}

/** Opens an address with an empty cache, and closes the profile. */
async function visit(profile: BrowserContext, url: string): Promise<Visit> {
  const page = await profile.newPage();
  const scripts = new Map<string, number>();
  let totalBytes = 0;
  const noted: Promise<void>[] = [];
  page.on('requestfinished', (request) => {
    const kind = request.resourceType();
    if (kind === 'eventsource' || kind === 'fetch') return;
    const note = async (): Promise<void> => {
      const { responseBodySize } = await request.sizes();
      totalBytes += responseBodySize;
      if (kind === 'script') scripts.set(new URL(request.url()).pathname, responseBodySize);
    };
    noted.push(note());
  });
  await page.goto(url, { waitUntil: 'load' });
  await page.locator('h1').first().waitFor();
  await systemClock.sleep(SETTLE_MS);
  await Promise.all(noted);
  const paint = await paintOf(page);
  await profile.close();
  return { scripts, totalBytes, ...paint };
}

/** First and largest paint by the browser's own clock (Paint Timing, Largest Contentful Paint). */
const PAINT_SCRIPT = `new Promise((resolve) => {
  const firstPaintMs = performance.getEntriesByName('first-contentful-paint')[0]?.startTime;
  new PerformanceObserver((list) => {
    resolve({ firstPaintMs, largestPaintMs: list.getEntries().at(-1)?.startTime });
  }).observe({ type: 'largest-contentful-paint', buffered: true });
})`;

function paintOf(
  page: Page,
): Promise<{ readonly firstPaintMs: number; readonly largestPaintMs: number }> {
  return page.evaluate(PAINT_SCRIPT);
}

/** The shell is what every page loads; the rest is the page's own. */
async function routeFigures(
  context: BenchContext,
  { browser, controller }: { readonly browser: Browser; readonly controller: ControllerProcess },
): Promise<Figure[]> {
  const pages: { readonly path: string; readonly scripts: Scripts }[] = [];
  for (const path of context.isQuick ? QUICK_PAGES : PAGES) {
    context.signal.throwIfAborted();
    const { scripts } = await visit(await openSignedIn(browser, controller), controller.url + path);
    pages.push({ path, scripts });
  }
  const [first] = pages;
  const shell = [...(first?.scripts ?? [])].filter(([name]) =>
    pages.every(({ scripts }) => scripts.has(name)),
  );
  const shared = new Set(shell.map(([name]) => name));
  const own = pages
    .map(({ path, scripts }) => {
      const parts = [...scripts].filter(([name]) => !shared.has(name));
      return { path, sizeBytes: sumOf(parts), largest: Math.max(...parts.map(([, size]) => size)) };
    })
    .toSorted((left, right) => right.sizeBytes - left.sizeBytes);
  for (const { path, sizeBytes, largest } of own) {
    context.say(`${path}: ${sizeBytes} bytes of its own, ${largest} in the largest file`);
  }
  return [
    figureOf(figure('shell_js', 'KB', '<=140'), [sumOf(shell) / KILOBYTE]),
    figureOf(
      figure('route_with_shared_lists_js', 'KB'),
      own.map(({ sizeBytes }) => sizeBytes / KILOBYTE),
    ),
    figureOf(
      figure('route_largest_chunk', 'KB', '<=40 (max)'),
      own.map(({ largest }) => largest / KILOBYTE),
    ),
  ];
}

function sumOf(scripts: readonly (readonly [string, number])[]): number {
  return scripts.reduce((sum, [, sizeBytes]) => sum + sizeBytes, 0);
}

function visitFigures(name: string, visits: readonly Visit[]): Figure[] {
  const isSignIn = name === 'sign_in';
  return [
    figureOf(
      figure(`${name}_js`, 'KB', isSignIn ? '<=15' : '–'),
      visits.map(({ scripts }) => sumOf([...scripts]) / KILOBYTE),
    ),
    figureOf(
      figure(`${name}_all`, 'KB'),
      visits.map(({ totalBytes }) => totalBytes / KILOBYTE),
    ),
    figureOf(
      figure(`${name}_first_paint`, 'ms'),
      visits.map(({ firstPaintMs }) => firstPaintMs),
    ),
    figureOf(
      figure(`${name}_largest_paint`, 'ms'),
      visits.map(({ largestPaintMs }) => largestPaintMs),
    ),
  ];
}

function figure(
  name: string,
  unit: string,
  goal = '–',
): Pick<Figure, 'bench' | 'figure' | 'goal' | 'unit'> {
  return { bench: 'first-load', figure: name, unit, goal };
}

/** Lighthouse with its own throttling of a slow phone, on the sign-in page. */
async function lighthouseScores(
  context: BenchContext,
  controller: ControllerProcess,
  runs: number,
): Promise<Figure> {
  const port = await freePort();
  await openBrowser(context, [`--remote-debugging-port=${port}`]);
  const scores: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    context.signal.throwIfAborted();
    const result = await lighthouse(`${controller.url}/sign-in`, {
      port,
      onlyCategories: ['performance'],
      logLevel: 'silent',
    });
    scores.push(result?.lhr.categories['performance']?.score ?? Number.NaN);
  }
  return figureOf(figure('sign_in_lighthouse', 'score', '>=0.98'), scores);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
