import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';

/** Screenshots of a run; not committed. */
const OUTPUT = fileURLToPath(new URL('../../test-output/', import.meta.url));
const CHROMIUM = '/usr/bin/chromium';

/** Where a browser runs: here, or inside a network namespace. */
export interface BrowserPlace {
  /** The words before the command that bring it into the namespace. */
  readonly prefix: readonly string[];
  /** A folder for the script that does so. */
  readonly folder: string;
  /** The addresses of the pages under test there; 127.0.0.1 when absent. */
  readonly addresses?: readonly string[];
}

/** Debian's Chromium, told to talk to nobody but the pages under test. */
export async function openBrowser(place?: BrowserPlace): Promise<Browser> {
  return chromium.launch({
    executablePath: place ? await wrapperIn(place) : CHROMIUM,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      /* Names lead nowhere, so that even what no page asked for reaches nobody. */
      ['--host-resolver-rules=MAP * ~NOTFOUND', ...excludedOf(place)].join(', EXCLUDE '),
    ],
  });
}

function excludedOf({ addresses }: Partial<BrowserPlace> = {}): readonly string[] {
  return addresses ?? ['127.0.0.1'];
}

async function wrapperIn({ prefix, folder }: BrowserPlace): Promise<string> {
  const path = join(folder, 'chromium-within');
  await writeFile(path, `#!/bin/sh\nexec ${prefix.join(' ')} ${CHROMIUM} "$@"\n`);
  await chmod(path, 0o755);
  return path;
}

/** Keeps a picture of the page under `test-output/<journey>/<name>.png`. */
export async function keepPicture(page: Page, journey: string, name: string): Promise<void> {
  const folder = join(OUTPUT, journey);
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
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
    if (!/^(?:data|blob):/.test(request.url()) && new URL(request.url()).origin !== origin) {
      foreignRequests.push(request.url());
    }
  });
  page.on('console', (message) => {
    if (message.type() === 'error') consoleErrors.push(message.text());
  });
  page.on('pageerror', (error) => consoleErrors.push(error.message));
  return { clicks: () => clicks, foreignRequests, consoleErrors };
}
