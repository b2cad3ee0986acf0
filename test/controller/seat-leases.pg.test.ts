import { systemNewId } from '@wardgrid/base/system';
import { createSeatLeases } from '@wardgrid/controller/features/sync/index';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestServers } from '../database/database.ts';
import { createFeatureFixture, type FeatureFixture, type Organization } from './feature-fixture.ts';

const DAY_MS = 86_400_000;

describe.each(openTestServers())('leases of seats on $name', (server) => {
  let fixture: FeatureFixture;
  let site: Organization;

  beforeEach(async () => {
    fixture = await createFeatureFixture(server);
    site = await fixture.addOrganization();
  });
  afterEach(async () => {
    await fixture[Symbol.asyncDispose]();
  });

  async function license(seats: number): Promise<void> {
    await fixture.query(
      `insert into licence (id, tenant_id, scope, envelope, features, seats, valid_from, valid_until, grace_days, issued_at, is_current)
       values ($1, $2, $3, '{}', '{}', $4, now(), now() + interval '1 year', 10, now(), true)`,
      [systemNewId(), site.tenantId, site.tenantId.replaceAll('-', ''), seats],
    );
  }

  async function addController(): Promise<void> {
    await fixture.query(
      `insert into controller (id, controller_id, tenant_id, scope, layer, name, public_key, certificate, created_by)
       values ($1, $1, $2, $3, 1, 'Berlin', $4, '{}', 'root')`,
      [systemNewId(), site.tenantId, site.scope, 'k'.repeat(43)],
    );
  }

  /** One that a controller below the cloud enrolled. */
  async function addDevice(): Promise<void> {
    const { id } = await fixture.addDevice(site);
    await fixture.query('update device set enrolled_by = gen_random_uuid() where id = $1', [id]);
  }

  async function leases(): Promise<number[]> {
    const rows = await fixture.query<{ seats: number }>(
      'select seats from seat_lease order by scope',
    );
    return rows.map(({ seats }) => seats);
  }

  test('a controller gets seats ahead, and the cloud does not give them away again', async () => {
    await license(7);
    await addController();
    await addDevice();
    const seats = createSeatLeases(fixture.platform);
    await seats.grant(site.tenantId);
    expect(await leases()).toEqual([6]);
    // One device, five seats promised: one is left for everybody else.
    const view = await fixture.ingest((tx) =>
      seats.licenceFor(tx, site.tenantId, { row: { seats: 7, seats_used: 1 } }),
    );
    expect(view.row).toEqual({ seats: 7, seats_used: 6 });
  });

  test('beyond the licence nothing is leased, whoever asks again', async () => {
    await license(2);
    await addController();
    const seats = createSeatLeases(fixture.platform);
    await seats.grant(site.tenantId);
    for (let device = 0; device < 4; device += 1) await addDevice();
    await seats.grant(site.tenantId);
    await seats.grant(site.tenantId);
    // Four are there, two were paid for.
    expect(await leases()).toEqual([2]);
  });

  test('what enrols beyond its lease is protected, and counted as grace', async () => {
    await license(6);
    await addController();
    await createSeatLeases(fixture.platform).grant(site.tenantId);
    const membership = { scope: site.scope } as NonNullable<
      ReturnType<FeatureFixture['platform']['place']['membership']>
    >;
    const place = {
      ...fixture.platform.place,
      role: 'local',
      membership: () => membership,
    } as const;
    const seats = createSeatLeases({ ...fixture.platform, place });
    for (let device = 0; device < 7; device += 1) await addDevice();
    const [state, view] = await fixture.ingest(async (tx) => [
      await seats.stateOf(tx, site.tenantId),
      await seats.licenceFor(tx, site.tenantId, { row: { seats: 6, seats_used: 7 } }),
    ]);
    expect(state).toEqual({ leased: 5, used: 7, grace: 2 });
    expect(view.row.seats).toBeGreaterThan(view.row.seats_used);
  });

  test('a lease that was not renewed covers nothing', async () => {
    await license(6);
    await addController();
    await createSeatLeases(fixture.platform).grant(site.tenantId);
    await addDevice();
    const membership = { scope: site.scope } as NonNullable<
      ReturnType<FeatureFixture['platform']['place']['membership']>
    >;
    const place = {
      ...fixture.platform.place,
      role: 'local',
      membership: () => membership,
    } as const;
    await fixture.clock.advance(31 * DAY_MS);
    const seats = createSeatLeases({ ...fixture.platform, place });
    const state = await fixture.ingest((tx) => seats.stateOf(tx, site.tenantId));
    expect(state).toEqual({ leased: 0, used: 1, grace: 1 });
  });
});
