/* Temporary ids of clients that cannot mint their own, at a site that nobody above answers: what they
   name has a lasting id at once, references to it too, and the cloud hears of the lasting ones alone. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemNewId } from '@wardgrid/base/system';
import { groupRoutes, type Group } from '@wardgrid/wire';
import { eventually } from '../../journeys/processes.ts';
import type { SignedIn } from '../harness.ts';
import { startSite, type Site } from './site.ts';

let site: Site;

beforeAll(async () => {
  site = await startSite();
  // Away before anything is made.
  site.gate.cut();
}, 60_000);

afterAll(() => site?.close(), 30_000);

interface Asked {
  readonly method?: 'POST' | 'PATCH' | 'GET';
  readonly body?: object;
  readonly temporaryId?: string;
}

async function ask(path: string, asked: Asked, by: SignedIn = site.admin) {
  const { method = 'POST', body, temporaryId } = asked;
  const named = temporaryId === undefined ? {} : { 'temporary-id': temporaryId };
  const response = await fetch(`${site.local.url}/api/v1${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      origin: site.local.url,
      ...by.headers(),
      ...named,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Group & { code?: string; detail?: string };
  return { status: response.status, answer };
}

const pier = () => ({ name: 'Pier', organizationId: site.organization.id });

test('what was made under a temporary id is meant by it, in paths and bodies', async () => {
  const { answer: outer } = await ask('/groups', { body: pier(), temporaryId: 'tmp:pier' });
  expect(outer.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  const { answer: inner } = await ask('/groups', {
    body: { name: 'Crane', organizationId: site.organization.id, parentId: 'tmp:pier' },
    temporaryId: 'tmp:2',
  });
  expect(inner.parentId).toBe(outer.id);
  const renamed = await ask('/groups/tmp:2', { method: 'PATCH', body: { name: 'Crane 2' } });
  expect(renamed).toMatchObject({ status: 200, answer: { id: inner.id, name: 'Crane 2' } });
  expect((await ask('/groups/tmp:pier', { method: 'GET' })).answer.id).toBe(outer.id);
  // A name is a name.
  const named = await ask('/groups/tmp:2', { method: 'PATCH', body: { name: 'tmp:2' } });
  expect(named.answer.name).toBe('tmp:2');
});

test('a repeat gets the first answer, and nothing else is made under the same id', async () => {
  const { answer: first } = await ask('/groups', { body: pier(), temporaryId: 'tmp:pier' });
  expect(first.id).toBe((await ask('/groups/tmp:pier', { method: 'GET' })).answer.id);
  const other = { ...pier(), name: 'Jetty' };
  const refused = await ask('/groups', { body: other, temporaryId: 'tmp:pier' });
  expect(refused).toMatchObject({ status: 422, answer: { code: 'idempotency-mismatch' } });
  // The same under a key of its own.
  const { call, headers } = site.admin;
  const keyed: SignedIn = {
    ...site.admin,
    headers: () => ({ ...headers(), 'idempotency-key': systemNewId() }),
  };
  const taken = await ask('/groups', { body: other, temporaryId: 'tmp:pier' }, keyed);
  expect(taken).toMatchObject({ status: 409, answer: { code: 'temporary-id-taken' } });
  expect(taken.answer.detail).toContain(first.id);
  const { data } = await call(groupRoutes.list);
  expect(data.map(({ name }) => name).toSorted()).toEqual(['Pier', 'tmp:2']);
});

test('one that stands for nothing is said to, and so is one that nothing can have', async () => {
  const lost = await ask('/groups/tmp:gone', { method: 'GET' });
  expect(lost).toMatchObject({ status: 422, answer: { code: 'temporary-id-unknown' } });
  const refused = await ask('/groups', { body: { name: '' }, temporaryId: 'tmp:failed' });
  expect(refused.answer.code).toBe('invalid-body');
  const after = await ask('/groups/tmp:failed', { method: 'GET' });
  expect(after.answer.code).toBe('temporary-id-unknown');
});

test('the cloud has the lasting ids, once it is back', async () => {
  const { data } = await site.admin.call(groupRoutes.list);
  site.gate.heal();
  const above = await eventually('the groups are at the cloud', async () => {
    const found = (await site.root.call(groupRoutes.list)).data;
    return found.length === data.length ? found : undefined;
  });
  const told = (groups: readonly Group[]) =>
    groups.map(({ id, parentId, name }) => `${id} ${parentId ?? '-'} ${name}`).toSorted();
  expect(told(above)).toEqual(told(data));
});
