import { expect, test } from 'vitest';
import { deviceRoutes, sessionRoutes } from '@wardgrid/wire';
import { ConsoleError, createCall } from './request.ts';

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

function problem(status: number, code: string): Response {
  return new Response(JSON.stringify({ code, title: code, status, type: 'urn', instance: 'r1' }), {
    status,
  });
}

function setUp(answers: (() => Response)[], renewed = true) {
  const sent: Sent[] = [];
  let token = 'first';
  let renewals = 0;
  const asked: number[] = [];
  const call = createCall({
    fetch: (url, init) => {
      sent.push({ url, init });
      const answer = answers.shift();
      return answer ? Promise.resolve(answer()) : Promise.reject(new TypeError('offline'));
    },
    newKey: () => 'key-1',
    csrfToken: () => token,
    renew: (sentAtMs) => {
      renewals += 1;
      asked.push(sentAtMs);
      token = 'second';
      return Promise.resolve(renewed);
    },
  });
  return { call, sent, asked, renewals: () => renewals };
}

const empty = () => new Response(JSON.stringify({ data: [], nextCursor: null, total: 0 }));

test('a list is asked for with its filter in the query and without a token', async () => {
  const { call, sent } = setUp([empty]);
  await call(deviceRoutes.list, { query: { filter: 'os:"a b"', limit: 10 } });
  expect(sent[0]?.url).toBe('/api/v1/devices?filter=os%3A%22a+b%22&limit=10');
  expect(sent[0]?.init.headers).not.toHaveProperty('x-wardgrid-csrf');
});

test('a path value cannot leave its segment', async () => {
  const { call, sent } = setUp([empty]);
  await call(deviceRoutes.read, { params: { id: '../../evil?x' } });
  expect(sent[0]?.url).toBe('/api/v1/devices/..%2F..%2Fevil%3Fx');
});

test('an ended access is renewed once and the request sent again with the new token', async () => {
  const answers = [() => problem(401, 'not-signed-in'), () => new Response(null, { status: 204 })];
  const { call, sent, renewals } = setUp(answers);
  await call(sessionRoutes.signOut);
  expect(renewals()).toBe(1);
  expect(
    sent.map(({ init }) => (init.headers as Record<string, string>)['x-wardgrid-csrf']),
  ).toEqual(['first', 'second']);
});

test('whoever renews is told when the request was sent, not when it was refused', async () => {
  const { call, asked } = setUp([() => problem(401, 'session-expired'), empty]);
  const before = performance.now();
  const answered = call(deviceRoutes.list);
  const sent = performance.now();
  await answered;
  expect(asked).toHaveLength(1);
  expect(asked[0]).toBeGreaterThanOrEqual(before);
  expect(asked[0]).toBeLessThanOrEqual(sent);
});

test('the same request keeps its idempotency key when it is sent again', async () => {
  const answers = [() => problem(401, 'session-expired'), empty];
  const { call, sent } = setUp(answers);
  await call(sessionRoutes.refresh);
  expect(
    new Set(sent.map(({ init }) => JSON.stringify(init.headers).match(/key-\d/)?.[0])).size,
  ).toBe(1);
});

test('a wrong password does not renew anything', async () => {
  const { call, renewals } = setUp([() => problem(401, 'sign-in-failed')]);
  await expect(call(deviceRoutes.list)).rejects.toMatchObject({ code: 'sign-in-failed' });
  expect(renewals()).toBe(0);
});

test('a session that cannot be renewed gives the first problem', async () => {
  const { call } = setUp([() => problem(401, 'session-expired')], false);
  await expect(call(deviceRoutes.list)).rejects.toMatchObject({ code: 'session-expired' });
});

test('an answer that is no problem document, and no answer at all, are problems with a code', async () => {
  const { call } = setUp([() => new Response('<html>', { status: 502 })]);
  await expect(call(deviceRoutes.list)).rejects.toMatchObject({ code: 'unavailable', status: 502 });
  const failed: unknown = await call(deviceRoutes.list).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(ConsoleError);
  expect(failed).toMatchObject({ code: 'unreachable', status: 0 });
});
