/* Every page of the console, as each of the three meets it: usable by all, talking to nobody else. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { PASSWORD } from '../controller/harness.ts';
import { keepPicture, openBrowser } from './browser.ts';
import {
  openWindow,
  settle,
  signIn,
  violationsOf,
  visit,
  wear,
  type Window,
} from './console-page.ts';
import {
  HOSTILE_NAME,
  makeWorld,
  readRoutes,
  type ConsoleRoute,
  type Visitor,
  type World,
} from './console-world.ts';

const JOURNEY = 'console';
/** Pages that are looked at in high contrast too: a list, a thing with everything, charts, forms. */
const CONTRAST_PATHS = new Set(['/', '/devices', '/devices/$id', '/settings']);

let world: World;
let browser: Browser;
let routes: readonly ConsoleRoute[];
const windows: Window[] = [];

async function open(email?: string): Promise<Window> {
  const opened = await openWindow(browser, world.url);
  windows.push(opened);
  if (email !== undefined) await signIn(opened, email);
  return opened;
}

const visitorOf = (shell: Visitor['shell']): Visitor => {
  const visitor = world.visitors.find((each) => each.shell === shell);
  if (!visitor) throw new Error(`nobody meets ${shell}`);
  return visitor;
};

beforeAll(async () => {
  routes = await readRoutes();
  browser = await openBrowser();
  world = await makeWorld();
}, 120_000);

afterEach(async () => {
  for (const { context } of windows.splice(0)) await context.close();
});

afterAll(async () => {
  await browser?.close();
  await world?.close();
}, 30_000);

/** An address of the route: of the newest thing that the visitor sees, where it names one. */
async function addressOf({ context }: Window, { path }: ConsoleRoute): Promise<string> {
  if (!path.includes('$id')) return path;
  const noun = path.slice(1, path.indexOf('/$id'));
  const answer = await context.request.get(`/api/v1/${noun}?limit=1`);
  const { data = [] } = (await answer.json()) as { data?: { id: string }[] };
  const id = data[0]?.id;
  if (id === undefined && answer.ok()) throw new Error(`the world has no ${noun} to look at`);
  return path.replace('$id', id ?? '01890000-0000-7000-8000-000000000000');
}

/** What is wrong with a page, in all themes that are asked for. */
async function faultsOf(page: Page, path: string): Promise<string[]> {
  const faults: string[] = [];
  for (const theme of ['light', 'dark', 'contrast'] as const) {
    if (theme === 'contrast' && !CONTRAST_PATHS.has(path)) continue;
    await wear(page, theme);
    const found = await violationsOf(page, theme === 'light' ? 'all' : 'colours');
    faults.push(...found.map((fault) => `${path} in ${theme}: ${fault}`));
  }
  return faults;
}

const pictureOf = (path: string): string => path.slice(1).replaceAll(/[/$]+/g, '-') || 'overview';

describe.each(['master-grid', 'partner', 'client'] as const)('the %s console', (shell) => {
  test('shows every page it may, refuses every other, and none is in anybody’s way', async () => {
    const visitor = visitorOf(shell);
    const window = await open(visitor.email);
    const { page } = window;
    const faults: string[] = [];
    let refused = 0;
    for (const route of routes) {
      const isAllowed = route.needed === 'signed-in' || visitor.permissions.has(route.needed);
      const response = await visit(page, await addressOf(window, route));
      const heading = await page.locator('main h1').allInnerTexts();
      expect([route.path, response.status()]).toEqual([route.path, isAllowed ? 200 : 403]);
      expect([route.path, heading.length]).toEqual([route.path, 1]);
      expect([route.path, await page.getByText('403', { exact: true }).count()]).toEqual([
        route.path,
        isAllowed ? 0 : 1,
      ]);
      if (!isAllowed) refused += 1;
      await wear(page, 'light');
      await keepPicture(page, `${JOURNEY}/${shell}`, pictureOf(route.path));
      faults.push(...(await faultsOf(page, route.path)));
      if (route.path === '/devices/$id') await keepPicture(page, `${JOURNEY}/${shell}`, 'contrast');
    }
    expect(faults).toEqual([]);
    expect(window.foreignRequests).toEqual([]);
    /* Chromium itself notes a document that was refused. */
    const complaints = window.complaints.filter((text) => !/status of 403/.test(text));
    expect(complaints).toEqual([]);
    expect(window.complaints.length - complaints.length).toBe(refused);
    expect(refused > 0).toBe(shell !== 'master-grid');
  }, 300_000);
});

test('what is watched for would be seen', async () => {
  const window = await open();
  await visit(window.page, '/sign-in');
  expect(await violationsOf(window.page, 'all')).toEqual([]);
  await window.page.evaluate(`
    document.body.style.color = '#999';
    document.body.append(document.createElement('img'), 'pale');
    fetch('http://elsewhere.test/').catch(() => undefined);
    const image = new Image();
    image.src = 'http://127.0.0.1:9/picture';
  `);
  const found = await violationsOf(window.page, 'all');
  expect(found.some((fault) => fault.startsWith('image-alt'))).toBe(true);
  expect(await violationsOf(window.page, 'colours')).not.toEqual([]);
  await expect.poll(() => window.complaints.join(' ')).toMatch(/security policy: connect-src/);
  expect(window.complaints.join(' ')).toMatch(/security policy: img-src/);
  await window.page.goto('http://elsewhere.test/').catch(() => undefined);
  expect(window.foreignRequests).toContain('http://elsewhere.test/');
}, 30_000);

test('whoever is not signed in is asked to, and comes back to the page that was asked for', async () => {
  const { page } = await open();
  const wanted = '/devices?filter=status%3Aonline';
  await page.goto(wanted);
  expect(new URL(page.url()).pathname).toBe('/sign-in');
  await page.getByLabel('E-mail').fill(visitorOf('partner').email);
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  expect(await violationsOf(page, 'all')).toEqual([]);
  await keepPicture(page, JOURNEY, 'sign-in-refused');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(world.url + wanted);
  await settle(page);
  expect(await page.getByRole('gridcell', { name: 'Offline' }).count()).toBe(0);
  expect(await page.getByRole('gridcell', { name: 'Online' }).count()).toBeGreaterThan(5);
}, 30_000);

test('j and k move through a list, and Enter opens what they point at', async () => {
  const window = await open(visitorOf('partner').email);
  const { page } = window;
  await visit(page, '/devices?filter=sim-&sort=name');
  const active = page.locator('[role=row][data-active=true]');
  const places: (string | null)[] = [];
  await page.getByRole('grid').focus();
  for (const key of ['j', 'j', 'j', 'k']) {
    await page.keyboard.press(key);
    places.push(await active.getAttribute('aria-rowindex'));
  }
  expect(places).toEqual(['3', '4', '5', '4']);
  const href = (await active.getByRole('link').first().getAttribute('href')) ?? '';
  await page.keyboard.press('Enter');
  await page.waitForURL(world.url + href);
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  expect(await violationsOf(page, 'all')).toEqual([]);
  await keepPicture(page, JOURNEY, 'keys');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('combobox').fill('find');
  expect(await violationsOf(page, 'all')).toEqual([]);
  await keepPicture(page, JOURNEY, 'palette');
  expect(window.complaints).toEqual([]);
}, 30_000);

test('a filter that is not understood says what was perhaps meant', async () => {
  const window = await open(visitorOf('client').email);
  const { page } = window;
  await visit(page, '/devices');
  const filter = page.getByRole('combobox', { name: 'Filter' });
  await filter.fill('statu:online');
  await filter.press('Escape');
  await page.getByText(/^unknown field 'statu'; did you mean 'status'/).waitFor();
  expect(await filter.getAttribute('aria-invalid')).toBe('true');
  expect(await violationsOf(page, 'all')).toEqual([]);
  await keepPicture(page, JOURNEY, 'filter-refused');
  await filter.fill('sta');
  await page.getByRole('option', { name: /^status/ }).waitFor();
  expect(await violationsOf(page, 'all')).toEqual([]);
  await filter.press('ArrowDown');
  await filter.press('Enter');
  expect(await filter.inputValue()).toBe('status:');
  await filter.fill('status:offline');
  await page.waitForURL(/filter=status%3Aoffline/);
  expect(window.complaints).toEqual([]);
}, 30_000);

test('a group is made, moved into another and taken away again', async () => {
  const window = await open(visitorOf('partner').email);
  const { page } = window;
  await visit(page, '/organizations?filter=name:Harbour');
  await page.getByRole('grid').getByRole('link', { name: 'Harbour' }).click();
  await page.getByRole('button', { name: 'New group' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Jetty');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('main').getByRole('link', { name: 'Jetty' }).click();
  await page.getByRole('heading', { level: 1, name: 'Jetty' }).waitFor();
  await page.getByRole('button', { name: 'Move' }).click();
  await page.getByLabel('Inside').selectOption({ label: 'Servers' });
  expect(await violationsOf(page, 'all')).toEqual([]);
  await keepPicture(page, JOURNEY, 'group-moved');
  await page.getByRole('dialog').getByRole('button', { name: 'Move' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await visit(page, '/groups');
  await page.getByRole('link', { name: 'Servers' }).click();
  await page.getByRole('heading', { level: 1, name: 'Servers' }).waitFor();
  const jetty = page.getByRole('main').getByRole('link', { name: 'Jetty' });
  await jetty.waitFor();
  await keepPicture(page, JOURNEY, 'group-inside');
  await jetty.click();
  await page.getByRole('heading', { level: 1, name: 'Jetty' }).waitFor();
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.waitForURL('**/groups');
  await page.getByRole('link', { name: 'Servers' }).waitFor();
  await page.getByRole('link', { name: 'Jetty' }).waitFor({ state: 'detached' });
  expect(window.complaints).toEqual([]);
}, 30_000);

test('a name that means harm is shown as it is, and does none', async () => {
  const window = await open(visitorOf('client').email);
  const { page } = window;
  await visit(page, '/devices?filter=alert');
  const shown = HOSTILE_NAME.replace('\u202E', '\\u{202e}');
  await page.getByRole('link', { name: shown }).click();
  await page.getByRole('heading', { level: 1, name: shown }).waitFor();
  expect(await page.locator('img').count()).toBe(0);
  expect(window.complaints).toEqual([]);
}, 30_000);

test('tabs share one session: renewed for all, ended for all', async () => {
  const window = await open(visitorOf('partner').email);
  const { context, page: first } = window;
  const second = await context.newPage();
  const renewals: number[] = [];
  context.on('response', (response) => {
    if (response.url().endsWith('/sessions/refresh')) renewals.push(response.status());
  });
  await visit(first, '/devices');
  await visit(second, '/findings');
  await context.clearCookies({ name: /wardgrid-access$/ });
  for (const page of [first, second]) {
    await page.getByRole('link', { name: 'Jobs' }).click();
    await page.waitForURL('**/jobs');
    await settle(page);
    await page.getByRole('grid').waitFor();
  }
  expect(renewals).toEqual([200]);
  await context.clearCookies({ name: /wardgrid-access$/ });
  await Promise.all(
    [first, second].map(async (page) => {
      await page.getByRole('link', { name: 'Networks' }).click();
      await page.getByRole('grid').waitFor();
    }),
  );
  expect(new Set(renewals)).toEqual(new Set([200]));
  expect(renewals.length).toBeLessThanOrEqual(3);

  await first.getByRole('button', { name: /Pat Partner/ }).click();
  await first.getByRole('menuitem', { name: 'Sign out' }).waitFor();
  expect(await violationsOf(first, 'all')).toEqual([]);
  await keepPicture(first, JOURNEY, 'person-menu');
  await first.getByRole('menuitem', { name: 'Sign out' }).click();
  for (const page of [first, second]) {
    await page.waitForURL('**/sign-in?**');
    await page.getByText('You are signed out.').waitFor();
  }
  expect((await context.request.get('/api/v1/devices')).status()).toBe(401);
}, 60_000);

/** Pages of the chain of command, and one of what a site manages. */
const SITE_PATHS = [
  '/',
  '/hierarchy',
  '/controllers',
  '/join-tokens',
  '/sync',
  '/sync/pending',
  '/sync/conflicts',
  '/sync/ids',
  '/organizations',
];

/* The last one: the cloud goes away for good. */
test('a site says whom it reaches, and with the cloud away what is not sent up yet', async () => {
  const window = await openWindow(browser, world.site.url);
  windows.push(window);
  await signIn(window, world.site.email);
  const { page } = window;
  const banner = page.getByRole('status', { name: 'Local view' });
  const look = async (name: string): Promise<string[]> => {
    const faults: string[] = [];
    for (const theme of ['light', 'dark'] as const) {
      await wear(page, theme);
      const found = await violationsOf(page, theme === 'light' ? 'all' : 'colours');
      faults.push(...found.map((fault) => `${name} in ${theme}: ${fault}`));
      await keepPicture(page, `${JOURNEY}/site`, `${name}-${theme}`);
    }
    return faults;
  };
  for (const path of SITE_PATHS) {
    await visit(page, path);
    await banner.getByText('In step with the controllers above').waitFor();
    expect(await banner.innerText()).toContain('Local controller Airport');
    expect(await look(pictureOf(path))).toEqual([]);
  }

  await world.stopCloud();
  await visit(page, `/organizations/${world.site.organizationId}`);
  await page.getByRole('button', { name: 'Rename' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Airport west');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { level: 1, name: 'Airport west' }).waitFor();
  await banner.getByText('Nobody above answers').waitFor({ timeout: 30_000 });
  await banner.getByRole('link', { name: /not yet sent up/ }).waitFor();
  await page.getByRole('main').getByText('Not yet sent up').waitFor();
  expect(await look('cut-off')).toEqual([]);
  await banner.getByRole('link', { name: /not yet sent up/ }).click();
  await page.getByRole('row', { name: /Airport west.*Organization.*Changed.*Name/ }).waitFor();
  expect(await look('cut-off-pending')).toEqual([]);
  await visit(page, '/sync');
  await page.getByText('Does not answer').waitFor();
  expect(await look('cut-off-sync')).toEqual([]);
  expect(window.foreignRequests).toEqual([]);
  expect(window.complaints).toEqual([]);
}, 120_000);
