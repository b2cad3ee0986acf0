/* Controllers come in, are put elsewhere and thrown out, by a person in a real browser. */
import { encodeBase64Url, fingerprintText } from '@wardgrid/base';
import { systemRandom } from '@wardgrid/base/system';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSigner, fingerprintOf } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import {
  controllerRoutes,
  findingRoutes,
  groupRoutes,
  joinCandidateRoutes,
  joinTokenRoutes,
  organizationRoutes,
  type Controller,
} from '@wardgrid/wire';
import { askRequestOf } from '../controller/ask-request.ts';
import { startTestController, type SignedIn, type TestController } from '../controller/harness.ts';
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
import { eventually } from './processes.ts';

const JOURNEY = 'joining';

let cloud: TestController;
let north: TestController;
let newcomer: TestController | undefined;
let root: SignedIn;
let browser: Browser;
let window: Window;
let page: Page;
/** What the newcomer's own machine says. */
const told: string[] = [];
let started: Promise<TestController>;

beforeAll(async () => {
  cloud = await startTestController();
  root = await cloud.setUp();
  const { data } = await root.call(organizationRoutes.list, { query: {} });
  const [organization] = data;
  if (!organization) throw new Error('set-up made an organization');
  await root.call(groupRoutes.create, {
    body: { name: 'Dock', organizationId: organization.id },
  });
  const { value } = await root.call(joinTokenRoutes.create, {
    body: { name: 'North', scope: organization.scope },
  });
  const role = { role: 'local', parent: cloud.url } as const;
  north = await startTestController({ config: { ...role, token: value } });
  started = startTestController({ config: role, say: (line) => told.push(line) });
  browser = await openBrowser();
  window = await openWindow(browser, cloud.url);
  await signIn(window, 'root@example.com');
  ({ page } = window);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await newcomer?.close();
  await north?.close();
  await cloud?.close();
}, 30_000);

/** A picture in both themes, and what stands in the way of people. */
async function look(name: string): Promise<void> {
  const faults: string[] = [];
  for (const theme of ['light', 'dark'] as const) {
    await wear(page, theme);
    const found = await violationsOf(page, theme === 'light' ? 'all' : 'colours');
    faults.push(...found.map((fault) => `${name} in ${theme}: ${fault}`));
    await keepPicture(page, JOURNEY, `${name}-${theme}`);
  }
  await wear(page, 'light');
  expect(faults).toEqual([]);
}

async function named(name: string): Promise<Controller | undefined> {
  const { data } = await root.call(controllerRoutes.list, { query: {} });
  return data.find((one) => one.name === name);
}

/** The part of the page about those that want to join. */
const newcomers = () => page.locator('section', { hasText: 'Want to join' });

/** Somebody asks, whoever that is. */
async function ask(name: string): Promise<string> {
  const signer = createSigner(systemCryptography, systemRandom.bytes(32));
  const parentKey = encodeBase64Url(cloud.controller.platform.keys.node.publicKey);
  const body = askRequestOf(signer, { parentKey, name });
  await cloud.anonymous(joinCandidateRoutes.ask, { body });
  return fingerprintText(fingerprintOf(systemCryptography, signer.publicKey));
}

test('a controller that asked is let in once its keys are compared, and goes on by itself', async () => {
  await eventually('its machine says what to compare', async () =>
    told.some((line) => line.includes('controllers approve')),
  );
  await visit(page, '/controllers');
  const waiting = newcomers();
  await waiting.waitFor();
  const shown = await waiting.innerText();
  const keys = told.join('\n').match(/(?:[0-9a-f]{4}-){7}[0-9a-f]{4}/g) ?? [];
  expect(new Set(keys).size).toBe(2);
  for (const key of keys) expect(shown).toContain(key);
  await look('wants-to-join');
  await waiting.getByRole('button', { name: 'Let in' }).click();
  const dialog = page.getByRole('dialog');
  const submit = dialog.getByRole('button', { name: 'Let in' });
  await dialog.getByLabel('Name').fill('Kiel');
  await dialog.getByLabel('Serves').selectOption({ label: 'Acme › Dock' });
  expect(await submit.isDisabled()).toBe(true);
  await dialog.getByLabel('I have compared both keys').check();
  await look('let-in');
  await submit.click();
  await dialog.waitFor({ state: 'detached' });
  newcomer = await started;
  expect(newcomer.controller.platform.place.membership()).toMatchObject({ name: 'Kiel', layer: 1 });
  await page.getByRole('link', { name: 'Kiel' }).first().waitFor();
  await waiting.waitFor({ state: 'detached' });
  await look('let-in-list');
}, 90_000);

test('one that nobody knows is turned away, and is a finding', async () => {
  await ask('printer');
  await visit(page, '/controllers');
  const waiting = newcomers();
  await waiting.getByRole('button', { name: 'Turn away' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill('Nobody here set it up');
  await look('turn-away');
  await dialog.getByRole('button', { name: 'Turn away' }).click();
  await dialog.waitFor({ state: 'detached' });
  await waiting.waitFor({ state: 'detached' });
  const query = { filter: 'rule:controller-turned-away' };
  const { data } = await root.call(findingRoutes.list, { query });
  expect(data).toHaveLength(1);
  await visit(page, `/findings/${data[0]?.id}`);
  await page.getByText('Nobody here set it up').first().waitFor();
  await look('turned-away-finding');
}, 60_000);

test('one is found by the key that its machine shows', async () => {
  const key = await ask('depot');
  await visit(page, '/controllers');
  await page.getByRole('button', { name: 'Let in by key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Its key').fill('1234');
  await dialog.getByText('A key has 32 digits').waitFor();
  await look('by-key');
  await dialog.getByLabel('Its key').fill(key);
  await dialog.getByRole('button', { name: 'Find it' }).click();
  await dialog.getByText('Let a controller in').waitFor();
  expect(await dialog.getByLabel('Name').inputValue()).toBe('depot');
  expect(await dialog.innerText()).toContain(key);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
}, 60_000);

test('one is put below another, and then thrown out for ever', async () => {
  const kiel = await named('Kiel');
  await visit(page, `/controllers/${kiel?.id}`);
  await look('controller');
  await page.getByRole('button', { name: 'Put elsewhere' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Parent').selectOption({ label: 'North (Layer 1)' });
  await look('put-elsewhere');
  await dialog.getByRole('button', { name: 'Put elsewhere' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(await named('Kiel')).toMatchObject({ parentName: 'North', layer: 2, role: 'sub-local' });
  await settle(page);
  await look('below-another');
  await page.getByRole('button', { name: 'Revoke' }).click();
  await dialog.getByLabel('Reason').fill('Its disk was stolen');
  await look('revoke');
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(await named('Kiel')).toMatchObject({ state: 'revoked' });
  await settle(page);
  await look('revoked');
  expect(window.complaints).toEqual([]);
  expect(window.foreignRequests).toEqual([]);
}, 90_000);
