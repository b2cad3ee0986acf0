import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { present } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import { createMachine } from '@wardgrid/controller/features/link/testdata/machine';
import { routeList, type Route } from '@wardgrid/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf } from '../leaks/digest.ts';
import { inParallel, send, type Sender } from '../leaks/http.ts';
import { MATRIX, pathOf } from '../leaks/matrix.ts';
import { startProgram, type Program } from '../leaks/program.ts';
import { makeWorld, type World } from '../leaks/world.ts';
import { HOSTILE_TEXTS, mutationsOf, type Mutation } from './mutations.ts';
import { problemFault, sendRaw, type RawAnswer } from './raw.ts';
import { sampleOf, schemaOf, type Json, type Known } from './samples.ts';

/* Whatever is sent, the answer is a problem of the contract or what was asked for, never a fault of
   ours; and what is refused leaves nothing behind. Tables that every request may write, whatever it
   asks, are listed with their reasons in `../leaks/digest.ts`. */

/** Tried in every run: one that is always the same, and one that never was. Found ones are kept. */
const SEEDS = [1, Math.trunc(systemClock.now() % 2 ** 31)];
const RANDOM_RUNS = 600;

let program: Program;
let world: World;
let known: Known;
let device: Sender;

beforeAll(async () => {
  program = await startProgram();
  world = await makeWorld(program);
  const [a, a1, g1] = ['A', 'A/A1', 'A/A1/G1'].map((place) => world.nodeAt(place));
  if (!a || !a1 || !g1) throw new Error('the world has these');
  known = {
    tenantId: a.id,
    organizationId: a1.id,
    groupId: g1.id,
    parentId: g1.id,
    deviceId: thingId('devices'),
    scope: a1.scope,
    // A job that would be made approves nothing by itself.
    isNetworkApproved: false,
  };
  device = await enrol(a1.id);
  process.stdout.write(`bad input: seeds ${SEEDS.join(', ')}\n`);
});

afterAll(() => program.close());

function thingId(noun: string): string {
  const thing = world.things.find((one) => one.noun === noun && one.place === 'A/A1');
  return present(thing, noun).id;
}

async function enrol(organizationId: string): Promise<Sender> {
  const answer = await send(world.root, {
    method: 'POST',
    path: '/v1/enrolment-keys',
    body: { name: 'for bad input', organizationId },
  });
  const { value } = JSON.parse(answer.text) as { readonly value: string };
  const machine = createMachine(program.controller.url, 'hostile');
  await machine.enrol(value);
  const token = await machine.openSession();
  return { url: program.controller.url, headers: () => ({ authorization: `Device ${token}` }) };
}

/** The id for a route's path: something that is there, so that nothing is refused for its absence. */
function idFor(name: string): string {
  const entry = MATRIX[name];
  const noun = entry && 'noun' in entry ? entry.noun : '';
  const node = { tenants: 'A', organizations: 'A/A1', groups: 'A/A1/G1' }[noun];
  if (node !== undefined) return world.nodeAt(node).id;
  return world.things.some((thing) => thing.noun === noun) ? thingId(noun) : randomUUID();
}

interface Shot {
  readonly method: string;
  /** From `/v1` on, with its query. */
  readonly path: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

async function shoot(sender: Sender, shot: Shot): Promise<RawAnswer> {
  const hasBody = shot.body !== undefined && shot.method !== 'GET';
  const response = await fetch(`${sender.url}/api${shot.path}`, {
    method: shot.method,
    headers: {
      ...sender.headers(),
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
      ...shot.headers,
    },
    ...(hasBody ? { body: shot.body as string } : {}),
  });
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    text: await response.text(),
  };
}

function expectProblem(answer: RawAnswer, context: string): void {
  const fault = problemFault(answer);
  const told = fault === null ? null : `${answer.status}, ${fault}: ${answer.text.slice(0, 200)}`;
  expect(told, context.slice(0, 60)).toBeNull();
}

/** A problem, or success where the input may well be right. */
function expectProblemOrSuccess(answer: RawAnswer, context: string): void {
  if (answer.status < 200 || answer.status >= 300) expectProblem(answer, context);
}

function senderFor(route: Route): Sender {
  return route.permission === 'device' ? device : world.root;
}

/** Ends the session that the shots are made with, or counts as an attack by this address. */
const NEVER_RIGHT: ReadonlySet<string> = new Set([
  'sessions.create',
  'sessions.refresh',
  'sessions.signOut',
  'sessions.revoke',
  'sessions.changePassword',
  'sessions.beginTotp',
  'sessions.confirmTotp',
  'sessions.removeTotp',
  'accounts.accept',
  'device-codes.redeem',
  'device-codes.approve',
  'blocked-addresses.create',
  'setup.create',
  'link.enrol',
  'link.session',
]);

interface Case {
  readonly name: string;
  readonly route: Route;
}

const withBody: readonly Case[] = routeList.filter(({ route }) => route.method !== 'GET');
const lists: readonly Case[] = routeList.filter(({ route }) =>
  Object.hasOwn(schemaOf(route.query).properties ?? {}, 'cursor'),
);
const named: readonly Case[] = routeList.filter(({ route }) => route.path.includes('/:'));

/** No body, an empty one and `null` say the same: nothing. */
function accepts(route: Route, text: string): boolean {
  return route.body.safeParse((JSON.parse(text) as unknown) ?? {}).success;
}

describe.each(withBody.map((one) => [one.name, one] as const))(
  'the body of %s',
  (name, { route }) => {
    function shotOf(body: string | Uint8Array, headers: Shot['headers'] = {}): Shot {
      return { method: route.method, path: pathOf(route, { id: idFor(name) }), body, headers };
    }

    function mutations(): readonly Mutation[] {
      return mutationsOf(sampleOf(schemaOf(route.body), known));
    }

    test('that does not fit is a problem and leaves nothing', async () => {
      const before = await digestOf(program.client);
      const refused = mutations().filter(({ text }) => !accepts(route, text));
      expect(refused.length).toBeGreaterThan(5);
      await inParallel(refused, async ({ label, text }) => {
        expectProblem(await shoot(senderFor(route), shotOf(text)), label);
      });
      expect(await digestOf(program.client)).toEqual(before);
    });

    test('that fits though it is odd is no fault of ours', async () => {
      if (NEVER_RIGHT.has(name)) return;
      const odd = mutations().filter(({ text }) => accepts(route, text));
      await inParallel(odd, async ({ label, text }) => {
        expectProblemOrSuccess(await shoot(senderFor(route), shotOf(text)), label);
      });
    });

    test('that is no JSON, of another type or too large is a problem and leaves nothing', async () => {
      const before = await digestOf(program.client);
      const invalidUtf8 = Buffer.concat([
        Buffer.from('{"a":"'),
        Buffer.from([0xc3, 0x28, 0xff]),
        Buffer.from('"}'),
      ]);
      const bodies: readonly (string | Uint8Array)[] = [
        '{',
        '{"a":1,}',
        'NaN',
        '[1e999]',
        '\ufeff{}x',
        '\u0000',
        '['.repeat(10_000),
        '['.repeat(10_000) + ']'.repeat(10_000),
        '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000),
        `{"a":1,"a":2}`,
        invalidUtf8,
        new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]),
      ];
      for (const body of bodies) {
        const answer = await shoot(senderFor(route), shotOf(body));
        expectProblem(answer, Buffer.from(body).toString('latin1').slice(0, 40));
      }
      const types = [
        'text/plain',
        'multipart/form-data; boundary=x',
        'application/x-www-form-urlencoded',
        'x',
        '/',
        'application/json; charset=utf-16',
      ];
      for (const type of types) {
        const answer = await shoot(
          senderFor(route),
          shotOf('{"unknown":1}', { 'content-type': type }),
        );
        expectProblem(answer, type);
      }
      const encodings = ['gzip', 'br', 'x'];
      for (const encoding of encodings) {
        const answer = await shoot(
          senderFor(route),
          shotOf('{"unknown":1}', { 'content-encoding': encoding }),
        );
        expectProblem(answer, encoding);
      }
      const usual = name === 'link.exchange' ? 8 * 1_048_576 : 1_048_576;
      const limit = route.bodySizeBytesMax ?? usual;
      const large = await shoot(senderFor(route), shotOf(`"${'x'.repeat(limit)}"`));
      expectProblem(large, 'too large');
      expect(large.status).toBe(413);
      expect(await digestOf(program.client)).toEqual(before);
    });
  },
);

/** What stands in a path where an id should. */
const PATH_SEGMENTS = [
  '%',
  '%zz',
  '%00',
  '%c0%80',
  '%ff',
  '..%2f..%2fetc',
  '%2e%2e',
  'x'.repeat(199),
  'x'.repeat(5_000),
  '01900000-0000-7000-8000-00000000000G',
  '01900000-0000-7000-8000-00000000000A',
  "'%20or%201=1",
  '%F0%9F%98%80',
  '__proto__',
  'constructor',
  'null',
  '-1',
  '%20',
];

test.each(named.map((one) => [one.name, one] as const))(
  'a path of %s that does not fit is a problem and leaves nothing',
  async (_, { route }) => {
    const before = await digestOf(program.client);
    for (const segment of PATH_SEGMENTS) {
      const shot = { method: route.method, path: pathOf(route, { id: segment }), body: '{}' };
      expectProblem(await shoot(senderFor(route), shot), segment);
    }
    expect(await digestOf(program.client)).toEqual(before);
  },
);

const QUERIES = [
  'limit=0',
  'limit=501',
  'limit=-1',
  'limit=1.5',
  'limit=NaN',
  'limit=1e1',
  'limit=',
  'limit=1&limit=2',
  'limit[]=1',
  'limit[toString]=1',
  'offset=-1',
  'offset=99999999999999999999',
  'unknown=1',
  '__proto__=1',
  'constructor=1',
  'filter=x&filter=y',
  '%=1',
  'filter=%',
  'filter=%ff',
  '&&==&',
];

const FILTERS = [
  ...HOSTILE_TEXTS,
  'unknown:1',
  'name:',
  'name:,,,',
  ':x',
  '-',
  '--name:x',
  'name:"',
  'name:"\\',
  'createdAt:>',
  'createdAt:>99999999w',
  'createdAt:>0d',
  'createdAt:9999-99-99',
  'createdAt:275760-09-13',
  'createdAt:0000-01-01T00:00:00Z',
  'name:*',
  `name:${'*'.repeat(500)}`,
  `name:${'%_\\'.repeat(100)}`,
  'a '.repeat(30),
  `name:${'x,'.repeat(60)}`,
  'openPorts:>1e9',
  'openPorts:999999999999999',
  'port:999999999999999.999999',
  'cpu:>-999999999999999',
  'ip:300.1.1.1',
  'lastSeenAt:<1d lastSeenAt:>1d -lastSeenAt:1d',
  'organizationId:not-an-id',
  'deviceId:*',
];

const SORTS = [
  '',
  '-',
  '--name',
  'unknown',
  '__proto__',
  '-constructor',
  'name;drop',
  'name,id',
  '\u0000',
];

const CURSORS = [
  'x',
  '.',
  '..',
  'W10.AAAAAAAAAAAAAAAAAAAAAA',
  `${Buffer.from('["a","b"]').toString('base64url')}.${'A'.repeat(22)}`,
  '\u0000.\u0000',
  'x'.repeat(1_000),
];

test.each(lists.map((one) => [one.name, one] as const))(
  'no query of %s is a fault of ours',
  async (_, { route }) => {
    const queries = [
      ...QUERIES,
      ...FILTERS.map((filter) => `filter=${escaped(filter)}`),
      ...SORTS.map((sort) => `sort=${escaped(sort)}`),
      ...CURSORS.map((cursor) => `cursor=${escaped(cursor)}`),
    ];
    const before = await digestOf(program.client);
    await inParallel(queries, async (query) => {
      const path = `${route.path}?${query}`;
      expectProblemOrSuccess(await shoot(world.root, { method: 'GET', path }), query.slice(0, 100));
    });
    for (const query of [
      'limit=0',
      'limit=501',
      'unknown=1',
      'sort=unknown',
      'cursor=x',
      'filter=unknown:1',
    ]) {
      const answer = await shoot(world.root, { method: 'GET', path: `${route.path}?${query}` });
      expectProblem(answer, query);
    }
    expect(await digestOf(program.client)).toEqual(before);
  },
);

/** As `encodeURIComponent`, which throws on a lone surrogate. */
function escaped(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

test('a cursor is good for its own list, filter and sort alone', async () => {
  const first = await shoot(world.root, { method: 'GET', path: '/v1/organizations?limit=1' });
  const { nextCursor } = JSON.parse(first.text) as { readonly nextCursor: string };
  expect(nextCursor).toMatch(/\./);
  const cursor = encodeURIComponent(nextCursor);
  const right = await shoot(world.root, {
    method: 'GET',
    path: `/v1/organizations?limit=1&cursor=${cursor}`,
  });
  expect(right.status).toBe(200);
  for (const path of [
    `/v1/groups?cursor=${cursor}`,
    `/v1/organizations?cursor=${cursor}&sort=-name`,
    `/v1/organizations?cursor=${cursor}&filter=A`,
    `/v1/organizations?cursor=${cursor}x`,
    `/v1/organizations?cursor=x${cursor}`,
  ]) {
    const answer = await shoot(world.root, { method: 'GET', path });
    expectProblem(answer, path);
    expect(answer.status).toBe(400);
  }
});

const HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['idempotency-key', 'short'],
  ['idempotency-key', 'x'.repeat(201)],
  ['idempotency-key', 'with spaces in it'],
  ['temporary-id', 'tmp:'],
  ['temporary-id', 'x'],
  ['temporary-id', `tmp:${'x'.repeat(101)}`],
  ['temporary-id', 'tmp:a b'],
  ['if-match', ''],
  ['if-match', '"'],
  ['if-match', 'W/"x", *, "'],
  ['cookie', 'wardgrid-access=x'],
  ['cookie', `wardgrid-access=${'eyJ'.repeat(300)}.a.b`],
  ['cookie', '=;==;;__proto__=1; wardgrid-access=%ff'],
  ['authorization', 'Bearer'],
  ['authorization', 'Bearer '],
  ['authorization', `Bearer ${'x'.repeat(4_000)}`],
  ['authorization', 'Basic cm9vdDpyb290'],
  ['authorization', 'Device x'],
  ['authorization', '\u00ff\u00fe'],
  ['x-wardgrid-csrf', ''],
  ['x-wardgrid-csrf', 'x'.repeat(4_000)],
  ['origin', 'null'],
  ['origin', 'https://example.com'],
  ['origin', ':::'],
  ['sec-fetch-site', 'cross-site'],
  ['sec-fetch-site', 'x'],
  ['x-forwarded-for', '::1, 999.1.1.1, \u00ff'],
  ['x-forwarded-proto', 'https,http'],
  ['traceparent', 'x'.repeat(500)],
  ['last-event-id', '-1'],
  ['accept', '*/*;q=x'],
  ['range', 'bytes=0-99999999999999'],
  ['if-none-match', '"'],
  ['user-agent', '\u00ff'.repeat(2_000)],
];

test('no header is a fault of ours', async () => {
  const before = await digestOf(program.client);
  const targets: readonly Shot[] = [
    { method: 'GET', path: '/v1/organizations' },
    { method: 'POST', path: '/v1/organizations', body: '{}' },
    { method: 'PATCH', path: `/v1/organizations/${randomUUID()}`, body: '{"name":"x"}' },
    { method: 'DELETE', path: `/v1/organizations/${randomUUID()}` },
  ];
  for (const target of targets) {
    for (const [name, value] of HEADERS) {
      const shot = { ...target, headers: { [name]: value } };
      const answer = await shoot(world.root, shot);
      expectProblemOrSuccess(answer, `${target.method} ${name}: ${value.slice(0, 40)}`);
    }
  }
  expect(await digestOf(program.client)).toEqual(before);
});

describe('requests that are no HTTP', () => {
  const line = (text: string): string => `${text}\r\n`;
  const host = 'Host: localhost';
  const cases: Readonly<Record<string, string>> = {
    'a bare word': 'hello\r\n\r\n',
    'no version': line('GET /api/v1/setup') + line(''),
    'another version': line('GET /api/v1/setup HTTP/9.9') + line(host) + line(''),
    'no host': line('GET /api/v1/setup HTTP/1.1') + line(''),
    'a header without a colon':
      line('GET /api/v1/setup HTTP/1.1') + line(host) + line('nonsense') + line(''),
    'a header with a NUL':
      line('GET /api/v1/setup HTTP/1.1') + line(host) + line('a: \u0000') + line(''),
    'headers too large':
      line('GET /api/v1/setup HTTP/1.1') + line(host) + line(`a: ${'x'.repeat(40_000)}`) + line(''),
    'two lengths':
      line('POST /api/v1/setup HTTP/1.1') +
      line(host) +
      line('Content-Length: 2') +
      line('Content-Length: 3') +
      line('') +
      '{}',
    'a length and chunks':
      line('POST /api/v1/setup HTTP/1.1') +
      line(host) +
      line('Content-Length: 2') +
      line('Transfer-Encoding: chunked') +
      line('') +
      '0\r\n\r\n',
    'a length that is no number':
      line('POST /api/v1/setup HTTP/1.1') +
      line(host) +
      line('Content-Length: x') +
      line('') +
      '{}',
    'a chunk that is none':
      line('POST /api/v1/setup HTTP/1.1') +
      line(host) +
      line('Content-Type: application/json') +
      line('Transfer-Encoding: chunked') +
      line('') +
      'zz\r\n',
    'an unknown method': line('BREW /api/v1/setup HTTP/1.1') + line(host) + line(''),
    'a method that is not mounted': line('TRACE /api/v1/setup HTTP/1.1') + line(host) + line(''),
    'a path that is none': line('GET api HTTP/1.1') + line(host) + line(''),
    'a path with spaces': line('GET /api/v1/ setup HTTP/1.1') + line(host) + line(''),
    'a path outside': line('GET /api/v1/../../etc/passwd HTTP/1.1') + line(host) + line(''),
    'an unknown route': line('GET /api/v1/nothing HTTP/1.1') + line(host) + line(''),
    'a bad escape': line('GET /api/v1/%zz HTTP/1.1') + line(host) + line(''),
    'a very long path': line(`GET /api/v1/${'x'.repeat(12_000)} HTTP/1.1`) + line(host) + line(''),
  };

  test.each(Object.entries(cases))('%s', async (name, text) => {
    const answer = await sendRaw(program.controller.url, text);
    // HTTP/0.9 had no version, and is answered as it always was.
    if (name === 'no version') expectProblemOrSuccess(answer, name);
    else expectProblem(answer, name);
  });

  test('a wrong method on a known path says so', async () => {
    const answer = await shoot(world.root, {
      method: 'PUT',
      path: '/v1/organizations',
      body: '{}',
    });
    expectProblem(answer, 'PUT');
  });
});

test.each(SEEDS)('nothing at all that is sent is a fault of ours (seed %i)', async (seed) => {
  const shots = fc.record({
    index: fc.nat(routeList.length - 1),
    body: fc.oneof(fc.json({ maxDepth: 4 }), fc.string(), fc.string({ unit: 'binary' })),
    query: fc.array(
      fc.tuple(
        fc.constantFrom('filter', 'sort', 'cursor', 'limit', 'offset', 'x'),
        fc.string({ unit: 'binary' }),
      ),
      { maxLength: 4 },
    ),
    segment: fc.oneof(fc.uuid(), fc.string({ unit: 'grapheme' }), fc.webPath()),
  });
  await fc.assert(
    fc.asyncProperty(shots, async ({ index, body, query, segment }) => {
      const { name, route } = present(routeList[index], 'a route');
      const fits = accepts(route, body === '' ? '{}' : isJson(body) ? body : '"no JSON"');
      if (fits && NEVER_RIGHT.has(name)) return;
      const search = query.map(([key, value]) => `${key}=${escaped(value)}`).join('&');
      const path = `${pathOf(route, { id: escaped(segment) || 'x' })}?${search}`;
      const answer = await shoot(senderFor(route), { method: route.method, path, body });
      expectProblemOrSuccess(answer, `${name} ${path}`);
    }),
    { seed, numRuns: RANDOM_RUNS },
  );
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('after all of it the program still answers', async () => {
  const answer: { readonly status: number } = await shoot(world.root, {
    method: 'GET',
    path: '/v1/sessions/current',
  });
  expect(answer.status).toBe(200);
  const json: Json = JSON.parse(
    (await shoot(world.root, { method: 'GET', path: '/v1/devices?limit=1' })).text,
  ) as Json;
  expect(json).toMatchObject({ data: [{}] });
});
