import { createMachine } from '@wardgrid/controller/features/link/testdata/machine';
import { afterEach, expect, test } from 'vitest';
import {
  controllerRoutes,
  deviceRoutes,
  enrolmentKeyRoutes,
  findingRoutes,
  organizationRoutes,
  syncRoutes,
} from '@wardgrid/wire';
import { createWrongClock, signInWhenThere, SITE_EMAIL, startSite, type Site } from './site.ts';

/* A local controller whose clock is a year off: nothing of it is refused for that, and a person is told. */

const YEAR_MS = 365 * 86_400_000;
const WITHIN = { timeout: 30_000, interval: 100 };

let site: Site | undefined;
afterEach(() => site?.close());

test.each([
  ['ahead', YEAR_MS],
  ['behind', -YEAR_MS],
] as const)(
  'a site whose clock is a year %s works, and its clock is told of',
  async (_, offMs) => {
    const clock = createWrongClock(offMs);
    site = await startSite({ local: { clock } });
    const { admin, root, organization, local } = site;
    const params = { id: organization.id };
    const nameAtCloud = async (): Promise<string> =>
      (await root.call(organizationRoutes.read, { params })).name;
    const nameHere = async (): Promise<string> =>
      (await admin.call(organizationRoutes.read, { params })).name;

    await admin.call(organizationRoutes.update, { params, body: { name: 'From a wrong clock' } });
    await expect.poll(nameAtCloud, WITHIN).toBe('From a wrong clock');
    // Who saw the other's change comes after it, whatever the clocks say.
    await root.call(organizationRoutes.update, { params, body: { name: 'From the cloud' } });
    await expect.poll(nameHere, WITHIN).toBe('From the cloud');
    await admin.call(organizationRoutes.update, { params, body: { name: 'And back' } });
    await expect.poll(nameAtCloud, WITHIN).toBe('And back');
    const { conflicts, clockOffsetMs } = await admin.call(syncRoutes.status);
    expect(conflicts).toBe(0);
    expect(clockOffsetMs).toBeGreaterThan(offMs - 60_000);
    expect(clockOffsetMs).toBeLessThan(offMs + 60_000);

    for (const person of [admin, root]) {
      await expect
        .poll(async () => {
          const { data } = await person.call(findingRoutes.list, { query: {} });
          return data.map(({ rule }) => rule);
        }, WITHIN)
        .toContain('controller-clock-skew');
    }
    const { value } = await admin.call(enrolmentKeyRoutes.create, {
      body: { name: 'desks', organizationId: organization.id, seats: 5 },
    });
    const { deviceId } = await createMachine(local.url, 'desk-1').enrol(value);
    await expect
      .poll(async () => {
        const { data } = await root.call(deviceRoutes.list, { query: {} });
        return data.some(({ id }) => id === deviceId);
      }, WITHIN)
      .toBe(true);

    // What was said before the clock was set right does not hide what is said after.
    clock.set(0);
    const berlin = async () => {
      const { data } = await root.call(controllerRoutes.list, { query: {} });
      return data.find(({ name }) => name === 'Berlin');
    };
    await expect
      .poll(async () => Math.abs((await berlin())?.clockOffsetMs ?? YEAR_MS), WITHIN)
      .toBeLessThan(60_000);
    expect(Math.abs(local.controller.platform.clock.now() - Date.now())).toBeLessThan(1_000);
    await admin.call(organizationRoutes.update, { params, body: { name: 'Set right' } });
    await expect.poll(nameAtCloud, WITHIN).toBe('Set right');
  },
  120_000,
);

test('a clock that somebody sets wrong while the controller runs is put right with the next exchange', async () => {
  const clock = createWrongClock(0);
  site = await startSite({ local: { clock } });
  const { root, organization, local } = site;
  const params = { id: organization.id };
  for (const offMs of [YEAR_MS / 2, -YEAR_MS / 2]) {
    clock.set(offMs);
    const offHereMs = (): number => Math.abs(local.controller.platform.clock.now() - Date.now());
    await expect.poll(offHereMs, WITHIN).toBeLessThan(5_000);
    const again = await signInWhenThere(local, SITE_EMAIL);
    const name = `Off by ${offMs}`;
    await again.call(organizationRoutes.update, { params, body: { name } });
    await expect
      .poll(async () => (await root.call(organizationRoutes.read, { params })).name, WITHIN)
      .toBe(name);
    clock.set(0);
    // Whoever sets it right is believed at once.
    expect(offHereMs()).toBeLessThan(5_000);
  }
});
