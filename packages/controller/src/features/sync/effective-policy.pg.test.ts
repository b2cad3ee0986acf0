import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { silentLog } from '@wardgrid/base';
import { systemNewId } from '@wardgrid/base/system';
import { createDatabase, openEmbeddedServer } from '../../../../../test/database/database.ts';
import { labelOf } from '../../platform/authorize.ts';
import { migrate } from '../../platform/migrate.ts';
import { effectiveOf } from '../policies/effective.ts';
import { heldOf } from '../policies/rollout/rollout.ts';
import { policyStore } from '../policies/repository.ts';
import { beginTenant, createChain, openSide, type Side } from './testdata/two-sides.ts';
import { registryOf, SYNC_TYPES } from './types/index.ts';

const registry = registryOf(SYNC_TYPES);

const TEMPLATE = {
  name: 'sync-two-sides',
  migrate: (connection: object) => migrate(connection, silentLog),
};

test('a device runs the same policy wherever it is worked out, whatever a site may see', async () => {
  const server = openEmbeddedServer();
  await using cloud = await openSide(await createDatabase(server, TEMPLATE), 1);
  await using site = await openSide(await createDatabase(server, TEMPLATE), 2);
  const tenantId = systemNewId();
  const [organization, group, sibling, device, stranger] = Array.from({ length: 5 }, systemNewId);
  const top = labelOf(tenantId);
  const middle = `${top}.${labelOf(organization ?? '')}`;
  const scope = `${middle}.${labelOf(group ?? '')}`;
  await beginTenant(cloud, tenantId, true);
  const chain = createChain([cloud, site], tenantId, {
    sees: (side, { home, type }) =>
      side === cloud ||
      home === scope ||
      home.startsWith(`${scope}.`) ||
      (registry[type]?.isInherited === true && scope.startsWith(`${home}.`)),
  });
  await cloud.database.transact({ kind: 'sync' }, async (tx) => {
    await tx.run(
      sql`insert into organization (id, tenant_id, scope, name) values (${organization}, ${tenantId}, ${middle}::ltree, 'o')`,
    );
    for (const id of [group, sibling]) {
      await tx.run(sql`insert into device_group (id, tenant_id, organization_id, scope, name)
        values (${id}, ${tenantId}, ${organization}, ${`${middle}.${labelOf(id ?? '')}`}::ltree, ${id})`);
    }
    for (const [id, at, groupId] of [
      [device, scope, group],
      [stranger, middle, null],
    ] as const) {
      await tx.run(sql`insert into device (id, tenant_id, organization_id, group_id, scope, name, hostname, os_family, os_name, os_version,
          architecture, agent_version, public_key, fingerprint)
        values (${id}, ${tenantId}, ${organization}, ${groupId}, ${at}::ltree, 'd', 'd', 'linux', 'Debian', '12', 'x64', '1', ${id}, 'f')`);
    }
    const policies: (readonly [string, object, readonly string[], object])[] = [
      [top, { mode: 'strict', denyOnTimeout: true }, ['mode'], {}],
      [middle, { denyOnTimeout: false }, [], { organization_id: organization }],
      [scope, { mode: 'off', denyOnTimeout: true }, [], { group_id: group }],
      [`${middle}.${labelOf(sibling ?? '')}`, { mode: 'detect' }, ['mode'], { group_id: sibling }],
      [middle, { mode: 'off' }, ['mode'], { device_id: stranger }],
      [scope, { denyOnTimeout: false }, [], { device_id: device }],
    ];
    for (const [at, fields, locks, target] of policies) {
      const whole = { organization_id: null, group_id: null, device_id: null, ...target };
      await tx.run(sql`insert into policy (id, tenant_id, scope, organization_id, group_id, device_id, name, fields, locks, created_at, changed_at, changed_by)
        values (${systemNewId()}, ${tenantId}, ${at}::ltree, ${whole.organization_id}, ${whole.group_id}, ${whole.device_id}, 'p',
          ${JSON.stringify(fields)}::jsonb, ${locks}::text[], now(), now(), 'ada')`);
    }
  });
  await chain.carryBaseline();
  await beginTenant(site, tenantId, false);
  const effective = (side: Side) =>
    side.database.transact({ kind: 'sync' }, async (tx) => {
      const path = await policyStore(tx).pathsOf([{ deviceId: device ?? '', scope }]);
      const held = path.map(({ policy, isInRing }) => heldOf(policy, isInRing));
      return effectiveOf(held, Date.now());
    });
  const expected = await effective(cloud);
  expect(expected.policy.mode).toBe('strict');
  expect(await effective(site)).toEqual(expected);
  const held = await site.database.transact({ kind: 'sync' }, (tx) =>
    tx.row(sql`select (select count(*) from policy) as policies, (select count(*) from device) as devices,
      (select count(*) from sync_aside) as aside`),
  );
  expect(held).toEqual({ policies: 4, devices: 1, aside: 0 });
});
