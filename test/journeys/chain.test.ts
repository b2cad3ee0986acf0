/* The chain of command with real processes, real links and real browsers: what is changed anywhere is
   everywhere it may be seen, whatever is cut or killed meanwhile, and nowhere else. */
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  assetRoutes,
  controllerRoutes,
  deviceRoutes,
  findingRoutes,
  groupRoutes,
  jobRoutes,
  organizationRoutes,
  policyRoutes,
  syncRoutes,
  tenantRoutes,
  type Device,
} from '@wardgrid/wire';
import { keepPicture, openBrowser } from './browser.ts';
import { openWindow, signInByForm, visit } from './console-page.ts';
import { differences, LOCALS, type LocalName } from './chain-account.ts';
import { beginGrid, EMAILS, enrol, join, MARKERS, type Grid } from './chain-people.ts';
import { makeChainWorld, urlOf, type ChainWorld, type ControllerName } from './chain-world.ts';
import { finalJob } from './network-site.ts';
import { ROOT_EMAIL, signIn, type Person } from './person.ts';
import { eventually } from './processes.ts';

const JOURNEY = 'chain';
const ROGUE = fileURLToPath(new URL('rogue-announcer.ts', import.meta.url));
/** How long news may take from one end to the other: some exchanges of a second, on a busy machine. */
const NEWS_MS = 30_000;
/** Whoever was away for long is asked again after fifteen times the world's 1.5 s, and must dwell 2 s. */
const RETURN_MS = 25_000 + NEWS_MS;

let world: ChainWorld;
let grid: Grid;
let browser: Browser;
/** Each site's admin, at the controller of the site. */
const admins = {} as Record<LocalName, Person>;
const devices = {} as Record<'crane' | 'buoy' | 'desk', Device>;

const scopes = (): Readonly<Record<LocalName, string>> => ({
  north: grid.harbour.scope,
  annex: grid.annex.scope,
  south: grid.quay.scope,
});

/** Everybody at rest says the same of what they share. */
async function allEqual(): Promise<void> {
  let found: readonly string[] = [];
  await eventually(
    'all controllers are equal',
    async () => {
      found = await differences(world, scopes());
      return found.length === 0;
    },
    NEWS_MS,
  ).catch(() => undefined);
  expect(found).toEqual([]);
}

async function page(name: ControllerName, email: string, path: string): Promise<Page> {
  const window = await openWindow(browser, urlOf(name));
  await signInByForm(window, email);
  await visit(window.page, path);
  return window.page;
}

async function close(shown: Page): Promise<void> {
  await shown.context().close();
}

/** Somebody opens the page of a thing in a browser and gives it another name. */
async function rename(
  at: ControllerName,
  email: string,
  { path, name }: { readonly path: string; readonly name: string },
): Promise<void> {
  const shown = await page(at, email, path);
  await shown.getByRole('button', { name: 'Rename' }).click();
  const dialog = shown.getByRole('dialog');
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await shown.getByRole('heading', { level: 1, name }).waitFor();
  await keepPicture(shown, JOURNEY, `renamed-at-${at}`);
  await close(shown);
}

const stateOf = async (name: LocalName): Promise<string | null> =>
  (await admins[name].call(syncRoutes.view)).state;

beforeAll(async () => {
  world = await makeChainWorld();
  [grid, browser] = await Promise.all([beginGrid(world), openBrowser(world.browserPlace)]);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await world?.close();
}, 60_000);

/** Signs in at a site once the person, who was made at the cloud, is known there. */
async function arrive(name: LocalName, email: string): Promise<void> {
  const text = `select 1 from account_credential c join account a on a.id = c.account_id
    where a.email = '${email}' and c.password_hash is not null`;
  await eventually(
    `${email} is known at ${name}`,
    async () => {
      return (await world.query(name, text)).length > 0;
    },
    NEWS_MS,
  );
  admins[name] = await signIn(await world.door(name), email);
}

test('a local controller is made by one command and one token on an empty folder', async () => {
  const by = grid.owner;
  await Promise.all([
    join(world, grid, { name: 'north', parent: 'cloud', by, scope: grid.harbour.scope }),
    join(world, grid, { name: 'south', parent: 'cloud', by, scope: grid.quay.scope }),
  ]);
  await Promise.all([arrive('north', EMAILS.harbour), arrive('south', EMAILS.quay)]);
  const parent = { name: 'annex', parent: 'north', by: admins.north } as const;
  await join(world, grid, { ...parent, scope: grid.annex.scope });
  await arrive('annex', EMAILS.annex);
  const { data } = await grid.owner.call(controllerRoutes.list);
  expect(data.map(({ name, role, state }) => `${name} ${role} ${state}`).toSorted()).toEqual([
    'Cloud cloud active',
    'annex sub-local active',
    'north local active',
    'south local active',
  ]);
}, 150_000);

test('a device that enrols at a site is seen above it, and at no other site', async () => {
  const place = { organizationId: grid.harbour.id };
  const [crane, desk] = await Promise.all([
    enrol(world, grid, { machine: 'crane', at: 'north', by: admins.north, place }),
    enrol(world, grid, {
      machine: 'desk',
      at: 'south',
      by: admins.south,
      place: { organizationId: grid.quay.id },
    }),
  ]);
  Object.assign(devices, { crane, desk });
  await eventually(
    'the cloud sees both',
    async () => {
      const { data } = await grid.owner.call(deviceRoutes.list);
      return [crane, desk].every(({ id }) => data.some((one) => one.id === id));
    },
    NEWS_MS,
  );
  const shown = await page('cloud', EMAILS.owner, '/devices');
  await shown.getByRole('link', { name: crane.name }).first().waitFor();
  await keepPicture(shown, JOURNEY, 'device-of-a-site-at-the-cloud');
  await close(shown);
  await allEqual();
}, 90_000);

test('an organization renamed in a browser at the cloud has its new name at its site', async () => {
  const name = `${MARKERS.harbour} Terminal`;
  const path = `/organizations/${grid.harbour.id}`;
  await rename('cloud', EMAILS.owner, { path, name });
  const there = await page('north', EMAILS.harbour, path);
  await there.getByRole('heading', { name }).waitFor({ timeout: NEWS_MS });
  await keepPicture(there, JOURNEY, 'renamed-above');
  await close(there);
}, 90_000);

test('a scan that is ordered at the cloud runs behind the sub-local controller', async () => {
  const place = { groupId: grid.annex.id };
  const by = admins.annex;
  devices.buoy = await enrol(world, grid, { machine: 'buoy', at: 'annex', by, place });
  const { id } = devices.buoy;
  await eventually(
    'the cloud knows the network of the device',
    async () => {
      const { data } = await grid.owner.call(deviceRoutes.list);
      return data.some((device) => device.id === id && device.primaryCidr !== null);
    },
    NEWS_MS,
  );
  const task = { kind: 'discovery', isNetworkApproved: true, ports: '7443' } as const;
  const job = await grid.owner.call(jobRoutes.create, { body: { deviceId: id, task } });
  const { state, error, summary } = await finalJob(grid.owner, job.id);
  expect([state, error]).toEqual(['succeeded', null]);
  expect(summary?.['hosts']).toBeGreaterThan(1);
  await eventually(
    'what was found is known at the cloud',
    async () => {
      const { data } = await grid.owner.call(assetRoutes.list, { query: { limit: 200 } });
      return data.some(
        ({ ip, ports, groupName }) =>
          ip === '10.90.1.10' &&
          groupName === grid.annex.name &&
          ports.some(({ port }) => port === 7443),
      );
    },
    NEWS_MS,
  );
  const there = await admins.annex.call(assetRoutes.list, { query: { limit: 200 } });
  expect(there.data.length).toBeGreaterThan(1);
  await allEqual();
}, 120_000);

test('sites that are cut off go on, and all are equal once they are not', async () => {
  for (const name of LOCALS) await world.cut(name, 'cloud');
  const later = `${MARKERS.harbour} Hafen`;
  await grid.owner.call(organizationRoutes.update, {
    params: { id: grid.harbour.id },
    body: { name: later },
  });
  await eventually(
    'the sites know that they are cut off',
    async () => {
      const states = await Promise.all([stateOf('north'), stateOf('south')]);
      return states.every((state) => state === 'cut-off');
    },
    NEWS_MS,
  );

  const shown = await page('north', EMAILS.harbour, `/policies/${grid.policy.id}`);
  await shown.getByLabel('Least confidence').last().fill('55');
  await shown.getByRole('button', { name: 'Save' }).click();
  await shown.getByText('Saved; devices follow').waitFor();
  await keepPicture(shown, JOURNEY, 'policy-edited-while-cut-off');
  await close(shown);
  const group = `${MARKERS.harbour} Pier`;
  await rename('annex', EMAILS.annex, { path: `/groups/${grid.annex.id}`, name: group });
  const quay = `${MARKERS.quay} Nord`;
  await rename('south', EMAILS.quay, { path: `/organizations/${grid.quay.id}`, name: quay });
  // Nobody asks the cloud for a seat now.
  const place = { organizationId: grid.harbour.id };
  const late = await enrol(world, grid, { machine: 'late', at: 'north', by: admins.north, place });
  expect((await grid.owner.call(deviceRoutes.list)).data.map(({ id }) => id)).not.toContain(
    late.id,
  );

  await world.heal();
  await allEqual();
  const { call } = grid.owner;
  const policy = await call(policyRoutes.read, { params: { id: grid.policy.id } });
  expect(policy.fields.confidenceMin).toBe(55);
  expect((await call(organizationRoutes.read, { params: { id: grid.quay.id } })).name).toBe(quay);
  expect((await call(groupRoutes.read, { params: { id: grid.annex.id } })).name).toBe(group);
  const read = { params: { id: grid.harbour.id } };
  expect((await admins.north.call(organizationRoutes.read, read)).name).toBe(later);
  const tenant = await call(tenantRoutes.read, { params: { id: grid.tenant.id } });
  expect(tenant.seatsUsed).toBe(4);
}, 150_000);

test('a sub-local controller and a device go on by the cloud when what is above them is killed', async () => {
  const groups = Array.from({ length: 40 }, (_, index) => `${MARKERS.harbour} ${index}`);
  for (const name of groups) {
    await grid.owner.call(groupRoutes.create, { body: { name, organizationId: grid.harbour.id } });
  }
  // In the middle of taking them.
  await grid.programs.get('north')?.kill('SIGKILL');
  const name = `${MARKERS.harbour} buoy`;
  await admins.annex.call(deviceRoutes.update, { params: { id: devices.buoy.id }, body: { name } });
  await eventually(
    'the sub-local reaches the cloud by itself',
    async () => (await stateOf('annex')) === 'direct',
    NEWS_MS,
  );
  await eventually(
    'what it changed is at the cloud',
    async () => {
      const device = await grid.owner.call(deviceRoutes.read, { params: { id: devices.buoy.id } });
      return device.name === name;
    },
    NEWS_MS,
  );
  await grid.programs.get('crane')?.waitFor(/turned to another controller/);
  await eventually(
    'the device talks with the cloud',
    async () => {
      const rows = await world.query(
        'cloud',
        `select 1 from device_link where device_id = '${devices.crane.id}' and exchanged_at > now() - interval '5 seconds'`,
      );
      return rows.length > 0;
    },
    NEWS_MS,
  );
  const task = { kind: 'inventory', sections: ['system'] } as const;
  const body = { deviceId: devices.crane.id, task: { ...task, sections: [...task.sections] } };
  const job = await grid.owner.call(jobRoutes.create, { body });
  expect((await finalJob(grid.owner, job.id)).state).toBe('succeeded');

  grid.programs.set('north', await world.start('north'));
  await eventually(
    'the sub-local is back at its parent',
    async () => (await stateOf('annex')) === 'parent',
    RETURN_MS,
  );
  await grid.programs.get('crane')?.waitFor(/a nearer one is back/);
  admins.north = await signIn(await world.door('north'), EMAILS.harbour);
  await allEqual();
}, 200_000);

test('whoever says to be a controller and is none becomes a finding', async () => {
  world.lab.spawn('late', process.execPath, [ROGUE, 'Seltsam', '7443']);
  const query = { filter: 'rule:rogue-controller', limit: 50 };
  const found = await eventually(
    'controller and device tell of it',
    async () => {
      const { data } = await grid.owner.call(findingRoutes.list, { query });
      return (
        data.some(({ deviceId }) => deviceId === null) &&
        data.some(({ deviceId }) => deviceId !== null) &&
        data
      );
    },
    NEWS_MS,
  );
  expect(new Set(found.map(({ subject }) => subject))).toEqual(
    new Set(['10.90.1.50 as https://10.90.1.50:7443']),
  );
  const others = found.filter(({ organizationId }) => organizationId !== grid.harbour.id);
  expect(others).toEqual([]);
}, 60_000);

test('nobody holds a byte of what is not theirs', async () => {
  // Nor of the people above, whatever they changed that holds there.
  const above = [ROOT_EMAIL, EMAILS.owner];
  const foreign: Readonly<Record<LocalName, readonly string[]>> = {
    north: [...above, MARKERS.quay, EMAILS.quay, MARKERS.stranger],
    annex: [
      ...above,
      EMAILS.harbour,
      MARKERS.quay,
      EMAILS.quay,
      MARKERS.stranger,
      devices.crane.id,
    ],
    south: [...above, MARKERS.harbour, EMAILS.harbour, MARKERS.stranger, devices.buoy.id],
  };
  const people = await world.query('annex', 'select email from account');
  expect(people).toEqual([{ email: EMAILS.annex }]);
  for (const name of LOCALS) {
    const text = (await world.dump(name)).toLowerCase();
    const held = foreign[name].filter((word) => text.includes(word.toLowerCase()));
    expect([name, held]).toEqual([name, []]);
    // The own words are there: the search would find the others.
    expect(text).toContain(MARKERS[name === 'south' ? 'quay' : 'harbour'].toLowerCase());
  }
}, 60_000);
