import { present } from '@wardgrid/base';
import { setupRoutes, createClient, type Session, type Transport } from '@wardgrid/wire';
import type { Client } from 'pg';
import { PASSWORD } from '../controller/harness.ts';
import { send, type Sender } from './http.ts';
import type { OracleWorld } from './oracle.ts';
import type { Program } from './program.ts';
import { addSyncRows } from './sync-rows.ts';
import { addThing, THING_NOUNS, type Node, type Thing } from './things.ts';

/** Everything there is: nodes of several tenants, and one thing of every noun at each of them. */
export interface World extends OracleWorld {
  readonly nodes: readonly Node[];
  readonly things: readonly Thing[];
  readonly nodeAt: (place: string) => Node;
  /** The Global Admin who made it all. */
  readonly root: Sender;
}

/** Organizations by tenant, groups by organization or group. `S` is the tenant of the set-up. */
const PLACES = [
  'A',
  'B',
  'C',
  'D',
  'E',
  'A/A1',
  'A/A2',
  'B/B1',
  'C/C1',
  'D/D1',
  'E/E1',
  'A/A1/G1',
  'A/A1/H1',
  'A/A2/G2',
  'B/B1/K1',
  'C/C1/L1',
  'A/A1/G1/G11',
  'A/A1/G1/G11/G111',
];

/** Makes the world through the API, and what devices would report past it. */
export async function makeWorld(program: Program): Promise<World> {
  const root = await setUp(program);
  const nodes = new Map<string, Node>();
  await addSetupTenant(program.client, nodes);
  for (const place of PLACES) nodes.set(place, await makeNode(root, nodes, place));
  const things: Thing[] = [];
  for (const node of nodes.values()) {
    if (node.kind === 'tenant') continue;
    for (const noun of THING_NOUNS) things.push(await addThing(program.client, noun, node));
    await addSyncRows(program.client, node);
  }
  const tenantC = present(nodes.get('C'), 'C');
  const tenantD = present(nodes.get('D'), 'D');
  const tenantE = present(nodes.get('E'), 'E');
  await expire(program.client, tenantE.id);
  await patchTenant(root, tenantD.id, { isSuspended: true });
  await patchTenant(root, tenantC.id, { isSupportAccessOn: false });
  return {
    barred: ['C'],
    nodes: [...nodes.values()],
    things,
    nodeAt: (place) => present(nodes.get(place), `a node ${place}`),
    root,
  };
}

/** Does first-run set-up; the Global Admin. */
async function setUp(program: Program): Promise<Sender> {
  const { url } = program.controller;
  // Each start prints a link of its own and ends the one before.
  const { setupPath } = program.blind;
  const cookies: string[] = [];
  const transport: Transport = async (address, request) => {
    const response = await fetch(address, request);
    cookies.push(...response.headers.getSetCookie().map((line) => line.split(';')[0] ?? ''));
    return response;
  };
  const session: Session = await createClient({ baseUrl: url, transport })(setupRoutes.create, {
    body: {
      token: present(setupPath, 'an open set-up').split('#')[1] ?? '',
      email: 'root@example.com',
      password: PASSWORD,
      organizationName: 'S1',
    },
  });
  const headers = { cookie: cookies.join('; '), 'x-wardgrid-csrf': session.csrfToken };
  return { url, headers: () => headers };
}

async function addSetupTenant(client: Client, nodes: Map<string, Node>): Promise<void> {
  const { rows } = await client.query<{ id: string; scope: string; tenant_id: string }>(
    `select id, scope::text as scope, tenant_id from tenant
     union all select id, scope::text, tenant_id from organization order by scope`,
  );
  const [tenant, organization] = rows;
  if (!tenant || !organization) throw new Error('set-up makes a tenant and an organization');
  nodes.set('S', nodeOf('S', tenant, { organizationId: null, groupId: null }));
  nodes.set(
    'S/S1',
    nodeOf('S/S1', organization, { organizationId: organization.id, groupId: null }),
  );
}

function nodeOf(
  place: string,
  row: { readonly id: string; readonly scope: string; readonly tenant_id: string },
  below: Pick<Node, 'organizationId' | 'groupId'>,
): Node {
  const depth = place.split('/').length;
  const kind = depth === 1 ? 'tenant' : depth === 2 ? 'organization' : 'group';
  return { place, kind, id: row.id, scope: row.scope, tenantId: row.tenant_id, ...below };
}

interface Made {
  readonly id: string;
  readonly scope: string;
  readonly tenantId?: string;
}

async function makeNode(
  root: Sender,
  nodes: ReadonlyMap<string, Node>,
  place: string,
): Promise<Node> {
  const parts = place.split('/');
  const name = parts.at(-1) ?? '';
  const parent = nodes.get(parts.slice(0, -1).join('/'));
  if (!parent) {
    const licence = { seats: 1_000, validDays: 300 };
    const made = await make(root, '/v1/tenants', { name, licence });
    const row = { ...made, tenant_id: made.id };
    return nodeOf(place, row, { organizationId: null, groupId: null });
  }
  if (parent.kind === 'tenant') {
    const made = await make(root, '/v1/organizations', { name, tenantId: parent.id });
    const row = { ...made, tenant_id: parent.id };
    return nodeOf(place, row, { organizationId: made.id, groupId: null });
  }
  const made = await make(root, '/v1/groups', {
    name,
    organizationId: parent.organizationId,
    ...(parent.kind === 'group' ? { parentId: parent.id } : {}),
  });
  return nodeOf(
    place,
    { ...made, tenant_id: parent.tenantId },
    { organizationId: parent.organizationId, groupId: made.id },
  );
}

async function make(root: Sender, path: string, body: unknown): Promise<Made> {
  const answer = await send(root, { method: 'POST', path, body });
  if (answer.status !== 201) throw new Error(`${path}: ${answer.text}`);
  return JSON.parse(answer.text) as Made;
}

async function patchTenant(root: Sender, id: string, body: unknown): Promise<void> {
  const answer = await send(root, { method: 'PATCH', path: `/v1/tenants/${id}`, body });
  if (answer.status !== 200) throw new Error(answer.text);
}

/** Moves a licence into the past: its grace is over. */
async function expire(client: Client, tenantId: string): Promise<void> {
  await client.query(
    `update licence set valid_from = now() - interval '400 days',
       valid_until = now() - interval '100 days' where tenant_id = $1`,
    [tenantId],
  );
}
