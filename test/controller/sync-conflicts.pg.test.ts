import { systemNewId } from '@wardgrid/base/system';
import { createPoliciesFeature } from '@wardgrid/controller/features/policies/index';
import { createTypedSide, SYNC_TYPES } from '@wardgrid/controller/features/sync/index';
import { policyRoutes, syncRoutes } from '@wardgrid/wire';
import { describe, expect, test } from 'vitest';
import { openTestServers } from '../database/database.ts';
import {
  actorAt,
  createFeatureFixture,
  type FeatureFixture,
  type Organization,
} from './feature-fixture.ts';

/** A controller that is the cloud of a tenant that syncs, without anybody to exchange with. */
async function openSite(fixture: FeatureFixture) {
  const organization = await fixture.addOrganization();
  const due: unknown[] = [];
  const policies = createPoliciesFeature(fixture.platform, {
    makeSettingsDue: async (_tx, where) => void due.push(where),
    settingsVersions: () => Promise.resolve({ wanted: 0, running: 0 }),
  });
  const typed = createTypedSide(fixture.platform, {
    types: SYNC_TYPES,
    directoryKeyOf: () => Promise.resolve(new Uint8Array(32)),
    nodeId: () => 'cloud',
    code: () => null,
    devicesArrived: () => Promise.resolve(),
    makeSettingsDue: async (_tx, where) => void due.push(where),
    jobsArrived: () => Promise.resolve(),
    updatePolicy: policies.reapply,
    topologyOf: () => Promise.reject(new Error('nobody asks for content here')),
  });
  await fixture.query(
    `insert into sync_tenant (tenant_id, node, stream, head, hlc) values ($1, 'cloud', 's', '', '')`,
    [organization.tenantId],
  );
  await fixture.query('select sync_begin_capture()');
  return { organization, typed, due, actor: actorAt(organization) };
}

/** As the engine keeps a change that lost. */
async function addConflict(
  fixture: FeatureFixture,
  { tenantId, scope }: Pick<Organization, 'tenantId' | 'scope'>,
  given: {
    readonly type: string;
    readonly rowId: string;
    readonly lost: object;
    readonly kept?: object;
  },
): Promise<string> {
  const id = systemNewId();
  await fixture.query(
    `insert into sync_conflict (id, tenant_id, scope, at, kind, reason, type, row_id, op_id, node, op_kind, changed_by, lost, kept)
     values ($1, $2, $3, now(), 'lost', 'concurrent-older', $4, $5, ($1::uuid)::text, 'cloud', 'patch', 'bob@example.com', $6, $7)`,
    [id, tenantId, scope, given.type, given.rowId, given.lost, given.kept ?? {}],
  );
  return id;
}

describe.each(openTestServers())('changes that did not come to stand on $name', (server) => {
  test('are made again as changes of their own, once', async () => {
    await using fixture = await createFeatureFixture(server);
    const { organization, actor } = await openSite(fixture);
    const id = await addConflict(fixture, organization, {
      type: 'organization',
      rowId: organization.id,
      lost: { name: 'Theirs', version: 9 },
      kept: { name: 'Ours', version: 8 },
    });
    const before = await fixture.call(actor, syncRoutes.conflict, { params: { id } });
    expect(before).toMatchObject({
      noun: 'organizations',
      isLive: true,
      state: 'open',
      changedBy: 'bob@example.com',
      fields: [
        { name: 'name', lost: 'Theirs', kept: 'Ours' },
        { name: 'version', lost: 9, kept: 8 },
      ],
    });
    const after = await fixture.call(actor, syncRoutes.reapply, {
      params: { id },
      body: { fields: ['name'] },
    });
    expect(after).toMatchObject({
      state: 'reapplied',
      entityName: 'Theirs',
      resolvedBy: actor.email,
    });
    expect(await fixture.query('select kind, fields from sync_outbox')).toEqual([
      { kind: 'patch', fields: { name: 'Theirs' } },
    ]);
    const again = fixture.call(actor, syncRoutes.reapply, { params: { id }, body: {} });
    await expect(again).rejects.toMatchObject({ code: 'conflict-resolved' });
  });

  test('are dismissed, and listed by what is asked', async () => {
    await using fixture = await createFeatureFixture(server);
    const { organization, actor } = await openSite(fixture);
    const given = { type: 'organization', rowId: organization.id, lost: { name: 'x' } };
    const id = await addConflict(fixture, organization, given);
    await addConflict(fixture, organization, { ...given, rowId: systemNewId() });
    await fixture.call(actor, syncRoutes.dismiss, { params: { id } });
    const open = await fixture.call(actor, syncRoutes.conflicts, {
      query: { filter: 'state:open noun:organizations' },
    });
    expect(open.data).toMatchObject([{ isLive: false }]);
    const gone = fixture.call(actor, syncRoutes.reapply, {
      params: { id: open.data[0]?.id ?? '' },
      body: {},
    });
    await expect(gone).rejects.toMatchObject({ code: 'conflict-gone' });
  });

  test('of others are not found, and of secrets nobody is shown what they hold', async () => {
    await using fixture = await createFeatureFixture(server);
    const { organization, actor } = await openSite(fixture);
    const other = actorAt(await fixture.addOrganization());
    const id = await addConflict(fixture, organization, {
      type: 'account',
      rowId: systemNewId(),
      lost: { credential: [{ password_hash: 'secret-hash' }], name: 'Ada' },
      kept: { credential: [{ password_hash: 'other-hash' }] },
    });
    await expect(
      fixture.call(other, syncRoutes.conflict, { params: { id } }),
    ).rejects.toMatchObject({ code: 'not-found' });
    const shown = await fixture.call(actor, syncRoutes.conflict, { params: { id } });
    expect(shown.fields.map(({ name }) => name)).toEqual(['name']);
    expect(JSON.stringify(shown)).not.toContain('hash');
  });

  test('of a policy are kept as a version, and are made again by the rules of policies', async () => {
    await using fixture = await createFeatureFixture(server);
    const { organization, actor, typed, due } = await openSite(fixture);
    const { id } = await fixture.call(actor, policyRoutes.create, {
      body: {
        name: 'in force',
        target: { kind: 'organization', id: organization.id },
        fields: { mode: 'detect' },
      },
    });
    const lost = {
      name: 'overruled',
      fields: { mode: 'strict' },
      locks: ['mode'],
      version: 2,
      changed_at: '2026-11-20T10:00:00+00:00',
      changed_by: 'bob@example.com',
    };
    const conflict = await addConflict(fixture, organization, { type: 'policy', rowId: id, lost });
    for (let round = 0; round < 2; round += 1) await typed.tell();
    const { data } = await fixture.call(actor, policyRoutes.versions, { params: { id } });
    expect(data.map(({ version, name }) => [version, name])).toEqual([
      [3, 'in force'],
      [2, 'overruled (lost)'],
      [1, 'in force'],
    ]);
    due.length = 0;
    await fixture.call(actor, syncRoutes.reapply, { params: { id: conflict }, body: {} });
    expect(await fixture.call(actor, policyRoutes.read, { params: { id } })).toMatchObject({
      name: 'overruled',
      fields: { mode: 'strict' },
      locks: ['mode'],
      version: 4,
    });
    expect(due).toEqual([{ kind: 'scope', scope: organization.scope }]);
  });
});
