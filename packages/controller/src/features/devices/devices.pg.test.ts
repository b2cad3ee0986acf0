import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { present } from '@wardgrid/base';
import {
  deviceFields,
  deviceRoutes,
  groupRoutes,
  jobRoutes,
  organizationRoutes,
  type Device,
  type DeviceId,
  type ListQuery,
} from '@wardgrid/wire';
import {
  createDatabase,
  openEmbeddedServer,
  type TestDatabase,
} from '../../../../../test/database/database.ts';
import { openGrid, type TestGrid, type TestSite } from '../link/testdata/grid.ts';
import { createMachine } from '../link/testdata/machine.ts';

let database: TestDatabase;
let grid: TestGrid;
let site: TestSite;
let key: string;

beforeAll(async () => {
  database = await createDatabase(openEmbeddedServer(), {
    name: 'empty',
    migrate: async () => undefined,
  });
  grid = await openGrid({ connection: database.connection });
  site = await grid.makeSite('Acme');
  key = (await grid.makeKey(site)).value;
});

afterAll(async () => {
  await grid?.close();
  await database?.drop();
});

async function enrolled(hostname: string): Promise<DeviceId> {
  const machine = createMachine(grid.url, hostname);
  await machine.enrol(key);
  await machine.exchange();
  return present(machine.state.enrolment, 'an enrolment').deviceId as DeviceId;
}

const call = () => grid.callAs(site.actor);
const read = (id: DeviceId): Promise<Device> => call()(deviceRoutes.read, { params: { id } });

describe('the list of devices', () => {
  test('sorts and filters by every field there is', async () => {
    await enrolled('list-b');
    await enrolled('list-a');
    const list = async (query: {
      filter?: string;
      sort?: string;
      limit?: number;
      cursor?: string;
    }) => call()(deviceRoutes.list, { query });
    const filter = 'name:list-*';
    expect((await list({ filter })).data.map((device) => device.name)).toEqual([
      'list-a',
      'list-b',
    ]);
    const sortable = Object.entries(deviceFields).filter(([, field]) => field.isSortable === true);
    for (const [field] of sortable) {
      for (const sort of [field, `-${field}`]) {
        const first = await list({ filter, sort, limit: 1 });
        const second = await list({
          filter,
          sort,
          limit: 1,
          cursor: present(first.nextCursor, sort),
        });
        expect([first.total, first.data.length, second.data.length], sort).toEqual([2, 1, 1]);
        expect(first.data[0]?.id, sort).not.toBe(second.data[0]?.id);
      }
    }
    const conditions = `status:online os:Debian* osFamily:linux tenant:Acme organization:Main organizationId:${site.organizationId} localIp:10.1.2.* mac:02:* agentVersion:1.0.0 lastSeenAt:<1h cpu:>10 -tag:vip list`;
    expect((await list({ filter: conditions })).total).toBe(2);
  });

  test('gives the same rows whether it counts or is told the total, from either end', async () => {
    for (const name of ['order-c', 'order-a', 'order-d', 'order-b']) await enrolled(name);
    const filter = 'name:order-*';
    const namesOf = async (query: Partial<ListQuery>): Promise<readonly string[]> => {
      const page = await call()(deviceRoutes.list, { query: { filter, sort: '-name', ...query } });
      expect(page.total).toBe(4);
      return page.data.map(({ name }) => name);
    };
    const order = ['order-d', 'order-c', 'order-b', 'order-a'];
    expect(await namesOf({})).toEqual(order);
    expect(await namesOf({ knownTotal: 4 })).toEqual(order);
    for (const offset of [0, 1, 2, 3, 4]) {
      const there = order.slice(offset, offset + 2);
      expect(await namesOf({ offset, limit: 2 })).toEqual(there);
      expect(await namesOf({ offset, limit: 2, knownTotal: 4 })).toEqual(there);
    }
    const none = { query: { filter: 'name:nobody-*' } };
    expect(await call()(deviceRoutes.list, none)).toMatchObject({ total: 0, data: [] });
  });

  test('says the total of its first page on all that follow', async () => {
    const query = { sort: 'name', limit: 2 };
    const first = await call()(deviceRoutes.list, { query });
    await enrolled('zz-late');
    const cursor = present(first.nextCursor, 'a second page');
    const second = await call()(deviceRoutes.list, { query: { ...query, cursor } });
    expect(second.total).toBe(first.total);
    expect((await call()(deviceRoutes.list, { query })).total).toBe(first.total + 1);
  });

  test('shows no device of another tenant', async () => {
    const id = await enrolled('hidden');
    const other = await grid.makeSite('Stranger');
    const theirs = grid.callAs(other.actor);
    expect((await theirs(deviceRoutes.list)).total).toBe(0);
    const attempts: (() => Promise<unknown>)[] = [
      () => theirs(deviceRoutes.read, { params: { id } }),
      () => theirs(deviceRoutes.update, { params: { id }, body: { name: 'stolen' } }),
      () => theirs(deviceRoutes.delete, { params: { id } }),
      () => theirs(deviceRoutes.inventory, { params: { id, section: 'system' } }),
    ];
    for (const attempt of attempts) {
      await expect(attempt()).rejects.toMatchObject({ code: 'not-found' });
    }
    const bulk = await theirs(deviceRoutes.bulkUpdate, {
      body: { selection: { ids: [id] }, addTags: ['stolen'] },
    });
    expect(bulk.changed).toBe(0);
    expect(await read(id)).toMatchObject({ name: 'hidden', tags: [] });
  });
});

describe('a device', () => {
  test('keeps the name that a person gave it', async () => {
    const machine = createMachine(grid.url, 'host-name');
    await machine.enrol(key);
    const id = present(machine.state.enrolment, 'an enrolment').deviceId as DeviceId;
    await call()(deviceRoutes.update, {
      params: { id },
      body: { name: 'Reception', tags: ['vip'] },
    });
    await machine.exchange();
    expect(await read(id)).toMatchObject({
      name: 'Reception',
      hostname: 'host-name',
      tags: ['vip'],
    });
  });

  test('moves with what belongs to it, into its own tenant only', async () => {
    const id = await enrolled('mover');
    await call()(jobRoutes.create, {
      body: { deviceId: id, task: { kind: 'inventory', sections: ['system'] } },
    });
    const branch = await call()(organizationRoutes.create, {
      body: { name: 'Branch', tenantId: site.tenantId },
    });
    const group = await call()(groupRoutes.create, {
      body: { name: 'Front', organizationId: branch.id },
    });
    grid.told.length = 0;
    const moved = await call()(deviceRoutes.update, {
      params: { id },
      body: { organizationId: branch.id, groupId: group.id },
    });
    expect(moved).toMatchObject({
      organizationName: 'Branch',
      groupName: 'Front',
      scope: group.scope,
    });
    expect(grid.heard('moved')).toEqual([[id]]);
    const jobs = await call()(jobRoutes.list, { query: { filter: `deviceId:${id}` } });
    expect(jobs.data[0]).toMatchObject({ scope: group.scope, organizationName: 'Branch' });
    const other = await grid.makeSite('Elsewhere');
    await expect(
      call()(deviceRoutes.update, {
        params: { id },
        body: { organizationId: other.organizationId },
      }),
    ).rejects.toMatchObject({ code: 'not-found' });
  });

  test('that is retired leaves the lists, and its open jobs end', async () => {
    const id = await enrolled('retiree');
    const job = await call()(jobRoutes.create, {
      body: { deviceId: id, task: { kind: 'inventory', sections: ['system'] } },
    });
    await call()(deviceRoutes.delete, { params: { id } });
    await expect(read(id)).rejects.toMatchObject({ code: 'not-found' });
    const shown = await call()(jobRoutes.read, { params: { id: job.id } });
    expect(shown).toMatchObject({ state: 'cancelled', error: { code: 'device-retired' } });
    await expect(
      call()(jobRoutes.create, {
        body: { deviceId: id, task: { kind: 'inventory', sections: ['system'] } },
      }),
    ).rejects.toMatchObject({ code: 'not-found' });
  });
});

test('many devices are tagged by what a filter matches but some', async () => {
  const ids = [await enrolled('bulk-1'), await enrolled('bulk-2'), await enrolled('bulk-3')];
  const [first = '' as DeviceId, second = '' as DeviceId, third = '' as DeviceId] = ids;
  const changed = await call()(deviceRoutes.bulkUpdate, {
    body: { selection: { filter: 'name:bulk-*', excludedIds: [third] }, addTags: ['lab', 'new'] },
  });
  expect(changed).toEqual({ changed: 2 });
  await call()(deviceRoutes.bulkUpdate, {
    body: { selection: { ids: [first] }, removeTags: ['new'] },
  });
  expect((await read(first)).tags).toEqual(['lab']);
  expect((await read(second)).tags).toEqual(['lab', 'new']);
  expect((await read(third)).tags).toEqual([]);
});
