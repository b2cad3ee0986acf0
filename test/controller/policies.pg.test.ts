import { randomBytes } from 'node:crypto';
import { systemNewId } from '@wardgrid/base/system';
import type { PolicyDeps } from '@wardgrid/controller/features/policies/deps';
import { createPoliciesFeature } from '@wardgrid/controller/features/policies/index';
import { policyStore } from '@wardgrid/controller/features/policies/repository';
import { policyRoutes, type Exclusion, type PolicyFields } from '@wardgrid/wire';
import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { openTestServers } from '../database/database.ts';
import { actorAt, createFeatureFixture, type FeatureFixture } from './feature-fixture.ts';

const HOUR_MS = 3_600_000;

describe.each(openTestServers())('policies on $name', (server) => {
  test('make devices due when an exclusion ends, once for each end', async () => {
    await using fixture = await createFeatureFixture(server);
    const { clock, platform } = fixture;
    const organization = await fixture.addOrganization();
    const due: Parameters<PolicyDeps['makeSettingsDue']>[1][] = [];
    const policies = createPoliciesFeature(platform, {
      makeSettingsDue: async (_tx, where) => void due.push(where),
      settingsVersions: () => Promise.resolve({ wanted: 0, running: 0 }),
    });
    const endsIn = (hours: number | null): Exclusion => ({
      id: systemNewId(),
      kind: 'path',
      value: `/srv/${hours}`,
      reason: 'a migration',
      expiresAt: hours === null ? null : clock.now() + hours * HOUR_MS,
    });
    const fields = { exclusions: [endsIn(null), endsIn(2), endsIn(1)] };
    const actor = actorAt(organization);
    const { id } = await fixture.call(actor, policyRoutes.create, {
      body: { name: 'ours', target: { kind: 'organization', id: organization.id }, fields },
    });
    const dueAfter = async (hours: number) => {
      due.length = 0;
      await clock.advance(hours * HOUR_MS);
      await policies.endExclusions();
      return [...due];
    };
    const below = [{ kind: 'scope', scope: organization.scope }];
    expect(await dueAfter(0.5)).toEqual([]);
    expect(await dueAfter(0.5)).toEqual(below);
    expect(await dueAfter(0.5)).toEqual([]);
    expect(await dueAfter(0.5)).toEqual(below);
    expect(await dueAfter(24)).toEqual([]);
    const change = { fields: { exclusions: [endsIn(1)] } };
    await fixture.call(actor, policyRoutes.update, { params: { id }, body: change });
    expect(await dueAfter(1)).toEqual(below);
  });

  test('come from the tenant down, and are read once for all devices of a place', async () => {
    await using fixture = await createFeatureFixture(server);
    const organization = await fixture.addOrganization();
    createPoliciesFeature(fixture.platform, {
      makeSettingsDue: () => Promise.resolve(),
      settingsVersions: () => Promise.resolve({ wanted: 0, running: 0 }),
    });
    const [one, two] = [
      await fixture.addDevice(organization),
      await fixture.addDevice(organization),
    ];
    const add = (kind: 'device' | 'organization' | 'tenant', id: string) =>
      fixture.call(actorAt(organization), policyRoutes.create, {
        body: { name: kind, target: { kind, id }, fields: { mode: 'strict' } },
      });
    await add('device', one.id);
    await add('organization', organization.id);
    await add('tenant', organization.tenantId);
    const paths = await fixture.ingest((tx) => policyStore(tx).pathsOf([one, two]));
    const of = (deviceId: string) => paths.filter((row) => row.deviceId === deviceId);
    expect(of(one.id).map(({ policy }) => policy.kind)).toEqual([
      'tenant',
      'organization',
      'device',
    ]);
    expect(of(two.id).map(({ policy }) => policy.kind)).toEqual(['tenant', 'organization']);
    expect(of(one.id)[0]?.policy).toBe(of(two.id)[0]?.policy);
  });

  test('take a bounded space: what is more is refused, the oldest versions are forgotten', async () => {
    await using fixture = await createFeatureFixture(server);
    const organization = await fixture.addOrganization();
    createPoliciesFeature(fixture.platform, {
      makeSettingsDue: () => Promise.resolve(),
      settingsVersions: () => Promise.resolve({ wanted: 0, running: 0 }),
      spaceBytesMax: 20_000,
      historyBytesMax: 30_000,
    });
    const actor = actorAt(organization);
    // What cannot be packed: each takes what it says.
    const fieldsOf = (count: number) => ({
      strictPaths: Array.from(
        { length: count },
        () => `/${randomBytes(1_500).toString('base64url')}`,
      ),
    });
    const add = async (count: number) => {
      const { id } = await fixture.addDevice(organization);
      const target = { kind: 'device' as const, id };
      const body = { name: 'own', target, fields: fieldsOf(count) };
      return fixture.call(actor, policyRoutes.create, { body });
    };
    const change = (id: string, count: number) =>
      fixture.call(actor, policyRoutes.update, {
        params: { id },
        body: { fields: fieldsOf(count) },
      });
    const versionsOf = async (id: string) =>
      (await fixture.call(actor, policyRoutes.versions, { params: { id } })).data.length;
    const first = await add(4);
    for (let index = 0; index < 5; index += 1) await change(first.id, 4);
    expect(await versionsOf(first.id)).toBe(3);
    await expect(add(7)).rejects.toMatchObject({ code: 'policy-space-full' });
    const { total } = await fixture.call(actor, policyRoutes.list);
    expect(total).toBe(1);
    await expect(change(first.id, 12)).rejects.toMatchObject({ code: 'policy-space-full' });
    expect((await change(first.id, 3)).fields.strictPaths).toHaveLength(3);
    const second = await add(4);
    // What one policy says now is kept, however many versions another has.
    for (let index = 0; index < 5; index += 1) await change(first.id, 3);
    expect(await versionsOf(second.id)).toBe(1);
    const elsewhere = await fixture.addOrganization();
    const body = { name: 'theirs', target: { kind: 'organization' as const, id: elsewhere.id } };
    await fixture.call(actorAt(elsewhere), policyRoutes.create, {
      body: { ...body, fields: fieldsOf(4) },
    });
  });

  test('reach the devices of a ring first, always the same; the others keep what held before', async () => {
    await using fixture = await createFeatureFixture(server);
    const site = await rollingSite(fixture);
    const begun = await site.change({ fields: { mode: 'strict' }, rolloutPercent: 25 });
    expect(begun).toMatchObject({
      version: 2,
      rollout: { fromVersion: 1, percent: 25, halt: null },
    });
    const first = await site.strict();
    expect(first.length).toBeGreaterThan(0);
    expect(first.length).toBeLessThan(DEVICES / 2);
    expect(await site.ring()).toMatchObject({ devices: DEVICES, inRing: first.length });

    // However often it is changed on its way, what the others run is kept.
    for (let index = 0; index < 60; index += 1) {
      await site.change({ fields: { mode: 'strict', confidenceMin: index }, rolloutPercent: 25 });
    }
    expect(await site.strict()).toEqual(first);
    expect((await site.change({ name: 'renamed' })).rollout).toMatchObject({ percent: 25 });
    expect((await site.widen(50)).rollout).toMatchObject({ fromVersion: 1, percent: 50 });
    const wider = await site.strict();
    expect(wider.length).toBeGreaterThan(first.length);
    expect(first.filter((id) => !wider.includes(id))).toEqual([]);

    expect((await site.widen(0)).rollout?.halt).toBe('person');
    expect(await site.strict()).toEqual([]);
    expect((await site.widen(100)).rollout).toBeNull();
    expect(await site.strict()).toHaveLength(DEVICES);
    await expect(site.widen(50)).rejects.toMatchObject({ code: 'policy-not-rolling' });
    await expect(site.ring()).rejects.toMatchObject({ code: 'policy-not-rolling' });
  });

  test('are tried ring by ring: what saving does at once, and what once it has reached all', async () => {
    await using fixture = await createFeatureFixture(server);
    const site = await rollingSite(fixture);
    const strict = { mode: 'strict' } as const;
    const whole = await site.tried(strict);
    expect(whole).toMatchObject({
      changed: DEVICES,
      now: { devices: DEVICES, changed: DEVICES },
      later: { devices: 0, changed: 0 },
    });

    const tried = await site.tried(strict, 25);
    await site.change({ fields: strict, rolloutPercent: 25 });
    const inRing = await site.strict();
    const outside = DEVICES - inRing.length;
    expect(tried).toMatchObject({
      changed: DEVICES,
      now: { devices: inRing.length, changed: inRing.length },
      later: { devices: outside, changed: outside },
    });
    const toStrict = [{ field: 'mode', before: 'detect', after: 'strict' }];
    for (const sample of tried.samples) {
      const isIn = inRing.includes(sample.deviceId);
      expect(sample.isInRing).toBe(isIn);
      expect([sample.now, sample.later]).toEqual(isIn ? [toStrict, []] : [[], toStrict]);
    }

    // Under way, saving the same for all reaches those who have it not.
    expect(await site.tried(strict)).toMatchObject({ changed: outside, now: { changed: outside } });
    // A narrower ring takes it back from those who leave it, until it has reached all.
    const narrow = await site.tried({ ...strict, confidenceMin: 40 }, 1);
    expect(narrow.now.changed).toBe(inRing.length);
    expect(narrow.later.changed).toBe(narrow.later.devices);

    const [first = ''] = inRing;
    const last = site.ids.find((id) => !inRing.includes(id)) ?? '';
    const ring = { percent: 25, halt: null };
    expect(await site.effective(first)).toMatchObject({
      policy: { mode: 'strict' },
      policies: [{ rollout: { isInRing: true, ...ring } }],
      later: [],
    });
    expect(await site.effective(last)).toMatchObject({
      policy: { mode: 'detect' },
      policies: [{ rollout: { isInRing: false, ...ring } }],
      later: toStrict,
    });

    // What another policy holds back on the way is no effect of what is tried.
    const target = { kind: 'device', id: last } as const;
    const below = await site.try({ target, fields: { killFrom: null } });
    expect(below.samples).toEqual([
      expect.objectContaining({
        isInRing: true,
        now: [expect.objectContaining({ field: 'killFrom' })],
        later: [],
      }),
    ]);
  });

  test('that are inherited are halted by those above, and hold in rings without their versions', async () => {
    await using fixture = await createFeatureFixture(server);
    const site = await rollingSite(fixture);
    await site.change({ fields: { mode: 'strict' }, rolloutPercent: 25 });
    const inRing = await site.strict();
    // As at a site that inherits it.
    await fixture.query('delete from policy_version');
    expect(await site.strict()).toEqual(inRing);
  });

  test('are taken back by themselves when the devices of the ring fare worse than the others', async () => {
    await using fixture = await createFeatureFixture(server);
    const site = await rollingSite(fixture);
    await site.change({ fields: { mode: 'strict' }, rolloutPercent: 25 });
    const [ill = '', ...well] = await site.strict();
    await site.say(ill, 'degraded');
    await site.policies.haltHarmful();
    expect((await site.read()).rollout?.halt).toBeNull();

    await site.run([ill, ...well]);
    expect(await site.ring()).toMatchObject({ running: well.length + 1, runningTroubled: 1 });
    for (const id of well) await site.say(id, 'on');
    for (const id of well.slice(0, Math.ceil(well.length / 5))) await site.say(id, 'off');
    site.due.length = 0;
    await site.policies.haltHarmful();
    expect((await site.read()).rollout).toMatchObject({ percent: 0, halt: 'trouble' });
    expect(await site.strict()).toEqual([]);
    expect(site.due).toEqual([{ kind: 'scope', scope: site.organization.scope }]);
  });
});

/** Enough that a ring of a quarter is neither empty nor all. */
const DEVICES = 40;

/** An organization with devices and a policy that everybody runs. */
async function rollingSite(fixture: FeatureFixture) {
  const organization = await fixture.addOrganization();
  const due: Parameters<PolicyDeps['makeSettingsDue']>[1][] = [];
  const policies = createPoliciesFeature(fixture.platform, {
    makeSettingsDue: async (_tx, where) => void due.push(where),
    settingsVersions: () => Promise.resolve({ wanted: 0, running: 0 }),
  });
  const devices = await Promise.all(
    Array.from({ length: DEVICES }, () => fixture.addDevice(organization)),
  );
  const actor = actorAt(organization);
  const target = { kind: 'organization', id: organization.id } as const;
  const { id } = await fixture.call(actor, policyRoutes.create, {
    body: { name: 'ours', target, fields: { mode: 'detect' } },
  });
  const params = { id };
  return {
    organization,
    policies,
    due,
    read: () => fixture.call(actor, policyRoutes.read, { params }),
    change: (body: z.input<(typeof policyRoutes.update)['body']>) =>
      fixture.call(actor, policyRoutes.update, { params, body }),
    widen: (percent: number) =>
      fixture.call(actor, policyRoutes.rollOut, { params, body: { percent } }),
    ring: () => fixture.call(actor, policyRoutes.ring, { params }),
    ids: devices.map(({ id: deviceId }) => deviceId),
    try: (body: z.input<(typeof policyRoutes.preview)['body']>) =>
      fixture.call(actor, policyRoutes.preview, { body }),
    /** What saving these fields would do, for some of a hundred devices first. */
    tried: (fields: PolicyFields, rolloutPercent?: number) =>
      fixture.call(actor, policyRoutes.preview, {
        body: { target, fields, ...(rolloutPercent === undefined ? {} : { rolloutPercent }) },
      }),
    effective: (deviceId: string) =>
      fixture.call(actor, policyRoutes.effective, { params: { id: deviceId } }),
    /** Ids of the devices that are to run the new version. */
    async strict(): Promise<string[]> {
      const effective = await fixture.ingest((tx) => policies.effective(tx, devices));
      return [...effective].flatMap(([deviceId, { mode }]) =>
        mode === 'strict' ? [deviceId] : [],
      );
    },
    /** These devices say that they run what they are to run. */
    run: (ids: readonly string[]) =>
      fixture.query(
        `insert into device_link (device_id, tenant_id, is_settings_due, wanted_settings, settings_version)
          select id, tenant_id, false, 1, 1 from device where id = any ($1::uuid[])`,
        [ids],
      ),
    say: (deviceId: string, state: 'on' | 'degraded' | 'off') =>
      fixture.query(
        `insert into device_protection (device_id, tenant_id, scope, state, reasons, health, reported_at)
          select id, tenant_id, scope, $2, '{}', '{}', now() from device where id = $1
          on conflict (device_id) do update set state = excluded.state`,
        [deviceId, state],
      ),
  };
}
