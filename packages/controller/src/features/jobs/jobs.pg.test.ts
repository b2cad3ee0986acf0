import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from 'kysely';
import { present } from '@wardgrid/base';
import { checkOrder } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import {
  jobRoutes,
  type DeviceId,
  type Job,
  type Order,
  type RecordBody,
  type SignedEnvelope,
} from '@wardgrid/wire';
import {
  createDatabase,
  openEmbeddedServer,
  type TestDatabase,
} from '../../../../../test/database/database.ts';
import { openGrid, type TestGrid, type TestSite } from '../link/testdata/grid.ts';
import { createMachine, type TestMachine } from '../link/testdata/machine.ts';
import { OPEN_JOBS_PER_TENANT_MAX } from './enqueue.ts';
import { sweepJobs } from './index.ts';

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
  const machine = createMachine(grid.url, `machine-${number}`);
  await machine.enrol(key);
  await machine.exchange();
  return machine;
}

const idOf = (machine: TestMachine): DeviceId =>
  present(machine.state.enrolment, 'an enrolment').deviceId as DeviceId;

const create = (machine: TestMachine, expiresInSeconds = 3_600): Promise<Job> =>
  grid.callAs(site.actor)(jobRoutes.create, {
    body: {
      deviceId: idOf(machine),
      task: { kind: 'inventory', sections: ['system'] },
      expiresInSeconds,
    },
  });

const read = (id: string): Promise<Job> =>
  grid.callAs(site.actor)(jobRoutes.read, { params: { id } });

const cancel = (id: string): Promise<Job> =>
  grid.callAs(site.actor)(jobRoutes.cancel, { params: { id } });

function finished(jobId: string, outcome: 'succeeded' | 'cancelled'): RecordBody {
  return { kind: 'job-finished', jobId, outcome, error: null, summary: {}, coverage: null };
}

function orderIn(envelope: SignedEnvelope | undefined): Order {
  return JSON.parse(present(envelope, 'an order').payload) as Order;
}

/** As if the time of a job had been over for long. */
async function expire(id: string): Promise<void> {
  await grid.platform.database.transact({ kind: 'ingest' }, (tx) =>
    tx.run(sql`update job set expires_at = now() - interval '2 days' where id = ${id}`),
  );
  await sweepJobs(grid.platform);
}

describe('a job', () => {
  test('goes from queued to sent to running to its end, and ends once', async () => {
    const machine = await enrolled();
    const job = await create(machine);
    expect(job).toMatchObject({
      state: 'queued',
      deviceName: machine.request().heartbeat.hostname,
    });
    await machine.exchange();
    expect((await read(job.id)).state).toBe('sent');
    await machine.exchange({ records: [machine.record({ kind: 'job-started', jobId: job.id })] });
    expect((await read(job.id)).state).toBe('running');
    await machine.exchange({ records: [machine.record(finished(job.id, 'succeeded'))] });
    const ended = await read(job.id);
    expect(ended).toMatchObject({ state: 'succeeded', error: null });
    await machine.exchange({ records: [machine.record(finished(job.id, 'cancelled'))] });
    expect(await read(job.id)).toEqual(ended);
  });

  test('is carried by an order that the device accepts, and no other device', async () => {
    const machine = await enrolled();
    await create(machine);
    const envelope = present((await machine.exchange()).orders[0], 'an order');
    const { tenantId } = present(machine.state.enrolment, 'an enrolment');
    const signer = await grid.platform.keys.tenant(tenantId);
    const device = {
      deviceId: idOf(machine) as string,
      tenantId,
      tenantKey: Buffer.from(signer.publicKey).toString('base64url'),
      nowMs: Date.now(),
      scope: null,
      isRevoked: () => false,
      hasSeen: () => false,
    };
    expect(checkOrder(systemCryptography, envelope, device).kind).toBe('accepted');
    const other = { ...device, deviceId: idOf(await enrolled()) as string };
    expect(checkOrder(systemCryptography, envelope, other)).toMatchObject({ reason: 'audience' });
  });

  test('shows how it gets on', async () => {
    const machine = await enrolled();
    const job = await create(machine);
    await machine.exchange();
    const progress = { phase: 'hosts', done: 5, total: 10, found: 2, etaMs: 1_000 };
    await machine.exchange({
      records: [machine.record({ kind: 'job-started', jobId: job.id })],
      progress: [{ jobId: job.id, progress }],
    });
    await expect
      .poll(async () => (await read(job.id)).progress, { timeout: 15_000 })
      .toEqual(progress);
  });

  test('that nobody has heard of is cancelled at once and never handed over', async () => {
    const machine = await enrolled();
    const job = await create(machine);
    expect((await cancel(job.id)).state).toBe('cancelled');
    expect((await machine.exchange()).orders).toEqual([]);
    await expect(cancel(job.id)).rejects.toMatchObject({ code: 'job-final' });
  });

  test('that was sent is cancelled by an order, and the device has the last word', async () => {
    const machine = await enrolled();
    const job = await create(machine);
    await machine.exchange();
    expect(await cancel(job.id)).toMatchObject({ state: 'sent', isCancelRequested: true });
    await cancel(job.id);
    const { orders } = await machine.exchange();
    expect(orders).toHaveLength(1);
    expect(orderIn(orders[0]).task).toEqual({ kind: 'cancel', arguments: { jobId: job.id } });
    await machine.exchange({ records: [machine.record(finished(job.id, 'cancelled'))] });
    expect((await read(job.id)).state).toBe('cancelled');
  });

  test('cancelled while it is handed over is either never sent or cancelled by order', async () => {
    const machine = await enrolled();
    for (let round = 0; round < 10; round += 1) {
      const job = await create(machine);
      const [reply] = await Promise.all([machine.exchange(), cancel(job.id)]);
      const wasSent = reply.orders.some((envelope) => orderIn(envelope).id === job.id);
      const shown = await read(job.id);
      expect(shown.state).toBe(wasSent ? 'sent' : 'cancelled');
      expect(shown.isCancelRequested).toBe(true);
    }
  });

  test('whose time is over expires, and late words about it change nothing', async () => {
    const machine = await enrolled();
    const job = await create(machine);
    await expire(job.id);
    expect(await read(job.id)).toMatchObject({ state: 'expired', error: { code: 'expired' } });
    expect((await machine.exchange()).orders).toEqual([]);
    await machine.exchange({
      records: [
        machine.record({ kind: 'job-started', jobId: job.id }),
        machine.record(finished(job.id, 'succeeded')),
      ],
    });
    expect((await read(job.id)).state).toBe('expired');
  });

  test('on a device has at most ninety-nine others beside it', async () => {
    const machine = await enrolled();
    for (let count = 0; count < 100; count += 1) await create(machine);
    await expect(create(machine)).rejects.toMatchObject({ code: 'limit-reached' });
  });

  test('of another tenant is not found, nor can its device be asked', async () => {
    const machine = await enrolled();
    const job = await create(machine);
    const other = await grid.makeSite('Stranger');
    const call = grid.callAs(other.actor);
    const params = { id: job.id };
    await expect(call(jobRoutes.read, { params })).rejects.toMatchObject({ code: 'not-found' });
    await expect(call(jobRoutes.cancel, { params })).rejects.toMatchObject({ code: 'not-found' });
    const deviceId = idOf(machine);
    await expect(
      call(jobRoutes.create, {
        body: { deviceId, task: { kind: 'inventory', sections: ['system'] } },
      }),
    ).rejects.toMatchObject({ code: 'not-found' });
    const many = await call(jobRoutes.createMany, {
      body: { selection: { ids: [deviceId] }, task: { kind: 'inventory', sections: ['system'] } },
    });
    expect(many).toMatchObject({ jobs: 0, refused: [] });
  });
});

describe('many jobs', () => {
  test('are made for a selection, each with its own order', async () => {
    const machines = await Promise.all(Array.from({ length: 5 }, () => enrolled()));
    const ids = machines.map(idOf);
    const batch = await grid.callAs(site.actor)(jobRoutes.createMany, {
      body: { selection: { ids }, task: { kind: 'inventory', sections: ['system'] } },
    });
    expect(batch).toMatchObject({ jobs: 5, refused: [] });
    const replies = await Promise.all(machines.map((machine) => machine.exchange()));
    expect(replies.map((reply) => orderIn(reply.orders[0]).deviceId)).toEqual(ids);
    const listed = await grid.callAs(site.actor)(jobRoutes.list, {
      query: { filter: `batchId:${batch.batchId}` },
    });
    expect(listed.total).toBe(5);
  });

  test('say for which devices there is none, and why', async () => {
    const machine = await enrolled();
    const request = machine.request();
    await machine.exchange({ heartbeat: { ...request.heartbeat, primaryCidr: null } });
    const batch = await grid.callAs(site.actor)(jobRoutes.createMany, {
      body: { selection: { ids: [idOf(machine)] }, task: { kind: 'discovery' } },
    });
    expect(batch).toMatchObject({
      jobs: 0,
      refused: [{ deviceId: idOf(machine), code: 'device-without-network' }],
    });
  });

  test('beyond the bound of their tenant make no job at all', async () => {
    const crowded = await grid.makeSite('Crowded');
    const { value } = await grid.makeKey(crowded);
    const machines = [1, 2].map((one) => createMachine(grid.url, `crowded-${one}`));
    for (const machine of machines) await machine.enrol(value);
    const [first] = machines.map(idOf);
    // All but one of the jobs that the tenant may have open.
    await grid.platform.database.transact({ kind: 'ingest' }, (tx) =>
      tx.run(sql`insert into job (id, tenant_id, organization_id, scope, device_id, kind, arguments, state, created_at, created_by, expires_at)
        select gen_random_uuid(), tenant_id, organization_id, scope, id, 'inventory', '{}', 'running', now(), 'test', now() + interval '1 hour'
        from device, generate_series(2, ${OPEN_JOBS_PER_TENANT_MAX}) where id = ${present(first, 'a device')}`),
    );
    const order = (ids: DeviceId[]) =>
      grid.callAs(crowded.actor)(jobRoutes.createMany, {
        body: { selection: { ids }, task: { kind: 'inventory', sections: ['system'] } },
      });
    await expect(order(machines.map(idOf))).rejects.toMatchObject({ code: 'limit-reached' });
    const queued = { query: { filter: 'state:queued' } };
    expect((await grid.callAs(crowded.actor)(jobRoutes.list, queued)).total).toBe(0);
    expect(await order(machines.map(idOf).slice(1))).toMatchObject({ jobs: 1, refused: [] });
  });
});
