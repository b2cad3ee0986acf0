import type { Page } from 'playwright-core';
import { systemClock } from '@wardgrid/base/system';
import { openBrowser, openSignedIn } from './browser.ts';
import { startController, type ControllerProcess } from './controller-process.ts';
import { figureOf, quantile, type Bench, type BenchContext, type Figure } from './figure.ts';
import { timeUntilShown, waitForRows } from './list-page.ts';
import { seedDevices } from './seeded-devices.ts';

/** Every sortable column: its key in the address, and its name in the head. */
const COLUMNS: readonly (readonly [key: string, name: string])[] = [
  ['name', 'Name'],
  ['status', 'Status'],
  ['os', 'Operating system'],
  ['organization', 'Organization'],
  ['group', 'Group'],
  ['localIp', 'Local address'],
  ['lastSeenAt', 'Last seen'],
  ['cpu', 'CPU'],
  ['hostname', 'Host name'],
  ['tenant', 'Tenant'],
  ['agentVersion', 'Agent'],
  ['enrolledAt', 'Enrolled'],
];
const FILTERS = ['status:offline', 'os:Windows*', 'organization:"Client 7"', 'pc-00', 'cpu:>95'];
/** The console waits so long for the next key before it filters. */
const TYPING_PAUSE_MS = 250;
/** Every input comes to a page at rest, as a person's does. */
const REST_MS = 150;
const PAGE_WIDTH = 2_600;

type Timings = Map<string, number[]>;

/** The list of devices in a real browser, on a large installation. */
export const bench: Bench = {
  name: 'console-list',
  summary: 'the list of 100,000 devices in Chromium: first page, sort, filter, jump',
  async run(context) {
    const count = context.isQuick ? 20_000 : 100_000;
    const controller = await startController(context);
    await seedDevices(controller, count);
    context.say(`${count} devices seeded`);
    const browser = await openBrowser(context);
    const profile = await openSignedIn(browser, controller);
    const page = await profile.newPage();
    await page.setViewportSize({ width: PAGE_WIDTH, height: 1_000 });
    const answersMs: number[] = [];
    const before = secondsOf(controller);
    page.on('requestfinished', (request) => {
      if (!request.url().includes('/api/v1/devices?')) return;
      const { requestStart, responseEnd } = request.timing();
      answersMs.push(responseEnd - requestStart);
    });
    const columns = COLUMNS.map(([key]) => key).join(',');
    const url = `${controller.url}/devices?columns=${columns}`;
    const timings: Timings = new Map();
    for (let round = 0; round < (context.isQuick ? 1 : 4); round += 1) {
      context.signal.throwIfAborted();
      await page.goto(url);
      await waitForRows(page);
      await measureRound(context, { page, timings, count });
    }
    const cpuMs = ((secondsOf(controller) - before) / answersMs.length) * 1_000;
    return [...figuresOf(timings, answersMs), worstOf('answer_cpu', [cpuMs])];
  },
};

/** CPU of controller and database; there is little else to do than to answer lists. */
function secondsOf(controller: ControllerProcess): number {
  const { ownSeconds, childrenSeconds } = controller.usage();
  return ownSeconds + childrenSeconds;
}

async function measureRound(
  context: BenchContext,
  given: { readonly page: Page; readonly timings: Timings; readonly count: number },
): Promise<void> {
  const { page } = given;
  const last = { rowIndex: given.count + 1 };
  const note = async (kind: string, work: Promise<number>): Promise<void> => {
    const tookMs = await work;
    given.timings.set(kind, [...(given.timings.get(kind) ?? []), tookMs]);
    context.say(`${kind}: ${Math.round(tookMs)} ms`);
    await systemClock.sleep(REST_MS, context.signal);
  };
  for (const [key, name] of COLUMNS) {
    for (const sort of sortsOf(key)) {
      const head = page.getByRole('columnheader').getByRole('button', { name, exact: true });
      await note(
        `sort ${key}`,
        timeUntilShown(page, { column: { name, sort } }, () => head.click()),
      );
    }
  }
  const grid = page.getByRole('grid');
  await grid.focus();
  await note(
    'jump to the end',
    timeUntilShown(page, last, () => grid.press('End')),
  );
  await note(
    'jump to the start',
    timeUntilShown(page, { rowIndex: 2 }, () => grid.press('Home')),
  );
  const box = page.locator('[data-filter-box]');
  for (const filter of FILTERS) {
    await note(
      `filter ${filter}`,
      timeUntilShown(page, { filter }, () => box.fill(filter)).then((ms) => ms - TYPING_PAUSE_MS),
    );
  }
  await page.goto(new URL('/settings', page.url()).href);
  const link = page.getByRole('navigation').getByRole('link', { name: 'Devices', exact: true });
  await note(
    'first page',
    timeUntilShown(page, {}, () => link.click()),
  );
}

/** The list begins sorted by name. */
function sortsOf(key: string): readonly ('ascending' | 'descending')[] {
  return key === 'name' ? ['descending'] : ['ascending', 'descending'];
}

function figuresOf(timings: Timings, answersMs: readonly number[]): Figure[] {
  const all = [...timings];
  const of = (prefix: string): number[] =>
    all.flatMap(([kind, values]) => (kind.startsWith(prefix) ? values : []));
  return [
    worstOf('all_p95', of(''), '<=150'),
    worstOf('first_page_p95', of('first'), '<=150'),
    worstOf('sort_p95', of('sort'), '<=150'),
    worstOf('filter_after_pause_p95', of('filter'), '<=150'),
    worstOf('jump_p95', of('jump'), '<=150'),
    worstOf('answer_p95', answersMs),
    ...all
      .filter(([kind]) => kind !== 'first page')
      .map(([kind, values]) => worstOf(`${kind.replaceAll(' ', '_')}_p95`, values)),
  ];
}

/** The 95th percentile, with the range of all. */
function worstOf(figure: string, values: readonly number[], goal = '–'): Figure {
  const range = figureOf({ bench: 'console-list', figure, unit: 'ms', goal }, values);
  return { ...range, value: Math.round(quantile(values, 0.95)) };
}
