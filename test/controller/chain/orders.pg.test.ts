import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sql } from 'kysely';
import { createHash } from 'node:crypto';
import { systemClock, systemNewId } from '@wardgrid/base/system';
import {
  createMachine,
  type TestMachine,
} from '@wardgrid/controller/features/link/testdata/machine';
import { EMPTY_HEAD, hlcOf, sealOp, type Op, type SealedOp } from '@wardgrid/sync';
import { signOps } from '@wardgrid/trust';
import {
  AgentSettings,
  enrolmentKeyRoutes,
  policyRoutes,
  tenantRoutes,
  type Group,
  type Policy,
} from '@wardgrid/wire';
import type { SignedIn, TestController } from '../harness.ts';
import type { Meddling, Middle } from './middle.ts';
import {
  findingsAt,
  lyingAs,
  startStolenKey,
  TIMERS,
  WITHIN,
  type StolenKey,
} from './stolen-key.ts';

/*
 * What a local orders while the cloud is away holds below it at once. Whoever has its key orders in its
 * name, within what it serves; in the name of another nobody orders anything, and no device hears of it.
 */

let stolen: StolenKey;
let subLocal: TestController;
let below: Middle;
let above: Middle;
let root: SignedIn;
let admin: SignedIn;
let lab: SignedIn;
let group: Group;
let thief: StolenKey['thief'];

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

/** The cloud is away: nothing is decided, and those above are obeyed all the same. */
function cutTheCloudOff(): void {
  above.meddling = { request: () => Promise.reject(new Error('the line is cut')) };
}

/** Changes what the local shows of what is undecided. */
function showing(change: (shown: readonly SealedOp[]) => readonly SealedOp[]): Meddling {
  return lyingAs(stolen, (carried) => {
    const { foreign } = carried.response;
    if (!foreign) return undefined;
    return { ...carried, response: { ...carried.response, foreign: change(foreign) } };
  });
}

/** An order to run another policy, as an author may have written it; signed by the local's key. */
function orderBy(author: string, policy: Pick<Policy, 'id'>, mode: string): SealedOp {
  const op: Op = {
    opId: systemNewId(),
    stream: `${author}/0123456789abcdef/ctl`,
    q: 1,
    hlc: hlcOf(Date.now()),
    kind: 'patch',
    type: 'policy',
    id: policy.id,
    home: null,
    fields: { fields: { mode } },
    seen: 1_000_000_000,
    by: 'nobody',
    schemaVersion: 1,
  };
  const sealed = sealOp(op, EMPTY_HEAD, sha256);
  const place = { stream: op.stream, q: op.q, head: sealed.head };
  return { ...sealed, signature: signOps(thief.signer, place) };
}

let machine: TestMachine;
let policy: Policy;
let ofTenant: Policy;
let ran: string | undefined;

beforeAll(async () => {
  stolen = await startStolenKey();
  ({ subLocal, below, above, root, admin, lab, group, thief } = stolen);
  const target = { kind: 'group', id: group.id } as const;
  policy = await root.call(policyRoutes.create, {
    body: { name: 'Lab', target, fields: { mode: 'detect' } },
  });
  const { data } = await root.call(tenantRoutes.list, { query: {} });
  ofTenant = await root.call(policyRoutes.create, {
    body: {
      name: 'All',
      target: { kind: 'tenant', id: data[0]?.id ?? '' },
      fields: { denyOnTimeout: false },
    },
  });
}, 180_000);
afterAll(() => stolen.close());
beforeEach(() => stolen.calm(), 60_000);

const idsOf = async (person: SignedIn): Promise<string[]> =>
  (await person.call(policyRoutes.list, { query: {} })).data.map(({ id }) => id);

/** What a device below the sub-local is given to run. */
async function runs(): Promise<string | undefined> {
  const { settings } = await machine.exchange();
  if (settings) ran = AgentSettings.parse(JSON.parse(settings.payload)).protection?.policy.mode;
  return ran;
}

const order = (person: SignedIn, mode: 'off' | 'detect' | 'balanced' | 'strict') =>
  person.call(policyRoutes.update, {
    params: { id: policy.id },
    body: { fields: { mode } },
  });

/** Who ordered what is undecided below. */
async function shownToLab(): Promise<(string | undefined)[]> {
  const ops = await subLocal.controller.platform.database.transact({ kind: 'sync' }, (tx) =>
    tx.rows(sql<{ stream: string }>`select stream from sync_op where kind = 'foreign'`),
  );
  return ops.map(({ stream }) => stream.split('/')[0]);
}

/** Some turns in which the device must go on with what it has. */
async function expectUnmoved(mode: string): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await systemClock.sleep(TIMERS.syncIntervalMs, AbortSignal.timeout(10_000));
    expect(await runs()).toBe(mode);
  }
}

test('all is well while nobody lies', async () => {
  await expect.poll(() => idsOf(lab), WITHIN).toEqual(expect.arrayContaining([policy.id]));
  const { value } = await lab.call(enrolmentKeyRoutes.create, {
    body: { name: 'benches', groupId: group.id, seats: 2 },
  });
  machine = createMachine(subLocal.url, 'bench');
  await machine.enrol(value);
  await expect.poll(runs, WITHIN).toBe('detect');
}, 90_000);

test('its child obeys it at once, and the cloud decides it later', async () => {
  cutTheCloudOff();
  await order(admin, 'strict');
  await expect.poll(runs, WITHIN).toBe('strict');
  const atCloud = async (): Promise<string | undefined> =>
    (await root.call(policyRoutes.read, { params: { id: policy.id } })).fields.mode;
  expect(await atCloud()).toBe('detect');
  above.meddling = {};
  await expect.poll(atCloud, WITHIN).toBe('strict');
  await expect.poll(shownToLab, WITHIN).toEqual([]);
  expect(await runs()).toBe('strict');
  expect(await findingsAt(subLocal)).not.toContain('controller-lies');
}, 90_000);

const others: readonly (readonly [who: string, author: () => string])[] = [
  ['the cloud', () => 'cloud'],
  ['its own child', () => subLocal.controller.platform.keys.controllerId],
];

test.each(others)(
  'a change in the name of %s reaches no device, and is told of',
  async (_, author) => {
    cutTheCloudOff();
    below.meddling = showing((shown) => [...shown, orderBy(author(), policy, 'off')]);
    await expect.poll(() => findingsAt(subLocal), WITHIN).toContain('controller-lies');
    await expectUnmoved('strict');
  },
  90_000,
);

test('a change that was altered reaches no device, and is told of', async () => {
  cutTheCloudOff();
  below.meddling = showing((shown) =>
    shown.map((sealed) => ({
      ...sealed,
      op: { ...sealed.op, fields: { ...sealed.op.fields, fields: { mode: 'off' } } },
    })),
  );
  await order(admin, 'balanced');
  await expect.poll(() => findingsAt(subLocal), WITHIN).toContain('controller-lies');
  await expectUnmoved('strict');
  [above, below].forEach((middle) => void (middle.meddling = {}));
  await expect.poll(runs, WITHIN).toBe('balanced');
}, 90_000);

test('a change in the name of somebody unknown reaches no device', async () => {
  cutTheCloudOff();
  below.meddling = showing((shown) => [...shown, orderBy(systemNewId(), policy, 'off')]);
  await expectUnmoved('balanced');
}, 90_000);

test('its own change of what is above it reaches no device', async () => {
  cutTheCloudOff();
  below.meddling = showing((shown) => [...shown, orderBy(thief.nodeId, ofTenant, 'off')]);
  await expectUnmoved('balanced');
  const here = await subLocal.controller.platform.database.transact({ kind: 'sync' }, (tx) =>
    tx.row(sql<{ fields: object }>`select fields from policy where id = ${ofTenant.id}`),
  );
  expect(here?.fields).toEqual({ denyOnTimeout: false });
}, 90_000);

test('a change that was decided, shown again when another followed, reaches no device', async () => {
  const seen: SealedOp[] = [];
  below.meddling = showing((shown) => {
    seen.push(...shown);
    return shown;
  });
  cutTheCloudOff();
  await order(admin, 'strict');
  await expect.poll(runs, WITHIN).toBe('strict');
  above.meddling = {};
  await expect
    .poll(
      async (): Promise<unknown> =>
        (await root.call(policyRoutes.read, { params: { id: policy.id } })).fields,
      WITHIN,
    )
    .toEqual({ mode: 'strict' });
  await order(root, 'detect');
  await expect.poll(runs, WITHIN).toBe('detect');
  expect(seen.length).toBeGreaterThan(0);
  below.meddling = showing((shown) => [...shown, ...seen.slice(-1)]);
  await expectUnmoved('detect');
}, 90_000);

test('with its stolen key somebody orders in its name and nobody else’s', async () => {
  cutTheCloudOff();
  below.meddling = showing((shown) => [...shown, orderBy(thief.nodeId, policy, 'off')]);
  await expect.poll(runs, WITHIN).toBe('off');
  // Beside what it really ordered meanwhile.
  expect(new Set(await shownToLab())).toEqual(new Set([thief.nodeId]));
  // Left alone it ends with the lie: nothing of it was decided.
  below.meddling = {};
  await expect.poll(runs, WITHIN).toBe('detect');
}, 90_000);
