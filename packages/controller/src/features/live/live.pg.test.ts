import { afterAll, beforeAll, expect, test } from 'vitest';
import { LIVE_STREAM_PATH, organizationRoutes } from '@wardgrid/wire';
import {
  createDatabase,
  openEmbeddedServer,
  type TestDatabase,
} from '../../../../../test/database/database.ts';
import type { Actor } from '../../platform/authorize.ts';
import { openGrid, type TestGrid, type TestSite } from '../link/testdata/grid.ts';

/** A busy machine takes its time. */
const WAIT = { timeout: 15_000 };

let database: TestDatabase;
let grid: TestGrid;
let site: TestSite;
let other: TestSite;

beforeAll(async () => {
  database = await createDatabase(openEmbeddedServer(), {
    name: 'empty',
    migrate: async () => undefined,
  });
  grid = await openGrid({ connection: database.connection });
  site = await grid.makeSite('Acme');
  other = await grid.makeSite('Stranger');
});

afterAll(async () => {
  await grid?.close();
  await database?.drop();
});

/** Opens a stream as an actor and collects its text. */
async function listen(actor: Actor, lastId?: string) {
  grid.setActor(actor.accountId, actor);
  const gone = new AbortController();
  const response = await fetch(grid.url + LIVE_STREAM_PATH, {
    signal: gone.signal,
    headers: {
      'x-test-actor': actor.accountId,
      ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
    },
  });
  const stream = { text: '', isEnded: false, status: response.status, headers: response.headers };
  const reading = read(response, stream);
  return {
    stream,
    reading,
    close: () => gone.abort(),
    ids: () => [...stream.text.matchAll(/^id: (.+)$/gm)].map((match) => match[1] ?? ''),
  };
}

async function read(response: Response, stream: { text: string; isEnded: boolean }): Promise<void> {
  try {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      stream.text += decoder.decode(chunk as Uint8Array, { stream: true });
    }
  } catch {
    // The test went away.
  }
  stream.isEnded = true;
}

const makeKey = (of: TestSite) => grid.makeKey(of);

test('an event reaches those who may see the thing, and nobody else', async () => {
  const own = await listen(site.actor);
  const foreign = await listen(other.actor);
  expect(own.stream.headers.get('content-type')).toContain('text/event-stream');
  expect(own.stream.headers.get('x-accel-buffering')).toBe('no');
  const key = await makeKey(site);
  const theirs = await makeKey(other);
  await expect.poll(() => own.stream.text, WAIT).toContain(key.id);
  await expect.poll(() => foreign.stream.text, WAIT).toContain(theirs.id);
  expect(own.stream.text).not.toContain(theirs.id);
  expect(foreign.stream.text).not.toContain(key.id);
  own.close();
  foreign.close();
});

test('a stream that broke goes on behind its last event', async () => {
  const first = await listen(site.actor);
  const one = await makeKey(site);
  await expect.poll(() => first.stream.text, WAIT).toContain(one.id);
  const lastId = first.ids().at(-1) ?? '';
  first.close();
  const two = await makeKey(site);
  await makeKey(other);
  const second = await listen(site.actor, lastId);
  await expect.poll(() => second.stream.text, WAIT).toContain(two.id);
  expect(second.stream.text).not.toContain(one.id);
  expect(second.ids()).toHaveLength(1);
  second.close();
});

test('an unknown last event asks the reader to read everything anew', async () => {
  const stream = await listen(site.actor, 'somewhere-7');
  await expect.poll(() => stream.stream.text, WAIT).toContain('event: reset');
  stream.close();
});

test('who may no longer read is cut off, and a changed role counts at once', async () => {
  const scoped: Actor = { ...site.actor, accountId: 'aaaaaaaa-0000-7000-8000-000000000001' };
  const stream = await listen(scoped);
  grid.setActor(scoped.accountId, {
    ...scoped,
    roles: [{ role: 'client-viewer', scope: site.scope, effect: 'allow', expiresAt: null }],
  });
  await changed(scoped.accountId);
  const hidden = await makeKey(site);
  const call = grid.callAs(site.actor);
  await call(organizationRoutes.update, {
    params: { id: site.organizationId },
    body: { name: 'Renamed' },
  });
  await expect.poll(() => stream.stream.text, WAIT).toContain(site.organizationId);
  expect(stream.stream.text).not.toContain(hidden.id);
  grid.setActor(scoped.accountId, undefined);
  await changed(scoped.accountId);
  await expect.poll(() => stream.stream.isEnded, WAIT).toBe(true);
});

/** Says that an account changed, and waits until its stream was asked for it anew. */
async function changed(accountId: string): Promise<void> {
  const before = grid.lookupsOf(accountId);
  await grid.platform.database.transact({ kind: 'auth' }, (tx) =>
    tx.publish({ topic: 'account.changed', accountId }),
  );
  await expect.poll(() => grid.lookupsOf(accountId), WAIT).toBeGreaterThan(before);
}

test('an account has at most six streams, and nobody none', async () => {
  const actor: Actor = { ...site.actor, accountId: 'aaaaaaaa-0000-7000-8000-000000000002' };
  const streams = await Promise.all(Array.from({ length: 6 }, () => listen(actor)));
  const seventh = await listen(actor);
  expect(seventh.stream.status).toBe(409);
  streams[0]?.close();
  await expect
    .poll(async () => {
      const again = await listen(actor);
      again.close();
      return again.stream.status;
    }, WAIT)
    .toBe(200);
  for (const stream of streams) stream.close();
  const response = await fetch(grid.url + LIVE_STREAM_PATH);
  expect(response.status).toBe(401);
});
