import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from 'kysely';
import { present } from '@wardgrid/base';
import { systemNewId } from '@wardgrid/base/system';
import { jobRoutes, type Order, type SignedEnvelope } from '@wardgrid/wire';
import {
  createDatabase,
  openEmbeddedServer,
  type TestDatabase,
} from '../../../../../../test/database/database.ts';
import type { Transaction } from '../../../platform/database.ts';
import { openGrid, type TestGrid, type TestSite } from '../../link/testdata/grid.ts';
import { createMachine, type TestMachine } from '../../link/testdata/machine.ts';
import { sweepJobs } from '../index.ts';

let database: TestDatabase;
let grid: TestGrid;
let site: TestSite;
let key: string;
let number = 0;

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

async function enrolled(): Promise<TestMachine> {
  number += 1;
  const machine = createMachine(grid.url, `arrival-${number}`);
  await machine.enrol(key);
  await machine.exchange();
  return machine;
}

const idOf = (machine: TestMachine): string =>
  present(machine.state.enrolment, 'an enrolment').deviceId;

function sync<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
  return grid.platform.database.transact({ kind: 'sync' }, work);
}

/** A job as another controller made it, in the transaction that brings it. */
async function arrive(machine: TestMachine, given: { readonly kind?: string } = {}) {
  const id = systemNewId();
  await sync(async (tx) => {
    await tx.run(sql`insert into job (id, tenant_id, organization_id, scope, device_id, kind, arguments, state, created_at, created_by, expires_at)
      select ${id}, tenant_id, organization_id, scope, id, ${given.kind ?? 'inventory'}, '{"sections":["system"]}', 'queued', now(), 'ada@cloud',
        now() + interval '1 hour' from device where id = ${idOf(machine)}`);
    await grid.features.jobs.arrived(tx, [id]);
  });
  return id;
}

const read = (id: string) => grid.callAs(site.actor)(jobRoutes.read, { params: { id } });

function orderIn(envelope: SignedEnvelope | undefined): Order {
  return JSON.parse(present(envelope, 'an order').payload) as Order;
}

describe('a job of another controller', () => {
  test('is ordered here under its own name, once, and its end is known here', async () => {
    const machine = await enrolled();
    const id = await arrive(machine);
    await sync((tx) => grid.features.jobs.arrived(tx, [id]));
    const { orders } = await machine.exchange();
    expect(orders).toHaveLength(1);
    expect(orderIn(orders[0])).toMatchObject({ id, task: { kind: 'inventory' } });
    await machine.exchange({ records: [machine.record({ kind: 'job-started', jobId: id })] });
    // It comes again with every page that changes it.
    await sync((tx) => grid.features.jobs.arrived(tx, [id]));
    expect((await machine.exchange()).orders).toEqual([]);
    const end = { kind: 'job-finished', jobId: id, outcome: 'succeeded' } as const;
    await machine.exchange({
      records: [machine.record({ ...end, error: null, summary: {}, coverage: null })],
    });
    expect(await read(id)).toMatchObject({ state: 'succeeded', createdBy: 'ada@cloud' });
  });

  test('that is not understood is left alone', async () => {
    const machine = await enrolled();
    const id = await arrive(machine, { kind: 'make-coffee' });
    expect((await machine.exchange()).orders).toEqual([]);
    const row = await sync((tx) => tx.row(sql`select state from job where id = ${id}`));
    expect(row).toEqual({ state: 'queued' });
    await sync((tx) => tx.run(sql`delete from job where id = ${id}`));
  });

  test('is cancelled here at once, or by an order once the device has heard of it', async () => {
    const machine = await enrolled();
    const wish = (id: string) =>
      sync(async (tx) => {
        await tx.run(sql`update job set is_cancel_requested = true where id = ${id}`);
        await grid.features.jobs.arrived(tx, [id]);
      });
    const unheard = await arrive(machine);
    await wish(unheard);
    expect((await read(unheard)).state).toBe('cancelled');
    const heard = await arrive(machine);
    await machine.exchange();
    await wish(heard);
    await wish(heard);
    const { orders } = await machine.exchange();
    expect(orders.map((order) => orderIn(order).task)).toEqual([
      { kind: 'cancel', arguments: { jobId: heard } },
    ]);
  });
});

describe('a job for a device of another controller', () => {
  test('is only asked to be cancelled, and not called expired while its controller may be cut off', async () => {
    const machine = await enrolled();
    const call = grid.callAs(site.actor);
    const job = await call(jobRoutes.create, {
      body: {
        deviceId: idOf(machine),
        task: { kind: 'inventory', sections: ['system'] },
        expiresInSeconds: 3_600,
      },
    });
    await sync((tx) =>
      tx.run(
        sql`update device_presence set heard_at = last_seen_at + interval '1 second' where device_id = ${idOf(machine)}`,
      ),
    );
    expect(await call(jobRoutes.cancel, { params: { id: job.id } })).toMatchObject({
      state: 'queued',
      isCancelRequested: true,
    });
    const late = (days: number) =>
      sync((tx) =>
        tx.run(
          sql`update job set expires_at = now() - make_interval(days => ${days}) where id = ${job.id}`,
        ),
      );
    await late(20);
    await sweepJobs(grid.platform);
    expect((await read(job.id)).state).toBe('queued');
    await late(40);
    await sweepJobs(grid.platform);
    expect((await read(job.id)).state).toBe('expired');
  });
});
