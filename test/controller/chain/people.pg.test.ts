import { createMachine } from '@wardgrid/controller/features/link/testdata/machine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  accountRoutes,
  deviceRoutes,
  enrolmentKeyRoutes,
  groupRoutes,
  incidentRoutes,
  jobRoutes,
  joinTokenRoutes,
  organizationRoutes,
  policyRoutes,
  ruleExceptionRoutes,
  ruleSetRoutes,
  ruleSwitchRoutes,
  type DeviceId,
  type Organization,
} from '@wardgrid/wire';
import { startTestController, type SignedIn, type TestController } from '../harness.ts';

/* Who did something is known to those who may know them: above by address, below by where they belong. */

const ROOT = 'root@example.com';
const OWNER = 'owner@example.com';
const BERLIN = 'berlin@example.com';
const WITHIN = { timeout: 20_000, interval: 50 };
const RULE =
  'title: Ours\nid: 7c1f0f1c-6a63-4f0b-9f64-0d8d7a1f3c11\nlogsource:\n  category: process_creation\n  product: linux\ndetection:\n  a:\n    Image|endswith: /evil\n  condition: a\nlevel: high\n';

let cloud: TestController;
let local: TestController;
let root: SignedIn;
let owner: SignedIn;
let berlin: SignedIn;
let organization: Organization;
let deviceId: DeviceId;

/** Keeps a copy of what the triggers told, which the sealer takes away at once. */
const KEEP_TOLD = `create table told (id bigint, type text, kind text, actor text);
  create function keep_told() returns trigger language plpgsql as $$
    begin insert into told values (new.id, new.type, new.kind, new.actor); return null; end $$;
  create trigger keep_told after insert on sync_outbox for each row execute function keep_told();
  grant insert on told to public`;

const poolOf = (controller: TestController) => controller.controller.platform.database.pool;

async function signInAt(controller: TestController, email: string): Promise<SignedIn> {
  const isKnown = (): Promise<boolean> =>
    controller.signIn(email).then(
      () => true,
      () => false,
    );
  await expect.poll(isKnown, WITHIN).toBe(true);
  return controller.signIn(email);
}

function adminOf(scope: string, email: string) {
  return {
    email,
    name: email.split('@', 1)[0] ?? '',
    kind: 'admin' as const,
    scope,
    reach: 'subtree' as const,
    assignments: [{ role: 'owner' as const, scope, effect: 'allow' as const, expiresAt: null }],
  };
}

beforeAll(async () => {
  cloud = await startTestController();
  root = await cloud.setUp();
  const { data } = await root.call(organizationRoutes.list, { query: {} });
  organization = data[0] as Organization;
  const tenant = organization.scope.slice(0, 32);
  owner = await cloud.addAccount(root, adminOf(tenant, OWNER));
  await cloud.addAccount(owner, adminOf(organization.scope, BERLIN));
  const { value: token } = await owner.call(joinTokenRoutes.create, {
    body: { name: 'Berlin', scope: organization.scope },
  });
  local = await startTestController({
    config: { role: 'local', parent: cloud.url, token, syncIntervalMs: 500 },
  });
  for (const one of [cloud, local]) await poolOf(one).query(KEEP_TOLD);
}, 90_000);

afterAll(async () => {
  await local?.close();
  await cloud?.close();
});

test('the site has its admin and a device', async () => {
  berlin = await signInAt(local, BERLIN);
  const { value } = await berlin.call(enrolmentKeyRoutes.create, {
    body: { name: 'desks', organizationId: organization.id, seats: 5 },
  });
  const machine = createMachine(local.url, 'desk-1');
  deviceId = (await machine.enrol(value)).deviceId as DeviceId;
  const isAtCloud = async (): Promise<boolean> => {
    const devices = await root.call(deviceRoutes.list, { query: {} });
    return devices.data.some(({ id }) => id === deviceId);
  };
  await expect.poll(isAtCloud, WITHIN).toBe(true);
});

test('who changed what is inherited is known below by where they belong', async () => {
  const target = { kind: 'tenant', id: organization.tenantId } as const;
  const { id } = await owner.call(policyRoutes.create, {
    body: { name: 'all', target, fields: { confidenceMin: 40 } },
  });
  await root.call(policyRoutes.update, { params: { id }, body: { name: 'everybody' } });
  const place = { kind: 'organization', id: organization.id } as const;
  const made = await owner.call(policyRoutes.create, {
    body: { name: 'site', target: place, fields: { confidenceMin: 50 } },
  });
  expect(made.changedBy).toBe(OWNER);
  const read = { params: { id: made.id } };
  const seen = async (): Promise<string | undefined> => {
    const { data } = await berlin.call(policyRoutes.list, { query: {} });
    return data.find((policy) => policy.id === made.id)?.changedBy;
  };
  const tenantName = 'Acme';
  await expect.poll(seen, WITHIN).toBe(`@${tenantName}`);
  await berlin.call(policyRoutes.update, { ...read, body: { fields: { confidenceMin: 60 } } });
  expect((await berlin.call(policyRoutes.read, read)).changedBy).toBe(BERLIN);
  const above = async (): Promise<string> => (await owner.call(policyRoutes.read, read)).changedBy;
  await expect.poll(above, WITHIN).toBe(BERLIN);
  const versions = await berlin.call(policyRoutes.versions, read);
  expect(versions.data.map(({ changedBy }) => changedBy)).toEqual([BERLIN, `@${tenantName}`]);
  // Found and sorted by what is shown.
  const query = { filter: `changedBy:${BERLIN}`, sort: 'changedBy' };
  const { data } = await berlin.call(policyRoutes.list, { query });
  expect(data.map((policy) => policy.id)).toEqual([made.id]);
  // The Global Admin is nobody to a tenant.
  const everybody = await owner.call(policyRoutes.read, { params: { id } });
  expect(everybody.changedBy).toBe('@Platform');
});

test('who ordered, excepted, closed and let in is known in the same way', async () => {
  const job = await root.call(jobRoutes.create, {
    body: { deviceId, task: { kind: 'inventory', sections: ['users'] } },
  });
  expect(job.createdBy).toBe(ROOT);
  const read = { params: { id: job.id } };
  const shown = (): Promise<string> =>
    berlin.call(jobRoutes.read, read).then(
      ({ createdBy }) => createdBy,
      () => '',
    );
  await expect.poll(shown, WITHIN).toBe('@Platform');

  const { rows } = await poolOf(local).query<{ id: string }>(
    `insert into incident (id, tenant_id, organization_id, scope, kind, dedupe_key, title, severity, state, opened_at, timeline)
      values (gen_random_uuid(), $1, $2, $3::ltree, 'threat', 'one', 'Something', 3, 'open', now(), '[]') returning id`,
    [organization.tenantId, organization.id, organization.scope],
  );
  const incident = { params: { id: rows[0]?.id ?? '' } };
  await expect
    .poll(
      () =>
        owner.call(incidentRoutes.read, incident).then(
          () => true,
          () => false,
        ),
      WITHIN,
    )
    .toBe(true);
  const note = { state: 'acknowledged', note: 'looking' } as const;
  await berlin.call(incidentRoutes.update, { ...incident, body: note });
  const states = async () => (await owner.call(incidentRoutes.read, incident)).state;
  await expect.poll(states, WITHIN).toBe('acknowledged');
  const closed = await owner.call(incidentRoutes.update, {
    ...incident,
    body: { state: 'closed' },
  });
  expect(closed.closedBy).toBe(OWNER);
  expect(closed.timeline.map(({ text, by }) => [text, by])).toEqual([
    ['Acknowledged: looking', BERLIN],
    ['Closed', OWNER],
  ]);
  const below = async () => (await berlin.call(incidentRoutes.read, incident)).closedBy;
  await expect.poll(below, WITHIN).toBe('@Acme');
  const { timeline } = await berlin.call(incidentRoutes.read, incident);
  expect(timeline.map(({ by }) => by)).toEqual([BERLIN, '@Acme']);
});

test('every change by a person says who made it', async () => {
  const target = { kind: 'organization', id: organization.id } as const;
  const one = await owner.call(ruleExceptionRoutes.create, {
    body: {
      target,
      ruleId: null,
      selection: { Image: '/bin/true' },
      reason: 'ours',
      expiresAt: null,
    },
  });
  await owner.call(ruleExceptionRoutes.delete, { params: { id: one.id } });
  const files = [{ name: 'ours.yml', text: RULE }];
  const set = await owner.call(ruleSetRoutes.create, {
    body: { name: 'ours', format: 'sigma', licence: 'MIT', files },
  });
  await owner.call(ruleSetRoutes.update, { params: { id: set.id }, body: { isEnabled: false } });
  await owner.call(ruleSetRoutes.delete, { params: { id: set.id } });
  const turned = await owner.call(ruleSwitchRoutes.set, {
    body: { target, ruleId: 'x', setting: 'off', reason: 'ours' },
  });
  await owner.call(ruleSwitchRoutes.delete, { params: { id: turned.id } });
  const group = await berlin.call(groupRoutes.create, {
    body: { name: 'Desks', organizationId: organization.id },
  });
  await berlin.call(deviceRoutes.update, { params: { id: deviceId }, body: { groupId: group.id } });
  const job = await berlin.call(jobRoutes.create, {
    body: { deviceId, task: { kind: 'inventory', sections: ['users'] } },
  });
  await berlin.call(jobRoutes.cancel, { params: { id: job.id } });
  await berlin.call(deviceRoutes.delete, { params: { id: deviceId } });

  const told = async (controller: TestController, types: readonly string[]) => {
    const { rows } = await poolOf(controller).query<{ what: string }>(
      `select distinct type || ' ' || kind || ' by ' || person_of(actor, $1::ltree) as what from told
        where type = any ($2) order by 1`,
      [organization.scope, types],
    );
    return rows.map(({ what }) => what);
  };
  const rules = ['rule_exception', 'rule_set', 'rule_imported', 'rule_switch'];
  expect(await told(cloud, rules)).toEqual([
    `rule_exception create by ${OWNER}`,
    `rule_exception delete by ${OWNER}`,
    `rule_imported create by ${OWNER}`,
    `rule_imported delete by ${OWNER}`,
    `rule_set create by ${OWNER}`,
    `rule_set delete by ${OWNER}`,
    `rule_set patch by ${OWNER}`,
    `rule_switch create by ${OWNER}`,
    `rule_switch delete by ${OWNER}`,
  ]);
  const work = await told(local, ['device', 'device_group', 'job']);
  expect(work).toEqual(
    expect.arrayContaining([
      `device move by ${BERLIN}`,
      `device patch by ${BERLIN}`,
      `device_group create by ${BERLIN}`,
      `job create by ${BERLIN}`,
      `job patch by ${BERLIN}`,
    ]),
  );
});

test('no address of anybody above is held below', async () => {
  const { rows: tables } = await poolOf(local).query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'public'`,
  );
  const held: string[] = [];
  for (const { name } of tables) {
    const { rowCount } = await poolOf(local).query(
      `select from ${name} t where t::text ~* $1 limit 1`,
      [`${ROOT}|${OWNER}`],
    );
    if (rowCount !== 0) held.push(name);
  }
  expect(held).toEqual([]);
  // The search finds what is there.
  const own = await poolOf(local).query(`select from account t where t::text ~* $1`, [BERLIN]);
  expect(own.rowCount).toBe(1);
});

test('what somebody did who is gone is told from what others did', async () => {
  const target = { kind: 'organization', id: organization.id } as const;
  const scope = organization.scope.slice(0, 32);
  const email = 'leaving@example.com';
  const leaving = await cloud.addAccount(root, adminOf(scope, email));
  const { id } = await leaving.call(ruleSwitchRoutes.set, {
    body: { target, ruleId: 'y', setting: 'off', reason: 'ours' },
  });
  await root.call(accountRoutes.delete, { params: { id: leaving.session.accountId } });
  const { data } = await owner.call(ruleSwitchRoutes.list, { query: {} });
  expect(data.find((one) => one.id === id)?.changedBy).toBe(email);
});
