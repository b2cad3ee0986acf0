import { randomUUID } from 'node:crypto';
import { present } from '@wardgrid/base';
import { Permission, routeList, type Route } from '@wardgrid/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeActors, type Actor } from './actors.ts';
import { digestOf } from './digest.ts';
import { inParallel, send, type Answer } from './http.ts';
import { MATRIX, pathOf, type Asked, type Entry } from './matrix.ts';
import { createOracle, holds, readingOf, type Oracle, type Use } from './oracle.ts';
import { startProgram, type Program } from './program.ts';
import { addThing, THING_NOUNS, type Thing } from './things.ts';
import { makeWorld, type World } from './world.ts';

let program: Program;
let world: World;
let actors: readonly Actor[];
let oracle: Oracle;

beforeAll(async () => {
  program = await startProgram();
  world = await makeWorld(program);
  actors = await makeActors(program, world);
  oracle = createOracle(world);
});

afterAll(() => program.close());

interface Case<K extends Entry['kind']> {
  readonly name: string;
  readonly route: Route;
  readonly entry: Extract<Entry, { kind: K }>;
}

/** The routes whose entry is of a kind. */
function casesOf<K extends Entry['kind']>(kind: K): readonly Case<K>[] {
  return routeList.flatMap(({ name, route }) => {
    const entry = MATRIX[name];
    return entry?.kind === kind
      ? [{ name, route, entry: entry as Extract<Entry, { kind: K }> }]
      : [];
  });
}

/** Things that are seen with the permission of another noun. */
const READ_WITH: Readonly<Record<string, string>> = {
  'rule-sets': 'rules',
  'rule-switches': 'rules',
  'rule-exceptions': 'rules',
};

function readingOfNoun(noun: string): Permission {
  return Permission.parse(`${READ_WITH[noun] ?? noun}:read`);
}

function permissionOf(route: Route): Permission {
  return Permission.parse(route.permission);
}

/** Everything of a noun; nodes of the tree are things as well. */
function thingsOf(noun: string): readonly Thing[] {
  const kinds: Readonly<Record<string, string>> = {
    tenants: 'tenant',
    organizations: 'organization',
    groups: 'group',
  };
  const kind = kinds[noun];
  if (kind === undefined) return world.things.filter((thing) => thing.noun === noun);
  return world.nodes
    .filter((node) => node.kind === kind)
    .map((node) => ({ noun, id: node.id, place: node.place, node }));
}

/** What a permission is about, in the oracle's words: the licence is the tenant's, yet its own noun. */
function oracleThing(permission: Permission, thing: Thing): { noun: string; place: string } {
  return { noun: permission.startsWith('licences:') ? 'licences' : thing.noun, place: thing.place };
}

/** The part of an answer by which somebody might tell two things apart. */
function told(answer: Answer): unknown {
  return { status: answer.status, text: answer.text, headers: answer.headers };
}

test('every route has an entry, and every entry a route', () => {
  expect(Object.keys(MATRIX).toSorted()).toEqual(routeList.map(({ name }) => name).toSorted());
});

test('the oracle and the cast are not trivial', () => {
  const devices = thingsOf('devices');
  const counts = actors.map(
    ({ oracle: actor }) =>
      devices.filter((thing) => oracle.reaches({ actor, permission: 'devices:read' }, thing))
        .length,
  );
  expect(new Set(counts).size).toBeGreaterThan(6);
});

const lists = casesOf('list');

describe.each(lists.map((one) => [one.name, one] as const))('%s', (_, { route, entry }) => {
  const permission = permissionOf(route);

  async function idsOf(actor: Actor, url: string): Promise<readonly string[] | Answer> {
    const sender = { ...actor.sender, url };
    const answer = await send(sender, { method: 'GET', path: `${route.path}?limit=500` });
    if (answer.status !== 200) return answer;
    const page = JSON.parse(answer.text) as { data: { id: string }[]; total: number };
    expect(page.total, actor.name).toBe(page.data.length);
    return page.data.map(({ id }) => id).toSorted();
  }

  test('gives everybody exactly what they reach', async () => {
    // Accounts are the cast as well; what is compared is the things of the world.
    const known = new Set(thingsOf(entry.noun).map(({ id }) => id));
    for (const actor of actors) {
      const use: Use = { actor: actor.oracle, permission };
      const expected = thingsOf(entry.noun)
        .filter((thing) => oracle.reaches(use, thing))
        .map(({ id }) => id);
      const got = await idsOf(actor, program.controller.url);
      if (!Array.isArray(got)) {
        const isDead = actor.oracle.isRefused === true;
        expect((got as Answer).status, actor.name).toBe(isDead ? 401 : 403);
        expect(isDead || !holds(actor.oracle, permission), actor.name).toBe(true);
        continue;
      }
      const ofWorld = got.filter((id) => entry.noun !== 'accounts' || known.has(id));
      expect(ofWorld, actor.name).toEqual(expected.toSorted());
    }
  });

  test('gives the same by row-level security alone', async () => {
    const known = new Set(thingsOf(entry.noun).map(({ id }) => id));
    for (const actor of actors.filter((one) => one.oracle.isRefused !== true)) {
      const use: Use = { actor: actor.oracle, permission };
      if (!holds(actor.oracle, permission)) continue;
      const keeper = actor.oracle.home === '' && entry.noun === 'tenants';
      const expected = thingsOf(entry.noun)
        .filter((thing) =>
          keeper ? oracle.reaches(use, thing) : oracle.isShownByPolicies(use, thing),
        )
        .map(({ id }) => id);
      const got = await idsOf(actor, program.blind.url);
      const ofWorld = Array.isArray(got) ? got.filter((id) => known.has(String(id))) : got;
      expect(ofWorld, actor.name).toEqual(expected.toSorted());
    }
  });
});

/** One request with the ending that the oracle gives it. */
interface Try {
  readonly actor: Actor;
  readonly thing: Thing;
  readonly outcome: string;
}

function triesOf(route: Route, noun: string): readonly Try[] {
  const permission = permissionOf(route);
  return actors.flatMap((actor) =>
    thingsOf(noun).map((thing) => ({
      actor,
      thing,
      outcome: oracle.outcomeOf(
        { actor: actor.oracle, permission },
        oracleThing(permission, thing),
      ),
    })),
  );
}

const STATUS: Readonly<Record<string, number>> = {
  'not-signed-in': 401,
  forbidden: 403,
  'licence-expired': 403,
  'licence-suspended': 403,
  'not-found': 404,
};

/** What is refused for another reason than who asks: these are answers about things one sees. */
const REFUSED_WHEN_ALLOWED: ReadonlySet<string | undefined> = new Set([
  'conflict-gone',
  'account-layer-refused',
  'account-last-admin',
  'account-invitation-invalid',
  'organization-not-empty',
  'group-not-empty',
  'group-too-deep',
  'tenant-not-empty',
  'conflict',
  'limit-reached',
  'name-taken',
  'policy-taken',
  'quarantine-not-sealed',
]);

function expectAllowed(answer: Answer, context: string): void {
  const isDone = answer.status >= 200 && answer.status < 300;
  const isAboutIt = REFUSED_WHEN_ALLOWED.has(answer.code);
  expect(isDone || isAboutIt ? 'allowed' : `${answer.status} ${answer.text}`, context).toBe(
    'allowed',
  );
}

/** Sends what must be refused, and compares the answer with one about nothing at all. */
async function expectRefused(
  given: Try & { readonly route: Route },
  requestOf: (asked: Asked) => { method: string; path: string; body?: unknown },
): Promise<void> {
  const { actor, thing, outcome, route } = given;
  const context = `${route.method} ${route.path}: ${actor.name}, ${thing.noun} at ${thing.place}`;
  const answer = await send(actor.sender, requestOf({ id: thing.id, thing }));
  expect(`${answer.status}`, `${context}: ${answer.text}`).toBe(`${STATUS[outcome]}`);
  if (outcome === 'forbidden' || outcome.startsWith('licence')) {
    expect(answer.code, context).toBe(outcome);
  }
  if (outcome !== 'not-found') return;
  const absent = await send(actor.sender, requestOf({ id: randomUUID(), thing }));
  expect(told(answer), context).toEqual(told(absent));
}

const items = casesOf('item');

describe.each(items.map((one) => [one.name, one] as const))('%s', (_, { route, entry }) => {
  const { body, parameters = {} } = entry;
  const requestOf = (asked: Asked) => ({
    method: route.method,
    path: pathOf(route, { ...parameters, id: asked.id }),
    ...(body ? { body: body(asked) } : {}),
  });

  test('refuses in the words for what does not exist, and changes nothing', async () => {
    const before = await digestOf(program.client);
    const refused = triesOf(route, entry.noun).filter(({ outcome }) => outcome !== 'allowed');
    expect(refused.length).toBeGreaterThan(0);
    await inParallel(refused, (one) => expectRefused({ ...one, route }, requestOf));
    expect(await digestOf(program.client)).toEqual(before);
  });

  test('lets everybody at what they reach', async () => {
    const allowed = triesOf(route, entry.noun).filter(
      ({ outcome, thing }) =>
        outcome === 'allowed' && entry.isSparing?.includes(thing.place) !== true,
    );
    expect(allowed.length).toBeGreaterThan(0);
    await inParallel(allowed, async ({ actor, thing }) => {
      const noun = THING_NOUNS.find((one) => one === thing.noun);
      const own =
        entry.isEnding === true && noun ? await addThing(program.client, noun, thing.node) : thing;
      const answer = await send(actor.sender, requestOf({ id: own.id, thing: own }));
      expectAllowed(answer, `${route.path}: ${actor.name}, ${thing.place}`);
    });
  });
});

const insides = casesOf('inside');

describe.each(insides.map((one) => [one.name, one] as const))('%s', (_, { route, entry }) => {
  const requestsOf = entry.bodies.map((body) => (asked: Asked) => ({
    method: route.method,
    path: route.path,
    body: body(asked),
  }));

  /** Who makes something must reach the place that it will have, with that very permission. */
  function insideTries(): readonly Try[] {
    const permission = permissionOf(route);
    const [noun = ''] = permission.split(':');
    return actors.flatMap((actor) =>
      thingsOf(entry.noun).map((thing) => {
        const place = entry.isNode === true ? `${thing.place}/new` : thing.place;
        const use: Use = { actor: actor.oracle, permission };
        const outcome = oracle.outcomeOf(use, { noun, place });
        const isOfLicence = outcome.startsWith('licence') || outcome === 'not-signed-in';
        if (isOfLicence || outcome === 'allowed' || !holds(actor.oracle, permission)) {
          return { actor, thing, outcome };
        }
        // Seen and out of reach, or not seen: whether one may look there decides the words.
        const isSeen = [permission, readingOf(permission), readingOfNoun(entry.noun)].some((one) =>
          oracle.reaches({ actor: actor.oracle, permission: one }, { noun, place: thing.place }),
        );
        return { actor, thing, outcome: isSeen ? 'either' : 'not-found' };
      }),
    );
  }

  test('makes nothing in a place that is not reached, in the words for none', async () => {
    const before = await digestOf(program.client);
    const refused = insideTries().filter(({ outcome }) => outcome !== 'allowed');
    for (const requestOf of requestsOf) {
      await inParallel(refused, async (one) => {
        if (one.outcome !== 'either') return expectRefused({ ...one, route }, requestOf);
        const answer = await send(
          one.actor.sender,
          requestOf({ id: one.thing.id, thing: one.thing }),
        );
        expect([403, 404], `${one.actor.name}: ${answer.text}`).toContain(answer.status);
      });
    }
    expect(await digestOf(program.client)).toEqual(before);
  });

  test('makes something where its maker reaches', async () => {
    const allowed = insideTries().filter(({ outcome }) => outcome === 'allowed');
    expect(allowed.length).toBeGreaterThan(0);
    for (const requestOf of requestsOf) {
      await inParallel(allowed, async ({ actor, thing }) => {
        const answer = await send(actor.sender, requestOf({ id: thing.id, thing }));
        expectAllowed(answer, `${route.path}: ${actor.name}, ${thing.place}`);
      });
    }
  });
});

describe.each(casesOf('platform').map((one) => [one.name, one] as const))(
  '%s',
  (_, { route, entry }) => {
    test('is the platform’s alone', async () => {
      const before = await digestOf(program.client);
      for (const actor of actors) {
        const isOurs = holds(actor.oracle, permissionOf(route));
        if (isOurs) continue;
        const answer = await send(actor.sender, {
          method: route.method,
          path: pathOf(route),
          ...(entry.body === undefined ? {} : { body: entry.body }),
        });
        const expected = actor.oracle.isRefused === true ? 401 : 403;
        expect(answer.status, `${actor.name}: ${answer.text}`).toBe(expected);
      }
      expect(await digestOf(program.client)).toEqual(before);
    });
  },
);

test('devices and people do not enter each other’s routes', async () => {
  for (const { name, route } of routeList) {
    if (route.permission === null) continue;
    for (const actor of actors) {
      const isForPeople = route.permission !== 'device';
      if (isForPeople && actor.name !== 'a made-up device') continue;
      const request = { method: route.method, path: pathOf(route) };
      const hasBody = route.method !== 'GET' && route.method !== 'DELETE';
      const answer = await send(actor.sender, hasBody ? { ...request, body: {} } : request);
      expect([400, 401], `${name}: ${actor.name}: ${answer.text}`).toContain(answer.status);
      if (isForPeople) expect(answer.status, `${name}: ${answer.text}`).toBe(401);
    }
  }
});

test('own sessions, tokens and views of somebody are nothing to anybody else', async () => {
  const [one, other] = ['owner of A', 'admin of A, near'].map((name) =>
    present(
      actors.find((actor) => actor.name === name),
      name,
    ),
  );
  if (!one || !other) throw new Error('two of the cast');
  const made = {
    '/v1/saved-views': { noun: 'devices', name: 'mine', filter: '' },
    '/v1/api-tokens': { name: 'mine', permissions: ['devices:read'] },
  };
  for (const [path, body] of Object.entries(made)) {
    await send(one.sender, { method: 'POST', path, body });
  }
  for (const path of ['/v1/sessions', '/v1/api-tokens', '/v1/saved-views']) {
    const mine = await send(one.sender, { method: 'GET', path });
    const { data } = JSON.parse(mine.text) as { data: { id: string }[] };
    expect(data.length, path).toBeGreaterThan(0);
    const theirs = await send(other.sender, { method: 'GET', path });
    for (const { id } of data) {
      expect(theirs.text, path).not.toContain(id);
      const answer = await send(other.sender, { method: 'DELETE', path: `${path}/${id}` });
      const absent = await send(other.sender, {
        method: 'DELETE',
        path: `${path}/${randomUUID()}`,
      });
      expect(told(answer), path).toEqual(told(absent));
    }
    expect((await send(one.sender, { method: 'GET', path })).text, path).toContain(data[0]?.id);
  }
});
