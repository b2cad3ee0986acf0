import { randomBytes } from 'node:crypto';
import { systemNewId } from '@wardgrid/base/system';
import type { PolicyDeps } from '@wardgrid/controller/features/policies/deps';
import { createPoliciesFeature } from '@wardgrid/controller/features/policies/index';
import { policyStore } from '@wardgrid/controller/features/policies/repository';
import { policyRoutes, type Exclusion } from '@wardgrid/wire';
import { describe, expect, test } from 'vitest';
import { openTestServers } from '../database/database.ts';
import { actorAt, createFeatureFixture } from './feature-fixture.ts';

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
    const of = (deviceId: string) => paths.filter((policy) => policy.deviceId === deviceId);
    expect(of(one.id).map(({ kind }) => kind)).toEqual(['tenant', 'organization', 'device']);
    expect(of(two.id).map(({ kind }) => kind)).toEqual(['tenant', 'organization']);
    expect(of(one.id)[0]?.fields).toBe(of(two.id)[0]?.fields);
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
});
