import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from 'kysely';
import { createHash } from 'node:crypto';
import { decodeRequest, encodeRequest } from '@wardgrid/controller/features/sync/exchange/messages';
import { signRequest } from '@wardgrid/controller/features/sync/exchange/signing';
import { RELAY_FORKS_MAX, sealOp, type Entry, type LogPage, type SealedOp } from '@wardgrid/sync';
import {
  controllerRoutes,
  groupRoutes,
  rootNodeOf,
  SYNC_PATH,
  SYNC_THROUGH_PATH,
  syncRoutes,
  type Group,
} from '@wardgrid/wire';
import { systemClock } from '@wardgrid/base/system';
import type { SignedIn, TestController } from '../harness.ts';
import { signInAt } from './arrival.ts';
import type { Meddling, Middle, PassingAnswer } from './middle.ts';
import {
  EMAIL,
  findingsAt,
  lyingAs,
  signedAnew,
  startStolenKey,
  WITHIN,
  type Change,
  type StolenKey,
} from './stolen-key.ts';

/*
 * A local whose key somebody has: what it hands down to its sub-local and up to the cloud is changed on the
 * way and signed anew. Whatever is done, the sub-local takes nothing that the cloud did not decide, says
 * so, and goes on past it; the cloud takes nothing that its author did not sign.
 */

let cloud: TestController;
let local: TestController;
let subLocal: TestController;
let below: Middle;
let above: Middle;
let root: SignedIn;
let lab: SignedIn;
let group: Group;
let tenantId: string;
let thief: StolenKey['thief'];
let stolen: StolenKey;

beforeAll(async () => {
  stolen = await startStolenKey();
  ({ cloud, local, subLocal, below, above, root, lab, group, tenantId, thief } = stolen);
}, 180_000);
afterAll(() => stolen.close());
beforeEach(() => stolen.calm(), 60_000);

const nameOf = async (person: SignedIn): Promise<string> =>
  (await person.call(groupRoutes.read, { params: { id: group.id } })).name;
const rename = (person: SignedIn, name: string): Promise<unknown> =>
  person.call(groupRoutes.update, { params: { id: group.id }, body: { name } });

interface Kept {
  readonly id: string;
  readonly text: string;
}

/** Decided rows of the group, as a database has them. */
async function rowsOf({ controller }: TestController): Promise<Kept[]> {
  return controller.platform.database.transact({ kind: 'sync' }, (tx) =>
    tx.rows(sql<Kept>`select row_id as id, concat_ws(' ', type, scope, g, ref, is_deleted, fields) as text
      from sync_row where scope <@ ${group.scope}::ltree and not is_deleted order by row_id`),
  );
}

/** Both databases say the same of the group, and the people read it. */
async function expectSame(name: string): Promise<void> {
  await expect.poll(() => nameOf(lab), WITHIN).toBe(name);
  // The cloud's own changes become decisions a moment after they were made.
  const isSame = async (): Promise<boolean> =>
    JSON.stringify(await rowsOf(subLocal)) === JSON.stringify(await rowsOf(cloud));
  await expect.poll(isSame, WITHIN).toBe(true);
}

// ---- what a thief of the local's key says to those below

const lying = (change: Change): Meddling => lyingAs(stolen, change);

/** Changes pages that tell of something. */
function aboutPages(change: (page: LogPage) => LogPage): Change {
  return (carried) => {
    const { page } = carried.response;
    if (!page || page.entries.length === 0) return undefined;
    return { ...carried, response: { ...carried.response, page: change(page) } };
  };
}

function altered(entry: Entry): Entry {
  if (!entry.row) return entry;
  const fields = Object.entries(entry.row.fields).map(
    ([name, field]) => [name, name === 'name' ? { ...field, value: 'LIES' } : field] as const,
  );
  return { ...entry, row: { ...entry.row, fields: Object.fromEntries(fields) } };
}

const LIES: readonly (readonly [what: string, change: Change])[] = [
  ['alters rows', aboutPages((page) => ({ ...page, entries: page.entries.map(altered) }))],
  ['leaves out decisions', aboutPages((page) => ({ ...page, entries: [] }))],
  ['leaves out the first', aboutPages((page) => ({ ...page, entries: page.entries.slice(1) }))],
  [
    'invents a decision',
    aboutPages((page) => ({
      ...page,
      entries: page.entries.flatMap((entry) => [entry, altered(entry)]),
    })),
  ],
  [
    'says that more is decided of a stream',
    aboutPages((page) => ({
      ...page,
      marks: page.marks.map((mark) => ({ ...mark, q: mark.q + 9 })),
    })),
  ],
  ['takes away the word of the cloud', aboutPages((page) => ({ ...page, vouchers: [] }))],
  [
    'changes the word of the cloud',
    aboutPages((page) => ({
      ...page,
      entries: [],
      vouchers: page.vouchers.map(({ word, sealed }) => ({
        word,
        sealed: (sealed ?? '').replace(word.digest, '0'.repeat(64)),
      })),
    })),
  ],
  [
    'hands on rows as a whole',
    (carried) => {
      const { page } = carried.response;
      if (!page || page.entries.length === 0) return undefined;
      const rows = page.entries.map(altered).flatMap(({ row }) => row ?? []);
      const snapshot = { at: page.upTo, after: null, rows, next: null, aliases: [], decided: [] };
      return { ...carried, response: { ...carried.response, page: null, snapshot } };
    },
  ],
];

test('all is well while nobody lies', async () => {
  await rename(root, 'Honest');
  await expectSame('Honest');
  await rename(lab, 'Honest below');
  await expect.poll(() => nameOf(root), WITHIN).toBe('Honest below');
  expect([...(await findingsAt(subLocal)), ...(await findingsAt(cloud))]).toEqual([]);
});

/** Own streams of the sub-local in which something was decided. */
async function streamsOfLab(): Promise<number> {
  const own = `${subLocal.controller.platform.keys.controllerId}/%`;
  const row = await cloud.controller.platform.database.transact({ kind: 'sync' }, (tx) =>
    tx.row(sql<{ count: number }>`select count(*) as count from sync_stream
      where stream like ${own} and q is not null`),
  );
  return row?.count ?? 0;
}

/** When the sub-local believed that it is a copy. */
async function forksOfLab(): Promise<readonly number[]> {
  const row = await subLocal.controller.platform.database.transact({ kind: 'sync' }, (tx) =>
    tx.row(sql<{ forks: readonly number[] }>`select relay_forks as forks from sync_tenant`),
  );
  return row?.forks ?? [];
}

describe('a local with a stolen key', () => {
  test.each(LIES)(
    '%s: nothing of it is taken, it is told of, and the sub-local goes on past it',
    async (what, change) => {
      below.meddling = lying(change);
      let turn = 0;
      const findings = async (): Promise<readonly string[]> => {
        turn += 1;
        await rename(root, `Truth ${turn}: it ${what}`);
        return findingsAt(subLocal);
      };
      await expect.poll(findings, { ...WITHIN, interval: 1_000 }).toContain('controller-lies');
      await expectSame(`Truth ${turn}: it ${what}`);
      await rename(lab, `From below: it ${what}`);
      await expect.poll(() => nameOf(root), WITHIN).toBe(`From below: it ${what}`);
    },
    90_000,
  );

  test('turns the order of decisions', async () => {
    below.meddling = lying((carried) => {
      const { page } = carried.response;
      if (!page || page.entries.length < 2) return undefined;
      const turned = { ...page, entries: page.entries.toReversed() };
      return { ...carried, response: { ...carried.response, page: turned } };
    });
    // Until two decisions have come in one page.
    await expect
      .poll(
        async () => {
          for (let turn = 0; turn < 5; turn += 1) await rename(root, `Order ${turn}`);
          return findingsAt(subLocal);
        },
        { ...WITHIN, interval: 1_000 },
      )
      .toContain('controller-lies');
    await expectSame('Order 4');
  }, 90_000);

  test('withholds what the cloud decided, and says that there is nothing', async () => {
    below.meddling = lying(withheld);
    await rename(root, 'Withheld');
    await expect.poll(() => findingsAt(subLocal), WITHIN).toContain('controller-withholds');
    await expectSame('Withheld');
  }, 90_000);

  test('withholds the word of the cloud, too', async () => {
    below.meddling = lying((carried) => {
      const nothing = withheld(carried) ?? carried;
      return { ...nothing, checkpoint: null };
    });
    await rename(root, 'Silence');
    await expect.poll(() => findingsAt(subLocal), WITHIN).toContain('controller-withholds');
    await expectSame('Silence');
  }, 90_000);

  test('holds back what its child asks the cloud through it, as well', async () => {
    below.meddling = {
      async answer(answer) {
        if (answer.path === SYNC_THROUGH_PATH) {
          return signedAnew(
            thief,
            { ...answer, status: 200 },
            Buffer.from('{"status":200,"headers":{}}\n'),
          );
        }
        const [, change] = LIES[0] ?? [];
        return (change && lying(change).answer?.(answer)) ?? answer;
      },
    };
    await rename(root, 'Behind a wall');
    await expectSame('Behind a wall');
    await expect.poll(() => findingsAt(subLocal), WITHIN).toContain('controller-lies');
  }, 90_000);

  test('says that the database of its child is a copy: nothing is lost', async () => {
    let told = 0;
    below.meddling = lying((carried) => {
      told += 1;
      if (told > 3) return undefined;
      return { ...carried, response: { ...carried.response, status: 'fork', page: null } };
    });
    await rename(lab, 'After a false fork');
    await expect.poll(() => nameOf(root), WITHIN).toBe('After a false fork');
    await expectSame('After a false fork');
  }, 90_000);

  test('says so again and again: its child begins three streams a day, says so and goes on past it', async () => {
    below.meddling = lying((carried) => ({
      ...carried,
      response: { ...carried.response, status: 'fork', page: null, foreign: null },
    }));
    const before = await streamsOfLab();
    await rename(lab, 'After many a false fork');
    await expect.poll(() => findingsAt(subLocal), WITHIN).toContain('controller-lies');
    await expect.poll(() => nameOf(root), WITHIN).toBe('After many a false fork');
    await rename(root, 'No more streams');
    await expectSame('No more streams');
    const begun = (await streamsOfLab()) - before;
    expect(begun).toBeLessThanOrEqual(RELAY_FORKS_MAX);
    expect(await forksOfLab()).toHaveLength(RELAY_FORKS_MAX);
  }, 90_000);

  test('says that what its child may see has changed: nobody is stopped by it', async () => {
    below.meddling = lying((carried) => ({
      ...carried,
      response: { ...carried.response, scopeVersion: 9_000_000_000_000_000 },
    }));
    await rename(root, 'Another sight');
    await expectSame('Another sight');
    below.meddling = {};
    await rename(lab, 'The same sight');
    await expect.poll(() => nameOf(root), WITHIN).toBe('The same sight');
  }, 90_000);

  test.each([
    ['flips a bit', (body: Buffer) => body.map((byte, at) => (at === 40 ? byte ^ 1 : byte))],
    ['cuts the end off', (body: Buffer) => body.subarray(0, -9)],
    ['answers with nothing', () => Buffer.alloc(0)],
  ] as const)(
    '%s, with its signature or without: it counts as no answer',
    async (what, change) => {
      let turn = 0;
      below.meddling = {
        async answer(answer) {
          if (answer.path !== SYNC_PATH) return answer;
          turn += 1;
          const body = Buffer.from(change(answer.body));
          return turn % 2 === 0 ? signedAnew(thief, answer, body) : { ...answer, body };
        },
      };
      await rename(root, `One that ${what}`);
      await expectSame(`One that ${what}`);
    },
    90_000,
  );

  test('plays an old answer again, with its signature or without', async () => {
    const old: PassingAnswer[] = [];
    below.meddling = {
      async answer(answer) {
        if (answer.path !== SYNC_PATH || answer.status !== 200) return answer;
        if (old.length < 1) old.push(answer);
        const [first] = old;
        if (!first) return answer;
        return signedAnew(thief, answer, first.body);
      },
    };
    await rename(root, 'Not yesterday');
    await expect.poll(() => findingsAt(subLocal), WITHIN).toContain('controller-withholds');
    await expectSame('Not yesterday');
  }, 90_000);
});

/** As if there were no news; the word of the cloud is handed on. */
const withheld: Change = (carried) => {
  const { page } = carried.response;
  if (!page) return undefined;
  const { from } = page;
  const nothing = { from, upTo: from, entries: [], marks: [], vouchers: [] };
  return { ...carried, response: { ...carried.response, page: nothing } };
};

// ---- what a thief of the local's key says to the cloud

/** Changes ops of the sub-local on their way to the cloud, and signs the request anew. */
function changingOps(change: (ops: readonly SealedOp[]) => readonly SealedOp[]): Meddling {
  return {
    async request(passing) {
      const isLocal = String(passing.headers['signature-input']).includes(thief.nodeId);
      if (passing.path !== SYNC_PATH || !isLocal) return passing;
      const carried = await decodeRequest(passing.body, sha256);
      const { ops } = carried.request;
      if (ops.every(({ op }) => op.stream.startsWith(thief.nodeId))) return passing;
      const body = await encodeRequest({
        ...carried,
        request: { ...carried.request, ops: change(ops) },
      });
      const asked = { method: 'POST', path: SYNC_PATH, to: rootNodeOf(tenantId), body };
      const rid = createHash('sha256').update(body).digest('base64url').slice(0, 22);
      const signed = signRequest(thief, asked, { rid, nowMs: Date.now() });
      return { ...passing, body, headers: { ...passing.headers, ...signed } };
    },
  };
}

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

/** The same chain, with something else in it. */
function rechained(ops: readonly SealedOp[]): SealedOp[] {
  let previousHead = ops[0]?.previousHead ?? '';
  return ops.map(({ op, signature }) => {
    const forged = { ...op, fields: { ...op.fields, name: 'FORGED' } };
    const sealed = sealOp(forged, previousHead, sha256);
    previousHead = sealed.head;
    return signature === undefined ? sealed : { ...sealed, signature };
  });
}

describe('on the way up, a local with a stolen key', () => {
  test('changes what its child wrote: the cloud takes nothing of it, and says so', async () => {
    above.meddling = changingOps(rechained);
    await rename(lab, 'Mine');
    await expect.poll(() => findingsAt(cloud), WITHIN).toContain('controller-change-forged');
    expect(await nameOf(root)).not.toBe('FORGED');
    above.meddling = {};
    await expect.poll(() => nameOf(root), WITHIN).toBe('Mine');
    await expectSame('Mine');
  }, 90_000);

  test('drops, doubles and turns what its child wrote: it is decided once, in its order', async () => {
    let turn = 0;
    above.meddling = changingOps((ops) => {
      turn += 1;
      if (turn % 3 === 0) return ops.slice(0, -1);
      return turn % 3 === 1 ? ops.toReversed() : [...ops, ...ops];
    });
    for (let step = 0; step < 4; step += 1) await rename(lab, `Step ${step}`);
    await systemClock.sleep(1_500, AbortSignal.timeout(10_000));
    above.meddling = {};
    await expect.poll(() => nameOf(root), WITHIN).toBe('Step 3');
    await expectSame('Step 3');
  }, 90_000);

  test('is revoked: it is refused, says nothing any more, and its child goes on', async () => {
    below.meddling = lying(aboutPages((page) => ({ ...page, entries: page.entries.map(altered) })));
    const { data } = await root.call(controllerRoutes.list, { query: {} });
    const id = data.find(({ name }) => name === 'Site')?.id ?? '';
    await root.call(controllerRoutes.revoke, { params: { id }, body: { reason: 'stolen' } });
    await rename(root, 'Without it');
    await expectSame('Without it');
    const admin = await signInAt(local, EMAIL);
    const failures = async (): Promise<readonly (string | null)[]> =>
      (await admin.call(syncRoutes.status)).upstreams.map(({ failure }) => failure);
    await expect.poll(failures, WITHIN).toContain('node-certificate-revoked');
    await rename(lab, 'Below nobody');
    await expect.poll(() => nameOf(root), WITHIN).toBe('Below nobody');
  }, 90_000);
});
