import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFakeClock, silentLog } from '@wardgrid/base';
import { systemNewId } from '@wardgrid/base/system';
import type { Group, LicenceState, RoleName } from '@wardgrid/wire';
import {
  createDatabase,
  openTestServers,
  type TestDatabase,
} from '../../../../../test/database/database.ts';
import type { Actor, HeldRole } from '../../platform/authorize.ts';
import type { Context } from '../../platform/context.ts';
import { createChainTime } from '../../platform/chain-time.ts';
import { openDatabase, type Database } from '../../platform/database.ts';
import { openKeys } from '../../platform/keys.ts';
import { CLOUD_PLACE } from '../../platform/membership.ts';
import { migrate } from '../../platform/migrate.ts';
import { createSecretStore } from '../../platform/secrets.ts';
import type { Platform } from '../../platform/services.ts';
import { createGroups, type Groups } from './groups.ts';
import { createLicences, type Licences } from './licences.ts';
import { createOrganizations, type Organizations } from './organizations.ts';
import { createTenants, type Tenants } from './tenants.ts';

const LICENCE = { seats: 5, validDays: 30, graceDays: 10, features: [] };
const ALL = { limit: 500 };

interface Person {
  readonly scope: string;
  readonly role?: RoleName;
  readonly reach?: 'direct' | 'subtree';
  readonly denied?: readonly string[];
  readonly barred?: readonly string[];
  readonly licenceState?: LicenceState;
}

/** A tenant id from a scope path, as a person would spell it. */
function tenantIdOf(scope: string): string | null {
  const label = scope.split('.')[0] ?? '';
  return label === '' ? null : label.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function contextOf(person: Person): Context {
  const { scope, role = 'owner', denied = [] } = person;
  const held = (at: string, effect: HeldRole['effect']): HeldRole => ({
    role,
    scope: at,
    effect,
    expiresAt: null,
  });
  const actor: Actor = {
    accountId: systemNewId(),
    email: 'somebody@example.com',
    name: 'Somebody',
    kind: 'admin',
    layer: scope === '' ? 0 : scope.split('.').length,
    tenantId: tenantIdOf(scope),
    scope,
    reach: person.reach ?? 'subtree',
    roles: [held(scope, 'allow'), ...denied.map((at) => held(at, 'deny'))],
    licenceState: person.licenceState ?? 'active',
    barredTenantIds: person.barred ?? [],
    tokenPermissions: null,
    sessionId: null,
  };
  return {
    actor,
    requestId: systemNewId(),
    signal: new AbortController().signal,
    address: '127.0.0.1',
    userAgent: 'test',
    isSecure: false,
  };
}

function code(expected: string): object {
  return expect.objectContaining({ code: expected });
}

describe.each(openTestServers())('the scope tree on PostgreSQL $name', (server) => {
  let temporary: TestDatabase;
  let database: Database;
  let licences: Licences;
  let tenants: Tenants;
  let organizations: Organizations;
  let groups: Groups;
  const clock = createFakeClock(1_800_000_000_000);
  const root = contextOf({ scope: '' });

  beforeAll(async () => {
    temporary = await createDatabase(server, {
      name: 'tenants',
      migrate: (connection) => migrate(connection, silentLog),
    });
    database = openDatabase({ connection: temporary.connection, poolSize: 4, log: silentLog });
    const secrets = createSecretStore(database, new Uint8Array(32));
    const platform: Platform = {
      clock,
      chainTime: createChainTime(clock),
      newId: systemNewId,
      log: silentLog,
      database,
      bus: { on: () => undefined, onReset: () => undefined, close: async () => undefined },
      keys: await openKeys(database, secrets, {
        newId: systemNewId,
        membership: CLOUD_PLACE.membership,
      }),
      place: CLOUD_PLACE,
      secrets,
      // Services never speak HTTP; what mounts routes is tried with the whole program.
      http: undefined as never,
      publicUrl: () => 'http://localhost',
      urls: () => ['http://localhost'],
    };
    licences = createLicences(platform);
    tenants = createTenants(platform, licences);
    organizations = createOrganizations(platform);
    groups = createGroups(platform);
  });

  afterAll(async () => {
    await database.close();
    await temporary.drop();
  });

  let count = 0;
  async function makeTenant() {
    count += 1;
    return tenants.create(root, { name: `Tenant ${count}`, licence: LICENCE });
  }

  async function makeTree() {
    const tenant = await makeTenant();
    const owner = contextOf({ scope: tenant.scope });
    const organization = await organizations.create(owner, { name: 'Acme' });
    const make = (name: string, parent?: Group) =>
      groups.create(owner, {
        name,
        organizationId: organization.id,
        ...(parent ? { parentId: parent.id } : {}),
      });
    const outer = await make('Outer');
    const inner = await make('Inner', outer);
    return { tenant, owner, organization, make, outer, inner };
  }

  async function addDevice(group: Group): Promise<string> {
    const id = systemNewId();
    await database.transact({ kind: 'ingest' }, async (tx) => {
      await tx.run(sql`insert into device (id, tenant_id, organization_id, group_id, scope, name,
          hostname, os_family, os_name, os_version, architecture, agent_version, public_key, fingerprint)
        values (${id}, ${group.tenantId}, ${group.organizationId}, ${group.id}, ${group.scope}::ltree,
          'pc', 'pc', 'linux', '', '', '', '', ${id}, '')`);
      await tx.run(sql`insert into device_presence (device_id, tenant_id, scope)
        values (${id}, ${group.tenantId}, ${group.scope}::ltree)`);
    });
    return id;
  }

  async function scopeOf(table: 'device' | 'account' | 'account_role', id: string) {
    const key = table === 'account_role' ? 'account_id' : 'id';
    const access = table === 'account_role' ? 'auth' : 'ingest';
    const row = await database.transact({ kind: access }, (tx) =>
      tx.row(
        sql<{
          scope: string;
        }>`select scope::text as scope from ${sql.table(table)} where ${sql.ref(key)} = ${id}`,
      ),
    );
    return row?.scope;
  }

  test('a tenant is made with a licence, and its name is taken for everybody', async () => {
    const tenant = await makeTenant();
    expect(tenant).toMatchObject({ licenceState: 'active', seats: 5, organizations: 0 });
    await expect(
      tenants.create(root, { name: tenant.name.toUpperCase(), licence: LICENCE }),
    ).rejects.toEqual(code('name-taken'));
  });

  test('the platform keeps a tenant that bars it: sees its row, no counts, licenses and deletes it', async () => {
    const { tenant, owner, organization, inner, outer } = await makeTree();
    await addDevice(inner);
    await tenants.update(owner, tenant.id, { isSupportAccessOn: false });
    const barred = contextOf({ scope: '', barred: [tenant.id] });
    expect(await tenants.read(barred, tenant.id)).toMatchObject({
      name: tenant.name,
      isSupportAccessOn: false,
      organizations: 0,
      counts: { devices: 0 },
    });
    expect((await tenants.read(owner, tenant.id)).counts.devices).toBe(1);
    await expect(organizations.read(barred, organization.id)).rejects.toEqual(code('not-found'));
    await expect(groups.read(barred, outer.id)).rejects.toEqual(code('not-found'));
    expect((await licences.issue(barred, tenant.id, { ...LICENCE, seats: 9 })).seats).toBe(9);
    await expect(tenants.delete(barred, tenant.id)).rejects.toEqual(code('tenant-not-empty'));
    await expect(tenants.update(barred, tenant.id, { isSupportAccessOn: true })).rejects.toEqual(
      code('forbidden'),
    );
    expect((await tenants.update(barred, tenant.id, { isSuspended: true })).licenceState).toBe(
      'suspended',
    );
    const empty = await makeTenant();
    const other = contextOf({ scope: '', barred: [empty.id] });
    expect(await tenants.delete(other, empty.id)).toBeNull();
  });

  test('an owner with direct reach, or with a scope denied, changes the tenant all the same', async () => {
    const { tenant, organization } = await makeTree();
    const direct = contextOf({ scope: tenant.scope, reach: 'direct' });
    expect((await tenants.update(direct, tenant.id, { name: `${tenant.name} b` })).name).toContain(
      ' b',
    );
    const denied = contextOf({ scope: tenant.scope, denied: [organization.scope] });
    await tenants.update(denied, tenant.id, { name: `${tenant.name} c` });
  });

  test('nobody makes what would be out of their reach', async () => {
    const { tenant, organization, outer } = await makeTree();
    const ofOne = contextOf({ scope: '' });
    const role = { ...ofOne.actor.roles[0], scope: tenant.scope } as HeldRole;
    const platform = { ...ofOne, actor: { ...ofOne.actor, roles: [role] } };
    await expect(tenants.create(platform, { name: 'Beyond', licence: LICENCE })).rejects.toEqual(
      code('forbidden'),
    );
    const near = contextOf({ scope: '', reach: 'direct' });
    await expect(
      organizations.create(near, { name: 'Beyond', tenantId: tenant.id }),
    ).rejects.toEqual(code('forbidden'));
    const nearer = contextOf({ scope: organization.scope, reach: 'direct' });
    await expect(
      groups.create(nearer, {
        name: 'Beyond',
        organizationId: organization.id,
        parentId: outer.id,
      }),
    ).rejects.toEqual(code('forbidden'));
  });

  test('only one licence is current, however many are issued at once', async () => {
    const tenant = await makeTenant();
    const seats = [6, 7, 8];
    await Promise.all(seats.map((n) => licences.issue(root, tenant.id, { ...LICENCE, seats: n })));
    const current = await database.transact({ kind: 'ingest' }, (tx) =>
      tx.rows(sql`select from licence where tenant_id = ${tenant.id} and is_current`),
    );
    expect(current).toHaveLength(1);
  });

  test('another tenant, a node below and a sibling are told that a thing does not exist', async () => {
    const { tenant, organization, outer, owner } = await makeTree();
    const foreign = await makeTree();
    const sibling = await organizations.create(owner, { name: 'Sibling' });
    const below = contextOf({ scope: organization.scope });
    for (const context of [foreign.owner, contextOf({ scope: sibling.scope })]) {
      await expect(organizations.read(context, organization.id)).rejects.toEqual(code('not-found'));
      await expect(groups.read(context, outer.id)).rejects.toEqual(code('not-found'));
      await expect(groups.delete(context, outer.id)).rejects.toEqual(code('not-found'));
      await expect(groups.update(context, outer.id, { name: 'Mine' })).rejects.toEqual(
        code('not-found'),
      );
      await expect(
        groups.create(context, { name: 'x', organizationId: organization.id }),
      ).rejects.toEqual(code('not-found'));
    }
    await expect(tenants.read(below, tenant.id)).rejects.toEqual(code('not-found'));
    await expect(tenants.read(foreign.owner, tenant.id)).rejects.toEqual(code('not-found'));
    expect((await tenants.list(foreign.owner, ALL)).data.map(({ id }) => id)).toEqual([
      foreign.tenant.id,
    ]);
  });

  test('an admin of a group sees its group with the names above, and makes groups inside', async () => {
    const { organization, outer, inner } = await makeTree();
    const admin = contextOf({ scope: outer.scope });
    const page = await groups.list(admin, ALL);
    expect(page.data.map(({ id }) => id).toSorted()).toEqual([outer.id, inner.id].toSorted());
    expect(page.data[0]?.organizationName).toBe('Acme');
    const made = await groups.create(admin, {
      name: 'Deeper',
      organizationId: organization.id,
      parentId: outer.id,
    });
    expect(made.scope.startsWith(`${outer.scope}.`)).toBe(true);
    await expect(
      groups.create(admin, { name: 'Beside', organizationId: organization.id }),
    ).rejects.toEqual(code('not-found'));
    expect((await organizations.list(admin, ALL)).data).toEqual([]);
  });

  test('what is too deep to be seen still keeps its node from being deleted', async () => {
    const { tenant, organization, inner } = await makeTree();
    await addDevice(inner);
    const direct = contextOf({ scope: tenant.scope, reach: 'direct' });
    expect((await groups.list(direct, ALL)).data).toEqual([]);
    expect((await organizations.list(direct, ALL)).data[0]?.counts.devices).toBe(1);
    await expect(organizations.delete(direct, organization.id)).rejects.toEqual(
      code('organization-not-empty'),
    );
  });

  test('a group that is deleted takes its enrolment keys out of use', async () => {
    const { owner, inner } = await makeTree();
    const keyId = systemNewId();
    await database.transact({ kind: 'ingest' }, (tx) =>
      tx.run(sql`insert into enrolment_key (id, tenant_id, organization_id, group_id, scope, name,
          key_id, key_hash, seats, created_by, expires_at)
        values (${keyId}, ${inner.tenantId}, ${inner.organizationId}, ${inner.id},
          ${inner.scope}::ltree, 'key', ${keyId}, '', 1, 'x', now() + interval '1 day')`),
    );
    await groups.delete(owner, inner.id);
    const row = await database.transact({ kind: 'ingest' }, (tx) =>
      tx.row(
        sql<{
          revoked_at: number | null;
        }>`select revoked_at from enrolment_key where id = ${keyId}`,
      ),
    );
    expect(row?.revoked_at).not.toBeNull();
  });

  test('a group moves with its devices, accounts and roles, and its old place is empty', async () => {
    const { owner, make, outer, inner } = await makeTree();
    const target = await make('Target');
    const device = await addDevice(inner);
    const account = systemNewId();
    await database.transact({ kind: 'ingest' }, (tx) =>
      tx.run(sql`insert into account (id, tenant_id, scope, email, name, kind, layer, reach, state)
        values (${account}, ${inner.tenantId}, ${inner.scope}::ltree, ${`${account}@example.com`},
          'x', 'user', 4, 'direct', 'active')`),
    );
    await database.transact({ kind: 'auth' }, (tx) =>
      tx.run(sql`insert into account_role (account_id, tenant_id, role, scope, effect)
        values (${account}, ${inner.tenantId}, 'analyst', ${inner.scope}::ltree, 'allow')`),
    );
    const moved = await groups.update(owner, outer.id, { parentId: target.id, name: 'Moved' });
    expect(moved).toMatchObject({ name: 'Moved', parentId: target.id });
    const scope = (await groups.read(owner, inner.id)).scope;
    expect(scope.startsWith(`${target.scope}.`)).toBe(true);
    expect(await scopeOf('device', device)).toBe(scope);
    expect(await scopeOf('account', account)).toBe(scope);
    expect(await scopeOf('account_role', account)).toBe(scope);
  });

  test('a group moves neither into itself nor too deep, nor where its mover may not write', async () => {
    const { owner, make, outer, inner } = await makeTree();
    await expect(groups.update(owner, outer.id, { parentId: inner.id })).rejects.toEqual(
      code('group-cycle'),
    );
    let deepest = inner;
    for (let depth = 3; depth <= 8; depth += 1) deepest = await make(`Level ${depth}`, deepest);
    await expect(make('Level 9', deepest)).rejects.toEqual(code('group-too-deep'));
    const other = await make('Other');
    await make('Leaf', other);
    await expect(groups.update(owner, other.id, { parentId: deepest.id })).rejects.toEqual(
      code('group-too-deep'),
    );
    const ofOther = contextOf({ scope: other.scope });
    await expect(groups.update(ofOther, other.id, { parentId: outer.id })).rejects.toEqual(
      code('not-found'),
    );
    await expect(groups.update(ofOther, other.id, { parentId: null })).rejects.toEqual(
      code('not-found'),
    );
    const failed = groups.update(owner, other.id, { parentId: deepest.id, name: 'Renamed' });
    await expect(failed).rejects.toEqual(code('group-too-deep'));
    expect((await groups.read(owner, other.id)).name).toBe('Other');
  });

  test('two groups that move into each other at once make no circle', async () => {
    const { owner, make } = await makeTree();
    const [left, right] = [await make('Left'), await make('Right')];
    const moves = await Promise.allSettled([
      groups.update(owner, left.id, { parentId: right.id }),
      groups.update(owner, right.id, { parentId: left.id }),
    ]);
    expect(moves.map((move) => move.status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  test('an expired licence lets people look and nothing else', async () => {
    const { tenant, organization, outer } = await makeTree();
    const context = contextOf({ scope: tenant.scope, licenceState: 'expired' });
    expect((await groups.read(context, outer.id)).id).toBe(outer.id);
    await expect(organizations.rename(context, organization.id, 'New')).rejects.toEqual(
      code('licence-expired'),
    );
    await expect(groups.update(context, outer.id, { parentId: null })).rejects.toEqual(
      code('licence-expired'),
    );
  });
});
