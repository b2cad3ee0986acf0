import { createFindingsFeature } from '@wardgrid/controller/features/findings/index';
import { createIncidentsFeature } from '@wardgrid/controller/features/incidents/index';
import { incidentRoutes } from '@wardgrid/wire';
import { describe, expect, test } from 'vitest';
import { openTestServers } from '../database/database.ts';
import {
  actorAt,
  createFeatureFixture,
  noFindings,
  type FeatureFixture,
  type Organization,
  type TestDevice,
} from './feature-fixture.ts';

const INTERVAL_MS = 60_000;
const SWEEP_MS = 5_000;
const SETTLE_MS = INTERVAL_MS + 2 * SWEEP_MS;

function featureOf(fixture: FeatureFixture) {
  return createIncidentsFeature(fixture.platform, {
    exchangeIntervalMs: INTERVAL_MS,
    sweepIntervalMs: SWEEP_MS,
    resolveFindings: noFindings,
  });
}

async function addDevices(
  fixture: FeatureFixture,
  organization: Organization,
  count: number,
): Promise<TestDevice[]> {
  const devices: TestDevice[] = [];
  for (let index = 0; index < count; index += 1)
    devices.push(await fixture.addDevice(organization));
  return devices;
}

/** As the sweeper and the link do: presence is written and told in one transaction. */
function presenceOf(fixture: FeatureFixture, feature: ReturnType<typeof featureOf>) {
  async function cross(devices: readonly TestDevice[], status: 'online' | 'offline') {
    const ids = devices.map(({ id }) => id);
    await fixture.query(
      `update device_presence set status = $2, last_seen_at = case when $2 = 'online' then $3::timestamptz else last_seen_at end
       where device_id = any ($1::uuid[])`,
      [ids, status, new Date(fixture.clock.now())],
    );
    await fixture.ingest((tx) =>
      feature.presenceChanged(tx, {
        wentOffline: status === 'offline' ? devices : [],
        cameBack: status === 'online' ? devices : [],
      }),
    );
  }
  return {
    goDark: (devices: readonly TestDevice[]) => cross(devices, 'offline'),
    comeBack: (devices: readonly TestDevice[]) => cross(devices, 'online'),
  };
}

/** Lets time pass with a settle every few seconds, as the worker does. */
async function pass(fixture: FeatureFixture, feature: ReturnType<typeof featureOf>, forMs: number) {
  for (let passedMs = 0; passedMs < forMs; passedMs += SWEEP_MS) {
    await fixture.clock.advance(SWEEP_MS);
    await feature.settle();
  }
}

describe.each(openTestServers())('incidents on $name', (server) => {
  test('a site of 40 devices that goes dark over several sweeps is exactly one incident', async () => {
    await using fixture = await createFeatureFixture(server);
    const feature = featureOf(fixture);
    const organization = await fixture.addOrganization();
    const devices = await addDevices(fixture, organization, 40);
    const { goDark, comeBack } = presenceOf(fixture, feature);

    for (let sweep = 0; sweep < 10; sweep += 1) {
      await goDark(devices.slice(sweep * 4, sweep * 4 + 4));
      await pass(fixture, feature, SWEEP_MS);
    }
    await pass(fixture, feature, 2 * SETTLE_MS);

    const actor = actorAt(organization);
    const { data } = await fixture.call(actor, incidentRoutes.list);
    expect(data.map(({ kind, state, severity }) => [kind, state, severity])).toEqual([
      ['site-dark', 'open', 'high'],
    ]);
    expect(data[0]?.deviceCount).toBe(40);
    expect(data[0]?.devices).toHaveLength(40);

    await comeBack(devices.slice(0, 19));
    await pass(fixture, feature, SWEEP_MS);
    const id = data[0]?.id ?? '';
    const still = await fixture.call(actor, incidentRoutes.read, { params: { id } });
    expect(still.state).toBe('open');
    await comeBack(devices.slice(19));
    await pass(fixture, feature, 2 * SETTLE_MS);
    const closed = await fixture.call(actor, incidentRoutes.read, { params: { id } });
    expect(closed).toMatchObject({ state: 'closed', closedBy: 'Wardgrid' });
    expect(closed.timeline.at(-1)?.text).toBe('40 of 40 devices are back');
    expect((await fixture.call(actor, incidentRoutes.list)).total).toBe(1);
  });

  test('one device of a site that stays online keeps the others lone', async () => {
    await using fixture = await createFeatureFixture(server);
    const feature = featureOf(fixture);
    const organization = await fixture.addOrganization();
    const [first, second] = await addDevices(fixture, organization, 3);
    const { goDark, comeBack } = presenceOf(fixture, feature);
    if (!first || !second) throw new Error('two devices were made');
    await goDark([first, second]);
    await pass(fixture, feature, INTERVAL_MS);
    const actor = actorAt(organization);
    expect((await fixture.call(actor, incidentRoutes.list)).total).toBe(0);
    await pass(fixture, feature, SETTLE_MS);
    const { data } = await fixture.call(actor, incidentRoutes.list);
    expect(data.map(({ kind }) => kind)).toEqual(['device-offline', 'device-offline']);

    await comeBack([first]);
    await pass(fixture, feature, SWEEP_MS);
    const open = await fixture.call(actor, incidentRoutes.list, {
      query: { filter: 'state:open' },
    });
    expect(open.data.map(({ devices }) => devices[0]?.id)).toEqual([second.id]);
  });

  test('a device that returns before it is told of is never told of', async () => {
    await using fixture = await createFeatureFixture(server);
    const feature = featureOf(fixture);
    const organization = await fixture.addOrganization();
    const devices = await addDevices(fixture, organization, 1);
    const { goDark, comeBack } = presenceOf(fixture, feature);
    await goDark(devices);
    await pass(fixture, feature, INTERVAL_MS / 2);
    await comeBack(devices);
    await pass(fixture, feature, 2 * SETTLE_MS);
    expect((await fixture.call(actorAt(organization), incidentRoutes.list)).total).toBe(0);
  });

  test('lone incidents that were opened shortly before a site went dark are merged into it', async () => {
    await using fixture = await createFeatureFixture(server);
    const feature = featureOf(fixture);
    const organization = await fixture.addOrganization();
    const devices = await addDevices(fixture, organization, 4);
    const { goDark } = presenceOf(fixture, feature);
    await goDark(devices.slice(0, 1));
    await pass(fixture, feature, SETTLE_MS + SWEEP_MS);
    await goDark(devices.slice(1));
    await pass(fixture, feature, SETTLE_MS + SWEEP_MS);
    const { data } = await fixture.call(actorAt(organization), incidentRoutes.list, {
      query: { sort: 'kind' },
    });
    expect(data.map(({ kind, state, deviceCount }) => [kind, state, deviceCount])).toEqual([
      ['device-offline', 'closed', 1],
      ['site-dark', 'open', 4],
    ]);
  });

  test('devices that stay dark when their site is back are told of one by one', async () => {
    await using fixture = await createFeatureFixture(server);
    const feature = featureOf(fixture);
    const organization = await fixture.addOrganization();
    const devices = await addDevices(fixture, organization, 4);
    const { goDark, comeBack } = presenceOf(fixture, feature);
    await goDark(devices);
    await pass(fixture, feature, SETTLE_MS + SWEEP_MS);
    await comeBack(devices.slice(0, 3));
    await pass(fixture, feature, 2 * SETTLE_MS);
    const { data } = await fixture.call(actorAt(organization), incidentRoutes.list, {
      query: { filter: 'state:open' },
    });
    expect(data.map(({ kind, devices: [device] }) => [kind, device?.id])).toEqual([
      ['device-offline', devices[3]?.id],
    ]);
  });

  test('sites of two organizations on the same numbers are two incidents', async () => {
    await using fixture = await createFeatureFixture(server);
    const feature = featureOf(fixture);
    const organizations = [await fixture.addOrganization(), await fixture.addOrganization()];
    const { goDark } = presenceOf(fixture, feature);
    for (const organization of organizations)
      await goDark(await addDevices(fixture, organization, 3));
    await pass(fixture, feature, SETTLE_MS + SWEEP_MS);
    for (const organization of organizations) {
      const { data } = await fixture.call(actorAt(organization), incidentRoutes.list);
      expect(data.map(({ kind, deviceCount }) => [kind, deviceCount])).toEqual([['site-dark', 3]]);
    }
  });

  test('retiring what is dark closes its incident', async () => {
    await using fixture = await createFeatureFixture(server);
    const feature = featureOf(fixture);
    const organization = await fixture.addOrganization();
    const devices = await addDevices(fixture, organization, 1);
    await presenceOf(fixture, feature).goDark(devices);
    await pass(fixture, feature, SETTLE_MS + SWEEP_MS);
    await fixture.query(`update device set state = 'retired' where id = $1`, [devices[0]?.id]);
    await pass(fixture, feature, SWEEP_MS);
    const { data } = await fixture.call(actorAt(organization), incidentRoutes.list);
    expect(data.map(({ state }) => state)).toEqual(['closed']);
  });

  test('the same cause joins the open incident, its timeline is bounded and keeps its beginning', async () => {
    await using fixture = await createFeatureFixture(server);
    const feature = featureOf(fixture);
    const organization = await fixture.addOrganization();
    const [device] = await addDevices(fixture, organization, 1);
    if (!device) throw new Error('a device was made');
    await fixture.ingest(async (tx) => {
      for (let index = 0; index < 250; index += 1) {
        const detail = `order ${index}`;
        await feature.orderRefused(tx, { device, jobId: null, reason: 'signature', detail });
      }
    });
    const { data } = await fixture.call(actorAt(organization), incidentRoutes.list);
    expect(data).toHaveLength(1);
    expect(data[0]).toMatchObject({ kind: 'order-refused', severity: 'high', deviceCount: 1 });
    expect(data[0]?.timeline).toHaveLength(200);
    expect(data[0]?.timeline[0]?.text).toContain('order 0');
    expect(data[0]?.timeline.at(-1)?.text).toContain('order 249');
  });

  test('a person acknowledges, closes and reopens; what is reopened twice is a conflict', async () => {
    await using fixture = await createFeatureFixture(server);
    const feature = featureOf(fixture);
    const organization = await fixture.addOrganization();
    const [device] = await addDevices(fixture, organization, 1);
    if (!device) throw new Error('a device was made');
    const refuse = () =>
      fixture.ingest((tx) =>
        feature.orderRefused(tx, { device, jobId: null, reason: 'audience', detail: '' }),
      );
    await refuse();
    const actor = actorAt(organization);
    const [incident] = (await fixture.call(actor, incidentRoutes.list)).data;
    const params = { id: incident?.id ?? '' };
    const closed = await fixture.call(actor, incidentRoutes.update, {
      params,
      body: { state: 'closed', note: 'a test of ours' },
    });
    expect(closed).toMatchObject({ state: 'closed', closedBy: actor.email });
    expect(closed.timeline.at(-1)).toMatchObject({
      text: 'Closed: a test of ours',
      by: actor.email,
    });
    await refuse();
    const reopen = { params, body: { state: 'open' as const } };
    await expect(fixture.call(actor, incidentRoutes.update, reopen)).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(
      fixture.call(actorAt(organization, 'auditor'), incidentRoutes.update, reopen),
    ).rejects.toMatchObject({ code: 'forbidden' });
    const stranger = actorAt(await fixture.addOrganization());
    await expect(fixture.call(stranger, incidentRoutes.read, { params })).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  test('closing resolves the findings that the person may change, and says what is left', async () => {
    await using fixture = await createFeatureFixture(server);
    const { platform, query } = fixture;
    const findings = createFindingsFeature(platform, {
      incidents: featureOf(fixture),
      exceptionsOf: () => Promise.resolve(new Map()),
    });
    const feature = createIncidentsFeature(platform, {
      exchangeIntervalMs: INTERVAL_MS,
      sweepIntervalMs: SWEEP_MS,
      resolveFindings: findings.resolveOfIncident,
    });
    const organization = await fixture.addOrganization();
    const [device] = await addDevices(fixture, organization, 1);
    if (!device) throw new Error('a device was made');
    await fixture.ingest((tx) =>
      feature.orderRefused(tx, { device, jobId: null, reason: 'audience', detail: '' }),
    );
    const actor = actorAt(organization);
    const [incident] = (await fixture.call(actor, incidentRoutes.list)).data;
    const params = { id: incident?.id ?? '' };
    const denied = `${organization.scope}.denied`;
    for (const scope of [organization.scope, organization.scope, denied]) {
      await query(
        `insert into finding (id, tenant_id, organization_id, scope, rule, dedupe_key, title, severity, state,
           subject, evidence, remedy, first_seen_at, last_seen_at, incident_id)
         values (gen_random_uuid(), $1, $2, $3, 'r', gen_random_uuid()::text, 't', 3, 'open', 's', '{}', '', now(), now(), $4)`,
        [organization.tenantId, organization.id, scope, params.id],
      );
    }
    const [role] = actor.roles;
    if (!role) throw new Error('an actor has a role');
    const limited = {
      ...actor,
      roles: [role, { ...role, scope: denied, effect: 'deny' as const }],
    };
    const body = { state: 'closed' as const };
    const closed = await fixture.call(limited, incidentRoutes.update, { params, body });
    expect(closed.timeline.at(-1)?.text).toBe('Closed (findings resolved: 2, left open: 1)');
    expect(await query('select scope::text, state from finding order by scope, state')).toEqual([
      { scope: organization.scope, state: 'resolved' },
      { scope: organization.scope, state: 'resolved' },
      { scope: denied, state: 'open' },
    ]);
  });
});
