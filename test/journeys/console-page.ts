/** A page of the console under watch: what it asks of whom, what it complains of, who can use it. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Page, Response } from 'playwright-core';
import { sessionRoutes } from '@wardgrid/wire';
import { PASSWORD } from '../controller/harness.ts';

/** A browser window of its own, with what was seen going wrong in it. */
export interface Window {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Requests to anybody but the controller. */
  readonly foreignRequests: readonly string[];
  /** Errors of the console, of scripts and of the content security policy. */
  readonly complaints: string[];
}

export type Theme = 'light' | 'dark' | 'contrast';

/** Opens a window that watches every document in it. */
export async function openWindow(browser: Browser, url: string): Promise<Window> {
  const context = await browser.newContext({
    baseURL: url,
    // A controller beyond loopback has its own authority, which the API clients of a test verify.
    ignoreHTTPSErrors: url.startsWith('https:'),
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    reducedMotion: 'reduce',
  });
  const foreignRequests: string[] = [];
  const complaints: string[] = [];
  await context.exposeFunction('wardgridReportViolation', (text: string) => {
    complaints.push(`content security policy: ${text}`);
  });
  await context.addInitScript(`
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      globalThis.wardgridReportViolation(violatedDirective + ' ' + blockedURI);
    });
  `);
  context.on('request', (request) => {
    const target = new URL(request.url());
    if (!/^(?:data|blob):$/.test(target.protocol) && target.origin !== url) {
      foreignRequests.push(request.url());
    }
  });
  context.on('console', (message) => {
    if (message.type() !== 'error') return;
    complaints.push(`${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => complaints.push(error.error().message));
  return { context, page: await context.newPage(), foreignRequests, complaints };
}

/** Signs in without the form; the window keeps the cookies. */
export async function signIn({ context }: Window, email: string): Promise<void> {
  const answer = await context.request.post(`/api${sessionRoutes.create.path}`, {
    data: { email, password: PASSWORD },
  });
  if (!answer.ok()) throw new Error(`signing in as ${email} gave ${answer.status()}`);
}

/** Signs in as people do. */
export async function signInByForm({ page }: Window, email: string): Promise<void> {
  await page.goto('/sign-in');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL((address) => !address.pathname.startsWith('/sign-in'));
}

/** Opens an address and waits until the page has said all it has to say. */
export async function visit(page: Page, path: string): Promise<Response> {
  const response = await page.goto(path, { waitUntil: 'domcontentloaded' });
  await settle(page);
  if (!response) throw new Error(`${path} gave no document`);
  return response;
}

/** Waits until a page is drawn and waits for nothing. */
export async function settle(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor();
  await page.locator('[aria-busy=true], .skeleton').first().waitFor({ state: 'detached' });
}

/** Puts a theme on the page that is shown. */
export async function wear(page: Page, theme: Theme): Promise<void> {
  await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`);
}

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const axeSource = await readFile(axePath, 'utf8');

/** Every rule of axe: WCAG 2.2 A and AA, and what axe calls good practice. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** What a theme can change; everything else is the same in all of them. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

/** What stands in the way of people who cannot see or point, one line each. */
export async function violationsOf(page: Page, only: 'all' | 'colours'): Promise<string[]> {
  const run =
    only === 'all' ? { type: 'tag', values: TAGS } : { type: 'rule', values: COLOUR_RULES };
  const options = { runOnly: run, resultTypes: ['violations'] };
  const isThere = await page.evaluate(`typeof axe !== 'undefined'`);
  if (!isThere) await page.evaluate(axeSource);
  return page.evaluate(`
    axe.run(document, ${JSON.stringify(options)}).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => id + ': ' + html.slice(0, 200) + ' — ' + failureSummary)))
  `);
}
