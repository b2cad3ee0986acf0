import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { present } from '@wardgrid/base';
import { systemNewId } from '@wardgrid/base/system';
import type { Controller } from '@wardgrid/controller';
import {
  groupRoutes,
  joinTokenRoutes,
  organizationRoutes,
  type Group,
  type Organization,
} from '@wardgrid/wire';
import { startTestController, type SignedIn, type TestController } from '../harness.ts';
import { openGate, type Gate } from './gate.ts';
import { NEWER, OLDER, upgradeToNewer, type Release } from './releases.ts';
import { signInAt } from './arrival.ts';

/*
 * Cloud, local and sub-local of two releases: what one knows and another does not is edited on each side while
 * the lines are cut, handed on as it is by those who do not know it, and is in everybody's tables once they do.
 */

const WITHIN = { timeout: 45_000, interval: 200 };
const TIMERS = {
  syncIntervalMs: 500,
  failoverAfterMs: 1_500,
  probeIntervalMs: 500,
  dwellMs: 1_000,
};
const LEVELS = ['cloud', 'local', 'sub'] as const;
type Level = (typeof LEVELS)[number];

/** One controller of the line, whatever it was restarted as. */
interface Node {
  readonly level: Level;
  readonly release: Release;
  readonly test: TestController;
  readonly gate: Gate;
  readonly person: SignedIn;
  /** Where what it makes lies. */
  readonly scope: string;
  controller: Controller;
}

const MATRIX: readonly (readonly [string, Readonly<Record<Level, Release>>])[] = [
  ['the cloud and the sub-local are newer', { cloud: NEWER, local: OLDER, sub: NEWER }],
  ['the local is newer', { cloud: OLDER, local: NEWER, sub: OLDER }],
  ['the cloud is newer', { cloud: NEWER, local: OLDER, sub: OLDER }],
  ['the sub-local is newer', { cloud: OLDER, local: OLDER, sub: NEWER }],
];

describe.each(MATRIX)('%s', (_, releases) => {
  const nodes: Node[] = [];
  let organization: Organization;
  /** The group that the sub-local serves: a row that all three may change. */
  let shared: Group;
  /** A group that each made while it was alone. */
  const made = new Map<Level, Group>();

  const nodeOf = (level: Level): Node =>
    present(
      nodes.find((node) => node.level === level),
      level,
    );
  const newer = (): readonly Node[] => nodes.filter(({ release }) => release === NEWER);
  const older = (): readonly Node[] => nodes.filter(({ release }) => release === OLDER);

  beforeAll(async () => {
    const cloud = await startNode(releases.cloud, {});
    const root = await cloud.test.setUp();
    [organization] = (await root.call(organizationRoutes.list, { query: {} })).data as [
      Organization,
    ];
    shared = await root.call(groupRoutes.create, {
      body: { name: 'Shared', organizationId: organization.id },
    });
    const tenantScope = organization.scope.split('.').slice(0, -1).join('.');
    nodes.push({
      ...cloud,
      level: 'cloud',
      release: releases.cloud,
      person: root,
      scope: tenantScope,
    });
    for (const [level, scope, above] of [
      ['local', organization.scope, 'cloud'],
      ['sub', shared.scope, 'local'],
    ] as const) {
      const email = `${level}@example.com`;
      const assignments = [{ role: 'owner', scope, effect: 'allow', expiresAt: null }] as const;
      await cloud.test.addAccount(root, {
        email,
        name: level,
        kind: 'admin',
        scope,
        reach: 'subtree',
        assignments: [...assignments],
      });
      const { value: token } = await nodeOf(above).person.call(joinTokenRoutes.create, {
        body: { name: level, scope },
      });
      const below = { role: level === 'local' ? 'local' : 'sub-local', token } as const;
      const started = await startNode(releases[level], {
        ...below,
        parent: nodeOf(above).gate.url,
        ...TIMERS,
      });
      const person = await signInAt(started.test, email);
      nodes.push({ ...started, level, release: releases[level], person, scope });
    }
  }, 180_000);

  afterAll(async () => {
    for (const { test: one, controller, gate } of nodes.toReversed()) {
      await controller.close();
      await one.close();
      await gate.close();
    }
  });

  test('each goes on alone, with what its release knows', async () => {
    await settled();
    for (const { gate } of nodes) gate.cut();
    for (const node of nodes) {
      const { level, person } = node;
      const group = await person.call(groupRoutes.create, {
        body: { name: `Made at ${level}`, organizationId: organization.id, parentId: shared.id },
      });
      made.set(level, group);
      if (node.release === OLDER) {
        await write(
          node,
          sql`update device_group set motto = ${`motto of ${level}`}, mood = 'busy' where id = ${group.id}`,
        );
        continue;
      }
      await write(
        node,
        sql`update device_group set slogan = ${`slogan of ${level}`}, mood = 'wild' where id = ${group.id}`,
      );
      await write(
        node,
        sql`insert into beacon (id, tenant_id, scope, label, lit_at)
        values (${systemNewId()}, ${organization.tenantId}, ${node.scope}::ltree, ${`lit at ${level}`}, 1700000000123)`,
      );
      await write(
        node,
        sql`update device_group set slogan = ${`shared, says ${level}`} where id = ${shared.id}`,
      );
    }
  });

  test('who stands between hands on the very bytes, and shows of them what it knows', async () => {
    nodeOf('local').gate.heal();
    const [sub, local] = [nodeOf('sub'), nodeOf('local')];
    const waiting = (node: Node, kind: string) =>
      read<{ op: string; head: string }>(
        node,
        sql`select o.op, o.head from sync_op o join sync_tenant t
        on t.tenant_id = o.tenant_id where o.kind = ${kind} and o.stream in (select stream from sync_op
          where row_id = ${made.get('sub')?.id ?? ''}) order by o.stream, o.q`,
      );
    const isSame = async (): Promise<boolean> => {
      const [written, relayed] = [await waiting(sub, 'pending'), await waiting(local, 'relay')];
      return written.length > 0 && isDeepStrictEqual(written, relayed);
    };
    await expect.poll(isSame, WITHIN).toBe(true);
    const names = async (): Promise<string[]> =>
      (await local.person.call(groupRoutes.list, { query: {} })).data.map(({ name }) => name);
    await expect.poll(names, WITHIN).toContain('Made at sub');
  });

  test('healed, the rows are the same everywhere, whoever knows what is in them', async () => {
    for (const { gate } of nodes) gate.heal();
    await settled();
    const decided = await rowsAt(nodeOf('cloud'));
    const group = (level: Level): Readonly<Record<string, unknown>> | undefined =>
      decided.get(made.get(level)?.id ?? '');
    for (const { level } of newer()) {
      expect(group(level)).toMatchObject({ slogan: `slogan of ${level}`, mood: 'wild' });
    }
    for (const { level } of older()) {
      expect(group(level)).toMatchObject({ motto: `motto of ${level}`, mood: 'busy' });
    }
    expect([...decided.values()].filter(({ label }) => label !== undefined)).toHaveLength(
      newer().length,
    );
    const texts = await textsAt(nodeOf('cloud'));
    for (const node of nodes) {
      for (const [id, text] of await textsAt(node))
        expect(text, `${node.level} ${id}`).toBe(texts.get(id));
    }
  });

  test('an older one shows what it knows, and its people go on with it', async () => {
    for (const node of older()) {
      const groups = await read<{ id: string; name: string; mood: string }>(
        node,
        sql`select id, name, mood from device_group where parent_id = ${shared.id}`,
      );
      expect(groups.map(({ name }) => name).toSorted()).toEqual([
        'Made at cloud',
        'Made at local',
        'Made at sub',
      ]);
      for (const { level, release } of nodes) {
        const { mood } = groups.find(({ id }) => id === made.get(level)?.id) ?? {};
        expect(mood).toBe(release === NEWER ? 'calm' : 'busy');
      }
      // That there is more to it than it can show it tells, of each row.
      const unfit = await read<{ id: string }>(
        node,
        sql`select row_id as id from sync_conflict where reason = 'unfit' and state = 'open'`,
      );
      const theirs = newer().map(({ level }) => made.get(level)?.id);
      expect(unfit.map(({ id }) => id).toSorted()).toEqual(theirs.toSorted());
    }
    const [author] = newer();
    const [reader] = older();
    const id = present(made.get(present(author, 'a newer one').level), 'its group').id;
    const { call } = present(reader, 'an older one').person;
    await call(groupRoutes.update, {
      params: { id },
      body: { name: 'Renamed by an older one' },
    });
    await expect
      .poll(async () => (await rowsAt(nodeOf('cloud'))).get(id), WITHIN)
      .toMatchObject({
        name: 'Renamed by an older one',
        mood: 'wild',
        slogan: expect.stringContaining('slogan of') as unknown,
      });
    await settled();
  });

  test('once all are newer, all have the same in their tables', async () => {
    // What is set aside names a column that is gone then.
    const [reader] = older();
    const [author] = newer();
    const id = made.get(present(author, 'a newer one').level)?.id;
    await write(
      present(reader, 'an older one'),
      sql`update device_group set motto = 'a motto for the newer one' where id = ${id}`,
    );
    await settled();
    // What nobody has decided yet is taken over as well.
    nodeOf('cloud').gate.cut();
    const below = newer().filter(({ level }) => level !== 'cloud');
    for (const node of below) {
      const own = made.get(node.level)?.id;
      await write(node, sql`update device_group set slogan = 'said late' where id = ${own}`);
    }
    for (const node of older()) {
      node.controller = await upgradeToNewer(node.test);
      node.gate.leadTo(boundUrlOf(node.controller));
    }
    const late = () =>
      read(nodeOf('local'), sql`select id from device_group where slogan = 'said late'`);
    await expect.poll(late, WITHIN).toHaveLength(below.length);
    nodeOf('cloud').gate.heal();
    await settled();
    const all = (node: Node) =>
      read(
        node,
        sql`select to_jsonb(g) as row from device_group g
        union all select to_jsonb(b) from beacon b order by 1`,
      );
    const atCloud = await all(nodeOf('cloud'));
    for (const { level } of newer()) {
      expect(atCloud).toContainEqual({
        row: expect.objectContaining({
          label: `lit at ${level}`,
          lit_at: 1_700_000_000_123,
        }) as unknown,
      });
      expect(atCloud).toContainEqual({
        row: expect.objectContaining({
          slogan: level === 'cloud' ? 'slogan of cloud' : 'said late',
          mood: 'wild',
        }) as unknown,
      });
    }
    for (const node of nodes) {
      await expect.poll(() => all(node), { ...WITHIN, message: node.level }).toEqual(atCloud);
      expect(
        await read(
          node,
          sql`select type, row_id, detail from sync_aside union all
            select type, row_id, reason from sync_conflict where reason = 'unfit' and state = 'open'`,
        ),
      ).toEqual([]);
    }
    // What nobody knows any more is still there, for whoever is newer still.
    const texts = await textsAt(nodeOf('cloud'));
    for (const node of nodes) expect(await textsAt(node)).toEqual(texts);
    for (const { level } of older()) {
      expect(texts.get(made.get(level)?.id ?? '')).toContain(`motto of ${level}`);
    }
  });

  /** Waits until nobody has anything to tell, and all are at the same decision. */
  async function settled(): Promise<void> {
    const standing = async () =>
      Promise.all(
        nodes.map(async ({ controller }) => {
          const state = await controller.features.chain.engine.stateOf(organization.tenantId);
          return [state?.cursor, state?.undecided, state?.unsealed, state?.isCatchingUp];
        }),
      );
    await expect
      .poll(async () => {
        const all = await standing();
        const [cursor] = all[0] ?? [];
        return all.every(
          ([at, undecided, unsealed, isCatchingUp]) =>
            at === cursor && undecided === 0 && unsealed === 0 && isCatchingUp === false,
        );
      }, WITHIN)
      .toBe(true);
  }
});

async function startNode(
  release: Release,
  config: NonNullable<Parameters<typeof startTestController>[0]>['config'] & object,
): Promise<Pick<Node, 'test' | 'gate' | 'controller'>> {
  const gate = await openGate();
  const started = await startTestController({
    config: { publicUrl: gate.url, ...config },
    syncTypes: release.types,
    prepare: release.prepare,
  });
  gate.leadTo(started.url);
  return { test: started, gate, controller: started.controller };
}

function boundUrlOf({ platform }: Controller): string {
  const bound = platform.http.app.server.address();
  return `http://127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}`;
}

async function write({ controller }: Node, statement: ReturnType<typeof sql>): Promise<void> {
  const count = await controller.platform.database.transact({ kind: 'ingest' }, (tx) =>
    tx.run(statement),
  );
  expect(count).toBe(1);
}

function read<Row>({ controller }: Node, statement: ReturnType<typeof sql>): Promise<Row[]> {
  return controller.platform.database.transact({ kind: 'ingest' }, (tx) =>
    tx.rows(statement as ReturnType<typeof sql<Row>>),
  );
}

const OF_RELEASES = sql`type in ('device_group', 'beacon') and not is_deleted`;

/** What is decided, byte for byte. */
async function textsAt(node: Node): Promise<ReadonlyMap<string, string>> {
  const rows = await read<{ id: string; text: string }>(
    node,
    sql`select row_id as id, type || ' ' || scope::text || ' ' || g || ' ' || fields::text as text
      from sync_row where ${OF_RELEASES} order by 1`,
  );
  return new Map(rows.map(({ id, text }) => [id, text]));
}

/** What is decided, by the names of fields. */
async function rowsAt(node: Node): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
  const rows = await read<{ id: string; values: Readonly<Record<string, unknown>> }>(
    node,
    sql`select row_id as id, fields::jsonb -> 'v' as values from sync_row where ${OF_RELEASES}`,
  );
  return new Map(rows.map(({ id, values }) => [id, values]));
}
