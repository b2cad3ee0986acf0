import { chromium, type Browser, type BrowserContext } from 'playwright-core';
import type { ControllerProcess } from './controller-process.ts';
import type { BenchContext } from './figure.ts';

/** Debian's Chromium; it talks to nobody but the pages that are measured. */
const PROGRAM = '/usr/bin/chromium';
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts a browser that ends with the bench. */
export async function openBrowser(
  context: BenchContext,
  more: readonly string[] = [],
): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: PROGRAM,
    headless: true,
    args: [...ARGUMENTS, ...more],
  });
  context.defer(() => browser.close());
  return browser;
}

/** A fresh profile in which the admin of the bench is signed in. */
export async function openSignedIn(
  browser: Browser,
  controller: ControllerProcess,
): Promise<BrowserContext> {
  const profile = await browser.newContext({ viewport: { width: 1_440, height: 900 } });
  const { url } = controller;
  await profile.addCookies([...controller.cookies].map(([name, value]) => ({ name, value, url })));
  return profile;
}
