/**
 * Who and what the grid holds before anything goes wrong: a tenant with two clients, their admins,
 * controllers that joined by one token each, and a device at each of them.
 */
import {
  accountRoutes,
  deviceRoutes,
  enrolmentKeyRoutes,
  groupRoutes,
  joinTokenRoutes,
  organizationRoutes,
  policyRoutes,
  tenantRoutes,
  type Device,
  type Group,
  type Organization,
  type Policy,
  type ScopePath,
  type Tenant,
} from '@wardgrid/wire';
import { type ChainWorld, type ControllerName, type MachineName } from './chain-world.ts';
import { accept, setUp, type Person } from './person.ts';
import { eventually, type Program } from './processes.ts';

/** Words that only rows of one place hold: whoever has one of another place has what is not theirs. */
export const MARKERS = {
  harbour: 'Kaiwacht',
  quay: 'Schleusenamt',
  stranger: 'Fremdling',
} as const;

export const EMAILS = {
  owner: 'owner@northwind.example',
  harbour: `admin@${MARKERS.harbour.toLowerCase()}.example`,
  quay: `admin@${MARKERS.quay.toLowerCase()}.example`,
  annex: `annex@${MARKERS.harbour.toLowerCase()}.example`,
} as const;

/** What there is once the grid is up. */
export interface Grid {
  readonly tenant: Tenant;
  readonly harbour: Organization;
  readonly quay: Organization;
  /** A group of the first client, behind the sub-local controller. */
  readonly annex: Group;
  readonly policy: Policy;
  /** The tenant's owner, at the cloud. */
  readonly owner: Person;
  readonly programs: Map<ControllerName | MachineName, Program>;
}

/** The cloud with its tenants; nobody has joined. */
export async function beginGrid(world: ChainWorld): Promise<Grid> {
  const cloud = await world.start('cloud');
  const [, token = ''] = await cloud.waitFor(/^set up: \S+#(\S+)$/);
  const door = await world.door('cloud');
  const { call } = await setUp(door, token);
  const licence = { seats: 6, validDays: 300 };
  const tenant = await call(tenantRoutes.create, { body: { name: 'Northwind', licence } });
  const other = await call(tenantRoutes.create, { body: { name: MARKERS.stranger, licence } });
  const stray = { name: `${MARKERS.stranger} Hof`, tenantId: other.id };
  await call(organizationRoutes.create, { body: stray });
  const add = (name: string) =>
    call(organizationRoutes.create, { body: { name, tenantId: tenant.id } });
  const harbour = await add(`${MARKERS.harbour} GmbH`);
  const quay = await add(`${MARKERS.quay} AG`);
  const annex = await call(groupRoutes.create, {
    body: { name: `${MARKERS.harbour} Annex`, organizationId: harbour.id },
  });
  const policy = await call(policyRoutes.create, {
    body: {
      name: 'Careful',
      target: { kind: 'organization', id: harbour.id },
      fields: { mode: 'detect', confidenceMin: 70 },
      locks: [],
    },
  });
  const owner = await invite(world, { call, email: EMAILS.owner, scope: tenant.scope });
  await invite(world, { call: owner.call, email: EMAILS.harbour, scope: harbour.scope });
  await invite(world, { call: owner.call, email: EMAILS.quay, scope: quay.scope });
  await invite(world, { call: owner.call, email: EMAILS.annex, scope: annex.scope });
  const programs = new Map([['cloud', cloud] as const]);
  return { tenant, harbour, quay, annex, policy, owner, programs };
}

async function invite(
  world: ChainWorld,
  given: { readonly call: Person['call']; readonly email: string; readonly scope: ScopePath },
): Promise<Person> {
  const { call, email, scope } = given;
  const { invitation } = await call(accountRoutes.create, {
    body: {
      email,
      name: email,
      kind: 'admin',
      scope,
      reach: 'subtree',
      assignments: [{ role: 'owner', scope }],
    },
  });
  return accept(await world.door('cloud'), email, invitation.path);
}

/** One token and one command make a controller. */
export async function join(
  world: ChainWorld,
  grid: Grid,
  given: {
    readonly name: ControllerName;
    readonly parent: ControllerName;
    readonly by: Person;
    readonly scope: ScopePath;
  },
): Promise<void> {
  const { name, parent, by, scope } = given;
  const { value } = await by.call(joinTokenRoutes.create, { body: { name, scope } });
  const role = parent === 'cloud' ? 'local' : 'sub-local';
  grid.programs.set(name, await world.start(name, { role, parent, token: value }));
}

/** A device enrols at a controller by a key of that controller's admin. */
export async function enrol(
  world: ChainWorld,
  grid: Grid,
  given: {
    readonly machine: MachineName;
    readonly at: ControllerName;
    readonly by: Person;
    readonly place: {
      readonly organizationId?: Organization['id'];
      readonly groupId?: Group['id'];
    };
  },
): Promise<Device> {
  const { machine, at, by, place } = given;
  const { value } = await by.call(enrolmentKeyRoutes.create, { body: { name: machine, ...place } });
  const known = new Set((await by.call(deviceRoutes.list)).data.map(({ id }) => id));
  grid.programs.set(machine, world.startAgent(machine, at, value));
  return eventually(`${machine} enrols at ${at}`, async () =>
    (await by.call(deviceRoutes.list)).data.find(
      ({ id, status }) => !known.has(id) && status === 'online',
    ),
  );
}
