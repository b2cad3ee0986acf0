import { systemNewId } from '@wardgrid/base/system';
import { appliedRepository } from '@wardgrid/controller/features/rules/applied-repository';
import { expect, describe, test } from 'vitest';
import { openTestServers } from '../database/database.ts';
import { createFeatureFixture } from './feature-fixture.ts';

describe.each(openTestServers())('exceptions that hold for devices, on $name', (server) => {
  test('come nearest first, and are read once for all devices of a place', async () => {
    await using fixture = await createFeatureFixture(server);
    const organization = await fixture.addOrganization();
    const [one, two] = [
      await fixture.addDevice(organization),
      await fixture.addDevice(organization),
    ];
    const add = async (deviceId: string | null, scope: string, expiresAt: Date | null) => {
      const id = systemNewId();
      await fixture.query(
        `insert into rule_exception (id, tenant_id, organization_id, device_id, scope, selection, reason, expires_at,
          created_at, created_by)
         values ($1, $2, $3, $4, $5, '{"Image": "/bin/x"}', 'ours', $6, $7, 'somebody')`,
        [
          id,
          organization.tenantId,
          organization.id,
          deviceId,
          scope,
          expiresAt,
          new Date(fixture.clock.now()),
        ],
      );
      return id;
    };
    const shared = await add(null, organization.scope, new Date(fixture.clock.now() + 1_000));
    const own = await add(one.id, one.scope, null);
    await add(null, organization.scope, new Date(fixture.clock.now()));
    const found = await fixture.ingest((tx) =>
      appliedRepository(tx).exceptions([one, two], fixture.clock.now()),
    );
    const of = (deviceId: string) => found.filter((exception) => exception.deviceId === deviceId);
    expect(of(one.id).map(({ id }) => id)).toEqual([own, shared]);
    expect(of(two.id)).toMatchObject([{ id: shared, ruleId: null, reason: 'ours' }]);
    expect(of(one.id)[1]?.selection).toBe(of(two.id)[0]?.selection);
  });
});
