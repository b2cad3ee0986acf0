/**
 * A small world for the console: a platform, a tenant of a partner with two clients, devices (made
 * up by `wardgrid simulate`, over the real link), what a scan of theirs found, and a site gone dark.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { encodeBase64Url } from '@wardgrid/base';
import { systemClock, systemRandom } from '@wardgrid/base/system';
import { createSigner } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import {
  deviceRoutes,
  enrolmentKeyRoutes,
  groupRoutes,
  incidentRoutes,
  JOB_STATES_FINAL,
  jobRoutes,
  joinCandidateRoutes,
  joinTokenRoutes,
  organizationRoutes,
  Permission,
  policyRoutes,
  ruleRoutes,
  syncRoutes,
  tenantRoutes,
  type Device,
  type NewJobTask,
  type OrganizationId,
  type Tenant,
  type TenantId,
} from '@wardgrid/wire';
import type * as z from 'zod';
import { askRequestOf } from '../controller/ask-request.ts';
import { startTestController, type SignedIn, type TestController } from '../controller/harness.ts';
import { eventually, startWardgrid, type Program } from './processes.ts';

/** One of the three consoles and who meets it. */
export interface Visitor {
  readonly shell: 'master-grid' | 'partner' | 'client';
  readonly email: string;
  readonly permissions: ReadonlySet<Permission>;
}

/** Everything runs until it is closed. */
export interface World {
  readonly url: string;
  readonly visitors: readonly Visitor[];
  /** A site with a controller of its own. */
  readonly site: Site;
  /** The cloud goes away; the site stays. */
  readonly stopCloud: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A local controller, and who manages what it serves. */
interface Site {
  readonly url: string;
  readonly email: string;
  readonly organizationId: OrganizationId;
}

/** A page of the console's router. */
export interface ConsoleRoute {
  readonly path: string;
  readonly needed: Permission | 'signed-in';
}

/** A name that would do harm where it is taken for markup, and reorder what stands beside it. */
export const HOSTILE_NAME = '<img src=x onerror=alert(1)>\u202Egpj.exe';

const EXCHANGE_MS = 1_000;
const RULES = fileURLToPath(new URL('../../rules', import.meta.url));
const HARBOUR_DEVICES = 30;
const QUAY_DEVICES = 4;
/** Controllers exchange and give each other up faster than a person would wait. */
const CHAIN = { syncIntervalMs: 1_000, failoverAfterMs: 3_000 };

/** Makes the world through the API and the link. */
export async function makeWorld(): Promise<World> {
  const controller = await startTestController({
    exchangeIntervalMs: EXCHANGE_MS,
    rulesFolder: RULES,
    config: CHAIN,
  });
  const closers: (() => Promise<void>)[] = [];
  let isCloudUp = true;
  const stopCloud = async (): Promise<void> => {
    if (isCloudUp) await controller.close();
    isCloudUp = false;
  };
  const close = async (): Promise<void> => {
    for (const closer of closers.toReversed()) await closer();
    await stopCloud();
  };
  try {
    const owner = await controller.setUp();
    const { visitors, tenant } = await fill(controller, owner, closers);
    const site = await addSite(controller, owner, { tenantId: tenant.id, closers });
    return { url: controller.url, visitors, site, stopCloud, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Somebody wants to join below a site, under a name that reads otherwise than it is. */
async function askAt({ anonymous, controller }: TestController): Promise<void> {
  const signer = createSigner(systemCryptography, systemRandom.bytes(32));
  const parentKey = encodeBase64Url(controller.platform.keys.node.publicKey);
  const body = askRequestOf(signer, { parentKey, role: 'sub-local', name: 'hangar\u202Etxt.exe' });
  await anonymous(joinCandidateRoutes.ask, { body });
}

/** A client with a controller of its own, where two people changed the same thing at the same moment. */
async function addSite(
  cloud: TestController,
  owner: SignedIn,
  given: { readonly tenantId: TenantId; readonly closers: (() => Promise<void>)[] },
): Promise<Site> {
  const { call } = owner;
  const { id: organizationId, scope } = await call(organizationRoutes.create, {
    body: { name: 'Airport', tenantId: given.tenantId },
  });
  const email = 'airport@example.com';
  await cloud.addAccount(owner, {
    email,
    name: 'Ada Airport',
    kind: 'admin',
    scope,
    reach: 'subtree',
    assignments: [{ role: 'owner', scope }],
  });
  const { value } = await call(joinTokenRoutes.create, { body: { name: 'Airport', scope } });
  const local = await startTestController({
    config: { role: 'local', parent: cloud.url, token: value, ...CHAIN },
  });
  given.closers.push(local.close);
  await call(joinTokenRoutes.create, { body: { name: 'Airport hangar', scope } });
  const admin = await eventually('the account has come to the site', () =>
    local.signIn(email).catch(() => undefined),
  );
  await askAt(local);
  const params = { id: organizationId };
  let round = 0;
  await eventually('one of two changes is lost', async () => {
    round += 1;
    await Promise.all([
      admin.call(organizationRoutes.update, { params, body: { name: `Airport ${round}` } }),
      systemClock
        .sleep(CLOSE_MS)
        .then(() => call(organizationRoutes.update, { params, body: { name: 'Airport' } })),
    ]);
    return (await call(syncRoutes.conflicts)).data.length > 0;
  });
  return { url: local.url, email, organizationId };
}

/** Later than the change at the site, sooner than that has come up. */
const CLOSE_MS = 30;

async function fill(
  controller: TestController,
  owner: SignedIn,
  closers: (() => Promise<void>)[],
): Promise<{ readonly visitors: Visitor[]; readonly tenant: Tenant }> {
  const { call } = owner;
  const licence = { seats: 200, validDays: 300 };
  const tenant = await call(tenantRoutes.create, { body: { name: 'Northwind', licence } });
  const add = (name: string) =>
    call(organizationRoutes.create, { body: { name, tenantId: tenant.id } });
  const [harbour, quay] = [await add('Harbour'), await add('Quay')];
  const organizationId = harbour.id;
  const group = await call(groupRoutes.create, { body: { name: 'Servers', organizationId } });
  const nested = { name: 'Databases', organizationId, parentId: group.id };
  await call(groupRoutes.create, { body: nested });
  await call(groupRoutes.create, { body: { name: 'Berths', organizationId: quay.id } });

  const live = await simulate(controller, owner, { id: harbour.id, agents: HARBOUR_DEVICES });
  const dark = await simulate(controller, owner, { id: quay.id, agents: QUAY_DEVICES });
  for (const program of [live, dark]) closers.push(() => program.kill('SIGKILL'));
  await call(policyRoutes.create, {
    body: {
      name: 'Careful',
      target: { kind: 'organization', id: quay.id },
      fields: { mode: 'strict', strictPaths: ['/srv'], confidenceMin: 70 },
      locks: ['mode'],
    },
  });
  await work(owner, await deviceOf(owner, harbour.id));
  await work(owner, await deviceOf(owner, quay.id));
  await dark.kill('SIGKILL');

  await eventually('the rules of the product are published', async () => {
    const { data } = await call(ruleRoutes.list, { query: { limit: 1 } });
    return data.length > 0;
  });
  const partner = await controller.addAccount(owner, {
    email: 'partner@example.com',
    name: 'Pat Partner',
    kind: 'admin',
    scope: tenant.scope,
    reach: 'subtree',
    assignments: [{ role: 'owner', scope: tenant.scope }],
  });
  const client = await controller.addAccount(partner, {
    email: 'client@example.com',
    name: 'Chris Client',
    kind: 'user',
    scope: quay.scope,
    assignments: [{ role: 'client-viewer', scope: quay.scope }],
  });
  await eventually('the dark site is an incident', async () => {
    const { data } = await client.call(incidentRoutes.list);
    return data.length > 0;
  });
  const visitors = [owner, partner, client].map(({ session }) => ({
    shell: session.shell,
    email: session.email,
    permissions: new Set(session.permissions),
  }));
  return { visitors, tenant };
}

/** Starts made-up devices of an organization, and waits until they are online. */
async function simulate(
  { url }: TestController,
  { call }: SignedIn,
  given: { readonly id: OrganizationId; readonly agents: number },
): Promise<Program> {
  const body = { name: 'simulated', organizationId: given.id, seats: given.agents };
  const { value } = await call(enrolmentKeyRoutes.create, { body });
  const agents = String(given.agents);
  const words = ['simulate', '--agents', agents, '--controller', url, '--enrolment-key', value];
  const program = startWardgrid([...words, '--connect', '--seconds', '3600']);
  await program.waitFor(/^connected\s+(\d+)$/);
  return program;
}

async function deviceOf({ call }: SignedIn, organizationId: OrganizationId): Promise<Device> {
  const filter = `organizationId:${organizationId}`;
  return eventually('a device is on a network', async () => {
    const { data } = await call(deviceRoutes.list, { query: { filter, sort: 'name' } });
    return data.find(({ primaryCidr }) => primaryCidr !== null);
  });
}

/** A scan and an inventory of the device, done; and a name that nobody should give it. */
async function work({ call }: SignedIn, { id }: Device): Promise<void> {
  const tasks: readonly z.input<typeof NewJobTask>[] = [
    { kind: 'discovery', isNetworkApproved: true },
    { kind: 'inventory', sections: ['system'] },
  ];
  for (const task of tasks) {
    const job = await call(jobRoutes.create, { body: { deviceId: id, task } });
    await eventually('the job ends', async () =>
      JOB_STATES_FINAL.has((await call(jobRoutes.read, { params: { id: job.id } })).state),
    );
  }
  await call(deviceRoutes.update, { params: { id }, body: { name: HOSTILE_NAME } });
}

/** Every page of the router, as its source says; none can be forgotten. */
export async function readRoutes(): Promise<readonly ConsoleRoute[]> {
  const file = new URL('../../packages/console/src/router.tsx', import.meta.url);
  const source = await readFile(file, 'utf8');
  const routes = [...source.matchAll(/^ {2}page\('([^']+)', '([^']+)', \[/gm)].map(
    ([, path = '', needed]): ConsoleRoute => ({
      path,
      needed: needed === 'signed-in' ? needed : Permission.parse(needed),
    }),
  );
  const count = source.match(/^ {2}page\(/gm)?.length ?? 0;
  if (count === 0 || routes.length !== count) throw new Error('the router is written otherwise');
  return routes;
}
