import { randomUUID } from 'node:crypto';
import { present } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import {
  createMachine,
  type TestMachine,
} from '@wardgrid/controller/features/link/testdata/machine';
import { LIVE_STREAM_PATH, Permission, routeList } from '@wardgrid/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PASSWORD } from '../controller/harness.ts';
import { makeActors, type Actor } from './actors.ts';
import { digestOf } from './digest.ts';
import { send, type Answer } from './http.ts';
import { pathOf } from './matrix.ts';
import { createOracle, holds, isIn, type Oracle } from './oracle.ts';
import { startProgram, type Program } from './program.ts';
import type { Thing } from './things.ts';
import { makeWorld, type World } from './world.ts';

/* What the matrix cannot say in a line: many things at once, streams, devices, doors open to anyone. */

let program: Program;
let world: World;
let actors: readonly Actor[];
let oracle: Oracle;
let alive: readonly Actor[];

beforeAll(async () => {
  program = await startProgram();
  world = await makeWorld(program);
  actors = await makeActors(program, world);
  oracle = createOracle(world);
  alive = actors.filter((actor) => actor.oracle.isRefused !== true);
});

afterAll(() => program.close());

function reachedBy(actor: Actor, permission: Permission, noun = 'devices'): readonly Thing[] {
  return world.things.filter(
    (thing) => thing.noun === noun && oracle.reaches({ actor: actor.oracle, permission }, thing),
  );
}

function devices(): readonly Thing[] {
  return world.things.filter((thing) => thing.noun === 'devices');
}

/** Whether a writing request of the actor gets as far as its handler. */
function mayWrite(actor: Actor, permission: Permission): boolean {
  return holds(actor.oracle, permission) && actor.oracle.licence === undefined;
}

function told(answer: Answer): unknown {
  return { status: answer.status, text: answer.text, headers: answer.headers };
}

describe('bulk actions reach what their maker reaches', () => {
  const selections = {
    'by their ids': () => ({ ids: devices().map(({ id }) => id) }),
    'by a filter': () => ({ filter: '', excludedIds: [] }),
  };

  test.each(Object.entries(selections))('changing devices %s', async (how, selectionOf) => {
    for (const [index, actor] of alive.entries()) {
      const tag = `${how.replaceAll(' ', '-')}-${index}`;
      const body = { selection: selectionOf(), addTags: [tag] };
      const answer = await send(actor.sender, { method: 'POST', path: '/v1/devices/bulk', body });
      const { rows } = await program.client.query<{ id: string }>(
        'select id from device where $1 = any (tags) order by id',
        [tag],
      );
      // Tags of a whole cast do not fit on one device.
      await program.client.query(`update device set tags = '{}'`);
      const expected = mayWrite(actor, 'devices:update')
        ? reachedBy(actor, 'devices:update').map(({ id }) => id)
        : [];
      expect(
        rows.map(({ id }) => id),
        `${actor.name}: ${answer.text}`,
      ).toEqual(expected.toSorted());
      if (!mayWrite(actor, 'devices:update')) expect(answer.status, actor.name).toBe(403);
      else expect(JSON.parse(answer.text), actor.name).toEqual({ changed: expected.length });
    }
  });

  test.each(Object.entries(selections))('making jobs for devices %s', async (_, selectionOf) => {
    for (const actor of alive) {
      const body = {
        selection: selectionOf(),
        task: { kind: 'inventory', sections: ['users'] },
      };
      const answer = await send(actor.sender, { method: 'POST', path: '/v1/jobs/bulk', body });
      if (!mayWrite(actor, 'jobs:create')) {
        expect(answer.status, actor.name).toBe(403);
        continue;
      }
      const made = JSON.parse(answer.text) as {
        readonly batchId: string;
        readonly refused: readonly { readonly deviceId: string; readonly code: string }[];
      };
      const { rows } = await program.client.query<{ device_id: string }>(
        'select device_id from job where batch_id = $1 order by device_id',
        [made.batchId],
      );
      const expected = reachedBy(actor, 'jobs:create').map(({ id }) => id);
      expect(
        rows.map((row) => row.device_id),
        `${actor.name}: ${answer.text}`,
      ).toEqual(expected.toSorted());
      const codes = made.refused.map(({ code }) => code);
      expect(new Set(codes).size, `${actor.name}: ${answer.text}`).toBeLessThanOrEqual(1);
    }
  });

  test('a foreign device is refused in a bulk as one that does not exist', async () => {
    for (const actor of alive.filter((one) => mayWrite(one, 'jobs:create'))) {
      const reached = new Set(reachedBy(actor, 'devices:read').map(({ id }) => id));
      const foreign = devices().find(({ id }) => !reached.has(id));
      if (!foreign) continue;
      const ask = async (id: string): Promise<string> => {
        const body = {
          selection: { ids: [id] },
          task: { kind: 'inventory', sections: ['users'] },
        };
        const answer = await send(actor.sender, { method: 'POST', path: '/v1/jobs/bulk', body });
        return answer.text.replace(/"batchId":"[^"]*"/, '').replaceAll(id, '');
      };
      expect(await ask(foreign.id), actor.name).toBe(await ask(randomUUID()));
    }
  });
});

test('nobody invites into a place they do not reach', async () => {
  const before = await digestOf(program.client);
  const invite = (actor: Actor, scope: string): Promise<Answer> =>
    send(actor.sender, {
      method: 'POST',
      path: '/v1/accounts',
      body: {
        email: `new-${randomUUID()}@example.com`,
        name: 'New',
        kind: 'user',
        scope,
        assignments: [{ role: 'client-viewer', scope }],
      },
    });
  const nowhere = (place: string): string =>
    place
      .split('/')
      .map(() => randomUUID().replaceAll('-', ''))
      .join('.');
  for (const actor of alive) {
    for (const node of world.nodes) {
      const use = { actor: actor.oracle, permission: Permission.enum['accounts:create'] };
      if (oracle.reaches(use, { noun: 'accounts', place: node.place })) continue;
      const context = `${actor.name} at ${node.place}`;
      const answer = await invite(actor, node.scope);
      expect([403, 404], `${context}: ${answer.text}`).toContain(answer.status);
      // Inside one's own node a place that is too deep is told apart from none, elsewhere never.
      if (!isIn(node.place, actor.oracle.home)) {
        const absent = await invite(actor, nowhere(node.place));
        expect(told(answer), context).toEqual(told(absent));
      }
    }
  }
  expect(await digestOf(program.client)).toEqual(before);
});

test('the state of the chain is told to who may know it', async () => {
  for (const actor of alive) {
    const mayRead = holds(actor.oracle, 'sync:read');
    for (const path of ['/v1/sync/status', '/v1/sync/pending']) {
      const answer = await send(actor.sender, { method: 'GET', path });
      expect(answer.status, `${actor.name}: ${path}`).toBe(mayRead ? 200 : 403);
    }
    const view = await send(actor.sender, { method: 'GET', path: '/v1/sync/view' });
    expect(view.status, actor.name).toBe(200);
    expect(JSON.parse(view.text), actor.name).toMatchObject({ role: 'cloud', queueUp: 0 });
    const now = await send(actor.sender, { method: 'POST', path: '/v1/sync/now', body: {} });
    expect([403, 409], actor.name).toContain(now.status);
    if (!mayRead) continue;
    const status = await send(actor.sender, { method: 'GET', path: '/v1/sync/status' });
    const { conflicts } = JSON.parse(status.text) as { readonly conflicts: number };
    expect(conflicts, actor.name).toBe(reachedBy(actor, 'sync:read', 'conflicts').length);
  }
});

test('the licence in force is told to who may know it', async () => {
  const forged = {
    keyId: '0'.repeat(16),
    payload: '{"type":"licence"}',
    signature: 'A'.repeat(86),
  };
  const scopes = new Map<string, unknown>();
  for (const actor of alive) {
    const read = await send(actor.sender, { method: 'GET', path: '/v1/licence' });
    const { home } = actor.oracle;
    const expected = home === '' ? 404 : 200;
    expect(read.status, actor.name).toBe(holds(actor.oracle, 'licences:read') ? expected : 403);
    if (read.status === 200) {
      const { tenantId } = JSON.parse(read.text) as { readonly tenantId: string };
      const tenant = home.split('/')[0] ?? '';
      expect(scopes.get(tenant) ?? tenantId, actor.name).toBe(tenantId);
      scopes.set(tenant, tenantId);
    }
    const installed = await send(actor.sender, {
      method: 'POST',
      path: '/v1/licence',
      body: { document: forged },
    });
    const isHeld = holds(actor.oracle, 'licences:install');
    expect(installed.status, actor.name).toBe(isHeld ? 422 : 403);
  }
  expect(new Set(scopes.values()).size).toBe(scopes.size);
});

test('an overview counts what its reader reaches', async () => {
  for (const actor of alive) {
    const answer = await send(actor.sender, { method: 'GET', path: '/v1/overview' });
    if (!holds(actor.oracle, 'devices:read')) {
      expect(answer.status, actor.name).toBe(403);
      continue;
    }
    const overview = JSON.parse(answer.text) as {
      readonly counts: { readonly devices: number };
      readonly devicesByStatus: Readonly<Record<string, number>>;
      readonly assetsByState: Readonly<Record<string, number>>;
      readonly organizations: number;
    };
    const sum = (tally: Readonly<Record<string, number>>): number =>
      Object.values(tally).reduce((total, count) => total + count, 0);
    const expected = reachedBy(actor, 'devices:read').length;
    expect(overview.counts.devices, actor.name).toBe(expected);
    expect(sum(overview.devicesByStatus), actor.name).toBe(expected);
    expect(sum(overview.assetsByState), actor.name).toBe(
      reachedBy(actor, 'assets:read', 'assets').length,
    );
    expect(overview.organizations, actor.name).toBe(
      world.nodes.filter(
        ({ kind, place }) =>
          kind === 'organization' &&
          oracle.reaches(
            { actor: actor.oracle, permission: 'organizations:read' },
            { noun: 'organizations', place },
          ),
      ).length,
    );
  }
});

test('an incident names only the devices that its reader reaches', async () => {
  const a1 = world.nodeAt('A/A1');
  const incident = present(
    world.things.find((thing) => thing.noun === 'incidents' && thing.place === 'A/A1'),
    'an incident',
  );
  const below = devices().filter(({ place }) => place.startsWith('A/A1'));
  for (const { id, node } of below) {
    await program.client.query(
      `insert into incident_device (incident_id, device_id, tenant_id, scope)
       values ($1, $2, $3, $4) on conflict do nothing`,
      [incident.id, id, a1.tenantId, node.scope],
    );
  }
  for (const actor of alive) {
    const path = `/v1/incidents/${incident.id}`;
    const answer = await send(actor.sender, { method: 'GET', path });
    if (answer.status !== 200) continue;
    const { devices: named } = JSON.parse(answer.text) as { devices: { id: string }[] };
    const reached = new Set(reachedBy(actor, 'incidents:read').map(({ id }) => id));
    expect(
      named.filter(({ id }) => !reached.has(id)),
      actor.name,
    ).toEqual([]);
  }
});

describe('the live stream', () => {
  /** Longest a stream is listened to; events arrive within milliseconds. */
  const LISTEN_MS = 5_000;

  async function listen(actor: Actor, signal: AbortSignal, heard: Set<string>): Promise<void> {
    const response = await fetch(`${actor.sender.url}${LIVE_STREAM_PATH}`, {
      headers: actor.sender.headers(),
      signal,
    });
    expect(response.status, actor.name).toBe(200);
    const body = present(response.body, 'a stream').pipeThrough(new TextDecoderStream());
    let text = '';
    for await (const chunk of body) {
      text += chunk;
      for (const match of text.matchAll(/"entityId":"([^"]+)"/g)) heard.add(match[1] ?? '');
    }
  }

  test('tells everybody of what they reach, and of nothing else', async () => {
    const stopping = new AbortController();
    const heard = new Map(alive.map((actor) => [actor.name, new Set<string>()]));
    const streams = alive.map((actor) =>
      listen(actor, stopping.signal, heard.get(actor.name) ?? new Set()).catch((error: unknown) => {
        if (!stopping.signal.aborted) throw error;
      }),
    );
    const nouns = ['devices', 'jobs', 'networks', 'assets', 'findings', 'incidents'] as const;
    const things = world.things.filter(({ noun }) => nouns.some((one) => one === noun));
    await systemClock.sleep(500);
    await program.controller.platform.database.transact({ kind: 'ingest' }, async (tx) => {
      for (const { noun, id, node } of things) {
        await tx.publish({
          topic: 'live',
          event: {
            at: new Date().toISOString(),
            tenantId: node.tenantId,
            scope: node.scope,
            noun: present(
              nouns.find((one) => one === noun),
              noun,
            ),
            verb: 'changed',
            entityId: id,
          },
        });
      }
    });
    const expected = new Map(
      alive.map((actor) => [
        actor.name,
        things
          .filter((thing) => {
            const permission = Permission.parse(`${thing.noun}:read`);
            return oracle.reaches({ actor: actor.oracle, permission }, thing);
          })
          .map(({ id }) => id)
          .toSorted(),
      ]),
    );
    const isAllHeard = (): boolean =>
      [...expected].every(([name, ids]) => (heard.get(name)?.size ?? 0) >= ids.length);
    for (let waitedMs = 0; waitedMs < LISTEN_MS && !isAllHeard(); waitedMs += 50) {
      await systemClock.sleep(50);
    }
    // What should not come would come at the same moment.
    await systemClock.sleep(300);
    stopping.abort();
    await Promise.all(streams);
    for (const [name, ids] of expected) {
      expect([...(heard.get(name) ?? [])].toSorted(), name).toEqual(ids);
    }
  });

  test('is closed to nobody, to devices and to the disabled', async () => {
    for (const actor of actors.filter((one) => one.oracle.isRefused === true)) {
      const response = await fetch(`${actor.sender.url}${LIVE_STREAM_PATH}`, {
        headers: actor.sender.headers(),
      });
      expect(response.status, actor.name).toBe(401);
      await response.body?.cancel();
    }
  });
});

describe('devices', () => {
  let ours: TestMachine;
  let theirs: TestMachine;

  async function enrolAt(place: string, hostname: string): Promise<TestMachine> {
    const node = world.nodeAt(place);
    const answer = await send(world.root, {
      method: 'POST',
      path: '/v1/enrolment-keys',
      body: { name: `key of ${hostname}`, organizationId: node.id },
    });
    const { value } = JSON.parse(answer.text) as { readonly value: string };
    const machine = createMachine(program.controller.url, hostname);
    await machine.enrol(value);
    return machine;
  }

  beforeAll(async () => {
    ours = await enrolAt('A/A1', 'ours');
    theirs = await enrolAt('B/B1', 'theirs');
    await ours.openSession();
    await theirs.openSession();
  });

  test('get their own orders alone', async () => {
    const answer = await send(world.root, {
      method: 'POST',
      path: '/v1/jobs',
      body: {
        deviceId: theirs.state.enrolment?.deviceId,
        task: { kind: 'inventory', sections: ['users'] },
      },
    });
    expect(answer.status, answer.text).toBe(202);
    expect((await ours.exchange()).orders).toEqual([]);
    expect((await theirs.exchange()).orders).toHaveLength(1);
  });

  test('say nothing about the jobs of others', async () => {
    const answer = await send(world.root, {
      method: 'POST',
      path: '/v1/jobs',
      body: {
        deviceId: theirs.state.enrolment?.deviceId,
        task: { kind: 'inventory', sections: ['users'] },
      },
    });
    const { id: jobId } = JSON.parse(answer.text) as { readonly id: string };
    const stateOf = async (): Promise<unknown> =>
      (await program.client.query('select * from job where id = $1', [jobId])).rows[0];
    const before = await stateOf();
    await ours.exchange({
      records: [
        ours.record({ kind: 'job-started', jobId }),
        ours.record({
          kind: 'job-finished',
          jobId,
          outcome: 'failed',
          error: { code: 'x', detail: 'x' },
          summary: {},
          coverage: null,
        }),
      ],
      progress: [{ jobId, progress: { phase: 'hosts', done: 1, total: 2, found: 1, etaMs: null } }],
    });
    expect(await stateOf()).toEqual(before);
  });

  test('enter no route of people, and people none of theirs', async () => {
    const device = {
      url: program.controller.url,
      headers: () => ({ authorization: `Device ${ours.state.token}` }),
    };
    for (const { name, route } of routeList) {
      if (route.permission === null || route.permission === 'device') continue;
      const answer = await send(device, { method: route.method, path: pathOf(route) });
      expect(answer.status, `${name}: ${answer.text}`).toBe(401);
    }
    const body = ours.request();
    for (const { name, sender } of actors) {
      const request = { method: 'POST', path: '/v1/link/exchange', body };
      expect((await send(sender, request)).status, name).toBe(401);
    }
  });

  test('that exist are told apart from those that do not by nobody without their key', async () => {
    const nonce = 'A'.repeat(22);
    const ask = (deviceId: string): Promise<Answer> =>
      send(
        { url: program.controller.url, headers: () => ({}) },
        {
          method: 'POST',
          path: '/v1/link/session',
          body: {
            deviceId,
            controllerId: ours.state.enrolment?.controllerId,
            issuedAt: systemClock.now(),
            nonce,
            proof: 'A'.repeat(86),
          },
        },
      );
    const known = await ask(ours.state.enrolment?.deviceId ?? '');
    expect(known.status).toBe(401);
    expect(told(known)).toEqual(told(await ask(randomUUID())));
  });
});

test('sign-in tells a wrong password from an address unknown, invited or disabled by no word', async () => {
  const { rows } = await program.client.query<{ email: string; state: string }>(
    `select distinct on (state) email, state from account order by state, email`,
  );
  expect(rows.map(({ state }) => state)).toEqual(['active', 'disabled', 'invited']);
  const nobody = { url: program.controller.url, headers: () => ({}) };
  const ask = (email: string): Promise<Answer> =>
    send(nobody, {
      method: 'POST',
      path: '/v1/sessions',
      body: { email, password: `${PASSWORD} wrong` },
    });
  const unknown = await ask('unknown@example.com');
  expect(unknown.status).toBe(401);
  for (const { email, state } of rows) expect(told(await ask(email)), state).toEqual(told(unknown));
});
