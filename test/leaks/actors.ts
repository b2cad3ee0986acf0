import { randomUUID } from 'node:crypto';
import type { Permission } from '@wardgrid/wire';
import type { Client } from 'pg';
import { PASSWORD } from '../controller/harness.ts';
import { send, type Sender } from './http.ts';
import type { OracleActor, OracleRole } from './oracle.ts';
import type { Program } from './program.ts';
import type { World } from './world.ts';

/** Somebody who asks, and what the oracle knows of them. */
export interface Actor {
  readonly name: string;
  readonly oracle: OracleActor;
  readonly sender: Sender;
  /** Null for those without an account. */
  readonly accountId: string | null;
}

interface Cast {
  readonly home: string;
  readonly reach?: 'direct' | 'subtree';
  readonly kind?: 'admin' | 'user';
  readonly roles: readonly OracleRole[];
  readonly licence?: OracleActor['licence'];
  /** Disabled once signed in. */
  readonly isDisabled?: boolean;
  /** Asks with an API token limited to these. */
  readonly token?: readonly Permission[];
}

const owner = (place: string): readonly OracleRole[] => [{ role: 'owner', place }];

/** Everybody who asks. Each differs from another in one thing that may decide. */
const CAST: Readonly<Record<string, Cast>> = {
  'platform owner': { home: '', roles: owner('') },
  'platform auditor': { home: '', roles: [{ role: 'auditor', place: '' }] },
  'platform admin near': { home: '', reach: 'direct', roles: owner('') },
  'platform admin of one tenant': { home: '', roles: owner('A') },
  'platform admin with a tenant denied': {
    home: '',
    roles: [...owner(''), { role: 'owner', place: 'B', effect: 'deny' }],
  },
  'owner of A': { home: 'A', roles: owner('A') },
  'admin of A, near': { home: 'A', reach: 'direct', roles: owner('A') },
  'admin of A1': { home: 'A/A1', roles: owner('A/A1') },
  'admin of A1, near': { home: 'A/A1', reach: 'direct', roles: owner('A/A1') },
  'admin of A2': { home: 'A/A2', roles: owner('A/A2') },
  'admin of group G1': { home: 'A/A1/G1', roles: owner('A/A1/G1') },
  'admin of group G1, near': { home: 'A/A1/G1', reach: 'direct', roles: owner('A/A1/G1') },
  'admin of group G11': { home: 'A/A1/G1/G11', roles: owner('A/A1/G1/G11') },
  'viewer of A1': {
    home: 'A/A1',
    reach: 'direct',
    kind: 'user',
    roles: [{ role: 'client-viewer', place: 'A/A1' }],
  },
  'technician of a group below home': {
    home: 'A/A1',
    roles: [{ role: 'technician', place: 'A/A1/G1' }],
  },
  'reads all, writes in one group': {
    home: 'A',
    roles: [
      { role: 'auditor', place: 'A' },
      { role: 'operator', place: 'A/A1/H1' },
    ],
  },
  'operator with a group denied': {
    home: 'A',
    roles: [
      { role: 'operator', place: 'A' },
      { role: 'operator', place: 'A/A1/G1', effect: 'deny' },
    ],
  },
  'owner whose role has expired': {
    home: 'A',
    roles: [
      { role: 'owner', place: 'A', isExpired: true },
      { role: 'auditor', place: 'A/A2' },
    ],
  },
  'holds a role outside home': { home: 'A/A1', roles: [...owner('A/A1'), ...owner('B')] },
  'owner of B': { home: 'B', roles: owner('B') },
  'owner of C, which bars the platform': { home: 'C', roles: owner('C') },
  'owner of D, suspended': { home: 'D', roles: owner('D'), licence: 'licence-suspended' },
  'owner of E, expired': { home: 'E', roles: owner('E'), licence: 'licence-expired' },
  'operator of A, disabled': {
    home: 'A',
    roles: [{ role: 'operator', place: 'A' }],
    isDisabled: true,
  },
  'token of A for devices and jobs': {
    home: 'A',
    roles: owner('A'),
    token: ['devices:read', 'jobs:read', 'jobs:create'],
  },
};

/** Everybody, signed in at both controllers alike. */
export async function makeActors(program: Program, world: World): Promise<readonly Actor[]> {
  const nobody: OracleActor = {
    isRefused: true,
    home: '',
    reach: 'subtree',
    kind: 'admin',
    roles: [],
  };
  const { url } = program.controller;
  const actors: Actor[] = [
    { name: 'nobody', oracle: nobody, sender: { url, headers: () => ({}) }, accountId: null },
    {
      name: 'a made-up token',
      oracle: nobody,
      sender: { url, headers: () => ({ authorization: `Bearer wgt_${'x'.repeat(43)}` }) },
      accountId: null,
    },
    {
      name: 'a made-up device',
      oracle: nobody,
      sender: { url, headers: () => ({ authorization: `Device ${'x'.repeat(43)}` }) },
      accountId: null,
    },
  ];
  for (const [name, cast] of Object.entries(CAST)) {
    actors.push(await makeActor({ program, world }, name, cast));
  }
  return actors;
}

async function makeActor(
  given: { readonly program: Program; readonly world: World },
  name: string,
  cast: Cast,
): Promise<Actor> {
  const { program, world } = given;
  const { accountId, email } = await insertAccount(program.client, world, cast);
  const session = await signIn(program.controller.url, email);
  const sender = cast.token ? await tokenSender(session, cast.token) : session;
  if (cast.isDisabled === true) {
    const path = `/v1/accounts/${accountId}`;
    const answer = await send(world.root, { method: 'PATCH', path, body: { isDisabled: true } });
    if (answer.status !== 200) throw new Error(answer.text);
  }
  return {
    name,
    sender,
    accountId,
    oracle: {
      home: cast.home,
      reach: cast.reach ?? 'subtree',
      kind: cast.kind ?? 'admin',
      roles: cast.roles,
      ...(cast.isDisabled === true ? { isRefused: true } : {}),
      ...(cast.licence ? { licence: cast.licence } : {}),
      ...(cast.token ? { token: cast.token } : {}),
    },
  };
}

/** Past the API, since it would refuse some of these on purpose; with the password of the root. */
async function insertAccount(
  client: Client,
  world: World,
  cast: Cast,
): Promise<{ readonly accountId: string; readonly email: string }> {
  const scopeOf = (place: string): string => (place === '' ? '' : world.nodeAt(place).scope);
  const accountId = randomUUID();
  const email = `actor-${accountId}@example.com`;
  const tenantId = cast.home === '' ? null : world.nodeAt(cast.home).tenantId;
  const layer = cast.home === '' ? 0 : cast.home.split('/').length;
  await client.query(
    `insert into account (id, tenant_id, scope, email, name, kind, layer, reach, state)
     values ($1, $2, $3, $4, $4, $5, $6, $7, 'active')`,
    [
      accountId,
      tenantId,
      scopeOf(cast.home),
      email,
      cast.kind ?? 'admin',
      layer,
      cast.reach ?? 'subtree',
    ],
  );
  await client.query(
    `insert into account_credential (account_id, password_hash)
     select $1, password_hash from account_credential c
     join account a on a.id = c.account_id where a.email = 'root@example.com'`,
    [accountId],
  );
  for (const { role, place, effect = 'allow', isExpired } of cast.roles) {
    await client.query(
      `insert into account_role (account_id, tenant_id, role, scope, effect, expires_at)
       values ($1, $2, $3, $4, $5, $6)`,
      [accountId, tenantId, role, scopeOf(place), effect, isExpired === true ? new Date(0) : null],
    );
  }
  return { accountId, email };
}

async function signIn(url: string, email: string): Promise<Sender> {
  const response = await fetch(`${url}/api/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: PASSWORD }),
  });
  const text = await response.text();
  if (response.status !== 201) throw new Error(`${email}: ${text}`);
  const cookies = response.headers.getSetCookie().map((line) => line.split(';')[0] ?? '');
  const { csrfToken } = JSON.parse(text) as { readonly csrfToken: string };
  const headers = { cookie: cookies.join('; '), 'x-wardgrid-csrf': csrfToken };
  return { url, headers: () => headers };
}

async function tokenSender(session: Sender, permissions: readonly Permission[]): Promise<Sender> {
  const body = { name: 'limited', permissions, expiresInDays: 1 };
  const answer = await send(session, { method: 'POST', path: '/v1/api-tokens', body });
  if (answer.status !== 201) throw new Error(answer.text);
  const { value } = JSON.parse(answer.text) as { readonly value: string };
  return { url: session.url, headers: () => ({ authorization: `Bearer ${value}` }) };
}
