import { expect, test } from 'vitest';
import { createFakeClock, silentLog } from '@wardgrid/base';
import { systemNewId } from '@wardgrid/base/system';
import type { Order } from '@wardgrid/wire';
import { createMemoryStore, type AgentStore } from '../store/index.ts';
import { createRunner } from './runner.ts';

const clock = createFakeClock();
const JOB = systemNewId();
const ORDER: Order = {
  type: 'order',
  id: JOB,
  tenantId: systemNewId(),
  deviceId: systemNewId(),
  sequence: 1,
  issuedAt: 0,
  expiresAt: clock.now() + 3_600_000,
  task: { kind: 'inventory', arguments: { sections: ['system'] } },
};

/** A store with a job that was running when the agent died, on a disk that may be full. */
function interruptedStore(isFull: () => boolean): AgentStore {
  const store = createMemoryStore();
  const { id: jobId, sequence, expiresAt, task } = ORDER;
  const entry = { jobId, controllerId: '', sequence, expiresAt, kind: task.kind, targetId: null };
  store.takeOrders({
    entries: [{ ...entry, order: ORDER, state: 'taken' }],
    acknowledgedOrder: 1,
    records: [],
  });
  store.startJob(JOB, { at: 1, body: { kind: 'job-started', jobId: JOB } });
  return {
    ...store,
    finishJob: (job, record) => (isFull() ? false : store.finishJob(job, record)),
  };
}

test('the end of an interrupted job is kept once the disk has room again', async () => {
  let isFull = true;
  const store = interruptedStore(() => isFull);
  const unused = (): Promise<never> => Promise.reject(new Error('nothing is to be run'));
  const runner = createRunner({
    store,
    clock,
    log: silentLog,
    handlers: { discovery: unused, 'port-scan': unused, inventory: unused },
    onRecord: () => undefined,
  });
  const stop = new AbortController();
  const running = runner.run(stop.signal);
  await clock.advance(12_000);
  expect(store.jobsIn('started')).toHaveLength(1);
  isFull = false;
  await clock.advance(12_000);
  expect(store.jobsIn('started')).toEqual([]);
  const records = store.takeBatch({ recordsMax: 10, sizeBytesMax: 10_000 });
  expect(records.map(({ body }) => body)).toMatchObject([
    { kind: 'job-started' },
    { kind: 'job-finished', jobId: JOB, outcome: 'failed', error: { code: 'agent-restarted' } },
  ]);
  stop.abort();
  await running;
});
