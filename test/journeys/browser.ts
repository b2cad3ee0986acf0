import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';

/** Screenshots of a run; not committed. */
const OUTPUT = fileURLToPath(new URL('../../test-output/', import.meta.url));

/** Debian's Chromium, told to talk to nobody but the pages under test. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Keeps a picture of the page under `test-output/<journey>/<name>.png`. */
export async function keepPicture(page: Page, journey: string, name: string): Promise<void> {
  const folder = join(OUTPUT, journey);
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: false });
}

/** Counts what a person does on a page, and what the page asks of the network. */
export interface Observer {
  readonly clicks: () => number;
  /** Requests to any other host than the controller's. */
  readonly foreignRequests: readonly string[];
  readonly consoleErrors: readonly string[];
}

/** Watches a page from its first document on. */
export async function observe(page: Page, origin: string): Promise<Observer> {
  let clicks = 0;
  const foreignRequests: string[] = [];
  const consoleErrors: string[] = [];
  await page.exposeFunction('wardgridCountClick', () => {
    clicks += 1;
  });
  await page.addInitScript(
    `addEventListener('click', (event) => { if (event.isTrusted) globalThis.wardgridCountClick(); }, true)`,
  );
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !url.startsWith('data:') && !url.startsWith('blob:'))
      foreignRequests.push(url);
  });
  page.on('console', (message) => {
    if (message.type() === 'error') consoleErrors.push(message.text());
  });
  page.on('pageerror', (error) => consoleErrors.push(error.message));
  return { clicks: () => clicks, foreignRequests, consoleErrors };
}
