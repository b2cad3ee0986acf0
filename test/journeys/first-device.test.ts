/* The main job as a person meets it: set-up, one copied line, the device slides in, its network is
   scanned, and what is on it is there. Everything is real, in a network of namespaces. */
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '@wardgrid/base/system';
import { makeTestDirectory, type TestDirectory } from '../database/directory.ts';
import { keepPicture, observe, openBrowser } from './browser.ts';
import { createLab, type Lab } from './namespaces.ts';
import { startWardgrid, type Program } from './processes.ts';

const CIDR = '10.77.21.0/24';
const OFFICE = '10.77.21.1';
const SERVICES = {
  files: ['10.77.21.20', ['ftp:21', 'ssh:22']],
  web: ['10.77.21.30', ['http:80']],
  cache: ['10.77.21.40', ['redis:6379']],
  old: ['10.77.21.50', ['telnet:23']],
  database: ['10.77.21.60', ['postgresql:5432', 'ssh:22']],
} as const;
const OPEN_PORTS = 7;
const PASSWORD = 'correct horse battery staple 7';
const TOTAL_MS_MAX = 120_000;

let lab: Lab;
let directory: TestDirectory;
let browser: Browser;
const programs: Program[] = [];

beforeAll(async () => {
  directory = await makeTestDirectory();
  const services = Object.entries(SERVICES).map(([name, [ip]]) => ({ name, ip }));
  lab = await createLab({ cidr: CIDR, hosts: [{ name: 'office', ip: OFFICE }, ...services] });
  const script = new URL('./scan-services.ts', import.meta.url).pathname;
  for (const [name, [ip, offers]] of Object.entries(SERVICES)) {
    lab.spawn(name, process.execPath, [script, JSON.stringify(offers), ip]);
  }
  browser = await openBrowser({ prefix: lab.prefixOf('office'), folder: directory.path });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  for (const program of programs.toReversed()) await program.kill('SIGTERM');
  await lab?.close();
  await directory?.remove();
}, 60_000);

function start(args: readonly string[]): Program {
  const program = startWardgrid(args, (command, given) => lab.spawn('office', command, given));
  programs.push(program);
  return program;
}

test('a person sets up, adds a device, scans its network and sees what is there', async () => {
  const startedAt = systemClock.monotonic();
  const controller = start(['controller', '--data', join(directory.path, 'controller')]);
  const link = (await controller.waitFor(/^set up: (\S+)$/))[1] ?? '';
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const observer = await observe(page, new URL(link).origin);

  const fields = await setUp(page, link);
  const line = await page.getByText(/wardgrid agent run --controller/).innerText();
  await keepPicture(page, 'first-device', '2-add-device');
  const words = line.replace(/^npx wardgrid /, '').split(' ');
  start([...words, '--data', join(directory.path, 'agent')]);

  const arrived = page.locator('main a[href^="/devices/"]').first();
  await arrived.waitFor({ timeout: 30_000 });
  await keepPicture(page, 'first-device', '3-device-arrived');
  await arrived.click();

  await page.getByRole('button', { name: 'Scan agent network' }).click();
  await page.getByRole('button', { name: 'Approve and scan' }).click();
  await page
    .getByRole('dialog')
    .getByText(/\d+ found/)
    .first()
    .waitFor();
  await keepPicture(page, 'first-device', '4-scanning');
  await page.locator('[role=dialog] a[href*="/assets"]').first().click({ timeout: 60_000 });

  for (const [ip] of Object.values(SERVICES))
    await page.getByText(ip, { exact: true }).first().waitFor();
  await keepPicture(page, 'first-device', '5-assets');
  const clicks = observer.clicks();

  await page.goto(`${new URL(link).origin}/findings`);
  await page.getByText('A remote shell sends passwords in clear text').first().waitFor();
  await keepPicture(page, 'first-device', '6-findings');
  const tookMs = systemClock.monotonic() - startedAt;

  expect(fields).toBeLessThanOrEqual(3);
  expect(clicks).toBeLessThanOrEqual(6);
  expect(tookMs).toBeLessThanOrEqual(TOTAL_MS_MAX);
  expect(observer.foreignRequests).toEqual([]);
  expect(observer.consoleErrors).toEqual([]);
  await expectResults(page);
  process.stdout.write(
    `first device: ${Math.round(tookMs / 1_000)} s, ${fields} fields, ${clicks} clicks\n`,
  );
}, 180_000);

/** Fills in the set-up form; returns how many fields a person had to. */
async function setUp(page: Page, link: string): Promise<number> {
  await page.goto(link);
  await page.getByLabel('E-mail').fill('ada@example.com');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByLabel('Organization').fill('Acme');
  await keepPicture(page, 'first-device', '1-set-up');
  const fields = await page.locator('input').count();
  await page.getByRole('button', { name: 'Set up' }).click();
  await page.waitForURL('**/add-device');
  return fields;
}

/** The exact hosts and ports, as the API of the page's own session tells. */
async function expectResults(page: Page): Promise<void> {
  const assets = await page.evaluate(async () => {
    const response = await fetch('/api/v1/assets?sort=ip&limit=100');
    return (await response.json()) as {
      data: { ip: string; state: string; ports: { port: number }[] }[];
    };
  });
  expect(assets.data.map(({ ip }) => ip)).toEqual([
    OFFICE,
    ...Object.values(SERVICES).map(([ip]) => ip),
  ]);
  expect(assets.data.map(({ state }) => state)).toEqual([
    'managed',
    ...Object.keys(SERVICES).map(() => 'unmanaged'),
  ]);
  const ports = assets.data.slice(1).flatMap((asset) => asset.ports);
  expect(ports).toHaveLength(OPEN_PORTS);
}
