import type { Client } from 'pg';
import {
  addConflict,
  addController,
  addJoinCandidate,
  addJoinToken,
  addReference,
} from './chain-things.ts';
import { AT, insert, LATER, next, type Node } from './rows.ts';

export type { Node } from './rows.ts';

/** Something at a node that a route can be asked about. */
export interface Thing {
  readonly noun: string;
  readonly id: string;
  readonly place: string;
  readonly node: Node;
}

/** Nouns of things that lie at an organization or a group. */
export const THING_NOUNS = [
  'devices',
  'jobs',
  'networks',
  'assets',
  'findings',
  'incidents',
  'policies',
  'quarantine',
  'rule-sets',
  'rules',
  'rule-switches',
  'rule-exceptions',
  'enrolment-keys',
  'accounts',
  'controllers',
  'join-tokens',
  'join-candidates',
  'conflicts',
  'references',
] as const;
export type ThingNoun = (typeof THING_NOUNS)[number];

/** Columns that everything below an organization has. */
function belonging(node: Node): object {
  return { tenant_id: node.tenantId, organization_id: node.organizationId, scope: node.scope };
}

async function addDevice(
  client: Client,
  node: Node,
  state: 'active' | 'retired' = 'active',
): Promise<string> {
  const { id, number } = next();
  await insert(client, 'device', {
    ...belonging(node),
    id,
    group_id: node.groupId,
    name: `pc-${number}`,
    hostname: `pc-${number}`,
    state,
    os_family: 'linux',
    os_name: 'Debian',
    os_version: '12',
    architecture: 'x64',
    agent_version: '1.0.0',
    public_key: id,
    fingerprint: id,
    primary_cidr: '10.1.2.0/24',
  });
  const { tenantId, scope } = node;
  const owned = { device_id: id, tenant_id: tenantId, scope };
  await insert(client, 'device_presence', { ...owned, status: 'online', last_seen_at: LATER });
  await insert(client, 'device_link', { device_id: id, tenant_id: tenantId });
  await insert(client, 'device_inventory', {
    ...owned,
    section: 'users',
    content: { section: 'users', users: [], groups: [] },
    content_hash: id,
    collected_at: AT,
  });
  await insert(client, 'device_protection', {
    ...owned,
    state: 'on',
    reasons: [],
    health: { mode: 'balanced' },
    reported_at: AT,
  });
  await insert(client, 'device_event', {
    ...owned,
    id,
    at: AT,
    class: 'process',
    content: { id },
  });
  if (state === 'retired') return id;
  await client.query('update tenant set seats_used = seats_used + 1 where id = $1', [tenantId]);
  return id;
}

async function addJob(client: Client, node: Node): Promise<string> {
  const { id } = next();
  await insert(client, 'job', {
    ...belonging(node),
    id,
    device_id: await deviceAt(client, node),
    kind: 'inventory',
    arguments: { sections: ['users'] },
    state: 'queued',
    created_at: AT,
    created_by: 'somebody@example.com',
    expires_at: LATER,
  });
  return id;
}

/** A device that is there already: a job needs one and is not about it. */
async function deviceAt(client: Client, node: Node): Promise<string> {
  const found = await client.query<{ id: string }>(
    `select id from device where scope = $1 and state = 'active' order by enrolled_at limit 1`,
    [node.scope],
  );
  return found.rows[0]?.id ?? addDevice(client, node);
}

async function addNetwork(client: Client, node: Node): Promise<string> {
  const { id, number } = next();
  await insert(client, 'discovery_network', {
    ...belonging(node),
    id,
    cidr: `10.${(number >> 8) % 256}.${number % 256}.0/24`,
    gateway_mac: null,
    name: `network ${number}`,
    state: 'approved',
    first_seen_at: AT,
  });
  return id;
}

async function networkAt(client: Client, node: Node): Promise<string> {
  const found = await client.query<{ id: string }>(
    'select id from discovery_network where scope = $1 order by id limit 1',
    [node.scope],
  );
  return found.rows[0]?.id ?? addNetwork(client, node);
}

async function addAsset(client: Client, node: Node): Promise<string> {
  const { id, number } = next();
  await insert(client, 'discovery_asset', {
    ...belonging(node),
    id,
    network_id: await networkAt(client, node),
    ip: `10.99.${(number >> 8) % 256}.${number % 256}`,
    name: `asset ${number}`,
    first_seen_at: AT,
    last_seen_at: AT,
  });
  await insert(client, 'discovery_port', {
    asset_id: id,
    port: 22,
    transport: 'tcp',
    tenant_id: node.tenantId,
    scope: node.scope,
    service: 'ssh',
    first_seen_at: AT,
    last_seen_at: AT,
  });
  return id;
}

async function addFinding(client: Client, node: Node): Promise<string> {
  const { id } = next();
  await insert(client, 'finding', {
    ...belonging(node),
    id,
    rule: 'open-port',
    dedupe_key: id,
    title: 'A port is open',
    severity: 2,
    state: 'open',
    device_id: await deviceAt(client, node),
    subject: 'pc',
    evidence: {},
    remedy: 'Close it.',
    first_seen_at: AT,
    last_seen_at: AT,
  });
  await insert(client, 'finding_detection', {
    finding_id: id,
    tenant_id: node.tenantId,
    device_id: await deviceAt(client, node),
    scope: node.scope,
    content: { id },
  });
  return id;
}

async function addIncident(client: Client, node: Node): Promise<string> {
  const { id } = next();
  await insert(client, 'incident', {
    ...belonging(node),
    id,
    // Of a kind that people close, and no worker.
    kind: 'identity-cloned',
    dedupe_key: id,
    title: 'Two machines are one',
    severity: 2,
    state: 'open',
    opened_at: AT,
  });
  await insert(client, 'incident_device', {
    incident_id: id,
    device_id: await deviceAt(client, node),
    tenant_id: node.tenantId,
    scope: node.scope,
  });
  return id;
}

/** Each has a device of its own, which is in no list: a device has one policy. */
async function addPolicy(client: Client, node: Node): Promise<string> {
  const { id, number } = next();
  const row = {
    tenant_id: node.tenantId,
    scope: node.scope,
    name: `policy ${number}`,
    fields: {},
    changed_at: AT,
    changed_by: 'somebody@example.com',
  };
  await insert(client, 'policy', {
    ...row,
    id,
    organization_id: node.organizationId,
    device_id: await addDevice(client, node, 'retired'),
    created_at: AT,
    // On its way to some of the devices first.
    rollout: { from: 1, percent: 25, startedAt: 0, halt: null },
  });
  await insert(client, 'policy_version', { ...row, policy_id: id, version: 1, locks: [] });
  return id;
}

async function addRuleSet(client: Client, node: Node): Promise<string> {
  const { id, number } = next();
  const digest = id.replaceAll('-', '').padEnd(64, '0');
  // In one statement: a part that no set names may be removed at any time. Off, so that nothing is
  // computed for devices while a test looks.
  await client.query(
    `with part as (
       insert into content_part (digest, kind, size_bytes, content) values ($1, 'hashes', 1, 'x')
     )
     insert into rule_set (id, tenant_id, scope, name, format, licence, is_enabled, rules, size_bytes, digest,
       created_at, changed_at, changed_by)
     values ($2, $3, $4, $5, 'hashes', 'ours', false, 1, 1, $1, $6, $6, 'somebody@example.com')`,
    [digest, id, node.tenantId, node.scope, `rules ${number}`, AT],
  );
  return id;
}

/** All of a tenant lie in one set, as far as lists care. */
async function addRule(client: Client, node: Node): Promise<string> {
  const { id } = next();
  const found = await client.query<{ id: string }>(
    'select id from rule_set where scope = $1 order by id limit 1',
    [node.scope],
  );
  const ruleSetId = found.rows[0]?.id;
  if (ruleSetId === undefined) throw new Error('a rule set comes before its rules');
  await insert(client, 'rule_imported', {
    id,
    rule_set_id: ruleSetId,
    tenant_id: node.tenantId,
    scope: node.scope,
    rule_id: id,
    title: 'A rule',
    description: '',
    remedy: '',
    engine: 'sigma',
    severity: 2,
    confidence: 75,
    techniques: [],
    status: 'test',
  });
  return id;
}

async function addRuleSwitch(client: Client, node: Node): Promise<string> {
  const { id } = next();
  await insert(client, 'rule_switch', {
    ...belonging(node),
    id,
    rule_id: id,
    setting: 'off',
    reason: 'ours',
    changed_at: AT,
    changed_by: 'somebody@example.com',
  });
  return id;
}

async function addRuleException(client: Client, node: Node): Promise<string> {
  const { id } = next();
  await insert(client, 'rule_exception', {
    ...belonging(node),
    id,
    rule_id: id,
    selection: { Image: '/bin/ours' },
    reason: 'ours',
    created_at: AT,
    created_by: 'somebody@example.com',
  });
  return id;
}

async function addQuarantine(client: Client, node: Node): Promise<string> {
  const { id } = next();
  await insert(client, 'quarantine_entry', {
    ...belonging(node),
    id,
    device_id: await deviceAt(client, node),
    state: 'sealed',
    path: `/tmp/${id}`,
    size_bytes: 1,
    sha256: '0'.repeat(64),
    mode: 0o644,
    uid: 0,
    gid: 0,
    sealed_at: AT,
    changed_at: AT,
  });
  return id;
}

async function addEnrolmentKey(client: Client, node: Node): Promise<string> {
  const { id, number } = next();
  await insert(client, 'enrolment_key', {
    ...belonging(node),
    id,
    group_id: node.groupId,
    name: `key ${number}`,
    key_id: id.slice(0, 8) + String(number),
    key_hash: id,
    seats: 5,
    created_by: 'somebody@example.com',
    expires_at: LATER,
  });
  return id;
}

async function addAccount(client: Client, node: Node): Promise<string> {
  const { id, number } = next();
  await insert(client, 'account', {
    id,
    tenant_id: node.tenantId,
    scope: node.scope,
    email: `thing-${number}@example.com`,
    name: `Thing ${number}`,
    kind: 'user',
    layer: node.scope.split('.').length,
    reach: 'direct',
    state: 'invited',
  });
  await insert(client, 'account_role', {
    account_id: id,
    tenant_id: node.tenantId,
    role: 'client-viewer',
    scope: node.scope,
    effect: 'allow',
  });
  await insert(client, 'account_credential', { account_id: id });
  // Somebody who was deleted there.
  await insert(client, 'account_former', {
    account_id: next().id,
    tenant_id: node.tenantId,
    scope: node.scope,
    email: `former-${number}@example.com`,
  });
  return id;
}

const MAKERS: Readonly<Record<ThingNoun, (client: Client, node: Node) => Promise<string>>> = {
  devices: addDevice,
  jobs: addJob,
  networks: addNetwork,
  assets: addAsset,
  findings: addFinding,
  incidents: addIncident,
  policies: addPolicy,
  quarantine: addQuarantine,
  rules: addRule,
  'rule-sets': addRuleSet,
  'rule-switches': addRuleSwitch,
  'rule-exceptions': addRuleException,
  'enrolment-keys': addEnrolmentKey,
  accounts: addAccount,
  controllers: addController,
  'join-tokens': addJoinToken,
  'join-candidates': addJoinCandidate,
  conflicts: addConflict,
  references: addReference,
};

/** Puts a new thing at a node, past the program. */
export async function addThing(client: Client, noun: ThingNoun, node: Node): Promise<Thing> {
  return { noun, id: await MAKERS[noun](client, node), place: node.place, node };
}
